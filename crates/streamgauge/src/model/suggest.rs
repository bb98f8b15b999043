//! A first model for a log: what the tracker says of its states, and the words that tools use. For a person to correct.

use std::collections::HashMap;

use super::dictionary::NULL_CODE;
use super::flow_model::Spec;
use super::rule::{OneOrMany, Rule};
use super::{Clock, EventLog, FlowModel, Kind, OnUnknown, Phase};
use crate::error::{Error, Result};

/// Words in states. The first list with a word that the state contains decides, so the particular stand before the general.
const STATES: &[(Phase, &[&str])] = &[
    (
        Phase::Cancelled,
        &["cancel", "reject", "won't", "wont ", "abandon", "declined", "duplicate", "obsolete", "withdrawn"],
    ),
    (
        Phase::Waiting,
        &[
            "ready for",
            "waiting",
            "on hold",
            "hold",
            "blocked",
            "pending",
            "awaiting",
            "patch available",
            "queue",
            "to be ",
            "paused",
            "suspended",
            "in backlog next",
            "selected for",
            "committed",
        ],
    ),
    (
        Phase::New,
        &[
            "to do", "todo", "backlog", "new", "open", "created", "proposed", "triage", "idea", "draft", "funnel",
            "reported",
        ],
    ),
    (
        Phase::Done,
        &[
            "done",
            "closed",
            "resolved",
            "complete",
            "released",
            "deployed",
            "shipped",
            "delivered",
            "finished",
            "fixed",
            "live",
        ],
    ),
    (
        Phase::Active,
        &[
            "progress",
            "doing",
            "develop",
            "review",
            "test",
            "analy",
            "design",
            "build",
            "verif",
            "implement",
            "active",
            "working",
            "started",
            "reopened",
            "qa",
        ],
    ),
];

/// States whose whole name decides before any word in it does.
const WHOLE_STATES: &[(Phase, &[&str])] =
    &[(Phase::Waiting, &["reopened"]), (Phase::Active, &["active", "in progress"])];

const TYPES: &[(Kind, &[&str])] = &[
    (Kind::Ignored, &["epic", "initiative", "theme", "sub-task", "subtask", "sub task", "saga"]),
    (Kind::Risk, &["risk", "vulnerab", "security", "compliance", "privacy", "audit"]),
    (Kind::Defect, &["bug", "defect", "incident", "fault", "problem", "error", "regression"]),
    (Kind::Debt, &["debt", "task", "refactor", "chore", "test", "technical", "maintenance", "upgrade", "build", "doc"]),
    (
        Kind::Feature,
        &["story", "feature", "improvement", "enhancement", "wish", "request", "requirement", "product backlog"],
    ),
];

/// Resolutions that say that nothing was delivered.
const VOID: &[&str] = &[
    "won't",
    "wont",
    "duplicate",
    "invalid",
    "cannot reproduce",
    "can't reproduce",
    "not a ",
    "incomplete",
    "abandon",
    "reject",
    "later",
    "declined",
    "obsolete",
    "cancel",
    "works for me",
    "auto closed",
    "unresolved",
];

