//! What lies at or after `until` in Parquet: whole row groups by their statistics, other rows one by one.

use ::parquet::file::metadata::RowGroupMetaData;
use ::parquet::file::statistics::Statistics;
use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, ArrayRef, Int64Array};
use arrow_cast::cast;
use arrow_schema::{DataType, Schema, TimeUnit};
use streamgauge::Instant;

use crate::error::ReadError;
use crate::sink::Sink;

/// Whether the statistics of a row group say that all its rows lie at or after `until`. Only the least of a column of instants in UTC does.
pub(super) fn is_late(group: &RowGroupMetaData, schema: &Schema, at: &str, until: Instant) -> bool {
    let first_late = match schema.field_with_name(at).map(|field| field.data_type()) {
        Ok(kind @ DataType::Timestamp(_, Some(_))) => Unit::of(kind).and_then(|unit| unit.first_late(until)),
        _ => None,
    };
    let column = group.columns().iter().find(|column| matches!(column.column_path().parts(), [name] if name == at));
    match (first_late, column.and_then(|column| column.statistics())) {
        (Some(first_late), Some(Statistics::Int64(about))) => about.min_opt().is_some_and(|least| *least >= first_late),
        _ => false,
    }
}

/// Leaves out the rows of a column of timestamps or dates that lie at or after `until`.
pub(super) fn leave_out_late(at: &ArrayRef, keep: &mut [bool], sink: &mut Sink) -> Result<(), ReadError> {
    let (Some(until), Some(unit)) = (sink.until, Unit::of(at.data_type())) else { return Ok(()) };
    let counts = cast(at, &DataType::Int64).map_err(|error| ReadError::call(&sink.file, None, error.into()))?;
    let counts = counts.as_primitive::<Int64Type>();
    let n = match (at.data_type(), sink.zone) {
        (DataType::Timestamp(_, Some(_)), _) => match unit.first_late(until) {
            Some(first_late) => drop_rows(counts, keep, |count| count >= first_late),
            None => 0,
        },
        (_, Some(zone)) => drop_rows(counts, keep, |count| {
            let stamp = unit.micros(count).and_then(|micros| zone.stamp_from_local_micros(micros));
            stamp.is_some_and(|stamp| stamp.instant >= until)
        }),
        (_, None) => 0,
    };
    sink.leave_out(n);
    Ok(())
}

/// Drops the rows that are late, and says how many.
fn drop_rows(counts: &Int64Array, keep: &mut [bool], is_late: impl Fn(i64) -> bool) -> u64 {
    let mut n = 0;
    for (row, keep) in keep.iter_mut().enumerate() {
        if *keep && counts.is_valid(row) && is_late(counts.value(row)) {
            *keep = false;
            n += 1;
        }
    }
    n
}

/// What a column counts in: so many of it are so many microseconds.
struct Unit {
    counts: i128,
    micros: i128,
}

impl Unit {
    /// The unit of a column of timestamps or dates.
    const fn of(kind: &DataType) -> Option<Self> {
        let (counts, micros) = match kind {
            DataType::Timestamp(TimeUnit::Second, _) => (1, 1_000_000),
            DataType::Timestamp(TimeUnit::Millisecond, _) | DataType::Date64 => (1, 1_000),
            DataType::Timestamp(TimeUnit::Microsecond, _) => (1, 1),
            DataType::Timestamp(TimeUnit::Nanosecond, _) => (1_000, 1),
            DataType::Date32 => (1, 86_400_000_000),
            _ => return None,
        };
        Some(Self { counts, micros })
    }

    /// The least count that is not before an instant; `None` if each is before it.
    fn first_late(&self, until: Instant) -> Option<i64> {
        let least = -(-i128::from(until.0) * self.counts).div_euclid(self.micros);
        i64::try_from(least.max(i128::from(i64::MIN))).ok()
    }

    /// A count in microseconds, cut off downwards; `None` where they do not fit.
    fn micros(&self, count: i64) -> Option<i64> {
        i64::try_from((i128::from(count) * self.micros).div_euclid(self.counts)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_count_that_is_late() {
        let first = |unit, until| Unit::of(&DataType::Timestamp(unit, None)).unwrap().first_late(Instant(until));
        for until in [0, 1, 999_999, 1_000_000, 1_000_001, -1, -999_999, -1_000_001] {
            for (unit, per_second) in [(TimeUnit::Second, 1), (TimeUnit::Millisecond, 1_000)] {
                let (count, micros) = (first(unit, until).unwrap(), 1_000_000 / per_second);
                assert!(count * micros >= until && (count - 1) * micros < until, "{until} in {unit:?}: {count}");
            }
            assert_eq!(first(TimeUnit::Microsecond, until), Some(until));
            // Nanoseconds are cut off downwards when they are read.
            assert_eq!(first(TimeUnit::Nanosecond, until), Some(until * 1_000));
        }
        assert_eq!(first(TimeUnit::Nanosecond, i64::MAX), None);
        assert_eq!(first(TimeUnit::Nanosecond, i64::MIN), Some(i64::MIN));
        assert_eq!(first(TimeUnit::Microsecond, i64::MIN), Some(i64::MIN));
        assert_eq!(first(TimeUnit::Second, i64::MAX), Some(9_223_372_036_855));
    }

    #[test]
    fn counts_that_do_not_fit() {
        assert_eq!(Unit::of(&DataType::Timestamp(TimeUnit::Second, None)).unwrap().micros(i64::MAX), None);
        assert_eq!(Unit::of(&DataType::Timestamp(TimeUnit::Nanosecond, None)).unwrap().micros(-1), Some(-1));
        assert_eq!(Unit::of(&DataType::Date32).unwrap().micros(1), Some(86_400_000_000));
        assert!(Unit::of(&DataType::Utf8).is_none());
    }
}
