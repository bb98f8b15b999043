//! Events in Parquet, row group by row group, some at a time. Rows are counted from 1, where text formats have lines.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use ::parquet::arrow::ProjectionMask;
use ::parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use ::parquet::basic::{Encoding, EncodingMask};
use ::parquet::file::metadata::ColumnChunkMetaData;
use arrow_schema::{DataType, Schema};
use streamgauge::EventColumns;

use super::parquet_rows::push;
use super::parquet_until::is_late;
use super::row::STATE;
use crate::error::{ReadError, shortened};
use crate::parallel::in_order;
use crate::progress::Progress;
use crate::sink::Sink;

/// So many parts keep all threads busy.
const MANY_PARTS: usize = 32;

/// The most row groups in one part: what is read but not yet taken over must fit beside the log.
const MOST_AT_ONCE: usize = 8;

/// How many rows are unpacked at a time.
const ROWS: usize = 1 << 18;

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
    let opened = guarded(|| open(&file, size)).map_err(broken)?;
    let names: Vec<String> = opened.schema().fields().iter().map(|field| field.name().clone()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let is_long = columns.is_long_form(&names).map_err(|error| ReadError::call(path, None, error))?;
    let wanted = wanted(&names, is_long, columns, sink);
    let (metadata, until) = (opened.metadata(), sink.until);
    let n_rows = u64::try_from(metadata.file_metadata().num_rows()).unwrap_or(0);
    let n_rows_of = |group: usize| u64::try_from(metadata.row_group(group).num_rows()).unwrap_or(0);
    let mut first_row = 0;
    let groups: Vec<usize> = (0..metadata.num_row_groups()).collect();
    let parts = groups.chunks(at_once(groups.len())).map(|groups| {
        let n_rows: u64 = groups.iter().map(|group| n_rows_of(*group)).sum();
        first_row += n_rows;
        (groups, first_row - n_rows, sink.branch((first_row - n_rows) as usize))
    });
    let read_group = |group: usize, first_row: u64, part: &mut Sink| {
        let about = metadata.row_group(group);
        if until.is_some_and(|until| is_late(about, opened.schema(), &columns.at, until)) {
            part.leave_out(n_rows_of(group));
            return Ok(first_row + n_rows_of(group));
        }
        let file = File::open(path).map_err(|error| ReadError::io(path, error))?;
        let mut batches = guarded(|| batches(file, &opened, group, &wanted)).map_err(broken)?;
        let mut next = || guarded(|| batches.next().transpose().map_err(|error| error.to_string())).map_err(broken);
        let mut row = first_row;
        while let Some(batch) = next()? {
            push(&batch, row, is_long, columns, part)?;
            row += batch.num_rows() as u64;
        }
        Ok(row)
    };
    let read_part = |(groups, first_row, mut part): (&[usize], u64, Sink)| {
        let row = groups.iter().try_fold(first_row, |row, group| read_group(*group, row, &mut part))?;
        Ok((row, part))
    };
    let mut done = 0;
    in_order(parts.collect::<Vec<_>>().into_iter(), read_part, |read: Result<_, ReadError>| {
        let (rows, part) = read?;
        sink.combine(part)?;
        let now = share(size, rows, n_rows);
        if let Some(progress) = progress {
            progress.advance(now.saturating_sub(done));
        }
        done = done.max(now);
        Ok(())
    })?;
    if let Some(progress) = progress {
        progress.advance(size.saturating_sub(done));
    }
    Ok(())
}

/// How many row groups are read into one part: several where there are many, as their items are mostly the same, and are looked up among all
/// others once for each part.
fn at_once(n_groups: usize) -> usize {
    (n_groups / MANY_PARTS).clamp(1, MOST_AT_ONCE)
}

/// Opens a file and checks what the library would take on trust: that each column lies inside the file.
fn open(file: &File, size: u64) -> Result<ArrowReaderMetadata, String> {
    // Parquet's own types say enough; the Arrow schema beside them would have to be trusted.
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let opened = ArrowReaderMetadata::load(file, options).map_err(|error| error.to_string())?;
    for column in opened.metadata().row_groups().iter().flat_map(|group| group.columns()) {
        let start = column.dictionary_page_offset().unwrap_or_else(|| column.data_page_offset());
        let end = start.checked_add(column.compressed_size()).and_then(|end| u64::try_from(end).ok());
        if start < 0 || column.compressed_size() < 0 || end.is_none_or(|end| end > size) {
            return Err(format!("column {:?} lies outside the file", shortened(&column.column_path().string())));
        }
    }
    Ok(opened)
}

/// A reader of one row group. Texts that stand there as a dictionary stay one; others are looked at where their page was unpacked.
fn batches(
    file: File,
    opened: &ArrowReaderMetadata,
    group: usize,
    wanted: &[usize],
) -> Result<ParquetRecordBatchReader, String> {
    let about = opened.metadata().row_group(group);
    let is_flat = about.num_columns() == opened.schema().fields().len();
    let fields = opened.schema().fields().iter().enumerate().map(|(i, field)| match field.data_type() {
        DataType::Utf8 if is_flat && is_dictionary(about.column(i)) => {
            let kind = DataType::Dictionary(Box::new(DataType::UInt32), Box::new(DataType::Utf8));
            Arc::new(field.as_ref().clone().with_data_type(kind))
        }
        DataType::Utf8 => Arc::new(field.as_ref().clone().with_data_type(DataType::Utf8View)),
        _ => Arc::clone(field),
    });
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true).with_schema(schema);
    let opened = ArrowReaderMetadata::try_new(Arc::clone(opened.metadata()), options);
    let opened = opened.map_err(|error| error.to_string())?;
    let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, opened);
    let mask = ProjectionMask::roots(builder.parquet_schema(), wanted.iter().copied());
    let builder = builder.with_row_groups(vec![group]).with_batch_size(ROWS).with_projection(mask);
    builder.build().map_err(|error| error.to_string())
}

/// Whether a column stands there as a dictionary to its end: one that grew too large is given up halfway, and the rest is plain.
fn is_dictionary(column: &ColumnChunkMetaData) -> bool {
    let is_whole = |pages: &EncodingMask| !pages.is_set(Encoding::PLAIN);
    column.dictionary_page_offset().is_some() && column.page_encoding_stats_mask().is_none_or(is_whole)
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
