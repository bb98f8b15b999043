//! Stays: unbroken stretches of an item in load in a group, and the balance that Little's law demands of them.

use crate::event::{Event, clean};
use crate::history::{History, histories};
use crate::model::Model;

/// An item in load in one group, without a break.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stay {
    /// The work item's id.
    pub item: String,
    /// The group it is in throughout.
    pub group: Vec<Option<String>>,
    /// Where it begins.
    pub start: i64,
    /// Where it ends; `None` while it runs at `as_of`.
    pub end: Option<i64>,
}

/// All stays, by item, then by start. `by = ["state"]` gives the stays in each state.
pub fn stays(events: &[Event], model: &Model, as_of: Option<i64>, by: &[&str]) -> Result<Vec<Stay>, String> {
    Ok(stays_of(&histories(&clean(events, as_of), model)?, by))
}

/// All stays of these items.
pub fn stays_of(histories: &[History], by: &[&str]) -> Vec<Stay> {
    let mut all: Vec<Stay> = Vec::new();
    for history in histories {
        let mut current: Option<Stay> = None;
        for piece in history.pieces() {
            let group = piece.step.group(by);
            let goes_on = piece.step.in_load() && current.as_ref().is_some_and(|stay| stay.group == group);
            if goes_on {
                continue;
            }
            if let Some(stay) = current.take() {
                all.push(Stay { end: Some(piece.start), ..stay });
            }
            if piece.step.in_load() {
                current = Some(Stay { item: history.item.clone(), group, start: piece.start, end: None });
            }
        }
        all.extend(current);
    }
    all
}

/// The summed whole lengths of the stays that end in `[a, b)`.
pub fn departed(stays: &[Stay], a: i64, b: i64) -> i128 {
    let ends = stays.iter().filter_map(|stay| stay.end.map(|end| (stay.start, end)));
    ends.filter(|(_, end)| (a..b).contains(end)).map(|(start, end)| i128::from(end - start)).sum()
}

/// The summed lengths so far of the stays that run just before `t`.
pub fn age(stays: &[Stay], t: i64) -> i128 {
    let runs = |stay: &&Stay| stay.start < t && stay.end.is_none_or(|end| t <= end);
    stays.iter().filter(runs).map(|stay| i128::from(t - stay.start)).sum()
}

/// The summed time that stays spend inside `[a, b)`. `b` is at most `as_of`.
pub fn time_inside(stays: &[Stay], a: i64, b: i64) -> i128 {
    let inside = |stay: &Stay| (stay.end.unwrap_or(b).min(b) - stay.start.max(a)).max(0);
    stays.iter().map(|stay| i128::from(inside(stay))).sum()
}
