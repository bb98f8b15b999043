//! Files in, and the embedded sample.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use pyo3::prelude::*;
use streamgauge::Zone;
use streamgauge_read::{EventOptions, JiraOptions, Source};

use crate::door::{ArgumentError, through};
use crate::log::{EventLog, columns, declared};
use crate::model::FlowModel;
use crate::when;

/// Bytes read so far and in all; read from another thread while a reader runs.
#[pyclass(frozen, module = "streamgauge._core")]
pub(crate) struct Progress(Arc<streamgauge_read::Progress>);

#[pymethods]
impl Progress {
    #[new]
    fn new() -> Self {
        Self(Arc::default())
    }

    #[getter]
    fn done(&self) -> u64 {
        self.0.done.load(Ordering::Relaxed)
    }

    #[getter]
    fn total(&self) -> u64 {
        self.0.total.load(Ordering::Relaxed)
    }
}

/// Reads files of events.
#[pyfunction]
#[pyo3(signature = (paths, *, item="item", at="at", field="field", value="value", state="state", known_at="known_at", zone=None, until=None, progress=None))]
#[expect(clippy::too_many_arguments, reason = "keyword arguments of Python")]
pub(crate) fn read_events(
    py: Python<'_>,
    paths: Vec<PathBuf>,
    item: &str,
    at: &str,
    field: &str,
    value: &str,
    state: &str,
    known_at: &str,
    zone: Option<&str>,
    until: Option<&Bound<'_, PyAny>>,
    progress: Option<&Progress>,
) -> PyResult<EventLog> {
    let zone = declared(zone)?;
    let until = until.map(|until| when::instant("until", until, zone.unwrap_or(Zone::UTC))).transpose()?;
    let options = EventOptions { columns: columns([item, at, field, value, state, known_at]), zone, until };
    let progress = progress.map(|progress| progress.0.as_ref());
    through(py, || streamgauge_read::read_events(&paths, &options, progress)).map(EventLog)
}

/// Reads a Jira export.
#[pyfunction]
#[pyo3(signature = (paths, *, fields=Vec::new(), zone=None, progress=None))]
pub(crate) fn read_jira(
    py: Python<'_>,
    paths: Vec<PathBuf>,
    fields: Vec<String>,
    zone: Option<&str>,
    progress: Option<&Progress>,
) -> PyResult<EventLog> {
    let options = JiraOptions { fields, zone: declared(zone)? };
    let progress = progress.map(|progress| progress.0.as_ref());
    through(py, || streamgauge_read::read_jira(&paths, &options, progress)).map(EventLog)
}

/// Tells by its content what a file holds.
#[pyfunction]
pub(crate) fn recognise(py: Python<'_>, path: PathBuf) -> PyResult<&'static str> {
    Ok(match through(py, || streamgauge_read::recognise(&path))? {
        Source::Jira => "jira",
        Source::Events => "events",
    })
}

/// The embedded sample.
#[pyfunction]
pub(crate) fn sample_log(py: Python<'_>) -> PyResult<EventLog> {
    let log = py.detach(streamgauge_synth::sample);
    log.map(EventLog).map_err(|error| ArgumentError::new_err(error.to_string()))
}

/// The model of the embedded sample.
#[pyfunction]
pub(crate) fn sample_model(py: Python<'_>) -> PyResult<FlowModel> {
    through(py, || streamgauge::FlowModel::from_toml(streamgauge_synth::sample_model())).map(FlowModel)
}
