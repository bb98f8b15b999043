//! The model file: what a tool's words mean (definitions, section 2).
//!
//! `Model` keeps the lists as they stand in the file; a decision walks them from the top, each time anew.

use std::collections::{BTreeMap, BTreeSet};

use chrono_tz::Tz;
use serde::Deserialize;
use toml::Spanned;

pub use crate::word::{Blocked, Clock, Finish, Kind, OnUnknown, Phase, Start};

/// A condition over several fields.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Every field must have one of its values.
    pub when: BTreeMap<String, Vec<String>>,
    /// The phase it decides.
    pub phase: Option<Phase>,
    /// The kind it decides.
    pub kind: Option<Kind>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    zone: Option<String>,
    fiscal_year_start: Option<u32>,
    #[serde(default)]
    on_unknown: OnUnknown,
    order: Option<Vec<String>>,
    #[serde(default)]
    blocked_states: Vec<String>,
    phases: BTreeMap<String, Spanned<Vec<String>>>,
    kinds: Option<BTreeMap<String, Vec<String>>>,
    #[serde(default)]
    rule: Vec<Rule>,
    #[serde(default)]
    clock: Clock,
}

/// A model file, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    /// The zone in which windows are cut.
    pub zone: Tz,
    /// The month in which the fiscal year begins.
    pub fiscal_year_start: u32,
    /// What to do with unknown values.
    pub on_unknown: OnUnknown,
    /// State and its phase, in the order of the file.
    pub phases: Vec<(String, Phase)>,
    /// Type and its kind; `None` without `[kinds]`.
    pub kinds: Option<Vec<(String, Kind)>>,
    /// Tried in order, before the tables.
    pub rules: Vec<Rule>,
    /// The clock's options.
    pub clock: Clock,
    /// The states that have a place in the workflow, first to last.
    pub order: Vec<String>,
    /// The states in which an item is blocked.
    pub blocked_states: Vec<String>,
}

/// What a table has to say of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said<T> {
    /// It knows the value.
    Known(T),
    /// It was asked and has no entry.
    Unknown,
}

impl Model {
    /// Reads a model file.
    pub fn parse(text: &str) -> Result<Model, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        let zone = file.zone.as_deref().unwrap_or("UTC");
        let phases = listed_phases(&file.phases)?;
        let model = Model {
            zone: zone.parse().map_err(|_| format!("zone {zone:?} is not an IANA zone"))?,
            fiscal_year_start: file.fiscal_year_start.unwrap_or(1),
            on_unknown: file.on_unknown,
            order: workflow_order(&phases, file.order)?,
            blocked_states: listed_once(&phases, file.blocked_states)?,
            phases,
            kinds: file.kinds.as_ref().map(listed_kinds).transpose()?,
            rules: file.rule,
            clock: file.clock,
        };
        if !(1..=12).contains(&model.fiscal_year_start) {
            return Err(format!("fiscal_year_start is {}; it is a month, 1 to 12", model.fiscal_year_start));
        }
        match model.rules.iter().find(|rule| rule.phase.is_none() && rule.kind.is_none() || rule.when.is_empty()) {
            Some(rule) => Err(format!("a rule needs `when` and a `phase` or a `kind`: {rule:?}")),
            None => Ok(model),
        }
    }

    /// The phase of an item whose fields have these values. Rules first; a null state is new.
    pub fn phase(&self, value: impl Fn(&str) -> Option<String>) -> Said<Phase> {
        let mut deciding = self.rules.iter().filter(|rule| matches(rule, &value));
        if let Some(phase) = deciding.find_map(|rule| rule.phase) {
            return Said::Known(phase);
        }
        match value(crate::event::STATE) {
            None => Said::Known(Phase::New),
            Some(state) => look_up(&self.phases, &state),
        }
    }

    /// The kind of an item whose fields have these values. Rules first; a null type has a null kind.
    pub fn kind(&self, value: impl Fn(&str) -> Option<String>) -> Said<Option<Kind>> {
        let mut deciding = self.rules.iter().filter(|rule| matches(rule, &value));
        if let Some(kind) = deciding.find_map(|rule| rule.kind) {
            return Said::Known(Some(kind));
        }
        let no_kinds_at_all = self.kinds.is_none() && self.rules.iter().all(|rule| rule.kind.is_none());
        match value(crate::event::TYPE) {
            Some(name) if !no_kinds_at_all => match look_up(self.kinds.as_deref().unwrap_or_default(), &name) {
                Said::Known(kind) => Said::Known(Some(kind)),
                Said::Unknown => Said::Unknown,
            },
            _ => Said::Known(None),
        }
    }

    /// The place of a state in the workflow.
    pub fn place(&self, state: &str) -> Option<usize> {
        self.order.iter().position(|listed| listed == state)
    }

    /// Whether the model lists a state that is not yet committed.
    pub fn lists_new(&self) -> bool {
        self.phases.iter().any(|(_, phase)| *phase == Phase::New)
    }
}

