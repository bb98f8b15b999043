//! Findings: odd data, counted and shown, never hidden.

use std::collections::BTreeSet;

/// How many items and details a finding shows.
const SAMPLE: usize = 5;

/// One kind of odd data in a log: how often it occurs, where, and what it does to the numbers.
///
/// ```
/// use streamgauge::{Finding, FindingCode};
///
/// let finding = Finding::new(FindingCode::RejectedRow, 1).with_detail("events.csv:7: column \"at\" is empty");
/// assert_eq!(finding.code.as_str(), "rejected_row");
/// assert!(finding.code.effect().contains("not in any number"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What is odd.
    pub code: FindingCode,
    /// How often.
    pub count: u64,
    /// Some of the items, in byte order.
    pub items: Vec<String>,
    /// Particulars, such as file, line and reason.
    pub details: Vec<String>,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident, $code:literal, $effect:literal;)+) => {
        /// What is odd about the data.
        ///
        /// ```
        /// use streamgauge::FindingCode;
        ///
        /// assert_eq!(FindingCode::BulkClose.as_str(), "bulk_close");
        /// assert_eq!(FindingCode::RepeatedState.effect(), "No number changes.");
        /// assert!(FindingCode::ALL.contains(&FindingCode::IdleRule));
        /// ```
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum FindingCode {
            $($(#[$doc])* $variant,)+
        }

        impl FindingCode {
            /// All codes, in the order in which findings are listed.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The code as it stands in tables.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)+
                }
            }

            /// What it does to the numbers.
            pub const fn effect(self) -> &'static str {
                match self {
                    $(Self::$variant => $effect,)+
                }
            }
        }
    };
}

codes! {
    /// A row or issue that could not be read.
    RejectedRow, "rejected_row", "The row is not in any number.";
    /// A tracker's answer that holds only a part of an item's history.
    TruncatedHistory, "truncated_history", "Moves are missing: starts, finishes and times of these items may be wrong.";
    /// A search response of a tracker that announces more issues than the files hold.
    IncompleteExport, "incomplete_export", "Issues are missing: every count and sum may be too low.";
    /// A file whose name promises another format than its content has.
    MisnamedFile, "misnamed_file", "It is read by its content, whatever its name says; no number changes.";
    /// Columns that nobody reads: beside those of the long form, or a second state.
    UnreadColumn, "unread_column", "The columns named in the details are not in any number.";
    /// A local time that its zone's clock showed twice or never.
    GuessedTime, "guessed_time", "The earlier instant, or the offset before the gap, was taken; the time may be an hour off.";
    /// A move's *from* is not where the item was.
    Gap, "gap", "A change is missing in the history: until the next one the item counts with the value it was last seen with.";
    /// An event before 1970 or from 2100 on.
    ImplausibleTime, "implausible_time", "The event lies outside 1970 to 2100 (UTC) and is set aside; it is not in any number.";
    /// A row that repeats an earlier one exactly.
    DuplicateEvent, "duplicate_event", "The repetition is dropped; no number changes.";
    /// Events at or after `as_of`.
    AfterAsOf, "after_as_of", "They do not exist for this answer.";
    /// A field that one item changes twice at one instant.
    SameInstant, "same_instant", "The order of the rows decides; the steps before the last have length zero.";
    /// A move to the state in which the item already is.
    RepeatedState, "repeated_state", "No number changes.";
    /// A state or type that the model does not know, under `on_unknown`.
    UnknownValue, "unknown_value", "Read as the model's on_unknown says.";
    /// A value of `blocked` or `removed` other than `true`, `false` and null.
    UnreadFlag, "unread_flag", "Only `true` means blocked or removed; the value is read as: it is not.";
    /// A rule of the model that asks for a field which no event sets.
    IdleRule, "idle_rule", "The rule never decides; phases and kinds are those of the other rules and the plain tables.";
    /// An item without a type, for which no rule finds a kind.
    NoType, "no_type", "The item counts, in a group of its own whose kind is null.";
    /// An item of a kind that does not count, for some time: the model, or a rule of it, ignores its type.
    IgnoredType, "ignored_type", "The item is in no metric while it is of that type.";
    /// The history begins in the middle.
    NoCreation, "no_creation", "The history begins in the middle: ages and flow times are lower bounds.";
    /// Finished, but never started before.
    FinishedWithoutStart, "finished_without_start", "The item counts in velocity if its type does; its flow time is null.";
    /// An exit from done.
    Reopened, "reopened", "With finish = last the item is finished only when it is done again; time in done until then is paused.";
    /// A move to a state that stands earlier in the model.
    BackwardMove, "backward_move", "Counted in n_backward; times are as they were.";
    /// Less than a minute in a state.
    Speeding, "speeding", "Moves made in a row after the fact: time in these states is understated.";
    /// Ten or more items finished in one minute of the UTC clock, from second 0 to second 0.
    BulkClose, "bulk_close", "Closed together, probably after the fact: their flow times may be too long.";
}

impl Finding {
    /// A finding that occurs `count` times.
    pub const fn new(code: FindingCode, count: u64) -> Self {
        Self { code, count, items: Vec::new(), details: Vec::new() }
    }

    /// Adds a particular.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.details.push(detail.into());
        self
    }

    /// Puts findings of one code together and in the order of their codes. Samples of items and details are kept as they come.
    pub fn merged(findings: impl IntoIterator<Item = Self>) -> Vec<Self> {
        let mut merged: Vec<Self> = Vec::new();
        for finding in findings {
            match merged.iter_mut().find(|known| known.code == finding.code) {
                Some(known) => {
                    known.count += finding.count;
                    known.items.extend(finding.items);
                    known.items.sort_unstable();
                    known.items.dedup();
                    known.details.extend(finding.details);
                }
                None => merged.push(finding),
            }
        }
        merged.sort_by_key(|finding| finding.code);
        merged
    }
}

/// Counts one finding while items are walked; tallies of parts combine to the tally of the whole.
///
/// The sample is the first items in byte order, so that neither the order of the rows nor the number of threads shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    count: u64,
    sample: BTreeSet<String>,
}

impl Tally {
    /// Counts `n` more of an item.
    pub(crate) fn insert(&mut self, item: &str, n: u64) {
        if n == 0 {
            return;
        }
        self.count += n;
        let smaller = self.sample.last().is_none_or(|last| item < last.as_str());
        if (self.sample.len() < SAMPLE || smaller) && !self.sample.contains(item) {
            self.sample.insert(item.to_owned());
            if self.sample.len() > SAMPLE {
                self.sample.pop_last();
            }
        }
    }

    /// As [`insert`](Self::insert), of an item that stands behind all before it: only the first ones have to be named.
    #[inline]
    pub(crate) fn insert_next<'a>(&mut self, item: impl FnOnce() -> &'a str, n: u64) {
        if n > 0 && self.sample.len() < SAMPLE {
            self.insert(item(), n);
        } else {
            self.count += n;
        }
    }

    pub(crate) const fn count(&self) -> u64 {
        self.count
    }

    pub(crate) fn combine(&mut self, other: &Self) {
        self.count += other.count;
        self.sample.extend(other.sample.iter().cloned());
        while self.sample.len() > SAMPLE {
            self.sample.pop_last();
        }
    }

    /// The finding, if there is something to find.
    pub(crate) fn finalize(self, code: FindingCode) -> Option<Finding> {
        (self.count > 0).then(|| Finding {
            code,
            count: self.count,
            items: self.sample.into_iter().collect(),
            details: vec![],
        })
    }
}
