//! A log of any size as a Parquet file: row groups are written as they are generated.

use std::fmt::Write as _;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow_array::builder::{Int64Builder, StringBuilder};
use arrow_array::{ArrayRef, RecordBatch, TimestampMicrosecondArray};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;

use crate::error::{Result, SynthError};
use crate::plan::{FIELDS, Plan};
use crate::rows::{Form, Order, Row, Rows};
use crate::synth::Synth;

/// How many rows a row group has.
const ROWS: usize = 1 << 18;

/// What ids look like in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ids {
    /// Text such as `PAY-12345`.
    Text,
    /// The items' numbers, as 64-bit integers.
    Integer,
}

/// How a log is laid out in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// What a row is.
    pub form: Form,
    /// The order of the rows.
    pub order: Order,
    /// What the column `item` holds.
    pub ids: Ids,
}

impl Layout {
    /// A state log as an engine would like it: by item and time, integer ids.
    pub const A: Self = Self { form: Form::StateLog, order: Order::ByItem, ids: Ids::Integer };
    /// A state log as exports are: text ids, in order of time.
    pub const B: Self = Self { form: Form::StateLog, order: Order::ByTime, ids: Ids::Text };
}

impl Synth {
    /// Writes the log as a Parquet file and says how many rows it has.
    ///
    /// Memory does not grow with the size of the log: by item, one row group is held; by time, also the events ahead of the items in
    /// flight, 24 bytes each.
    ///
    /// ```
    /// use streamgauge_synth::{Layout, Synth};
    ///
    /// let path = std::env::temp_dir().join(format!("streamgauge-synth-{}.parquet", std::process::id()));
    /// let rows = Synth::bench(8_000).write_parquet(&path, Layout::B)?;
    /// assert!((7_500..8_500).contains(&rows));
    /// # std::fs::remove_file(path).ok();
    /// # Ok::<(), streamgauge_synth::SynthError>(())
    /// ```
    ///
    /// # Errors
    /// [`SynthError::Spec`] if the description cannot be; [`SynthError::File`] and [`SynthError::Parquet`] if the file cannot be written.
    pub fn write_parquet(&self, path: impl AsRef<Path>, layout: Layout) -> Result<u64> {
        let path = path.as_ref();
        let mut batches = Batches::new(self, layout)?;
        let file =
            File::create(path).map_err(|source| SynthError::File { path: path.display().to_string(), source })?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_max_row_group_row_count(Some(ROWS))
            .build();
        let schema = batch(&batches.rows, &[], layout)?.schema();
        let mut writer = ArrowWriter::try_new(file, schema, Some(properties))?;
        let mut n_rows = 0;
        while let Some(batch) = batches.next().transpose()? {
            writer.write(&batch)?;
            n_rows += batch.num_rows() as u64;
        }
        writer.close()?;
        Ok(n_rows)
    }

    /// The log as Arrow tables of at most 262,144 rows, made one by one.
    ///
    /// ```
    /// use streamgauge_synth::{Layout, Synth};
    ///
    /// let first = Synth::bench(8_000).batches(Layout::A)?.next().transpose()?;
    /// let columns = first.map(|batch| batch.schema().fields().iter().map(|f| f.name().clone()).collect::<Vec<_>>());
    /// assert_eq!(columns.unwrap_or_default(), ["item", "at", "state", "type", "stream"]);
    /// # Ok::<(), streamgauge_synth::SynthError>(())
    /// ```
    ///
    /// # Errors
    /// [`SynthError::Spec`] if the description cannot be; the iterator's items, [`SynthError::Arrow`] if a table cannot be built.
    pub fn batches(&self, layout: Layout) -> Result<impl Iterator<Item = Result<RecordBatch>> + '_> {
        Batches::new(self, layout)
    }
}

/// The rows of a log, a row group at a time.
struct Batches<'a> {
    rows: Rows<'a>,
    layout: Layout,
    group: Vec<Row>,
}

impl<'a> Batches<'a> {
    fn new(synth: &'a Synth, layout: Layout) -> Result<Self> {
        let rows = Rows::new(Plan::new(synth)?, layout.form, layout.order);
        Ok(Self { rows, layout, group: Vec::new() })
    }
}

impl Iterator for Batches<'_> {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        self.group.clear();
        self.group.extend(self.rows.by_ref().take(ROWS));
        (!self.group.is_empty()).then(|| batch(&self.rows, &self.group, self.layout))
    }
}

