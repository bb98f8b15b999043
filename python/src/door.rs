//! The one door: work is done without the interpreter lock, and whatever goes wrong becomes one of a few exceptions.

use pyo3::create_exception;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use streamgauge::Error;
use streamgauge_read::ReadError as FileError;

create_exception!(streamgauge, StreamgaugeError, PyValueError, "The base of every error of streamgauge.");
create_exception!(
    streamgauge,
    ColumnError,
    StreamgaugeError,
    "A column is missing, of a wrong type, or holds a cell that cannot be read."
);
create_exception!(
    streamgauge,
    ModelError,
    StreamgaugeError,
    "A flow model says something impossible, or does not know a state or type of the log."
);
create_exception!(
    streamgauge,
    CalendarError,
    StreamgaugeError,
    "A calendar says something impossible, or does not reach as far as the answer."
);
create_exception!(streamgauge, ReadError, StreamgaugeError, "A file cannot be read.");
create_exception!(streamgauge, ArgumentError, StreamgaugeError, "An argument has a value that cannot be.");

/// What went wrong on the other side of the door.
pub(crate) enum Wrong {
    Core(Error),
    File(FileError),
}

impl From<Error> for Wrong {
    fn from(error: Error) -> Self {
        Self::Core(error)
    }
}

impl From<FileError> for Wrong {
    fn from(error: FileError) -> Self {
        Self::File(error)
    }
}

/// Does the work without the interpreter lock.
pub(crate) fn through<T: Send, E: Into<Wrong> + Send>(
    py: Python<'_>,
    work: impl FnOnce() -> Result<T, E> + Send,
) -> PyResult<T> {
    py.detach(work).map_err(raised)
}

/// The exception for what went wrong.
pub(crate) fn raised(error: impl Into<Wrong>) -> PyErr {
    match error.into() {
        Wrong::File(error) => ReadError::new_err(error.to_string()),
        Wrong::Core(error) => {
            let text = error.to_string();
            match error {
                Error::MissingColumn { .. } | Error::ColumnType { .. } | Error::Cell { .. } | Error::Arrow(_) => {
                    ColumnError::new_err(text)
                }
                Error::Model(_) | Error::UnknownValues(_) => ModelError::new_err(text),
                Error::Calendar { .. } | Error::OutsideCalendar { .. } => CalendarError::new_err(text),
                _ => ArgumentError::new_err(text),
            }
        }
    }
}

pub(crate) fn add_errors(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    module.add("StreamgaugeError", py.get_type::<StreamgaugeError>())?;
    module.add("ColumnError", py.get_type::<ColumnError>())?;
    module.add("ModelError", py.get_type::<ModelError>())?;
    module.add("CalendarError", py.get_type::<CalendarError>())?;
    module.add("ReadError", py.get_type::<ReadError>())?;
    module.add("ArgumentError", py.get_type::<ArgumentError>())
}
