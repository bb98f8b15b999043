//! The framework's words as closed lists. Each has one spelling, the same in files, columns and messages.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A closed list of words: the enum, its spellings and the way between them.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[repr(u8)]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// All of them, in order.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word, as it stands in files and columns.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

words! {
    /// What a tool's state means for flow.
    ///
    /// ```
    /// use streamgauge::Phase;
    ///
    /// assert_eq!(Phase::Waiting.as_str(), "waiting");
    /// ```
    Phase {
        /// Not yet committed to.
        New = "new",
        /// Being worked on.
        Active = "active",
        /// Committed to, but nobody works on it.
        Waiting = "waiting",
        /// Some or all of its value was delivered.
        Done = "done",
        /// Void, deferred or rejected.
        Cancelled = "cancelled",
        /// The move is skipped: the item stays in the phase it was in.
        Ignored = "ignored",
    }
}

words! {
    /// What a tool's type means: the four flow items, or none.
    ///
    /// ```
    /// use streamgauge::Kind;
    ///
    /// assert_eq!(Kind::Debt.as_str(), "debt");
    /// ```
    Kind {
        /// New value.
        Feature = "feature",
        /// Something to mend.
        Defect = "defect",
        /// Security, privacy, compliance.
        Risk = "risk",
        /// Architecture, tooling, ways of working.
        Debt = "debt",
        /// No flow item; in no metric.
        Ignored = "ignored",
    }
}

words! {
    /// Where an item stands at `as_of`.
    ///
    /// ```
    /// use streamgauge::Outcome;
    ///
    /// assert_eq!(Outcome::NotStarted.as_str(), "not_started");
    /// ```
    Outcome {
        /// Its clock has not started.
        NotStarted = "not_started",
        /// Its clock runs.
        Open = "open",
        /// Finished.
        Done = "done",
        /// In cancelled.
        Cancelled = "cancelled",
        /// Deleted or moved out of sight.
        Removed = "removed",
    }
}

words! {
    /// When an item's clock starts.
    ///
    /// ```
    /// use streamgauge::{Clock, Start};
    ///
    /// assert_eq!(Clock::default().start, Start::FirstCommit);
    /// assert_eq!(Start::LastCommit.as_str(), "last_commit");
    /// ```
    Start {
        /// First entry into active or waiting.
        FirstCommit = "first_commit",
        /// First entry into active.
        FirstActive = "first_active",
        /// First entry into active or waiting after the last time it was in new.
        LastCommit = "last_commit",
        /// The first event. (Lead time.)
        Created = "created",
    }
}

words! {
    /// When an item's clock finishes.
    ///
    /// ```
    /// use streamgauge::{Clock, Finish};
    ///
    /// assert_eq!(Clock::default().finish, Finish::Last);
    /// assert_eq!(Finish::First.as_str(), "first");
    /// ```
    Finish {
        /// The beginning of the final unbroken stay in done.
        Last = "last",
        /// The first entry into done.
        First = "first",
    }
}

words! {
    /// What active time is while an item is blocked.
    ///
    /// ```
    /// use streamgauge::{Clock, WhenBlocked};
    ///
    /// assert_eq!(Clock::default().blocked, WhenBlocked::Waiting);
    /// assert_eq!(WhenBlocked::Active.as_str(), "active");
    /// ```
    WhenBlocked {
        /// It counts as waiting.
        Waiting = "waiting",
        /// It stays active.
        Active = "active",
    }
}

words! {
    /// What to do with a state or type that the model does not know.
    ///
    /// ```
    /// use streamgauge::OnUnknown;
    ///
    /// let words: Vec<_> = OnUnknown::ALL.iter().map(|word| word.as_str()).collect();
    /// assert_eq!(words, ["error", "waiting", "ignored"]);
    /// ```
    OnUnknown {
        /// An error that lists all of them.
        Error = "error",
        /// Unknown states are waiting, unknown types have no kind.
        Waiting = "waiting",
        /// Unknown states are skipped, unknown types are no flow items.
        Ignored = "ignored",
    }
}

/// The options of an item's clock: the `[clock]` of a model.
///
/// ```
/// use streamgauge::{Clock, Finish, FlowModel, Start};
///
/// let model = FlowModel::from_toml(r#"
///     [phases]
///     active = ["Doing"]
///
///     [clock]
///     start = "created"
/// "#)?;
/// assert_eq!(model.clock(), Clock { start: Start::Created, ..Clock::default() });
/// assert_eq!(model.clock().finish, Finish::Last);
/// # Ok::<(), streamgauge::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Clock {
    /// When it starts.
    pub start: Start,
    /// When it finishes.
    pub finish: Finish,
    /// What active time is while the item is blocked.
    pub blocked: WhenBlocked,
}

/// As receipts tell it.
impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { start, finish, blocked } = self;
        write!(f, "start {start}, finish {finish}, blocked {blocked}")
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self { start: Start::FirstCommit, finish: Finish::Last, blocked: WhenBlocked::Waiting }
    }
}