impl FlowModel {
    /// Proposes a model from the states, types and resolutions of a log, with comments where it guessed.
    ///
    /// ```
    /// use streamgauge::{EventLog, FlowModel, Instant, Phase};
    ///
    /// let mut log = EventLog::builder();
    /// log.push("A", Instant(0), "state", Some("Ready for QA"), None)?;
    /// let model = FlowModel::suggest(&log.finish()?)?;
    /// assert_eq!(model.phase_of("Ready for QA"), Some(Phase::Waiting));
    /// # Ok::<(), streamgauge::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::EmptyLog`] if no event sets a state.
    pub fn suggest(log: &EventLog) -> Result<Self> {
        let mut notes = vec!["A proposal. Check each line: what a word means is yours to say.".to_owned()];
        let states = states_in_order(log);
        if states.is_empty() {
            return Err(Error::EmptyLog(" that sets a state".to_owned()));
        }
        let mut phases: Vec<(Phase, Vec<String>)> =
            Phase::ALL.iter().filter(|p| **p != Phase::Ignored).map(|p| (*p, Vec::new())).collect();
        for state in states {
            let phase = phase_from_state(state, log).unwrap_or_else(|| {
                notes.push(format!("State {state:?} was not recognised; it stands under active."));
                Phase::Active
            });
            phases.iter_mut().filter(|(p, _)| *p == phase).for_each(|(_, states)| states.push(state.to_owned()));
        }
        let mut kinds: Vec<(Kind, Vec<String>)> = Kind::ALL.iter().map(|kind| (*kind, Vec::new())).collect();
        let types = log.values("type").unwrap_or_default();
        for (r#type, _) in &types {
            let kind = by_word(TYPES, r#type).unwrap_or_else(|| {
                notes.push(format!("Type {:?} was not recognised; it stands under feature.", r#type));
                Kind::Feature
            });
            kinds.iter_mut().filter(|(k, _)| *k == kind).for_each(|(_, types)| types.push((*r#type).to_owned()));
        }
        if types.is_empty() {
            kinds.clear();
        }
        let rules = void_rule(log, &phases).into_iter().collect();
        let spec = Spec {
            zone: "UTC".to_owned(),
            fiscal_year_start: 1,
            on_unknown: OnUnknown::Error,
            order: None,
            phases,
            kinds,
            rules,
            clock: Clock::default(),
        };
        Self::from_spec(spec, notes)
    }
}

fn phase_from_state(state: &str, log: &EventLog) -> Option<Phase> {
    let lower = state.to_lowercase();
    let whole = WHOLE_STATES.iter().find(|(_, states)| states.contains(&lower.as_str())).map(|(phase, _)| *phase);
    let word = whole.or_else(|| by_word(STATES, state));
    match (log.columns().hints.get(state).copied(), word) {
        // A tracker knows three categories; words tell waiting from active and cancelled from done.
        (Some(Phase::Active), Some(Phase::Waiting)) => Some(Phase::Waiting),
        (Some(Phase::Done), Some(Phase::Cancelled)) => Some(Phase::Cancelled),
        (hint, word) => hint.or(word),
    }
}

fn by_word<T: Copy>(lists: &[(T, &[&str])], text: &str) -> Option<T> {
    let lower = text.to_lowercase();
    lists.iter().find(|(_, words)| words.iter().any(|word| lower.contains(word))).map(|(meaning, _)| *meaning)
}

/// The rule that an item closed with a resolution that delivers nothing is cancelled, if the log has such resolutions.
fn void_rule(log: &EventLog, phases: &[(Phase, Vec<String>)]) -> Option<Rule> {
    let void = |text: &str| VOID.iter().any(|word| text.to_lowercase().contains(word));
    let resolutions: Vec<String> = log
        .values("resolution")
        .unwrap_or_default()
        .into_iter()
        .map(|(text, _)| text.to_owned())
        .filter(|text| void(text))
        .collect();
    let done = phases.iter().find(|(phase, _)| *phase == Phase::Done).map(|(_, states)| states.clone())?;
    if resolutions.is_empty() || done.is_empty() {
        return None;
    }
    let when = [("state", done), ("resolution", resolutions)];
    let when = when.into_iter().map(|(field, values)| (field.to_owned(), OneOrMany::Many(values))).collect();
    Some(Rule { when, phase: Some(Phase::Cancelled), kind: None })
}

/// The states by how early, on average, they stand in the items' histories.
fn states_in_order(log: &EventLog) -> Vec<&str> {
    let columns = log.columns();
    let Some(field) = log.field_code("state") else { return Vec::new() };
    let mut rows: Vec<_> = (0..columns.item.len())
        .filter(|&row| columns.field[row] == field && columns.value[row] != NULL_CODE)
        .map(|row| (columns.item[row], columns.at[row], row))
        .collect();
    rows.sort_unstable();
    let mut places: HashMap<u32, (u64, u64)> = HashMap::new();
    for history in rows.chunk_by(|a, b| a.0 == b.0) {
        for (place, (_, _, row)) in history.iter().enumerate() {
            let (sum, n) = places.entry(columns.value[*row]).or_default();
            *sum += place as u64;
            *n += 1;
        }
    }
    let states = &columns.fields[usize::from(field)].values;
    let mut ordered: Vec<_> =
        places.into_iter().map(|(code, (sum, n))| (sum as f64 / n as f64, states.text(code))).collect();
    ordered.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(b.1)));
    ordered.into_iter().map(|(_, state)| state).collect()
}
