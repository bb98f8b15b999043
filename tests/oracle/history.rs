//! One item's history as a step function of time.
//!
//! A step is a longest run of the item's rows at one instant with no field twice. The value *at* an instant is the
//! one after the last step at that instant, so a step of length zero is at no instant; entries and exits see it.

use std::collections::{BTreeMap, BTreeSet};

use crate::event::{BLOCKED, Clean, Event, REMOVED, STATE};
use crate::model::{Kind, Model, OnUnknown, Phase, Said};

/// The values of an item's fields from one step on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// When it happened.
    pub at: i64,
    /// The value of every field set so far.
    pub values: BTreeMap<String, Option<String>>,
    /// The phase that the model decides, `ignored` included.
    pub decided: Phase,
    /// The phase the item is in: never `ignored`.
    pub phase: Phase,
    /// The kind of the item; `None` is a null kind.
    pub kind: Option<Kind>,
    /// The effective state: the last one moved to by a move that is not skipped.
    pub state: Option<String>,
    /// Whether the present state, an ignored one too, is one of the model's `blocked_states`.
    pub blocked_by_state: bool,
}

/// A stretch of time of positive length during which an item's values stay as `step` left them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece<'a> {
    /// Where it begins.
    pub start: i64,
    /// Where it ends (not included).
    pub end: i64,
    /// What holds during it.
    pub step: &'a Step,
}

/// All steps of one item before `as_of`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// The work item's id.
    pub item: String,
    /// The instant of the answer.
    pub as_of: i64,
    /// In order; never empty.
    pub steps: Vec<Step>,
}

impl Step {
    /// The value of a field; `None` is null.
    pub fn value(&self, field: &str) -> Option<&str> {
        self.values.get(field)?.as_deref()
    }

    /// The flag: only the text `true` means blocked.
    pub fn flagged(&self) -> bool {
        self.value(BLOCKED) == Some("true")
    }

    /// Blocked by its flag or its state, in a phase in which there is something to block, and in sight.
    pub fn blocked(&self) -> bool {
        let to_block = matches!(self.phase, Phase::New | Phase::Active | Phase::Waiting);
        (self.flagged() || self.blocked_by_state) && to_block && !self.removed()
    }

    /// The phase that is shown: none while the item is out of sight.
    pub fn shown(&self) -> Option<Phase> {
        (!self.removed()).then_some(self.phase)
    }

    /// Whether the item is a flow item in this group.
    pub fn belongs(&self, by: &[&str], group: &[Option<String>]) -> bool {
        self.counts() && self.group(by) == group
    }

    /// Only the text `true` means removed.
    pub fn removed(&self) -> bool {
        self.value(REMOVED) == Some("true")
    }

    /// Whether the item is a flow item: its kind is null or any kind but `ignored`.
    pub fn counts(&self) -> bool {
        self.kind != Some(Kind::Ignored)
    }

    /// Whether the item is in load: committed, not removed, and a flow item.
    pub fn in_load(&self) -> bool {
        matches!(self.phase, Phase::Active | Phase::Waiting) && !self.removed() && self.counts()
    }

    /// The values of the group's fields; `kind` is the one the model decides.
    pub fn group(&self, by: &[&str]) -> Vec<Option<String>> {
        let one = |field: &&str| match *field {
            "kind" => self.kind.map(|kind| kind.name().to_owned()),
            other => self.value(other).map(str::to_owned),
        };
        by.iter().map(one).collect()
    }
}

impl History {
    /// The stretches of positive length, in order, from the first event up to `as_of`.
    pub fn pieces(&self) -> Vec<Piece<'_>> {
        let mut pieces = Vec::new();
        for (i, step) in self.steps.iter().enumerate() {
            let end = self.steps.get(i + 1).map_or(self.as_of, |next| next.at);
            if step.at < end {
                pieces.push(Piece { start: step.at, end, step });
            }
        }
        pieces
    }

    /// What holds at an instant; `None` before the first event and at or after `as_of`.
    pub fn at(&self, instant: i64) -> Option<&Step> {
        self.steps.iter().rfind(|step| step.at <= instant && instant < self.as_of)
    }

    /// The history as it stood just after an instant: only the steps up to and including it.
    pub fn until(&self, instant: i64) -> History {
        let known = self.steps.iter().filter(|step| step.at <= instant);
        History { item: self.item.clone(), as_of: instant + 1, steps: known.cloned().collect() }
    }

    /// What holds at the end.
    pub fn last(&self) -> Option<&Step> {
        self.steps.last()
    }
}

