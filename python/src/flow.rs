//! Measuring, and questions.

use pyo3::prelude::*;
use pyo3::types::PyString;
use streamgauge::{Instant, Percentiles, Period, Question, WindowsOf};

use crate::calendar::Calendar;
use crate::door::{ArgumentError, raised, through};
use crate::log::EventLog;
use crate::model::FlowModel;
use crate::table::Table;
use crate::when;

/// A log measured by a model.
#[pyclass(frozen, module = "streamgauge._core")]
pub(crate) struct Flow(streamgauge::Flow);

/// Measures a log by a model, and by a calendar where there is one.
#[pyfunction]
#[pyo3(signature = (log, model, as_of=None, calendar=None))]
pub(crate) fn measure(
    py: Python<'_>,
    log: &EventLog,
    model: &FlowModel,
    as_of: Option<&Bound<'_, PyAny>>,
    calendar: Option<&Calendar>,
) -> PyResult<Flow> {
    let as_of = as_of.map(|as_of| when::instant("as_of", as_of, model.0.cut().zone)).transpose()?;
    through(py, || match calendar {
        None => streamgauge::measure(&log.0, &model.0, as_of),
        Some(calendar) => streamgauge::measure_by(&log.0, &model.0, as_of, &calendar.ruler),
    })
    .map(Flow)
}

type PeriodOf<'py> = (String, Bound<'py, PyAny>, Bound<'py, PyAny>);

#[pymethods]
impl Flow {
    #[getter]
    fn as_of<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        when::datetime(py, self.0.observed().as_of)
    }

    #[getter]
    fn first<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        when::datetime(py, self.0.observed().first)
    }

    #[getter]
    fn log_hash(&self) -> &str {
        self.0.log_hash()
    }

    #[getter]
    fn model_hash(&self) -> &str {
        self.0.model_hash()
    }

    fn period<'py>(&self, py: Python<'py>, name: &str) -> PyResult<PeriodOf<'py>> {
        when::period(py, &self.named(name)?)
    }

    fn period_before<'py>(&self, py: Python<'py>, name: &str) -> PyResult<PeriodOf<'py>> {
        when::period(py, &self.named(name)?.previous())
    }

    fn last_whole_period(&self, every: &str) -> PyResult<String> {
        let every = every.parse().map_err(raised)?;
        Ok(self.0.last_whole_period(every).to_string())
    }

    #[pyo3(signature = (name, *, every=None, windows=None, by=None, start=None, end=None,
        percentiles=vec![50.0, 85.0, 95.0], percentile_method="inverted_cdf", of=None))]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments of Python")]
    fn ask(
        &self,
        py: Python<'_>,
        name: &str,
        every: Option<&str>,
        windows: Option<Vec<Bound<'_, PyAny>>>,
        by: Option<Vec<String>>,
        start: Option<&Bound<'_, PyAny>>,
        end: Option<&Bound<'_, PyAny>>,
        percentiles: Vec<f64>,
        percentile_method: &str,
        of: Option<&str>,
    ) -> PyResult<Table> {
        let method = percentile_method.parse().map_err(raised)?;
        let question = Question {
            windows: self.windows(every, windows, start, end)?,
            by: by.unwrap_or_else(|| Question::default().by),
            percentiles: Percentiles::new(&percentiles, method).map_err(raised)?,
            load_distribution: is_load(of)?,
        };
        let ask = match name {
            "metrics" => streamgauge::Flow::metrics,
            "velocity" => streamgauge::Flow::velocity,
            "flow_time" => streamgauge::Flow::flow_time,
            "load" => streamgauge::Flow::load,
            "efficiency" => streamgauge::Flow::efficiency,
            "distribution" => streamgauge::Flow::distribution,
            "states" => streamgauge::Flow::states,
            "blocked" => streamgauge::Flow::blocked,
            "cfd" => streamgauge::Flow::cfd,
            "counters" => streamgauge::Flow::counters,
            "net_flow" => streamgauge::Flow::net_flow,
            "ledger" => streamgauge::Flow::ledger,
            "ledger_items" => streamgauge::Flow::ledger_items,
            "identities" => streamgauge::Flow::identities,
            "rework" => streamgauge::Flow::rework,
            "transitions" => streamgauge::Flow::transitions,
            "efficiencies" => streamgauge::Flow::efficiencies,
            _ => return Err(ArgumentError::new_err(format!("name = {name:?}: no such table"))),
        };
        through(py, || ask(&self.0, &question)).map(Table)
    }

    #[pyo3(signature = (by=None))]
    fn ageing(&self, py: Python<'_>, by: Option<Vec<String>>) -> PyResult<Table> {
        let by = by.unwrap_or_else(|| Question::default().by);
        let by: Vec<&str> = by.iter().map(String::as_str).collect();
        through(py, || self.0.ageing(&by)).map(Table)
    }

    fn days_inclusive(&self, py: Python<'_>) -> PyResult<Table> {
        through(py, || self.0.days_inclusive()).map(Table)
    }

    fn visits(&self, py: Python<'_>) -> PyResult<Table> {
        through(py, || self.0.visits()).map(Table)
    }

    fn episodes(&self, py: Python<'_>) -> PyResult<Table> {
        through(py, || self.0.episodes()).map(Table)
    }

    fn records(&self, py: Python<'_>) -> PyResult<Table> {
        through(py, || self.0.records()).map(Table)
    }

    fn findings(&self, py: Python<'_>) -> PyResult<Table> {
        through(py, || self.0.findings()).map(Table)
    }
}

impl Flow {
    fn named(&self, name: &str) -> PyResult<Period> {
        Period::named(name, self.0.cut()).map_err(raised)
    }

    /// A list of windows, or calendar windows of one length; quarters if nothing is said.
    fn windows(
        &self,
        every: Option<&str>,
        windows: Option<Vec<Bound<'_, PyAny>>>,
        start: Option<&Bound<'_, PyAny>>,
        end: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<WindowsOf> {
        let instant = |argument, when: &Bound<'_, PyAny>| when::instant(argument, when, self.0.cut().zone);
        let Some(windows) = windows else {
            return Ok(WindowsOf::Every {
                every: every.unwrap_or("quarter").parse().map_err(raised)?,
                from: start.map(|start| instant("start", start)).transpose()?,
                to: end.map(|end| instant("end", end)).transpose()?,
            });
        };
        if every.is_some() || start.is_some() || end.is_some() {
            return Err(ArgumentError::new_err("windows stands for itself; leave out every, start and end"));
        }
        let window = |window: &Bound<'_, PyAny>| -> PyResult<(Instant, Instant)> {
            if window.is_instance_of::<PyString>() {
                let period = self.named(&window.extract::<String>()?)?;
                return Ok((period.start(), period.end()));
            }
            let pair: Vec<Bound<'_, PyAny>> = window.extract().unwrap_or_default();
            match pair.as_slice() {
                [start, end] => Ok((instant("windows", start)?, instant("windows", end)?)),
                _ => Err(ArgumentError::new_err(
                    "windows: each is the name of a period, such as \"2014-Q4\", or a pair (start, end)",
                )),
            }
        };
        windows.iter().map(window).collect::<PyResult<_>>().map(WindowsOf::List)
    }
}

fn is_load(of: Option<&str>) -> PyResult<bool> {
    match of {
        None | Some("velocity") => Ok(false),
        Some("load") => Ok(true),
        Some(other) => Err(ArgumentError::new_err(format!("of = {other:?}: velocity or load"))),
    }
}
