//! polars columns as Arrow arrays.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, NullArray, RecordBatch, RecordBatchOptions,
    StringArray, TimestampMicrosecondArray, TimestampMillisecondArray, TimestampNanosecondArray, UInt64Array,
};
use arrow_schema::{Field, Schema};
use polars::prelude::{Column, DataFrame, DataType, TimeUnit};

use crate::Error;

/// The frame as one batch.
pub(crate) fn record_batch(frame: &DataFrame) -> Result<RecordBatch, Error> {
    let mut fields = Vec::with_capacity(frame.width());
    let mut arrays = Vec::with_capacity(frame.width());
    for column in frame.columns() {
        let array = array(column)?;
        fields.push(Field::new(column.name().as_str(), array.data_type().clone(), true));
        arrays.push(array);
    }
    let options = RecordBatchOptions::new().with_row_count(Some(frame.height()));
    let batch = RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &options);
    Ok(batch.map_err(streamgauge::Error::from)?)
}

fn array(column: &Column) -> Result<ArrayRef, Error> {
    Ok(match column.dtype() {
        DataType::Null => Arc::new(NullArray::new(column.len())),
        DataType::String => Arc::new(column.str()?.iter().collect::<StringArray>()),
        DataType::Categorical(..) | DataType::Enum(..) => return array(&column.cast(&DataType::String)?),
        DataType::Boolean => Arc::new(column.bool()?.iter().collect::<BooleanArray>()),
        DataType::Date => Arc::new(column.cast(&DataType::Int32)?.i32()?.iter().collect::<Date32Array>()),
        DataType::Datetime(unit, zone) => {
            // polars counts from the epoch in UTC if there is a zone, and on a clock without a name if there is none.
            let zone = zone.as_ref().map(|_| "UTC");
            let counts = column.cast(&DataType::Int64)?;
            let counts = counts.i64()?.iter();
            match unit {
                TimeUnit::Milliseconds => {
                    Arc::new(counts.collect::<TimestampMillisecondArray>().with_timezone_opt(zone))
                }
                TimeUnit::Microseconds => {
                    Arc::new(counts.collect::<TimestampMicrosecondArray>().with_timezone_opt(zone))
                }
                TimeUnit::Nanoseconds => Arc::new(counts.collect::<TimestampNanosecondArray>().with_timezone_opt(zone)),
            }
        }
        DataType::UInt64 => Arc::new(column.u64()?.iter().collect::<UInt64Array>()),
        other if other.is_integer() => Arc::new(column.cast(&DataType::Int64)?.i64()?.iter().collect::<Int64Array>()),
        other if other.is_float() => Arc::new(column.cast(&DataType::Float64)?.f64()?.iter().collect::<Float64Array>()),
        other => {
            return Err(Error::Core(streamgauge::Error::ColumnType {
                column: column.name().to_string(),
                found: other.to_string(),
                wanted: "text, or a number, date or truth value that can be written as text,",
            }));
        }
    })
}

#[cfg(test)]
mod tests {
    use polars::prelude::*;
    use streamgauge::{EventColumns, Zone};

    use crate::log_from_dataframe;

    fn frame() -> DataFrame {
        let at = Series::new("at".into(), [1_714_554_000_000_i64, 1_714_557_600_000]);
        let at = at.into_datetime(TimeUnit::Milliseconds, None);
        let state = Series::new("state".into(), [Some("Open"), None]);
        let points = Series::new("points".into(), [3_i64, 5]);
        let item = Series::new("item".into(), ["A", "A"]);
        DataFrame::new_infer_height(vec![item.into(), at.into(), state.into(), points.into()]).unwrap()
    }

    #[test]
    fn attributes_and_nulls_arrive() {
        let log = log_from_dataframe(&frame(), &EventColumns::default(), Some(Zone::UTC)).unwrap();
        assert_eq!(log.values("points").unwrap(), [("3", 1), ("5", 1)]);
        let csv = log.events().unwrap().to_csv();
        assert!(csv.contains("A,2024-05-01T09:00:00Z,state,Open\n"), "{csv}");
        assert!(csv.contains("A,2024-05-01T10:00:00Z,state,\n"), "{csv}");
    }

    #[test]
    fn datetimes_without_a_zone_need_one() {
        let error = log_from_dataframe(&frame(), &EventColumns::default(), None).unwrap_err().to_string();
        assert!(error.contains(r#"column "at", row 0"#) && error.contains("zone"), "{error}");
        let berlin = Zone::named("Europe/Berlin").unwrap();
        let log = log_from_dataframe(&frame(), &EventColumns::default(), Some(berlin)).unwrap();
        assert!(log.events().unwrap().to_csv().contains("A,2024-05-01T07:00:00Z,state,Open\n"));
    }

    #[test]
    fn every_time_unit_is_the_same_instant() {
        for unit in [TimeUnit::Milliseconds, TimeUnit::Microseconds, TimeUnit::Nanoseconds] {
            let mut frame = frame();
            let at = frame.column("at").unwrap().cast(&DataType::Datetime(unit, None)).unwrap();
            frame.with_column(at).unwrap();
            let log = log_from_dataframe(&frame, &EventColumns::default(), Some(Zone::UTC)).unwrap();
            assert!(log.events().unwrap().to_csv().contains("A,2024-05-01T09:00:00Z,state,Open\n"));
        }
    }
}
