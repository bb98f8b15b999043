//! streamgauge
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod error;
mod model;
mod time;

pub use error::{Error, Result, UnknownValues};
pub use model::{
    Clock, EventLog, EventLogBuilder, Finding, FindingCode, Finish, FlowModel, Kind, OnUnknown, Outcome, Phase, Start,
    WhenBlocked,
};
pub use time::{Cut, Every, Instant, Observed, Period, Ruler, Stamp, Windows, Zone};
