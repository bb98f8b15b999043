//! Flow models.

use std::collections::BTreeMap;

use pyo3::prelude::*;
use streamgauge::{Kind, Phase, Zone};

use crate::door::{raised, through};
use crate::log::EventLog;

/// What a tool's words mean.
#[pyclass(frozen, module = "streamgauge._core")]
pub(crate) struct FlowModel(pub(crate) streamgauge::FlowModel);

#[pymethods]
impl FlowModel {
    #[staticmethod]
    fn from_toml(text: &str) -> PyResult<Self> {
        streamgauge::FlowModel::from_toml(text).map(Self).map_err(raised)
    }

    #[staticmethod]
    fn suggest(py: Python<'_>, log: &EventLog) -> PyResult<Self> {
        through(py, || streamgauge::FlowModel::suggest(&log.0)).map(Self)
    }

    fn to_toml(&self) -> String {
        self.0.to_toml()
    }

    fn with_zone(&self, zone: &str) -> PyResult<Self> {
        let zone = Zone::named(zone).map_err(raised)?;
        Ok(Self(self.0.clone().with_zone(zone)))
    }

    #[getter]
    fn hash(&self) -> String {
        self.0.hash()
    }

    #[getter]
    fn zone(&self) -> &str {
        self.0.cut().zone.name()
    }

    #[getter]
    fn fiscal_year_start(&self) -> u32 {
        self.0.cut().fiscal_year_start
    }

    #[getter]
    fn states(&self) -> Vec<&str> {
        self.0.states()
    }

    #[getter]
    fn clock(&self) -> BTreeMap<&str, &str> {
        let clock = self.0.clock();
        [("start", clock.start.as_str()), ("finish", clock.finish.as_str()), ("blocked", clock.blocked.as_str())].into()
    }

    fn phase_of(&self, state: &str) -> Option<&str> {
        self.0.phase_of(state).map(Phase::as_str)
    }

    fn kind_of(&self, r#type: &str) -> Option<&str> {
        self.0.kind_of(r#type).map(Kind::as_str)
    }
}
