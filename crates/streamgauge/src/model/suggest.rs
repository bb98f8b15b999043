//! A first model for a log: what the tracker says of its states, and the words that tools use. For a person to correct.

use std::collections::HashMap;

use super::dictionary::NULL_CODE;
use super::flow_model::Spec;
use super::rule::{OneOrMany, Rule};
use super::{Clock, EventLog, FlowModel, Kind, OnUnknown, Phase};
use crate::error::{Error, Result};

/// Words and a meaning: `, ` parts them, `*` stands where more letters may follow. The first list with a word of the text decides.
type Words<T> = &'static [(T, &'static str)];

/// States that say *not* and still mean something. Tried first.
const NEGATED_STATES: Words<Phase> = &[
    (
        Phase::Cancelled,
        "won't*, wont*, will not, not needed, no longer, not a, not an, not doing, not planned, cannot reproduce, can't reproduce",
    ),
    (Phase::New, "not started, not yet, not ready, unstarted, unassigned, not assigned"),
];

/// Words that turn what follows into its contrary: from there on nothing can be said.
const NEGATIONS: &[&str] = &["not", "no", "non", "never", "un", "cannot", "can't", "isn't", "without"];

/// The particular stand before the general.
const STATES: Words<Phase> = &[
    (Phase::Cancelled, "cancel*, reject*, abandon*, declined, duplicat*, obsolete, withdrawn"),
    (
        Phase::Waiting,
        "ready, waiting, wait, hold, onhold, holding, block*, pending, await*, patch available, queue*, to be, paus*, suspend*, \
         in backlog next, selected for, committed, reopen*",
    ),
    (Phase::New, "to do, todo, backlog, new, open, opened, created, proposed, triage, idea*, draft, funnel, reported"),
    (
        Phase::Done,
        "done, closed, resolved, complete, completed, released, deployed, shipped, delivered, finished, fixed, live",
    ),
    (
        Phase::Active,
        "progress, doing, dev, develop*, review*, test*, analy*, design*, build*, verif*, implement*, active, working, start, \
         started, qa",
    ),
];

const TYPES: Words<Kind> = &[
    (Kind::Ignored, "epic*, initiative*, theme*, sub task*, subtask*, saga*"),
    (Kind::Risk, "risk*, vulnerab*, securit*, complian*, privacy, audit*"),
    (Kind::Defect, "bug*, defect*, incident*, fault*, problem*, error*, regression*"),
    (
        Kind::Debt,
        "debt*, task*, refactor*, chore*, test*, technical, maintenance, upgrade*, build*, doc, docs, documentation",
    ),
    (
        Kind::Feature,
        "story, stories, feature*, improvement*, enhancement*, wish*, request*, requirement*, product backlog",
    ),
];

/// Resolutions that say that nothing was delivered, beside those that begin with a negation.
const VOID: &str = "duplicat*, invalid, incomplete, abandon*, reject*, later, declined, obsolete, cancel*, works for me, auto closed, \
                    unresolved, withdrawn, won't*, wont*, not a, not an, cannot reproduce, can't reproduce";

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
        let Histories { states, moves } = histories(log);
        if states.is_empty() {
            return Err(Error::EmptyLog(" that sets a state".to_owned()));
        }
        let mut phases: Vec<(Phase, Vec<String>)> =
            Phase::ALL.iter().filter(|p| **p != Phase::Ignored).map(|p| (*p, Vec::new())).collect();
        for state in &states {
            let phase = phase_from_state(state, log).unwrap_or_else(|| {
                notes.push(format!("State {state:?} was not recognised; it stands under active."));
                Phase::Active
            });
            phases.iter_mut().filter(|(p, _)| *p == phase).for_each(|(_, states)| states.push((*state).to_owned()));
        }
        if phases.iter().all(|(phase, states)| *phase != Phase::Done || states.is_empty()) {
            notes.push("No state was recognised as done: until one is, nothing finishes.".to_owned());
        }
        let kinds = kinds(log, &mut notes);
        let rules = void_rule(log, &phases).into_iter().collect();
        let spec = Spec {
            zone: "UTC".to_owned(),
            fiscal_year_start: 1,
            on_unknown: OnUnknown::Error,
            order: order(&phases, &states, &moves),
            blocked_states: Vec::new(),
            phases,
            kinds,
            rules,
            clock: Clock::default(),
        };
        Self::from_spec(spec, notes)
    }
}

