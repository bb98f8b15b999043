//! The compiled half of the Python package: thin functions that extract, release the interpreter lock, compute, map the error
//! and wrap. What users see is written in Python, beside this crate.

mod calendar;
mod door;
mod flow;
mod log;
mod model;
mod read;
mod table;
mod when;

use pyo3::prelude::*;

/// Rust behind one narrow door.
#[pymodule(gil_used = false)]
mod _core {
    use pyo3::prelude::*;

    #[pymodule_export]
    use super::calendar::Calendar;
    #[pymodule_export]
    use super::flow::{Flow, measure};
    #[pymodule_export]
    use super::log::EventLog;
    #[pymodule_export]
    use super::model::FlowModel;
    #[pymodule_export]
    use super::read::{Progress, read_events, read_jira, recognise, sample_log, sample_model};
    #[pymodule_export]
    use super::table::Table;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        super::door::add_errors(module)?;
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        module.add("DEFINITIONS_VERSION", streamgauge::DEFINITIONS_VERSION)
    }
}
