//! Findings: odd data are counted, not hidden (definitions, section 6; the page on findings defines each count).

use std::collections::{BTreeMap, BTreeSet};

use crate::event::{Clean, Event, STATE, TYPE, clean};
use crate::history::{History, histories};
use crate::model::{Model, Phase};
use crate::record::{Record, record};

/// The findings that can be counted from events alone. A table of findings in the casebook lists these and no others.
pub const CODES: [&str; 12] = [
    "after_as_of",
    "backward_move",
    "bulk_close",
    "duplicate_event",
    "finished_without_start",
    "implausible_time",
    "no_creation",
    "no_type",
    "reopened",
    "repeated_state",
    "same_instant",
    "speeding",
];

const MINUTE: i64 = 60_000_000;

/// The count of each finding. A count of zero is no finding.
pub fn findings(events: &[Event], model: &Model, as_of: Option<i64>) -> Result<BTreeMap<&'static str, u64>, String> {
    let clean = clean(events, as_of);
    let histories = histories(&clean, model)?;
    let records: Vec<Record> =
        histories.iter().filter_map(|history| record(history, model, &BTreeSet::new())).collect();
    let items_with = |odd: &dyn Fn(&History) -> bool| histories.iter().filter(|history| odd(history)).count() as u64;
    let counts = [
        ("after_as_of", clean.n_after),
        ("backward_move", records.iter().map(|record| record.n_backward).sum()),
        ("bulk_close", bulk_close(&records)),
        ("duplicate_event", clean.n_duplicate),
        ("finished_without_start", records.iter().filter(|record| finished_without_start(record)).count() as u64),
        ("implausible_time", clean.n_implausible),
        ("no_creation", items_with(&|history| model.lists_new() && begins_in_the_middle(history))),
        ("no_type", items_with(&|history| model.kinds.is_some() && without_type(history))),
        ("reopened", records.iter().map(|record| record.n_reopened).sum()),
        ("repeated_state", repeated_state(&clean)),
        ("same_instant", same_instant(&clean)),
        ("speeding", histories.iter().map(speeding).sum()),
    ];
    Ok(counts.into_iter().filter(|(_, count)| *count > 0).collect())
}

/// A finish, and no start at or before it.
fn finished_without_start(record: &Record) -> bool {
    record.finished.is_some_and(|finished| record.started.is_none_or(|started| started > finished))
}

/// The first state that the item has is in a phase other than new or ignored.
fn begins_in_the_middle(history: &History) -> bool {
    let first = history.steps.iter().find(|step| step.value(STATE).is_some());
    first.is_some_and(|step| !matches!(step.decided, Phase::New | Phase::Ignored))
}

/// The item has neither a type nor a kind over some stretch of time.
fn without_type(history: &History) -> bool {
    history.pieces().iter().any(|piece| piece.step.value(TYPE).is_none() && piece.step.kind.is_none())
}

/// Items that finished in a minute (UTC) in which ten or more items finished.
fn bulk_close(records: &[Record]) -> u64 {
    let mut in_minute: BTreeMap<i64, u64> = BTreeMap::new();
    for finished in records.iter().filter_map(|record| record.finished) {
        *in_minute.entry(finished.div_euclid(MINUTE)).or_default() += 1;
    }
    in_minute.values().filter(|count| **count >= 10).sum()
}

/// State events that set the state the item already has. A null is no state.
fn repeated_state(clean: &Clean) -> u64 {
    let mut state_of: BTreeMap<&str, &Option<String>> = BTreeMap::new();
    let mut count = 0;
    for event in clean.events.iter().filter(|event| event.field == STATE) {
        let before = state_of.insert(&event.item, &event.value);
        if event.value.is_some() && before == Some(&event.value) {
            count += 1;
        }
    }
    count
}

/// Events whose field the same item has already set at the same instant: all but the first of each.
fn same_instant(clean: &Clean) -> u64 {
    let set = |event: &Event| (event.item.clone(), event.at, event.field.clone());
    let first: BTreeSet<_> = clean.events.iter().map(set).collect();
    (clean.events.len() - first.len()) as u64
}

/// Visits to a state that lasted more than 0 and less than 60 s.
fn speeding(history: &History) -> u64 {
    let mut count = 0;
    let mut visit: Option<(&str, i64)> = None;
    for step in &history.steps {
        let state = step.value(STATE);
        if state == visit.map(|(state, _)| state) {
            continue;
        }
        if let Some((_, entered)) = visit
            && (1..MINUTE).contains(&(step.at - entered))
        {
            count += 1;
        }
        visit = state.map(|state| (state, step.at));
    }
    count
}
