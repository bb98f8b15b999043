//! The polars door of [`streamgauge`]: a `DataFrame` or a `LazyFrame` becomes an [`EventLog`], a [`Table`] becomes a `DataFrame`.
//!
//! A crate of its own, because polars is a large thing to depend on for those who have no use for it. Values are copied between polars'
//! arrays and Arrow's through safe code.
//!
//! ```
//! use polars::prelude::*;
//! use streamgauge::{EventColumns, FlowModel, Question, measure};
//! use streamgauge_polars::{dataframe_from_table, log_from_dataframe};
//!
//! let moves = df!(
//!     "item" => ["A", "A"],
//!     "at" => ["2024-05-01T09:00:00Z", "2024-05-03T09:00:00Z"],
//!     "state" => ["Doing", "Done"],
//! )?;
//! let log = log_from_dataframe(&moves, &EventColumns::default(), None)?;
//! let model = FlowModel::from_toml("[phases]\nactive = [\"Doing\"]\ndone = [\"Done\"]")?;
//! let metrics = measure(&log, &model, None)?.metrics(&Question::default())?;
//! let frame = dataframe_from_table(&metrics)?;
//! assert_eq!(frame.column("velocity")?.i64()?.get(0), Some(1));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod frame_in;
mod frame_out;

use polars::prelude::{DataFrame, LazyFrame, PolarsError};
use streamgauge::{EventColumns, EventLog, Table, Zone};

/// What can go wrong at the door.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The call is wrong: a missing column, a null item, a stamp without a zone …
    #[error(transparent)]
    Core(#[from] streamgauge::Error),
    /// polars could not compute the frame.
    #[error("polars: {0}")]
    Polars(#[from] PolarsError),
}

/// The events of a frame, in the long form or the state-log form. `zone` is where datetimes without a zone were written.
///
/// # Errors
/// [`Error::Core`] as for [`EventLogBuilder::push_batch`](streamgauge::EventLogBuilder::push_batch); columns of nested types are refused.
pub fn log_from_dataframe(frame: &DataFrame, columns: &EventColumns, zone: Option<Zone>) -> Result<EventLog, Error> {
    let batch = frame_in::record_batch(frame)?;
    let mut log = EventLog::builder();
    log.push_batch(&batch, columns, zone)?;
    Ok(log.finish()?)
}

/// The events of a lazy frame, which is collected.
///
/// ```
/// use polars::prelude::*;
/// use streamgauge::EventColumns;
/// use streamgauge_polars::log_from_lazyframe;
///
/// let moves = df!("item" => ["A"], "at" => ["2024-05-01T09:00:00Z"], "state" => ["Open"])?.lazy();
/// assert_eq!(log_from_lazyframe(moves, &EventColumns::default(), None)?.n_events(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`log_from_dataframe`], and [`Error::Polars`] if the frame cannot be collected.
pub fn log_from_lazyframe(frame: LazyFrame, columns: &EventColumns, zone: Option<Zone>) -> Result<EventLog, Error> {
    log_from_dataframe(&frame.collect()?, columns, zone)
}

/// A table as a frame: timestamps in µs and UTC, durations in µs, the rest as it is. The receipt stays with the [`Table`].
///
/// # Errors
/// [`Error::Polars`] if polars refuses the columns.
pub fn dataframe_from_table(table: &Table) -> Result<DataFrame, Error> {
    frame_out::dataframe(&table.batch())
}
