//! Floor 6: the five metrics, one file each, and all of them in one table.

mod cells;
mod distribution;
mod efficiency;
mod flow_time;
mod load;
mod metrics;
mod percentiles;
mod velocity;

pub use distribution::{Of, distribution};
pub use efficiency::efficiency;
pub use flow_time::flow_time;
pub use load::load;
pub use metrics::metrics;
pub use percentiles::{Method, Percentiles};
pub use velocity::velocity;
