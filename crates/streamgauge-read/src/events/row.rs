//! One row of a text format to events: the same for CSV and JSON Lines.

use streamgauge::{EventColumns, Instant};

use crate::sink::{Refusal, Sink};

/// The field of the log that holds the state. Where another column is named as the state, one of this name has no place in the log.
pub(super) const STATE: &str = "state";

impl Sink {
    /// The instant of a row, and when it became known.
    pub(super) fn stamps(
        &mut self,
        line: u64,
        columns: &EventColumns,
        at: Option<&str>,
        known_at: Option<&str>,
    ) -> Result<(Instant, Option<Instant>), Refusal> {
        let at = self.stamp(line, &columns.at, required(&columns.at, at)?)?;
        let known_at = known_at.map(|text| self.other_stamp(line, &columns.known_at, text)).transpose()?;
        Ok((at, known_at))
    }
}

/// The text of a cell that every row needs.
pub(super) fn required<'a>(column: &str, cell: Option<&'a str>) -> Result<&'a str, Refusal> {
    cell.ok_or_else(|| Refusal::Row(format!("column {column:?} is empty; every row needs one")))
}
