//! Floor 6: the five metrics, one file each, and all of them in one table.

mod cells;
mod distribution;
mod efficiency;
mod flow_time;
mod load;
mod metrics;
mod percentiles;
mod spent;
mod velocity;

pub(crate) use cells::{Finished, Grid, MOST_ROWS};
pub use distribution::{Of, distribution};
pub use efficiency::efficiency;
pub(crate) use efficiency::{of_cells as efficiency_sums, of_items as efficiency_of_items};
pub use flow_time::flow_time;
pub use load::load;
pub(crate) use load::{
    changes_by_group as load_changes, item_changes as load_item_changes, of_cells as load_of_cells,
    of_changes as load_of_changes,
};
pub use metrics::metrics;
pub use percentiles::{Method, Percentiles};
pub use velocity::velocity;
