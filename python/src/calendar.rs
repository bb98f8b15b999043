//! Working calendars.

use pyo3::prelude::*;
use streamgauge::{Calendars, Ruler, Zone};

use crate::door::{ArgumentError, raised, through};
use crate::when::{Clock, instant};

/// When people work, read and compiled.
#[pyclass(frozen, module = "streamgauge._core")]
pub(crate) struct Calendar {
    pub(crate) calendars: Calendars,
    pub(crate) ruler: Ruler,
}

#[pymethods]
impl Calendar {
    #[staticmethod]
    fn from_toml(py: Python<'_>, text: &str) -> PyResult<Self> {
        through(py, || {
            let calendars = Calendars::from_toml(text)?;
            let ruler = Ruler::working(&calendars);
            Ok::<_, streamgauge::Error>(Self { calendars, ruler })
        })
    }

    #[staticmethod]
    const fn schema() -> &'static str {
        Calendars::schema()
    }

    #[getter]
    fn text(&self) -> &str {
        self.calendars.text()
    }

    #[getter]
    fn hash(&self) -> String {
        format!("{:016x}", self.calendars.hash())
    }

    #[getter]
    fn names(&self) -> Vec<&str> {
        self.calendars.names()
    }

    #[getter]
    fn field(&self) -> Option<&str> {
        self.calendars.field()
    }

    #[pyo3(signature = (start, end, value = None))]
    fn working_time<'py>(
        &self,
        py: Python<'py>,
        start: &Bound<'py, PyAny>,
        end: &Bound<'py, PyAny>,
        value: Option<&str>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let zone = self.calendars.zone_of(value).unwrap_or(Zone::UTC);
        let (from, to) = (instant("start", start, zone)?, instant("end", end, zone)?);
        if to < from {
            return Err(ArgumentError::new_err(format!("end = {to}: the end must not be before the start, {from}")));
        }
        self.ruler.check_of(value, from, to).map_err(raised)?;
        let micros = self.ruler.span_of(value, from.0, to.0).ok_or_else(|| {
            let field = self.calendars.field().unwrap_or_default();
            let words = match value {
                None => format!("value = None: no calendar is for items without a {field}; say a default"),
                Some(value) => {
                    format!("value = {value:?}: no calendar is for this {field}; add it under [use], or say a default")
                }
            };
            ArgumentError::new_err(words)
        })?;
        Clock::new(py)?.timedelta(micros)
    }
}
