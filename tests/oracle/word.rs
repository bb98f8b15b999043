//! The words of a model file: phases, kinds, and the options that have a closed list of values.

use serde::Deserialize;

/// The framework's phases of a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Not yet committed.
    New,
    /// Being worked on.
    Active,
    /// Committed, and nobody works on it.
    Waiting,
    /// Delivered some or all of its value.
    Done,
    /// Void, deferred, rejected.
    Cancelled,
    /// The move is skipped.
    Ignored,
}

impl Phase {
    /// The word of the framework.
    pub fn name(self) -> &'static str {
        match self {
            Phase::New => "new",
            Phase::Active => "active",
            Phase::Waiting => "waiting",
            Phase::Done => "done",
            Phase::Cancelled => "cancelled",
            Phase::Ignored => "ignored",
        }
    }
}

/// The framework's kinds of a flow item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// New business value.
    Feature,
    /// A fix of quality.
    Defect,
    /// Security, governance, compliance.
    Risk,
    /// Improvement of the architecture and of the way of working.
    Debt,
    /// No flow item.
    Ignored,
}

impl Kind {
    /// The word of the framework.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Feature => "feature",
            Kind::Defect => "defect",
            Kind::Risk => "risk",
            Kind::Debt => "debt",
            Kind::Ignored => "ignored",
        }
    }
}

/// What to do with a state or type that the model does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnUnknown {
    /// Say so and stop.
    #[default]
    Error,
    /// An unknown state is waiting; an unknown type has a null kind.
    Waiting,
    /// An unknown state is skipped; an unknown type is no flow item.
    Ignored,
}

/// When the clock starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Start {
    /// First entry into active or waiting.
    #[default]
    FirstCommit,
    /// First entry into active.
    FirstActive,
    /// First entry into active or waiting after the last time in new.
    LastCommit,
    /// The first event.
    Created,
}

/// When the clock stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Finish {
    /// The beginning of the final unbroken stay in done.
    #[default]
    Last,
    /// The first entry into done.
    First,
}

/// What active time counts as while an item is blocked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Blocked {
    /// As waiting.
    #[default]
    Waiting,
    /// As active.
    Active,
}

/// The `[clock]` table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Clock {
    /// When it starts.
    pub start: Start,
    /// When it stops.
    pub finish: Finish,
    /// What blocked time counts as.
    pub blocked: Blocked,
}
