//! Instants to and from Python: text, `date` or `datetime` in; `datetime` in UTC out.

use std::ops::RangeInclusive;

use pyo3::prelude::*;
use pyo3::types::PyString;
use streamgauge::{Error, Instant, Period, Zone};

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
    match Instant::parse(&text, Some(zone)) {
        Ok(stamp) if has_datetime(stamp.instant.0) => Ok(stamp.instant),
        Ok(stamp) => Err(ArgumentError::new_err(format!("{argument} = {text:?}: {}", outside(stamp.instant.0)))),
        Err(Error::Stamp { value, reason }) => Err(ArgumentError::new_err(format!("{argument} = {value:?}: {reason}"))),
        Err(error) => Err(raised(error)),
    }
}

/// The first microsecond of year 1 and the last of year 9999: what a `datetime` in UTC can say.
const DATETIMES: RangeInclusive<i64> = -62_135_596_800_000_000..=253_402_300_799_999_999;

fn has_datetime(micros: i64) -> bool {
    DATETIMES.contains(&micros)
}

fn outside(micros: i64) -> String {
    format!("{} lies outside the years 1 to 9999 in UTC, which a datetime can say", Instant(micros))
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
    let edge = |at: Instant| {
        let reason = || ArgumentError::new_err(format!("period = \"{period}\": {}", outside(at.0)));
        if has_datetime(at.0) { datetime(py, at) } else { Err(reason()) }
    };
    Ok((period.to_string(), edge(period.start())?, edge(period.end())?))
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
        if has_datetime(micros) {
            self.epoch.add(self.timedelta(micros)?)
        } else {
            Err(ArgumentError::new_err(outside(micros)))
        }
    }

    /// A `datetime`, or RFC 3339 text where there is none, so that a table of odd data can always be looked at.
    pub(crate) fn datetime_or_text(&self, py: Python<'py>, micros: i64) -> PyResult<Bound<'py, PyAny>> {
        if has_datetime(micros) {
            self.datetime(micros)
        } else {
            Ok(PyString::new(py, &Instant(micros).to_string()).into_any())
        }
    }
}
