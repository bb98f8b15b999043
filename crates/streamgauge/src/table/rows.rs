//! A table: an Arrow record batch with a fixed schema and a receipt.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::{
    Array, ArrayRef, BooleanArray, DurationMicrosecondArray, Float64Array, Int64Array, RecordBatch, RecordBatchOptions,
    StringArray, StructArray, TimestampMicrosecondArray,
};
use arrow_schema::{Field, Schema};

use super::words::written_out;
use super::{Receipt, receipt};
use crate::error::{Error, Result};
use crate::kernel::chunk;
use crate::model::MOST_TEXT;

/// Rows with names and types, as Arrow; the schema's metadata holds the receipt.
///
/// ```
/// use streamgauge::{EventLog, FlowModel, Instant, measure};
///
/// let mut log = EventLog::builder();
/// log.push("A", Instant(0), "state", Some("Done"), None)?;
/// let model = FlowModel::from_toml("[phases]\ndone = [\"Done\"]")?;
/// let records = measure(&log.finish()?, &model, None)?.records()?;
/// assert_eq!(records.num_rows(), 1);
/// assert_eq!(records.receipt()["definitions_version"], "1");
/// # Ok::<(), streamgauge::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Table(RecordBatch);

impl Table {
    /// The rows. Within the table, words of which there are few are kept as codes, and the counts of records in bytes; here they are texts (`Utf8`) and
    /// `Int64`, written out at each call. No other column is copied.
    pub fn batch(&self) -> RecordBatch {
        let columns = self.0.columns();
        let texts = chunk::map_each(columns.len(), |column| written_out(&columns[column]));
        let schema = self.0.schema_ref();
        let named = schema.fields().iter().zip(texts).map(|(field, column)| {
            let field = Field::new(field.name(), column.data_type().clone(), field.is_nullable());
            (Arc::new(field), column)
        });
        let mut batch = RecordBatch::from(StructArray::from(named.collect::<Vec<_>>()));
        batch.schema_metadata_mut().clone_from(schema.metadata());
        batch
    }

    /// The names of the columns, in order.
    pub fn column_names(&self) -> Vec<&str> {
        self.0.schema_ref().fields().iter().map(|field| field.name().as_str()).collect()
    }

    /// How many rows there are.
    pub fn num_rows(&self) -> usize {
        self.0.num_rows()
    }

    /// What the table was made from: versions, `as_of`, `zone`, `model_hash`, `log_hash` and the parameters of the call.
    /// The schema's metadata holds it as one JSON object under `streamgauge`.
    pub fn receipt(&self) -> BTreeMap<String, String> {
        let said = self.0.schema_ref().metadata().get(receipt::KEY);
        said.and_then(|said| serde_json::from_str(said).ok()).unwrap_or_default()
    }

    /// The first `n` rows, or all if there are fewer; nothing is copied.
    #[must_use]
    pub fn head(&self, n: usize) -> Self {
        self.rows(0..n)
    }

    /// Those of some rows that there are; nothing is copied.
    #[must_use]
    pub fn rows(&self, rows: Range<usize>) -> Self {
        let end = rows.end.min(self.num_rows());
        let start = rows.start.min(end);
        Self(self.0.slice(start, end - start))
    }

    /// A column by its name, written out as in [`batch`](Self::batch): ask once, not for each row.
    pub fn column(&self, name: &str) -> Option<ArrayRef> {
        self.0.column_by_name(name).map(written_out)
    }
}

impl PartialEq for Table {
    fn eq(&self, other: &Self) -> bool {
        self.num_rows() == other.num_rows() && self.batch() == other.batch()
    }
}

/// What a field is called as a column: `field.NAME` where a column of the table, or its working reading, may have the name as it is, or in text,
/// where durations end in `_us`.
pub(crate) fn shown_name(field: &str, is_column: impl Fn(&str) -> bool) -> Cow<'_, str> {
    let elapsed = |name: &str| is_column(name.strip_suffix("_working").unwrap_or(name));
    let is_taken = is_column(field) || elapsed(field) || field.strip_suffix("_us").is_some_and(elapsed);
    if is_taken { format!("field.{field}").into() } else { field.into() }
}

/// Collects columns of one length.
pub(crate) struct TableBuilder {
    receipt: Receipt,
    fields: Vec<Field>,
    columns: Vec<ArrayRef>,
    wrong: Option<Error>,
}

impl TableBuilder {
    pub(crate) const fn new(receipt: Receipt) -> Self {
        Self { receipt, fields: Vec::new(), columns: Vec::new(), wrong: None }
    }

    pub(super) fn push(&mut self, name: &str, column: ArrayRef, nullable: bool) {
        self.fields.push(Field::new(name, column.data_type().clone(), nullable));
        self.columns.push(column);
    }

