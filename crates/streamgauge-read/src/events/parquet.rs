//! Events in Parquet, batch by batch. Rows are counted from 1, where text formats have lines.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use ::parquet::arrow::ProjectionMask;
use ::parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, BooleanArray, RecordBatch, TimestampMicrosecondArray};
use arrow_cast::cast;
use arrow_schema::{DataType, Field, Schema};
use arrow_select::filter::filter_record_batch;
use streamgauge::{Error, EventColumns};

use super::row::STATE;
use crate::error::{ReadError, shortened};
use crate::progress::Progress;
use crate::sink::{Refusal, SHOWN, Sink};

const ROWS: usize = 1 << 16;

pub(super) fn read(
    path: &Path,
    columns: &EventColumns,
    sink: &mut Sink,
    progress: Option<&Progress>,
) -> Result<(), ReadError> {
    let broken =
        |why: String| ReadError::data(path, None, format!("is no whole Parquet file; it may be cut short ({why})"));
    let file = File::open(path).map_err(|error| ReadError::io(path, error))?;
    let size = file.metadata().map_or(0, |metadata| metadata.len());
    let builder = guarded(|| open(file, size)).map_err(broken)?;
    let names: Vec<String> = builder.schema().fields().iter().map(|field| field.name().clone()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let is_long = columns.is_long_form(&names).map_err(|error| ReadError::call(path, None, error))?;
    let n_rows = u64::try_from(builder.metadata().file_metadata().num_rows()).unwrap_or(0);
    let mask = ProjectionMask::roots(builder.parquet_schema(), wanted(&names, is_long, columns, sink));
    let build = || builder.with_batch_size(ROWS).with_projection(mask).build().map_err(|error| error.to_string());
    let mut batches = guarded(build).map_err(broken)?;
    let (mut rows, mut done) = (0, 0);
    while let Some(batch) = guarded(|| batches.next().transpose().map_err(|error| error.to_string())).map_err(broken)? {
        push(&batch, rows, is_long, columns, sink)?;
        rows += batch.num_rows() as u64;
        let now = share(size, rows, n_rows);
        if let Some(progress) = progress {
            progress.advance(now.saturating_sub(done));
        }
        done = done.max(now);
    }
    if let Some(progress) = progress {
        progress.advance(size.saturating_sub(done));
    }
    Ok(())
}

/// Opens a file and checks what the library would take on trust: that each column lies inside the file.
fn open(file: File, size: u64) -> Result<ParquetRecordBatchReaderBuilder<File>, String> {
    // Parquet's own types say enough; the Arrow schema beside them would have to be trusted.
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let builder = ParquetRecordBatchReaderBuilder::try_new_with_options(file, options);
    let builder = builder.map_err(|error| error.to_string())?;
    for column in builder.metadata().row_groups().iter().flat_map(|group| group.columns()) {
        let start = column.dictionary_page_offset().unwrap_or_else(|| column.data_page_offset());
        let end = start.checked_add(column.compressed_size()).and_then(|end| u64::try_from(end).ok());
        if start < 0 || column.compressed_size() < 0 || end.is_none_or(|end| end > size) {
            return Err(format!("column {:?} lies outside the file", shortened(&column.column_path().string())));
        }
    }
    Ok(builder)
}

/// Runs the library, which panics on some files that are broken in just the wrong place.
fn guarded<T>(run: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| Err("its pages contradict each other".to_owned()))
}

/// How many of a file's bytes so many of its rows stand for.
fn share(size: u64, rows: u64, n_rows: u64) -> u64 {
    let bytes = u128::from(size) * u128::from(rows.min(n_rows)) / u128::from(n_rows.max(1));
    u64::try_from(bytes).unwrap_or(size)
}

/// The places of the columns to read. Those for which the form has no use are not even unpacked.
fn wanted(names: &[&str], is_long: bool, columns: &EventColumns, sink: &mut Sink) -> Vec<usize> {
    let read = [&columns.item, &columns.at, &columns.field, &columns.value, &columns.known_at];
    let is_read = |name: &str| match is_long {
        true => read.iter().any(|column| *column == name),
        false => name != STATE || name == columns.state,
    };
    names.iter().filter(|name| !is_read(name)).for_each(|name| sink.unread_column(name));
    (0..names.len()).filter(|&i| is_read(names[i])).collect()
}

/// Sets aside the rows that the core would refuse, and gives it the others.
fn push(
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
        if let Some(array) = batch.column_by_name(column) {
            for row in (0..array.len()).filter(|&row| array.is_null(row)) {
                if std::mem::replace(&mut keep[row], false) {
                    sink.reject(line(first_row, row), format!("column {column:?} is null; every row needs one"));
                }
            }
        }
    }
    for column in [&columns.at, &columns.known_at] {
        batch = read_stamps(batch, column, first_row, &mut keep, sink)?;
    }
    let kept: Vec<u64> = (0..keep.len()).filter(|&row| keep[row]).map(|row| line(first_row, row)).collect();
    if kept.len() < keep.len() {
        let filtered = filter_record_batch(&batch, &BooleanArray::from(keep));
        batch = filtered.map_err(|error| ReadError::call(&sink.file, None, error.into()))?;
    }
    let mut implausible = Vec::new();
    let pushed = sink.builder.push_batch_telling(&batch, columns, sink.zone, |row, at| {
        if implausible.len() < SHOWN {
            implausible.push((kept[row], at));
        }
    });
    pushed.map_err(|error| ReadError::call(&sink.file, None, error))?;
    implausible.into_iter().for_each(|(line, at)| sink.implausible(line, at));
    sink.taken += kept.len() as u64;
    Ok(())
}

/// A column of stamps in text becomes one of timestamps; rows whose text is no stamp are set aside.
fn read_stamps(
    batch: RecordBatch,
    column: &str,
    first_row: u64,
    keep: &mut [bool],
    sink: &mut Sink,
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
        let stamp = match text.filter(|_| keep[row]).map(|text| sink.other_stamp(line(first_row, row), column, text)) {
            None => None,
            Some(Ok(at)) => Some(at.0),
            Some(Err(Refusal::Row(reason))) => {
                keep[row] = false;
                sink.reject(line(first_row, row), reason);
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
