//! Floor 5: from events to facts about items.

mod beginnings;
mod clock_oddities;
mod course;
mod days;
mod deciding;
mod facts;
mod fingerprint;
mod groups;
mod held;
mod history;
mod instants;
mod now;
mod oddities;
mod piece;
mod plain;
mod records;
mod rulers;
mod steps;
mod tables;
mod timelines;

pub(crate) use course::{OUT_OF_SIGHT, Pairs, Passes, Stretch, held, phase_shown};
pub use days::days_inclusive;
pub(crate) use facts::{Reading, Standing, WORKING};
pub use groups::Groups;
pub(crate) use groups::NO_GROUP;
pub(crate) use now::{BLOCKED, BLOCKED_BY_FLAG, BLOCKED_BY_STATE, Now};
pub(crate) use records::each_instant;
pub use records::{FlowRecords, records};
pub(crate) use rulers::{ItemRuler, Rulers, check_windows};
pub(crate) use steps::{Holds, StepRun};
pub(crate) use tables::{findings_table, records_table};
pub use timelines::{Timelines, timelines};
