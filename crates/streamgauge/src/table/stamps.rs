//! A column of instants, whatever its Arrow type.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType,
};
use arrow_array::{Array, ArrayRef};
use arrow_buffer::ScalarBuffer;
use arrow_schema::{DataType, TimeUnit};

use super::texts::Texts;
use crate::error::{Error, Result};
use crate::kernel::chunk;
use crate::time::{Instant, Stamp, Zone};

const DAY_US: i64 = 86_400_000_000;
const MICROS: i64 = 1_000_000;

/// Reads instants of one column; `first_row` is the row at which the batch stands in the whole call.
pub(crate) struct StampReader<'a> {
    pub(crate) column: &'a str,
    pub(crate) first_row: usize,
    pub(crate) zone: Option<Zone>,
}

impl StampReader<'_> {
    /// The instants of a column that counts from the epoch in UTC and has no null; `None` of any other.
    pub(crate) fn read_zoned(&self, array: &ArrayRef) -> Result<Option<ScalarBuffer<i64>>> {
        let DataType::Timestamp(unit, Some(_)) = array.data_type() else { return Ok(None) };
        if array.null_count() > 0 {
            return Ok(None);
        }
        let (counts, per_second) = counts(array, *unit);
        if per_second == MICROS {
            return Ok(Some(counts.clone()));
        }
        let micros = |row: usize| {
            let too_far = || self.too_far(row, counts[row]);
            Instant::from_units(counts[row], per_second).map(|at| at.0).ok_or_else(too_far)
        };
        let parts = chunk::map_ranges(counts.len(), |rows| rows.map(micros).collect::<Result<Vec<_>>>());
        Ok(Some(parts.into_iter().collect::<Result<Vec<_>>>()?.concat().into()))
    }

    /// The instant of every row; `None` where it is null.
    pub(crate) fn read(&self, array: &ArrayRef) -> Result<Vec<Option<Stamp>>> {
        match array.data_type() {
            DataType::Timestamp(unit, zone) => {
                let (counts, per_second) = counts(array, *unit);
                let zoned = zone.is_some();
                let micros = |count: i64| Instant::from_units(count, per_second).map(|at| at.0);
                let rows = counts.iter().enumerate().map(|(row, count)| (!array.is_null(row)).then_some(*count));
                self.each(rows, |row, count| {
                    self.stamp(row, micros(count).ok_or_else(|| self.too_far(row, count))?, zoned)
                })
            }
            DataType::Date32 => {
                let days = array.as_primitive::<arrow_array::types::Date32Type>();
                self.each(days.iter(), |row, day| self.stamp(row, i64::from(day) * DAY_US, false))
            }
            DataType::Date64 => {
                let millis = array.as_primitive::<arrow_array::types::Date64Type>();
                self.each(millis.iter(), |row, ms| {
                    self.stamp(row, ms.checked_mul(1_000).ok_or_else(|| self.too_far(row, ms))?, false)
                })
            }
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Dictionary(_, _) => {
                let texts = Texts::new(self.column, array)?;
                let rows = 0..array.len();
                rows.map(|row| texts.get(row).map(|text| self.text(row, &text)).transpose()).collect()
            }
            other => Err(Error::ColumnType {
                column: self.column.to_owned(),
                found: other.to_string(),
                wanted: "a timestamp, a date, or text in RFC 3339",
            }),
        }
    }

    fn each<T>(
        &self,
        values: impl Iterator<Item = Option<T>>,
        stamp: impl Fn(usize, T) -> Result<Stamp>,
    ) -> Result<Vec<Option<Stamp>>> {
        values.enumerate().map(|(row, value)| value.map(|value| stamp(row, value)).transpose()).collect()
    }

    /// An instant from µs that count from the epoch in UTC, or on the clock of the declared zone.
    fn stamp(&self, row: usize, micros: i64, zoned: bool) -> Result<Stamp> {
        if zoned {
            return Ok(Stamp { instant: Instant(micros), guessed: false });
        }
        let zone = self.zone.ok_or_else(|| {
            self.wrong(
                row,
                Instant(micros).to_string().trim_end_matches('Z').to_owned(),
                "has no time zone; declare the zone it was written in, such as zone = \"Europe/Berlin\"",
            )
        })?;
        zone.stamp_from_local_micros(micros).ok_or_else(|| self.too_far(row, micros))
    }

    fn text(&self, row: usize, text: &str) -> Result<Stamp> {
        Instant::parse(text, self.zone).map_err(|error| match error {
            Error::Stamp { value, reason } => self.wrong(row, format!("{value:?}"), &reason),
            other => other,
        })
    }

    fn too_far(&self, row: usize, count: i64) -> Error {
        self.wrong(row, count.to_string(), "lies outside the years 1 to 9999")
    }

    pub(crate) fn wrong(&self, row: usize, value: String, reason: &str) -> Error {
        let row = self.first_row + row;
        Error::Cell { column: self.column.to_owned(), row, value, reason: reason.to_owned() }
    }
}

/// The counts of a column of timestamps, and how many are a second. Those of nulls mean nothing.
fn counts(array: &ArrayRef, unit: TimeUnit) -> (&ScalarBuffer<i64>, i64) {
    match unit {
        TimeUnit::Second => (array.as_primitive::<TimestampSecondType>().values(), 1),
        TimeUnit::Millisecond => (array.as_primitive::<TimestampMillisecondType>().values(), 1_000),
        TimeUnit::Microsecond => (array.as_primitive::<TimestampMicrosecondType>().values(), MICROS),
        TimeUnit::Nanosecond => (array.as_primitive::<TimestampNanosecondType>().values(), 1_000_000_000),
    }
}
