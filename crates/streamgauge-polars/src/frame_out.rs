//! Tables as polars frames.

use arrow_array::cast::AsArray;
use arrow_array::types::{DurationMicrosecondType, Float64Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::DataType;
use polars::prelude::{Column, DataFrame, IntoColumn, NamedFrom, Series, TimeUnit, TimeZone};

use crate::Error;

/// The batch as one frame.
pub(crate) fn dataframe(batch: &RecordBatch) -> Result<DataFrame, Error> {
    let schema = batch.schema();
    let columns = schema.fields().iter().zip(batch.columns());
    let columns = columns.map(|(field, array)| column(field.name(), array)).collect::<Result<_, _>>()?;
    Ok(DataFrame::new(batch.num_rows(), columns)?)
}

fn column(name: &str, array: &ArrayRef) -> Result<Column, Error> {
    let name = name.into();
    let series = match array.data_type() {
        DataType::Boolean => Series::new(name, array.as_boolean().iter().collect::<Vec<_>>()),
        DataType::Int64 => Series::new(name, array.as_primitive::<Int64Type>().iter().collect::<Vec<_>>()),
        DataType::Float64 => Series::new(name, array.as_primitive::<Float64Type>().iter().collect::<Vec<_>>()),
        DataType::Timestamp(_, _) => {
            let counts = array.as_primitive::<TimestampMicrosecondType>().iter().collect::<Vec<_>>();
            Series::new(name, counts).into_datetime(TimeUnit::Microseconds, Some(TimeZone::UTC))
        }
        DataType::Duration(_) => {
            let counts = array.as_primitive::<DurationMicrosecondType>().iter().collect::<Vec<_>>();
            Series::new(name, counts).into_duration(TimeUnit::Microseconds)
        }
        DataType::List(_) => {
            let list = array.as_list::<i32>();
            let texts = |row: usize| -> Series {
                let texts = list.value(row);
                Series::new("".into(), texts.as_string::<i32>().iter().collect::<Vec<_>>())
            };
            Series::new(name, (0..list.len()).map(texts).collect::<Vec<_>>())
        }
        DataType::Utf8 => Series::new(name, array.as_string::<i32>().iter().collect::<Vec<_>>()),
        other => {
            let reason = format!("column {name:?} has type {other}, which no table of streamgauge has");
            return Err(Error::Core(streamgauge::Error::Arrow(reason)));
        }
    };
    Ok(series.into_column())
}

#[cfg(test)]
mod tests {
    use streamgauge::{EventLog, FlowModel, Instant, Question, measure};

    use crate::dataframe_from_table;

    #[test]
    fn every_table_becomes_a_frame_of_the_same_shape() {
        let mut log = EventLog::builder();
        log.push("A", Instant(0), "state", Some("Doing"), None).unwrap();
        log.push("A", Instant(0), "state", Some("Doing"), None).unwrap();
        log.push("A", Instant(7_200_000_000), "state", Some("Done"), None).unwrap();
        let model = FlowModel::from_toml("[phases]\nactive = [\"Doing\"]\ndone = [\"Done\"]").unwrap();
        let flow = measure(&log.finish().unwrap(), &model, None).unwrap();
        for table in [flow.metrics(&Question::default()), flow.records(), flow.findings()] {
            let table = table.unwrap();
            let frame = dataframe_from_table(&table).unwrap();
            assert_eq!(frame.shape(), (table.num_rows(), table.column_names().len()));
        }
        let records = dataframe_from_table(&flow.records().unwrap()).unwrap();
        let flow_time = records.column("flow_time").unwrap().duration().unwrap().physical().get(0);
        assert_eq!(flow_time, Some(7_200_000_000));
        assert_eq!(records.column("finished").unwrap().dtype().to_string(), "datetime[μs, UTC]");
    }
}
