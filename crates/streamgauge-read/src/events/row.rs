//! One row of a text format to events: the same for CSV and JSON Lines.

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StringArray, TimestampMicrosecondArray};
use streamgauge::{EventColumns, Instant};

use crate::sink::{Refusal, Sink};

/// The field of the log that holds the state. Where another column is named as the state, one of this name has no place in the log.
pub(super) const STATE: &str = "state";

/// A row of a state log, as far as it is the same for all formats.
pub(super) struct StateRow<'a> {
    pub(super) item: &'a str,
    pub(super) at: Instant,
    pub(super) state: Option<&'a str>,
    pub(super) known_at: Option<Instant>,
}

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
        let known_at = known_at.map(|text| self.stamp(line, &columns.known_at, text)).transpose()?;
        Ok((at, known_at))
    }

    pub(super) fn state_row<'a>(
        &mut self,
        columns: &EventColumns,
        row: &StateRow<'_>,
        attributes: impl Iterator<Item = (&'a str, Option<&'a str>)>,
    ) -> Result<(), Refusal> {
        match row.known_at {
            None => Ok(self.builder.push_state_row(row.item, row.at, row.state, attributes)?),
            Some(known_at) => self.late_state_row(columns, row, known_at, attributes),
        }
    }

    /// A row that says when it became known goes through Arrow, whose state-log form has a place for that.
    fn late_state_row<'a>(
        &mut self,
        columns: &EventColumns,
        row: &StateRow<'_>,
        known_at: Instant,
        attributes: impl Iterator<Item = (&'a str, Option<&'a str>)>,
    ) -> Result<(), Refusal> {
        let text = |value: Option<&str>| -> ArrayRef { Arc::new(StringArray::from_iter([value])) };
        let stamp = |at: Instant| -> ArrayRef {
            Arc::new(TimestampMicrosecondArray::from_iter_values([at.0]).with_timezone("UTC"))
        };
        let mut cells = vec![
            (columns.item.as_str(), text(Some(row.item)), true),
            (&columns.at, stamp(row.at), true),
            (&columns.state, text(row.state), true),
            (&columns.known_at, stamp(known_at), true),
        ];
        cells.extend(attributes.map(|(name, value)| (name, text(value), true)));
        let batch = RecordBatch::try_from_iter_with_nullable(cells).map_err(streamgauge::Error::from)?;
        Ok(self.builder.push_batch(&batch, columns, None)?)
    }
}

/// The text of a cell that every row needs.
pub(super) fn required<'a>(column: &str, cell: Option<&'a str>) -> Result<&'a str, Refusal> {
    cell.ok_or_else(|| Refusal::Row(format!("column {column:?} is empty; every row needs one")))
}
