//! Events, and which of them exist for an answer.
//!
//! Order of the doors: rows that repeat an earlier row are dropped first, then implausible instants are set aside,
//! then everything at or after `as_of` is put away. So a file added twice changes only the count of duplicates.

use std::collections::BTreeSet;
use std::ops::Range;

use chrono::{DateTime, SecondsFormat};

/// The field that holds an item's state in its tool.
pub const STATE: &str = "state";
/// The field that holds an item's type in its tool.
pub const TYPE: &str = "type";
/// The field that says whether an item is blocked.
pub const BLOCKED: &str = "blocked";
/// The field that says whether an item is out of sight.
pub const REMOVED: &str = "removed";

/// Plausible instants: 1970-01-01 up to, not including, 2100-01-01, in µs UTC.
pub const PLAUSIBLE: Range<i64> = 0..4_102_444_800_000_000;

/// Item `item`'s field `field` took the value `value` at instant `at`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Event {
    /// The work item's id.
    pub item: String,
    /// When it happened, µs since the epoch, UTC.
    pub at: i64,
    /// The field that changed.
    pub field: String,
    /// The new value; `None` clears it.
    pub value: Option<String>,
    /// When the record became known.
    pub known_at: Option<i64>,
}

/// The events that exist for an answer, in order, and the counts of those that do not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clean {
    /// By instant, then by place in the source.
    pub events: Vec<Event>,
    /// The instant of the answer; `None` when nothing says what it is.
    pub as_of: Option<i64>,
    /// Rows that repeat an earlier row exactly.
    pub n_duplicate: u64,
    /// Rows whose instant is not plausible.
    pub n_implausible: u64,
    /// Rows at or after `as_of`.
    pub n_after: u64,
}

/// Drops, sets aside, cuts and orders the rows of a source.
pub fn clean(source: &[Event], as_of: Option<i64>) -> Clean {
    let mut seen = BTreeSet::new();
    let (mut n_duplicate, mut n_implausible) = (0, 0);
    let mut kept: Vec<Event> = Vec::new();
    for event in source {
        if !seen.insert(event.clone()) {
            n_duplicate += 1;
        } else if !PLAUSIBLE.contains(&event.at) {
            n_implausible += 1;
        } else {
            kept.push(event.clone());
        }
    }
    let last = kept.iter().map(|event| event.at).max();
    let as_of = as_of.or(last.map(|at| at + 1));
    let n_kept = kept.len();
    kept.retain(|event| as_of.is_some_and(|as_of| event.at < as_of));
    let n_after = (n_kept - kept.len()) as u64;
    // The sort is stable: rows of one instant stay in the order of the source.
    kept.sort_by_key(|event| event.at);
    Clean { events: kept, as_of, n_duplicate, n_implausible, n_after }
}

/// The instant of an RFC 3339 text, µs UTC.
pub fn parse_instant(text: &str) -> Result<i64, String> {
    let parsed = DateTime::parse_from_rfc3339(text.trim());
    parsed.map(|instant| instant.timestamp_micros()).map_err(|error| format!("instant {text:?}: {error}"))
}

/// The RFC 3339 text of an instant, with `Z`, and with fractional digits only where they are not zero.
pub fn write_instant(at: i64) -> String {
    let instant = DateTime::from_timestamp_micros(at).unwrap_or_default();
    instant.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}