    pub(crate) fn texts<'a>(&mut self, name: &str, values: impl Iterator<Item = Option<&'a str>>) {
        let mut texts = StringBuilder::with_capacity(values.size_hint().0, 0);
        let mut bytes = 0;
        for value in values {
            bytes += value.map_or(0, str::len);
            if bytes > MOST_TEXT {
                let limit = MOST_TEXT as u64;
                self.refuse(Error::TooMany { what: "bytes of text in one column", limit });
                return;
            }
            texts.append_option(value);
        }
        self.push(name, Arc::new(texts.finish()), true);
    }

    /// Texts that stand in a column already.
    pub(crate) fn text_column(&mut self, name: &str, texts: StringArray) {
        self.push(name, Arc::new(texts), true);
    }

    pub(crate) fn text_lists<'a>(&mut self, name: &str, values: impl Iterator<Item = &'a [String]>) {
        let mut lists = ListBuilder::new(StringBuilder::new());
        for list in values {
            list.iter().for_each(|text| lists.values().append_value(text));
            lists.append(true);
        }
        self.push(name, Arc::new(lists.finish()), false);
    }

    pub(crate) fn instants(&mut self, name: &str, values: impl Iterator<Item = Option<i64>>) {
        let column: TimestampMicrosecondArray = values.collect();
        self.push(name, Arc::new(column.with_timezone("UTC")), true);
    }

    pub(crate) fn durations(&mut self, name: &str, values: impl Iterator<Item = Option<i64>>) {
        self.push(name, Arc::new(values.collect::<DurationMicrosecondArray>()), true);
    }

    /// Exact sums of durations; one that does not fit in 64 bits is an error of the whole table.
    pub(crate) fn duration_sums(&mut self, name: &str, values: impl Iterator<Item = i128>) {
        let narrow: Vec<i64> = values.map(|value| self.narrow(name, value)).collect();
        self.durations(name, narrow.into_iter().map(Some));
    }

    pub(crate) fn ints(&mut self, name: &str, values: impl Iterator<Item = i64>) {
        self.push(name, Arc::new(Int64Array::from_iter_values(values)), false);
    }

    /// Exact sums of integers; one that does not fit in 64 bits is an error of the whole table.
    pub(crate) fn int_sums(&mut self, name: &str, values: impl Iterator<Item = i128>) {
        let narrow: Vec<i64> = values.map(|value| self.narrow(name, value)).collect();
        self.ints(name, narrow.into_iter());
    }

    /// As [`int_sums`](Self::int_sums), of sums that may be undefined.
    pub(crate) fn optional_sums(&mut self, name: &str, values: impl Iterator<Item = Option<i128>>) {
        let narrow: Vec<_> = values.map(|value| value.map(|value| self.narrow(name, value))).collect();
        self.push(name, Arc::new(Int64Array::from(narrow)), true);
    }

    pub(crate) fn floats(&mut self, name: &str, values: impl Iterator<Item = Option<f64>>) {
        self.push(name, Arc::new(values.collect::<Float64Array>()), true);
    }

    pub(crate) fn bools(&mut self, name: &str, values: impl Iterator<Item = bool>) {
        self.push(name, Arc::new(values.map(Some).collect::<BooleanArray>()), false);
    }

    /// The table will not be; of several reasons the first is told.
    pub(super) fn refuse(&mut self, error: Error) {
        self.wrong.get_or_insert(error);
    }

    /// The columns of several builders, one's behind the other's.
    pub(crate) fn joined(builders: Vec<Self>, receipt: Receipt) -> Self {
        let mut all = Self::new(receipt);
        builders.into_iter().for_each(|builder| all.append(builder));
        all
    }

    /// Puts the columns of another builder behind those of this one.
    pub(crate) fn append(&mut self, other: Self) {
        self.fields.extend(other.fields);
        self.columns.extend(other.columns);
        self.wrong = self.wrong.take().or(other.wrong);
    }

    pub(crate) fn finish(self) -> Result<Table> {
        if let Some(error) = self.wrong {
            return Err(error);
        }
        for (i, field) in self.fields.iter().enumerate() {
            if self.fields[..i].iter().any(|other| other.name() == field.name()) {
                return Err(Error::Argument {
                    argument: "by",
                    value: format!("{:?}", field.name()),
                    wanted: "two columns would have this name; rename the field in the log".to_owned(),
                });
            }
        }
        let rows = self.columns.first().map_or(0, |column| column.len());
        let schema = Schema::new(self.fields).with_metadata(self.receipt.into_metadata());
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        Ok(Table(RecordBatch::try_new_with_options(Arc::new(schema), self.columns, &options)?))
    }

    fn narrow(&mut self, name: &str, value: i128) -> i64 {
        i64::try_from(value).unwrap_or_else(|_| {
            self.wrong.get_or_insert(Error::Overflow { column: name.to_owned(), value });
            0
        })
    }
}