fn matches(rule: &Rule, value: impl Fn(&str) -> Option<String>) -> bool {
    rule.when.iter().all(|(field, allowed)| value(field).is_some_and(|value| allowed.contains(&value)))
}

fn look_up<T: Copy>(table: &[(String, T)], word: &str) -> Said<T> {
    match table.iter().find(|(listed, _)| listed == word) {
        Some((_, meaning)) => Said::Known(*meaning),
        None => Said::Unknown,
    }
}

fn word<'a, T: Deserialize<'a>>(name: &'a str) -> Result<T, String> {
    let reader: serde::de::value::StrDeserializer<'a, serde::de::value::Error> =
        serde::de::IntoDeserializer::into_deserializer(name);
    T::deserialize(reader).map_err(|error| error.to_string())
}

/// States in the order in which the lists stand in the file: their places in the text tell it.
fn listed_phases(lists: &BTreeMap<String, Spanned<Vec<String>>>) -> Result<Vec<(String, Phase)>, String> {
    let mut in_order: Vec<_> = lists.iter().collect();
    in_order.sort_by_key(|(_, list)| list.span().start);
    let mut table = Vec::new();
    for (name, list) in in_order {
        let phase: Phase = word(name)?;
        table.extend(list.get_ref().iter().map(|state| (state.clone(), phase)));
    }
    no_word_twice(table)
}

fn listed_kinds(lists: &BTreeMap<String, Vec<String>>) -> Result<Vec<(String, Kind)>, String> {
    let mut table = Vec::new();
    for (name, list) in lists {
        let kind: Kind = word(name)?;
        table.extend(list.iter().map(|listed| (listed.clone(), kind)));
    }
    no_word_twice(table)
}

fn no_word_twice<T>(table: Vec<(String, T)>) -> Result<Vec<(String, T)>, String> {
    let mut seen = BTreeSet::new();
    for (word, _) in &table {
        if !seen.insert(word) {
            return Err(format!("{word:?} is listed twice"));
        }
    }
    Ok(table)
}

fn workflow_order(phases: &[(String, Phase)], order: Option<Vec<String>>) -> Result<Vec<String>, String> {
    let placed = phases.iter().filter(|(_, phase)| *phase != Phase::Ignored);
    let listed: Vec<String> = placed.map(|(state, _)| state.clone()).collect();
    let Some(order) = order else { return Ok(listed) };
    let (mut left, mut right) = (listed.clone(), order.clone());
    left.sort();
    right.sort();
    if left != right {
        return Err(format!("order must list each of {listed:?} once; it lists {order:?}"));
    }
    Ok(order)
}

/// Each state that blocks is a state of the model, and is named once.
fn listed_once(phases: &[(String, Phase)], states: Vec<String>) -> Result<Vec<String>, String> {
    for (i, state) in states.iter().enumerate() {
        if !phases.iter().any(|(listed, _)| listed == state) {
            return Err(format!("blocked_states names {state:?}, which is no state of the model"));
        }
        if states[..i].contains(state) {
            return Err(format!("blocked_states names {state:?} twice"));
        }
    }
    Ok(states)
}