/// The types by kind; nothing for a log without types.
fn kinds(log: &EventLog, notes: &mut Vec<String>) -> Vec<(Kind, Vec<String>)> {
    let types = log.values("type").unwrap_or_default();
    if types.is_empty() {
        return Vec::new();
    }
    let mut kinds: Vec<(Kind, Vec<String>)> = Kind::ALL.iter().map(|kind| (*kind, Vec::new())).collect();
    for (r#type, _) in types {
        let kind = by_word(TYPES, &normal(r#type)).unwrap_or_else(|| {
            notes.push(format!("Type {type:?} was not recognised; it stands under feature."));
            Kind::Feature
        });
        kinds.iter_mut().filter(|(k, _)| *k == kind).for_each(|(_, types)| types.push(r#type.to_owned()));
    }
    kinds
}

fn phase_from_state(state: &str, log: &EventLog) -> Option<Phase> {
    let text = normal(state);
    let word = by_word(NEGATED_STATES, &text).or_else(|| by_word(STATES, before_negation(&text)));
    match (log.columns().hints.get(state).copied(), word) {
        // A tracker knows three categories; words tell waiting from active and cancelled from done.
        (Some(Phase::Active), Some(Phase::Waiting)) => Some(Phase::Waiting),
        (Some(Phase::Done), Some(Phase::Cancelled)) => Some(Phase::Cancelled),
        (hint, word) => hint.or(word),
    }
}

/// A text as [`normal`] makes it up to its first negation, or all of it.
fn before_negation(text: &str) -> &str {
    let mut end = 1;
    for word in text.split_whitespace() {
        if NEGATIONS.contains(&word) {
            break;
        }
        end += word.len() + 1;
    }
    text.get(..end).unwrap_or(text)
}

/// The words of a text in lower case with one space before, between and after: `InProgress`, `in_progress` and `In-Progress` are one.
fn normal(text: &str) -> String {
    let mut words = String::from(" ");
    let mut after_lower = false;
    for c in text.chars() {
        let c = if c == '\u{2019}' { '\'' } else { c };
        let is_letter = c.is_alphanumeric() || c == '\'';
        if (!is_letter || (after_lower && c.is_uppercase())) && !words.ends_with(' ') {
            words.push(' ');
        }
        if is_letter {
            words.extend(c.to_lowercase());
        }
        after_lower = c.is_lowercase();
    }
    if !words.ends_with(' ') {
        words.push(' ');
    }
    words
}

fn by_word<T: Copy>(lists: Words<T>, text: &str) -> Option<T> {
    lists.iter().find(|(_, words)| has_word(text, words)).map(|(meaning, _)| *meaning)
}

/// Whether one of the words stands in a text as [`normal`] makes it: a word begins after a space, so *done* is not in *undone*.
fn has_word(text: &str, words: &str) -> bool {
    words.split(", ").any(|word| {
        let stem = word.strip_suffix('*').unwrap_or(word);
        let is_open = stem.len() < word.len();
        text.match_indices(stem)
            .any(|(at, _)| text[..at].ends_with(' ') && (is_open || text[at + stem.len()..].starts_with(' ')))
    })
}

/// The rule that an item closed with a resolution that delivers nothing is cancelled, if the log has such resolutions.
fn void_rule(log: &EventLog, phases: &[(Phase, Vec<String>)]) -> Option<Rule> {
    let void = |text: &str| {
        let text = normal(text);
        has_word(&text, VOID) || (before_negation(&text) == " " && text != " ")
    };
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

/// What suggestions look at in the items' histories.
#[derive(Default)]
struct Histories<'a> {
    /// The states by how early, on average, they stand.
    states: Vec<&'a str>,
    /// From state, to state, how often.
    moves: HashMap<(&'a str, &'a str), u64>,
}

fn histories(log: &EventLog) -> Histories<'_> {
    let Some(field) = log.field_code("state") else { return Histories::default() };
    let (columns, mut all) = (log.columns(), Seen::default());
    match &columns.ordered {
        Some(rows) => {
            let state = |row| rows.state.get(row);
            let parts = rows.follow(|seen: &mut Seen, of_item| seen.add(of_item.map(state)));
            parts.iter().for_each(|part| all.combine(part));
        }
        None => {
            let events = columns.events();
            let mut rows: Vec<_> = (0..events.item.len())
                .filter(|&row| events.field[row] == field)
                .map(|row| (events.item[row], events.at[row], row))
                .collect();
            rows.sort_unstable();
            for history in rows.chunk_by(|a, b| a.0 == b.0) {
                all.add(history.iter().map(|(.., row)| events.value[*row]));
            }
        }
    }
    let text = |state: u32| columns.fields[usize::from(field)].values.text(state);
    let mut ordered: Vec<_> =
        all.places.into_iter().map(|(state, (sum, n))| (sum as f64 / n as f64, text(state))).collect();
    ordered.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(b.1)));
    let moves = all.moves.into_iter().map(|((from, to), n)| ((text(from), text(to)), n)).collect();
    Histories { states: ordered.into_iter().map(|(_, state)| state).collect(), moves }
}

