//! Tables out: Arrow capsules, text, and cells as Python objects.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{DurationMicrosecondType, Float64Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef, StructArray};
use arrow_schema::{DataType, Field};
use pyo3::exceptions::PyKeyError;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyList};
use pyo3_arrow::ffi::{ArrayIterator, to_schema_pycapsule, to_stream_pycapsule};
use streamgauge_read::write_parquet;

use crate::door::through;
use crate::when::Clock;

/// A table that Arrow can read: words and the counts of records are written out, all else is not copied.
#[pyclass(frozen, module = "streamgauge._core")]
pub(crate) struct Table(pub(crate) streamgauge::Table);

#[pymethods]
impl Table {
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        Ok(to_schema_pycapsule(py, self.0.head(0).batch().schema_ref().as_ref())?)
    }

    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let batch = py.detach(|| self.0.batch());
        let schema = batch.schema();
        let field = Field::new_struct("", schema.fields().clone(), false).with_metadata(schema.metadata().clone());
        let rows: ArrayRef = Arc::new(StructArray::from(batch));
        let arrays = ArrayIterator::new(std::iter::once(Ok(rows)), Arc::new(field));
        Ok(to_stream_pycapsule(py, Box::new(arrays), requested_schema)?)
    }

    #[getter]
    fn column_names(&self) -> Vec<&str> {
        self.0.column_names()
    }

    #[getter]
    fn num_rows(&self) -> usize {
        self.0.num_rows()
    }

    #[getter]
    fn receipt(&self) -> BTreeMap<String, String> {
        self.0.receipt()
    }

    fn cells<'py>(&self, py: Python<'py>, start: usize, stop: usize) -> PyResult<Vec<Bound<'py, PyList>>> {
        let clock = Clock::new(py)?;
        let batch = self.0.rows(start..stop).batch();
        (0..batch.num_rows())
            .map(|row| {
                let cells = batch.columns().iter().map(|column| cell(py, &clock, column, row));
                PyList::new(py, cells.collect::<PyResult<Vec<_>>>()?)
            })
            .collect()
    }

    /// All cells of one column.
    fn values<'py>(&self, py: Python<'py>, column: &str) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let clock = Clock::new(py)?;
        let Some(column) = self.0.column(column) else { return Err(PyKeyError::new_err(column.to_owned())) };
        (0..column.len()).map(|row| cell(py, &clock, &column, row)).collect()
    }

    #[pyo3(signature = (findings=None))]
    fn to_json(&self, py: Python<'_>, findings: Option<&Self>) -> String {
        py.detach(|| self.0.to_json(findings.map(|findings| &findings.0)))
    }

    fn to_csv(&self, py: Python<'_>) -> String {
        py.detach(|| self.0.to_csv())
    }

    fn head(&self, n: usize) -> Self {
        Self(self.0.head(n))
    }

    fn write_parquet(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        through(py, || write_parquet(&self.0.batch(), &path))
    }
}

/// One cell of the types that tables have.
fn cell<'py>(py: Python<'py>, clock: &Clock<'py>, column: &ArrayRef, row: usize) -> PyResult<Bound<'py, PyAny>> {
    if column.is_null(row) {
        return Ok(py.None().into_bound(py));
    }
    match column.data_type() {
        DataType::Utf8 => Ok(column.as_string::<i32>().value(row).into_pyobject(py)?.into_any()),
        DataType::Boolean => Ok(column.as_boolean().value(row).into_pyobject(py)?.to_owned().into_any()),
        DataType::Int64 => Ok(column.as_primitive::<Int64Type>().value(row).into_pyobject(py)?.into_any()),
        DataType::Float64 => Ok(column.as_primitive::<Float64Type>().value(row).into_pyobject(py)?.into_any()),
        DataType::Timestamp(_, _) => {
            clock.datetime_or_text(py, column.as_primitive::<TimestampMicrosecondType>().value(row))
        }
        DataType::Duration(_) => clock.timedelta(column.as_primitive::<DurationMicrosecondType>().value(row)),
        DataType::List(_) => {
            let list = column.as_list::<i32>().value(row);
            let cells = (0..list.len()).map(|i| cell(py, clock, &list, i));
            Ok(PyList::new(py, cells.collect::<PyResult<Vec<_>>>()?)?.into_any())
        }
        _ => Ok(py.None().into_bound(py)),
    }
}
