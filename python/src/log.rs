//! Events in from frames.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::TimestampMicrosecondType;
use arrow_array::{Array, ArrayRef, RecordBatch, RecordBatchOptions, TimestampMicrosecondArray};
use arrow_schema::{DataType, Schema, SchemaRef};
use pyo3::prelude::*;
use pyo3_arrow::PyArrayReader;
use streamgauge::{Error, EventColumns, Flow, Zone};

use crate::door::{Wrong, raised, through};
use crate::table::Table;

/// Events as columns.
#[pyclass(frozen, module = "streamgauge._core")]
pub(crate) struct EventLog(pub(crate) streamgauge::EventLog);

#[pymethods]
impl EventLog {
    #[staticmethod]
    #[pyo3(signature = (frame, *, item="item", at="at", field="field", value="value", state="state", known_at="known_at", zone=None, shared=false))]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments of Python")]
    fn from_frame(
        py: Python<'_>,
        frame: PyArrayReader,
        item: &str,
        at: &str,
        field: &str,
        value: &str,
        state: &str,
        known_at: &str,
        zone: Option<&str>,
        shared: bool,
    ) -> PyResult<Self> {
        let columns = columns([item, at, field, value, state, known_at]);
        let zone = declared(zone)?;
        let reader = frame.into_reader()?;
        through(py, || {
            let mut log = streamgauge::EventLog::builder();
            let schema = columns_of(reader.field().data_type())?;
            // A frame without rows still has columns that can be wrong.
            log.push_batch(&RecordBatch::new_empty(Arc::clone(&schema)), &columns, zone)?;
            let mut first_row = 0;
            for rows in reader {
                let rows = rows.map_err(Error::from)?;
                let rows = batch(&rows, &schema, first_row)?;
                log.push_batch(&if shared { rows.clone() } else { owned(&rows)? }, &columns, zone)?;
                first_row += rows.num_rows();
            }
            Ok::<_, Wrong>(Self(log.finish()?))
        })
    }

    #[getter]
    fn n_events(&self) -> usize {
        self.0.n_events()
    }

    #[getter]
    fn n_items(&self) -> usize {
        self.0.n_items()
    }

    #[getter]
    fn fields(&self) -> Vec<&str> {
        self.0.fields()
    }

    fn values(&self, py: Python<'_>, field: &str) -> PyResult<Vec<(String, u64)>> {
        through(py, || {
            let values = self.0.values(field)?;
            Ok::<_, Wrong>(values.into_iter().map(|(value, n)| (value.to_owned(), n)).collect())
        })
    }

    fn events(&self, py: Python<'_>) -> PyResult<Table> {
        through(py, || self.0.events()).map(Table)
    }

    fn findings(&self, py: Python<'_>) -> PyResult<Table> {
        through(py, || Flow::findings_of(&self.0)).map(Table)
    }
}

/// The columns of a frame, which speaks Arrow as a stream of structs.
fn columns_of(kind: &DataType) -> Result<SchemaRef, Error> {
    match kind {
        DataType::Struct(fields) => Ok(Arc::new(Schema::new(fields.clone()))),
        other => Err(Error::Argument {
            argument: "frame",
            value: format!("one column of type {other}"),
            wanted: "a frame with named columns is needed".to_owned(),
        }),
    }
}

/// The rows of a stream as a batch. A row that is null as a whole has cells too, but they mean nothing.
fn batch(rows: &ArrayRef, schema: &SchemaRef, first_row: usize) -> Result<RecordBatch, Error> {
    let nulls = rows.nulls().filter(|nulls| nulls.null_count() > 0);
    if let Some(row) = nulls.and_then(|nulls| (0..rows.len()).find(|row| nulls.is_null(*row))) {
        return Err(Error::Cell {
            column: "(all)".to_owned(),
            row: first_row + row,
            value: "null".to_owned(),
            reason: "is the whole row; drop the rows that are null".to_owned(),
        });
    }
    let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
    Ok(RecordBatch::try_new_with_options(Arc::clone(schema), rows.as_struct().columns().to_vec(), &options)?)
}

/// A batch whose instants, which a log keeps as they are, are its own: some libraries let their users write into a column that was given away.
fn owned(rows: &RecordBatch) -> Result<RecordBatch, Error> {
    let own = |column: &ArrayRef| -> ArrayRef {
        let Some(at) = column.as_primitive_opt::<TimestampMicrosecondType>() else { return Arc::clone(column) };
        let own = TimestampMicrosecondArray::new(at.values().to_vec().into(), at.nulls().cloned());
        Arc::new(own.with_timezone_opt(at.timezone()))
    };
    let options = RecordBatchOptions::new().with_row_count(Some(rows.num_rows()));
    let columns = rows.columns().iter().map(own).collect();
    Ok(RecordBatch::try_new_with_options(rows.schema(), columns, &options)?)
}

/// Column names by argument.
pub(crate) fn columns(names: [&str; 6]) -> EventColumns {
    let [item, at, field, value, state, known_at] = names.map(str::to_owned);
    EventColumns { item, at, field, value, state, known_at }
}

/// The zone that naive stamps were written in, if one is declared.
pub(crate) fn declared(zone: Option<&str>) -> PyResult<Option<Zone>> {
    zone.map(Zone::named).transpose().map_err(raised)
}