/// How states follow each other in the items' histories, by their codes.
#[derive(Default)]
struct Seen {
    /// The sum of a state's places, and how many there are.
    places: hashbrown::HashMap<u32, (u64, u64)>,
    moves: hashbrown::HashMap<(u32, u32), u64>,
}

impl Seen {
    /// Adds the states of an item, in order of time. Null is none.
    fn add(&mut self, states: impl Iterator<Item = u32>) {
        let (mut before, mut place) = (NULL_CODE, 0);
        for state in states.filter(|state| *state != NULL_CODE) {
            let (sum, n) = self.places.entry(state).or_default();
            (*sum, *n, place) = (*sum + place, *n + 1, place + 1);
            if before != NULL_CODE {
                *self.moves.entry((before, state)).or_default() += 1;
            }
            before = state;
        }
    }

    fn combine(&mut self, other: &Self) {
        for (state, (sum, n)) in &other.places {
            let known = self.places.entry(*state).or_default();
            *known = (known.0 + sum, known.1 + n);
        }
        other.moves.iter().for_each(|(pair, n)| *self.moves.entry(*pair).or_default() += n);
    }
}

/// The workflow order to write down, if the order of the phases' lists makes more moves backward than it must.
///
/// The average order alone would not do: many items that go straight from the first state to the last pull the last one forward. So
/// it is tried twice, within new, work, done and cancelled, and as it is; the fewest backward moves decide.
fn order(phases: &[(Phase, Vec<String>)], states: &[&str], moves: &HashMap<(&str, &str), u64>) -> Option<Vec<String>> {
    let listed: Vec<&str> = phases.iter().flat_map(|(_, states)| states.iter().map(String::as_str)).collect();
    let band = |phase: Phase| if phase == Phase::Waiting { Phase::Active } else { phase };
    let bands: HashMap<&str, Phase> =
        phases.iter().flat_map(|(phase, states)| states.iter().map(|state| (state.as_str(), band(*phase)))).collect();
    let average: Vec<&str> = states.iter().copied().filter(|state| bands.contains_key(state)).collect();
    let mut banded = average.clone();
    banded.sort_by_key(|state| bands.get(state));
    let n_backward = |order: &Vec<&str>| -> u64 {
        let places: HashMap<&str, usize> = order.iter().copied().zip(0..).collect();
        moves.iter().filter(|((from, to), _)| places.get(to) < places.get(from)).map(|(_, n)| n).sum()
    };
    let best = [&listed, &banded, &average].into_iter().min_by_key(|order| n_backward(order))?;
    (*best != listed).then(|| best.iter().map(|state| (*state).to_owned()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Instant;

    fn log_of(histories: &[&[&str]]) -> EventLog {
        let mut log = EventLog::builder();
        for (item, states) in histories.iter().enumerate() {
            for (state, at) in states.iter().zip(0..) {
                log.push(&item.to_string(), Instant(at), "state", Some(state), None).unwrap();
            }
        }
        log.finish().unwrap()
    }

    fn n_backward(log: &EventLog, model: &FlowModel) -> u64 {
        let place = |state: &str| model.states().iter().position(|listed| *listed == state);
        histories(log).moves.into_iter().filter(|((from, to), _)| place(to) < place(from)).map(|(_, n)| n).sum()
    }

    #[test]
    fn waiting_may_stand_before_active() {
        let log = log_of(&[&["Open", "Ready for Dev", "In Progress", "Closed"]]);
        let model = FlowModel::suggest(&log).unwrap();
        assert_eq!(model.states(), ["Open", "Ready for Dev", "In Progress", "Closed"]);
        assert!(model.to_toml().contains("\norder = ["), "{}", model.to_toml());
        assert_eq!(n_backward(&log, &model), 0);
    }

    #[test]
    fn no_order_where_the_phases_have_it() {
        let straight: &[&str] = &["Open", "Closed"];
        let long: &[&str] = &["Open", "In Progress", "In Review", "Ready for Release", "Closed"];
        let log = log_of(&[long, straight, straight, straight, straight]);
        let model = FlowModel::suggest(&log).unwrap();
        assert!(!model.to_toml().contains("order ="), "{}", model.to_toml());
        assert_eq!(n_backward(&log, &model), 0);
        let unlike = log_of(&[&["Analysis", "Backlog", "Resolved", "Verifying", "Closed"]]);
        let model = FlowModel::suggest(&unlike).unwrap();
        assert_eq!(n_backward(&unlike, &model), 0);
    }

    #[test]
    fn words_and_not_parts_of_words() {
        let cases = [
            (Some(Phase::New), "Not Started, Not Ready for Dev, To Do, ToDo, NEW, Backlog, unstarted"),
            (
                Some(Phase::Active),
                "In Progress, InProgress, in_progress, Code-Review, Testing, Active, Started, Development",
            ),
            (
                Some(Phase::Waiting),
                "Ready for QA, On Hold, Reopened, Blocked (external), To be verified, Awaiting Test",
            ),
            (Some(Phase::Done), "Done, closed., Code Complete, Delivered, Done (no release)"),
            (Some(Phase::Cancelled), "Won't Fix, Won\u{2019}t do, Wontfix, Canceled, Not a Bug, Will not do"),
            (
                None,
                "Inactive, Undone, Unresolved, Incomplete, Delivery, Not Done, Un-resolved, Never Released, Renewed, Latest, 完了",
            ),
        ];
        for (phase, states) in cases {
            for state in states.split(", ") {
                let log = log_of(&[&[state]]);
                assert_eq!(phase_from_state(state, &log), phase, "{state}");
                let text = FlowModel::suggest(&log).unwrap().to_toml();
                assert_eq!(text.contains("was not recognised"), phase.is_none(), "{text}");
            }
        }
        let kinds = [("Sub-task", Some(Kind::Ignored)), ("Debugger", None), ("User Story", Some(Kind::Feature))];
        kinds.into_iter().for_each(|(name, kind)| assert_eq!(by_word(TYPES, &normal(name)), kind, "{name}"));
    }

    #[test]
    fn resolutions_that_deliver_nothing() {
        let mut log = EventLog::builder();
        log.push("A", Instant(0), "state", Some("Closed"), None).unwrap();
        for resolution in [
            "",
            "Done",
            "Fixed without test",
            "Translated",
            "Non-issue",
            "Won't Fix",
            "Not A Bug",
            "Unresolved",
            "Later",
        ] {
            log.push("A", Instant(0), "resolution", Some(resolution), None).unwrap();
        }
        let model = FlowModel::suggest(&log.finish().unwrap()).unwrap();
        let listed = model.rules()[0].when["resolution"].values();
        assert_eq!(listed, ["Later", "Non-issue", "Not A Bug", "Unresolved", "Won't Fix"]);
    }
}
