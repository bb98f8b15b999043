//! Floor 5: from events to facts about items.

mod fingerprint;
mod groups;
mod history;
mod oddities;
mod records;
mod steps;
mod tables;
mod timelines;

pub use groups::Groups;
pub(crate) use groups::NO_GROUP;
pub(crate) use records::Facts;
pub use records::{FlowRecords, records};
pub(crate) use steps::REMOVED;
pub(crate) use tables::{findings_table, records_table};
pub use timelines::{Timelines, timelines};