/// The histories of all items, in byte order of the item.
pub fn histories(clean: &Clean, model: &Model) -> Result<Vec<History>, String> {
    let Some(as_of) = clean.as_of else { return Ok(Vec::new()) };
    let mut rows_of: BTreeMap<&str, Vec<&Event>> = BTreeMap::new();
    for event in &clean.events {
        rows_of.entry(&event.item).or_default().push(event);
    }
    let mut unknown = BTreeMap::new();
    let mut all = Vec::new();
    for (item, rows) in rows_of {
        let steps = steps(&rows, model, &mut unknown);
        all.push(History { item: item.to_owned(), as_of, steps });
    }
    if unknown.is_empty() {
        return Ok(all);
    }
    Err(format!("the model does not know these values (with their counts): {unknown:?}"))
}

/// Cuts the rows of one item, which stand in order, into runs: a new one at a new instant or at a field seen in this one.
fn runs<'a>(rows: &[&'a Event]) -> Vec<Vec<&'a Event>> {
    let mut runs: Vec<Vec<&Event>> = Vec::new();
    let mut fields_of_run = BTreeSet::new();
    for row in rows {
        let same_instant = runs.last().and_then(|run| run.last()).is_some_and(|last| last.at == row.at);
        if !same_instant || fields_of_run.contains(&row.field) {
            runs.push(Vec::new());
            fields_of_run.clear();
        }
        fields_of_run.insert(&row.field);
        if let Some(run) = runs.last_mut() {
            run.push(*row);
        }
    }
    runs
}

type Unknown = BTreeMap<(&'static str, String), u64>;

fn steps(rows: &[&Event], model: &Model, unknown: &mut Unknown) -> Vec<Step> {
    let mut values: BTreeMap<String, Option<String>> = BTreeMap::new();
    // Before its first state an item is in new; so is one that begins in an ignored state.
    let mut phase = Phase::New;
    let (mut raw_before, mut state) = (None, None);
    let mut steps = Vec::new();
    for run in runs(rows) {
        for row in &run {
            values.insert(row.field.clone(), row.value.clone());
        }
        let decided = decide_phase(&values, model, unknown);
        if decided != Phase::Ignored {
            phase = decided;
        }
        let kind = decide_kind(&values, model, unknown);
        let raw = values.get(STATE).cloned().flatten();
        if raw != raw_before && decided != Phase::Ignored {
            state = raw.clone();
        }
        raw_before = raw.clone();
        let blocked_by_state = raw.is_some_and(|raw| model.blocked_states.contains(&raw));
        let at = run.first().map_or(0, |row| row.at);
        steps.push(Step { at, values: values.clone(), decided, phase, kind, state: state.clone(), blocked_by_state });
    }
    steps
}

fn decide_phase(values: &BTreeMap<String, Option<String>>, model: &Model, unknown: &mut Unknown) -> Phase {
    let value = |field: &str| values.get(field).cloned().flatten();
    match (model.phase(value), model.on_unknown) {
        (Said::Known(phase), _) => phase,
        (Said::Unknown, OnUnknown::Waiting) => Phase::Waiting,
        (Said::Unknown, OnUnknown::Ignored) => Phase::Ignored,
        (Said::Unknown, OnUnknown::Error) => {
            *unknown.entry((STATE, value(STATE).unwrap_or_default())).or_default() += 1;
            Phase::Ignored
        }
    }
}

fn decide_kind(values: &BTreeMap<String, Option<String>>, model: &Model, unknown: &mut Unknown) -> Option<Kind> {
    let value = |field: &str| values.get(field).cloned().flatten();
    match (model.kind(value), model.on_unknown) {
        (Said::Known(kind), _) => kind,
        (Said::Unknown, OnUnknown::Waiting) => None,
        (Said::Unknown, OnUnknown::Ignored) => Some(Kind::Ignored),
        (Said::Unknown, OnUnknown::Error) => {
            *unknown.entry((crate::event::TYPE, value(crate::event::TYPE).unwrap_or_default())).or_default() += 1;
            None
        }
    }
}