fn batch(names: &Rows<'_>, rows: &[Row], layout: Layout) -> Result<RecordBatch> {
    let at = TimestampMicrosecondArray::from_iter_values(rows.iter().map(|row| row.at)).with_timezone("UTC");
    let text = |cell: usize| texts(rows, |row| names.plan().text(row.cells[cell]));
    let mut columns: Vec<(&str, ArrayRef, bool)> =
        vec![("item", items(names, rows, layout.ids)?, false), ("at", Arc::new(at), false)];
    match layout.form {
        Form::Long => {
            let field = texts(rows, |row| FIELDS.get(usize::from(row.cells[0])).copied());
            columns.extend([("field", field, false), ("value", text(1), true)]);
        }
        Form::StateLog => {
            columns.extend([("state", text(0), true), ("type", text(1), true), ("stream", text(2), true)]);
        }
    }
    Ok(RecordBatch::try_from_iter_with_nullable(columns)?)
}

fn items(names: &Rows<'_>, rows: &[Row], ids: Ids) -> Result<ArrayRef> {
    match ids {
        Ids::Integer => {
            let mut column = Int64Builder::with_capacity(rows.len());
            rows.iter().for_each(|row| column.append_value(i64::from(row.item) + 1));
            Ok(Arc::new(column.finish()))
        }
        Ids::Text => {
            let mut column = StringBuilder::with_capacity(rows.len(), rows.len() * 12);
            for row in rows {
                // Writing into the column's own buffer does not fail.
                let _ = write!(column, "{}", names.item_id(row));
                column.append_value("");
            }
            Ok(Arc::new(column.finish()))
        }
    }
}

fn texts<'a>(rows: &[Row], text: impl Fn(&Row) -> Option<&'a str>) -> ArrayRef {
    let mut column = StringBuilder::with_capacity(rows.len(), rows.len() * 8);
    rows.iter().for_each(|row| column.append_option(text(row)));
    Arc::new(column.finish())
}

#[cfg(test)]
mod tests {
    use arrow_array::cast::AsArray;
    use arrow_array::types::{Int64Type, TimestampMicrosecondType};
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

    use super::*;

    /// A row as text, its instant, and the row groups of the file.
    fn written(synth: &Synth, layout: Layout) -> (Vec<(i64, String)>, usize) {
        let name = format!("streamgauge-synth-{}-{layout:?}-{}.parquet", std::process::id(), synth.items);
        let path = std::env::temp_dir().join(name.replace([' ', '{', '}', ':', ','], ""));
        let n_rows = synth.write_parquet(&path, layout).unwrap();
        let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(&path).unwrap()).unwrap();
        let groups = reader.metadata().num_row_groups();
        let mut rows = Vec::new();
        for batch in reader.build().unwrap() {
            let batch = batch.unwrap();
            let at = batch.column(1).as_primitive::<TimestampMicrosecondType>();
            for row in 0..batch.num_rows() {
                let mut text = match layout.ids {
                    Ids::Text => batch.column(0).as_string::<i32>().value(row).to_owned(),
                    Ids::Integer => batch.column(0).as_primitive::<Int64Type>().value(row).to_string(),
                };
                for column in &batch.columns()[2..] {
                    let column = column.as_string::<i32>();
                    text.push('|');
                    text.push_str(if arrow_array::Array::is_null(column, row) { "-" } else { column.value(row) });
                }
                rows.push((at.value(row), text));
            }
        }
        std::fs::remove_file(path).unwrap();
        assert_eq!(rows.len() as u64, n_rows);
        (rows, groups)
    }

    #[test]
    fn both_orders_hold_the_same_rows() {
        let synth = Synth { items: 500, ..Synth::default() };
        for form in [Form::Long, Form::StateLog] {
            for ids in [Ids::Text, Ids::Integer] {
                let (mut by_item, _) = written(&synth, Layout { form, order: Order::ByItem, ids });
                let (mut by_time, _) = written(&synth, Layout { form, order: Order::ByTime, ids });
                assert!(by_time.is_sorted_by_key(|row| row.0));
                assert!(!by_item.is_sorted_by_key(|row| row.0));
                by_item.sort();
                by_time.sort();
                assert_eq!(by_item, by_time);
            }
        }
    }

    #[test]
    fn a_file_holds_the_events() {
        let synth = Synth { items: 200, ..Synth::default() };
        let layout = Layout { form: Form::Long, order: Order::ByItem, ids: Ids::Text };
        let events = synth.events().unwrap();
        let events: Vec<_> =
            events.map(|e| (e.at.0, format!("{}|{}|{}", e.item, e.field, e.value.unwrap_or("-")))).collect();
        assert_eq!(written(&synth, layout).0, events);
    }

    #[test]
    fn row_groups_are_written_as_they_are_made() {
        let (rows, groups) = written(&Synth::bench(600_000), Layout::A);
        assert_eq!(groups, rows.len().div_ceil(ROWS));
        assert!(groups > 1);
    }
}
