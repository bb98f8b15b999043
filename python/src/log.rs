//! Events in from frames.

use arrow_array::RecordBatch;
use pyo3::prelude::*;
use pyo3_arrow::PyRecordBatchReader;
use streamgauge::{EventColumns, Flow, Zone};

use crate::door::{Wrong, raised, through};
use crate::table::Table;

/// Events as columns.
#[pyclass(frozen, module = "streamgauge._core")]
pub(crate) struct EventLog(pub(crate) streamgauge::EventLog);

#[pymethods]
impl EventLog {
    #[staticmethod]
    #[pyo3(signature = (frame, *, item="item", at="at", field="field", value="value", state="state", known_at="known_at", zone=None))]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments of Python")]
    fn from_frame(
        py: Python<'_>,
        frame: PyRecordBatchReader,
        item: &str,
        at: &str,
        field: &str,
        value: &str,
        state: &str,
        known_at: &str,
        zone: Option<&str>,
    ) -> PyResult<Self> {
        let columns = columns([item, at, field, value, state, known_at]);
        let zone = declared(zone)?;
        let reader = frame.into_reader()?;
        through(py, || {
            let mut log = streamgauge::EventLog::builder();
            let schema = reader.schema();
            // A frame without rows still has columns that can be wrong.
            log.push_batch(&RecordBatch::new_empty(schema), &columns, zone)?;
            for batch in reader {
                log.push_batch(&batch.map_err(streamgauge::Error::from)?, &columns, zone)?;
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

/// Column names by argument.
pub(crate) fn columns(names: [&str; 6]) -> EventColumns {
    let [item, at, field, value, state, known_at] = names.map(str::to_owned);
    EventColumns { item, at, field, value, state, known_at }
}

/// The zone that naive stamps were written in, if one is declared.
pub(crate) fn declared(zone: Option<&str>) -> PyResult<Option<Zone>> {
    zone.map(Zone::named).transpose().map_err(raised)
}
