//! Rows of one batch of Parquet into a builder: those that the core would refuse are set aside before, and late ones left out.

use std::path::Path;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, BooleanArray, RecordBatch, TimestampMicrosecondArray};
use arrow_cast::cast;
use arrow_schema::{DataType, Field, Schema};
use arrow_select::filter::filter_record_batch;
use streamgauge::{Error, EventColumns, Instant};

use super::parquet_until::leave_out_late;
use crate::error::ReadError;
use crate::sink::{Refusal, SHOWN, Sink};

/// Sets aside the rows that the core would refuse, leaves out those at or after `until`, and gives it the others.
pub(super) fn push(
    batch: &RecordBatch,
    first_row: u64,
    is_long: bool,
    columns: &EventColumns,
    sink: &mut Sink,
) -> Result<(), ReadError> {
    let mut keep = vec![true; batch.num_rows()];
    let mut batch = batch.clone();
    let needed = [Some(&columns.item), Some(&columns.at), is_long.then_some(&columns.field)];
    for column in needed.into_iter().flatten() {
        if let Some(nulls) = batch.column_by_name(column).and_then(|array| array.nulls()) {
            for row in (0..nulls.len()).filter(|&row| nulls.is_null(row)) {
                if std::mem::replace(&mut keep[row], false) {
                    sink.reject(line(first_row, row), format!("column {column:?} is null; every row needs one"));
                }
            }
        }
    }
    batch = read_stamps(batch, &columns.at, first_row, &mut keep, sink, Sink::early_stamp)?;
    if let Some(at) = batch.column_by_name(&columns.at) {
        leave_out_late(at, &mut keep, sink)?;
    }
    batch = read_stamps(batch, &columns.known_at, first_row, &mut keep, sink, Sink::other_stamp)?;
    // Mostly all rows are kept, and no list of them is made.
    let kept = keep.contains(&false).then(|| (0..keep.len()).filter(|&row| keep[row]).collect::<Vec<_>>());
    if kept.is_some() {
        let filtered = filter_record_batch(&batch, &BooleanArray::from(keep));
        batch = filtered.map_err(|error| ReadError::call(&sink.file, None, error.into()))?;
    }
    let mut implausible = Vec::new();
    let pushed = sink.builder.push_batch_telling(&batch, columns, sink.zone, |row, at| {
        if implausible.len() < SHOWN {
            let row = kept.as_ref().map_or(row, |kept| kept[row]);
            implausible.push((line(first_row, row), at));
        }
    });
    pushed.map_err(|error| ReadError::call(&sink.file, None, error))?;
    implausible.into_iter().for_each(|(line, at)| sink.implausible(line, at));
    sink.taken += batch.num_rows() as u64;
    Ok(())
}

/// A column of stamps in text becomes one of timestamps; rows whose text is no stamp are set aside, and late ones left out.
fn read_stamps(
    batch: RecordBatch,
    column: &str,
    first_row: u64,
    keep: &mut [bool],
    sink: &mut Sink,
    read: impl Fn(&mut Sink, u64, &str, &str) -> Result<Instant, Refusal>,
) -> Result<RecordBatch, ReadError> {
    let Ok(place) = batch.schema_ref().index_of(column) else { return Ok(batch) };
    let array = batch.column(place);
    let naive = matches!(array.data_type(), DataType::Timestamp(_, None) | DataType::Date32 | DataType::Date64);
    if naive && sink.zone.is_none() && array.null_count() < array.len() {
        return Err(ReadError::call(&sink.file, None, no_zone(column, array)));
    }
    let refused = |file: &Path, error: Error| ReadError::call(file, None, error);
    let texts = match array.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Dictionary(_, _) => {
            cast(array, &DataType::Utf8).map_err(|error| refused(&sink.file, error.into()))?
        }
        _ => return Ok(batch),
    };
    let mut stamps = Vec::with_capacity(texts.len());
    for (row, text) in texts.as_string::<i32>().iter().enumerate() {
        let stamp = match text.filter(|_| keep[row]).map(|text| read(sink, line(first_row, row), column, text)) {
            None => None,
            Some(Ok(at)) => Some(at.0),
            Some(Err(Refusal::Row(reason))) => {
                keep[row] = false;
                sink.reject(line(first_row, row), reason);
                None
            }
            Some(Err(Refusal::Late)) => {
                keep[row] = false;
                sink.leave_out(1);
                None
            }
            Some(Err(Refusal::Call(error))) => return Err(ReadError::call(&sink.file, line(first_row, row), error)),
        };
        stamps.push(stamp);
    }
    let stamps: ArrayRef = Arc::new(TimestampMicrosecondArray::from(stamps).with_timezone("UTC"));
    with_column(&batch, place, stamps).map_err(|error| refused(&sink.file, error))
}

fn with_column(batch: &RecordBatch, place: usize, array: ArrayRef) -> Result<RecordBatch, Error> {
    let mut fields: Vec<Arc<Field>> = batch.schema_ref().fields().iter().cloned().collect();
    fields[place] = Arc::new(Field::new(fields[place].name(), array.data_type().clone(), true));
    let mut arrays = batch.columns().to_vec();
    arrays[place] = array;
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)?)
}

fn no_zone(column: &str, array: &ArrayRef) -> Error {
    Error::ColumnType {
        column: column.to_owned(),
        found: array.data_type().to_string(),
        wanted: "a timestamp with a zone, or the zone declared in which it was written, such as Europe/Berlin,",
    }
}

/// Where a row of a batch stands in the file.
const fn line(first_row: u64, row: usize) -> u64 {
    first_row + row as u64 + 1
}
