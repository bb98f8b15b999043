//! Instants to and from Python: text, `date` or `datetime` in; `datetime` in UTC out.

use pyo3::prelude::*;
use pyo3::types::PyString;
use streamgauge::{Instant, Period, Zone};

use crate::door::{ArgumentError, raised};

/// An instant from text in RFC 3339, a `date` (its first instant in the zone), or a `datetime` (in the zone if it is naive).
pub(crate) fn instant(argument: &str, when: &Bound<'_, PyAny>, zone: Zone) -> PyResult<Instant> {
    let text: String = if when.is_instance_of::<PyString>() {
        when.extract()?
    } else if when.hasattr("isoformat")? {
        when.call_method0("isoformat")?.extract()?
    } else {
        let kind = when.get_type().name()?;
        return Err(ArgumentError::new_err(format!(
            "{argument} is of type {kind}; text in RFC 3339, a date or a datetime is needed"
        )));
    };
    let stamp = Instant::parse(&text, Some(zone)).map_err(raised)?;
    Ok(stamp.instant)
}

/// A `datetime` in UTC.
pub(crate) fn datetime<'py>(py: Python<'py>, at: Instant) -> PyResult<Bound<'py, PyAny>> {
    Clock::new(py)?.datetime(at.0)
}

/// A period as its name, its first instant and the first instant after it.
pub(crate) fn period<'py>(
    py: Python<'py>,
    period: &Period,
) -> PyResult<(String, Bound<'py, PyAny>, Bound<'py, PyAny>)> {
    Ok((period.to_string(), datetime(py, period.start())?, datetime(py, period.end())?))
}

/// Makes many `datetime`s and `timedelta`s.
pub(crate) struct Clock<'py> {
    timedelta: Bound<'py, PyAny>,
    epoch: Bound<'py, PyAny>,
}

impl<'py> Clock<'py> {
    pub(crate) fn new(py: Python<'py>) -> PyResult<Self> {
        let module = py.import("datetime")?;
        let epoch = module.getattr("datetime")?.call_method1("fromisoformat", ("1970-01-01T00:00:00+00:00",))?;
        // The zone must be the one that `datetime.UTC` names.
        let utc = module.getattr("timezone")?.getattr("utc")?;
        Ok(Self { timedelta: module.getattr("timedelta")?, epoch: epoch.call_method1("astimezone", (utc,))? })
    }

    pub(crate) fn timedelta(&self, micros: i64) -> PyResult<Bound<'py, PyAny>> {
        self.timedelta.call1((0, 0, micros))
    }

    pub(crate) fn datetime(&self, micros: i64) -> PyResult<Bound<'py, PyAny>> {
        self.epoch.add(self.timedelta(micros)?)
    }
}
