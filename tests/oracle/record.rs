//! Records: one row per item (definitions, sections 3 and 8).

use std::collections::{BTreeMap, BTreeSet};

use crate::clock;
use crate::event::{Event, clean};
use crate::history::{History, histories};
use crate::model::{Kind, Model, Phase};

/// How an item stands at `as_of`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// No start yet.
    NotStarted,
    /// Started, and not at an end.
    Open,
    /// Finished.
    Done,
    /// In cancelled.
    Cancelled,
    /// Out of sight.
    Removed,
}

impl Outcome {
    /// The word in the table.
    pub fn name(self) -> &'static str {
        match self {
            Outcome::NotStarted => "not_started",
            Outcome::Open => "open",
            Outcome::Done => "done",
            Outcome::Cancelled => "cancelled",
            Outcome::Removed => "removed",
        }
    }
}

/// What is known of one item at `as_of`. Instants and lengths in µs; `None` is null.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The work item's id.
    pub item: String,
    /// Every field of the log with its value at the end.
    pub fields: BTreeMap<String, Option<String>>,
    /// The kind at the end.
    pub kind: Option<Kind>,
    /// How it stands.
    pub outcome: Outcome,
    /// Its first event.
    pub arrived: i64,
    /// The start of the clock.
    pub started: Option<i64>,
    /// The end of the clock.
    pub finished: Option<i64>,
    /// The beginning of the final stay in cancelled.
    pub cancelled_at: Option<i64>,
    /// `finished - started`, if done and started by then.
    pub flow_time: Option<i64>,
    /// Active time, of the flow time or so far.
    pub active: Option<i64>,
    /// Waiting time, of the flow time or so far.
    pub waiting: Option<i64>,
    /// Paused time, of the flow time or so far.
    pub paused: Option<i64>,
    /// `as_of - started`, if open.
    pub age: Option<i64>,
    /// Exits from done.
    pub n_reopened: u64,
    /// Moves to a state listed earlier.
    pub n_backward: u64,
}

/// One row per item with an event before `as_of`, in byte order of the item.
pub fn records(events: &[Event], model: &Model, as_of: Option<i64>) -> Result<Vec<Record>, String> {
    let clean = clean(events, as_of);
    let fields: BTreeSet<&str> = clean.events.iter().map(|event| event.field.as_str()).collect();
    let histories = histories(&clean, model)?;
    Ok(histories.iter().filter_map(|history| record(history, model, &fields)).collect())
}

/// The row of one history. `fields` are the columns that every row has.
pub fn record(history: &History, model: &Model, fields: &BTreeSet<&str>) -> Option<Record> {
    let (first, last) = (history.steps.first()?, history.last()?);
    let started = clock::started(history, model.clock.start);
    let sight = |instant: Option<i64>| instant.filter(|_| !last.removed());
    let finished = sight(clock::finished(history, model.clock.finish));
    let cancelled_at = sight(clock::final_stay(history, Phase::Cancelled));
    let outcome = match () {
        () if last.removed() => Outcome::Removed,
        () if finished.is_some() => Outcome::Done,
        () if cancelled_at.is_some() => Outcome::Cancelled,
        () if started.is_some() => Outcome::Open,
        () => Outcome::NotStarted,
    };
    // The interval whose time is divided: the flow time of a done item, the time so far of an open one.
    let interval = match (outcome, started, finished) {
        (Outcome::Done, Some(start), Some(finish)) if start <= finish => Some((start, finish)),
        (Outcome::Open, Some(start), _) => Some((start, history.as_of)),
        _ => None,
    };
    let split = interval.map(|(from, to)| clock::split(history, &model.clock, from, to));
    let length = |wanted: Outcome| interval.filter(|_| outcome == wanted).map(|(from, to)| to - from);
    Some(Record {
        item: history.item.clone(),
        fields: fields.iter().map(|name| ((*name).to_owned(), last.value(name).map(str::to_owned))).collect(),
        kind: last.kind,
        outcome,
        arrived: first.at,
        started,
        finished,
        cancelled_at,
        flow_time: length(Outcome::Done),
        active: split.map(|split| split.active),
        waiting: split.map(|split| split.waiting),
        paused: split.map(|split| split.paused),
        age: length(Outcome::Open),
        n_reopened: clock::n_reopened(history),
        n_backward: clock::n_backward(history, |state| model.place(state)),
    })
}
