#![doc = include_str!("../../../README.md")]
//!
//! # How this crate is built
//!
//! ```text
//! EventLog ── timelines ──> Timelines ── records ──> FlowRecords ── velocity, flow_time, load, efficiency, distribution ──> Table
//! ```
//!
//! Every arrow goes down, and each stage is an immutable value. [`measure`] walks all of them; the functions of the stages can be called one by
//! one. No input or output is done here, and no clock is read: `as_of` is an argument.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod error;
mod flow;
mod kernel;
mod ledger;
mod measure;
mod metric;
mod model;
mod table;
mod time;

pub use error::{Error, Result, UnknownValues};
pub use flow::{FlowRecords, Groups, Timelines, days_inclusive, records, timelines};
pub use ledger::{
    ageing, blocked, cfd, counters, efficiencies, episodes, identities, ledger, ledger_items, net_flow, rework, states,
    transitions, visits,
};
pub use measure::{Flow, Question, WindowsOf, measure, measure_by, measure_working};
pub use metric::{Method, Of, Percentiles, distribution, efficiency, flow_time, load, metrics, velocity};
pub use model::{
    Clock, EventLog, EventLogBuilder, Finding, FindingCode, Finish, FlowModel, Kind, OnUnknown, Outcome, Phase,
    RowOrder, Start, WhenBlocked,
};
pub use table::{DEFINITIONS_VERSION, EventColumns, Table};
pub use time::{Calendars, Cut, Every, Instant, Observed, Period, Ruler, Stamp, Windows, Zone};
