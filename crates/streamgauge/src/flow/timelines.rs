//! Timelines: each item's steps in order of time, as columns (CSR), with its attributes beside them.
//!
//! ```text
//! item 0        item 1   item 2 …
//! │at│at│at│    │at│     │at│at│        steps: phase, kind, state, blocked, removed from that instant on; items of one variant share
//!                                        what holds at theirs
//! │at│at│       │  │     │               attributes: field, value from that instant on; without one, from the first step on;
//!                                        items that begin alike share theirs, as long as nothing else is set
//! ```

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use arrow_array::StringArray;
use arrow_buffer::ScalarBuffer;

use super::course::Pairs;
use super::fingerprint::Fingerprint;
use super::history::{Source, StateSet, Walk, Walker};
use super::now::Now;
use super::per_variant::OfVariants;
use super::piece::Item;
use super::steps::{AttributeRun, FieldSet, Flag, Runs, StepRun, Whole};
use crate::error::{Error, Result, UnknownValues};
use crate::kernel::chunk;
use crate::kernel::group;
use crate::model::{
    Columns, Compiled, Dictionary, EventLog, Finding, FindingCode, FlowModel, NULL_CODE, OnUnknown, Phase, idle_rules,
    plausible_ends,
};
use crate::table::Receipt;
use crate::time::{Cut, Instant, Observed};

/// How many items are walked at a time: their rows fit into near memory.
const AT_ONCE: usize = 256;

/// Every item's history under a model, up to `as_of`.
#[derive(Debug, Clone)]
pub struct Timelines {
    pub(crate) log: EventLog,
    /// Of items with an event before `as_of`, in byte order of their names.
    runs: Runs,
    /// Per state code, its place in workflow order.
    pub(crate) place: Vec<u32>,
    pub(crate) observed: Observed,
    pub(crate) cut: Cut,
    pub(crate) receipt: Receipt,
    pub(super) pairs: OnceLock<Pairs>,
    /// The same for all clones, and for nothing else.
    pub(super) identity: Arc<()>,
}

/// Puts a log's events in order and decides every item's phase and kind over time.
///
/// `as_of` is the instant at and after which events do not exist; by default one µs after the last plausible event.
///
/// ```
/// use streamgauge::{EventLog, FlowModel, Instant, timelines};
///
/// let mut log = EventLog::builder();
/// log.push("A", Instant(0), "state", Some("Doing"), None)?;
/// log.push("A", Instant(0), "state", Some("Doing"), None)?;
/// let model = FlowModel::from_toml("[phases]\nactive = [\"Doing\"]")?;
/// let (timelines, findings) = timelines(&log.finish()?, &model, None)?;
/// assert_eq!(timelines.n_items(), 1);
/// assert_eq!(findings[0].code.as_str(), "duplicate_event");
/// # Ok::<(), streamgauge::Error>(())
/// ```
///
/// # Errors
/// [`Error::EmptyLog`] if there is no plausible event before `as_of`; [`Error::UnknownValues`] if the model does not know a state or type and
/// `on_unknown` is `"error"`; [`Error::Model`] if its rules tell too many combinations apart;
/// [`Error::TooMany`] for more than 4,194,303 distinct states.
pub fn timelines(log: &EventLog, model: &FlowModel, as_of: Option<Instant>) -> Result<(Timelines, Vec<Finding>)> {
    let columns = log.columns();
    let observed = observed(log, as_of)?;
    let compiled = Compiled::new(model, log)?;
    let fingerprint = Fingerprint::new(columns);
    let walk = walk(log, model, (&compiled, &fingerprint), source(columns), observed.as_of)?;
    let parts = chunk::map_ranges(log.n_items(), |items| {
        let mut walker = Walker::new(&walk, items.len(), walk.n_rows(items.clone()));
        for start in items.clone().step_by(AT_ONCE) {
            walker.items(start..(start + AT_ONCE).min(items.end));
        }
        walker.finish()
    });
    let mut whole = Whole::joined(parts, shared_instants(&walk.source));
    let unknown = unknown_values(log, &whole);
    if model.on_unknown() == OnUnknown::Error && unknown != UnknownValues::default() {
        return Err(Error::UnknownValues(unknown));
    }
    let findings = std::mem::take(&mut whole.oddities).finalize();
    let findings = findings.into_iter().map(|finding| with_unknown(finding, &unknown));
    let findings = findings.chain(idle_rules(model, log)).collect();
    let timelines = Timelines {
        log: log.clone(),
        runs: whole.runs,
        place: compiled.place,
        observed,
        cut: model.cut(),
        receipt: Receipt::of_answer(observed.as_of, model, whole.fingerprint),
        pairs: OnceLock::new(),
        identity: Arc::default(),
    };
    Ok((timelines, findings))
}

impl Timelines {
    /// How many items have an event before `as_of`.
    pub const fn n_items(&self) -> usize {
        self.runs.n_items()
    }

    /// How many beginnings items share: what was set of their attributes by their first row, where nothing was set since.
    pub(super) const fn n_beginnings(&self) -> usize {
        self.runs.n_beginnings()
    }

    /// What was set of each.
    pub(super) fn beginnings(&self) -> impl Iterator<Item = AttributeRun<'_>> {
        self.runs.beginnings()
    }

    /// What `of` gives of the steps of each variant that items share, which have their numbers in place of instants; by [`Item::variant`].
    pub(crate) fn map_variants<R: Send>(&self, of: impl Fn(StepRun<'_>) -> R + Sync + Send) -> Vec<R> {
        self.runs.map_variants(of)
    }

    /// What `of` gives of each step of the variants that items share; by [`Item::variant`].
    pub(crate) fn of_variants<T: Send + Copy>(&self, of: impl Fn(Now) -> T + Sync + Send) -> OfVariants<T> {
        self.runs.of_variants(of)
    }

    /// From the first event to `as_of`.
    pub const fn observed(&self) -> Observed {
        self.observed
    }

    /// Where the model cuts calendar windows.
    pub const fn cut(&self) -> Cut {
        self.cut
    }

    /// An item.
    #[inline]
    pub(crate) fn item(&self, item: usize) -> Item<'_> {
        self.runs.item(item)
    }

    /// Visits some items, in order, with their numbers.
    #[inline(always)]
    pub(crate) fn each<'a>(&'a self, items: Range<usize>, visit: impl FnMut(usize, Item<'a>)) {
        self.runs.each(items, visit);
    }

    /// An item's steps.
    pub(crate) fn steps(&self, item: usize) -> StepRun<'_> {
        self.item(item).steps()
    }

    /// An item's attribute events: instant, field and value.
    pub(crate) fn attribute_events(&self, item: usize) -> impl Iterator<Item = (i64, u8, u32)> {
        let item = self.item(item);
        let (steps, events) = (item.steps(), item.attributes());
        (0..events.field.len()).map(move |event| (events.at(event, steps), events.field[event], events.value(event)))
    }

    /// The names of states; none if no event sets one.
    pub(crate) fn states(&self) -> Option<&Dictionary> {
        self.log.field_code("state").map(|code| &self.log.columns().fields[usize::from(code)].values)
    }

    /// A state's name; none for no state.
    pub(crate) fn state_name(&self, state: u32) -> Option<&str> {
        self.states().and_then(|states| states.get(state))
    }

    /// The names of all items, where each of the log's is one of the timelines.
    pub(crate) fn all_names(&self) -> Option<&StringArray> {
        let names = &self.log.columns().items;
        (names.len() == self.n_items()).then(|| names.column())
    }

    /// An item's name.
    pub(crate) fn name(&self, item: usize) -> &str {
        self.log.columns().items.text(self.item(item).code())
    }
}

/// The rows of a state log, which stand by item in order of time; or events, which are sorted if they do not.
fn source(columns: &Columns) -> Source<'_> {
    if let Some(rows) = &columns.ordered {
        return Source::Rows(rows);
    }
    let events = columns.events();
    let mut by_item = group::group(&events.item, columns.items.len());
    group::sort_runs(&mut by_item, &events.at);
    Source::Events(events, by_item)
}

/// The instants of a log whose items may have theirs there.
fn shared_instants(source: &Source<'_>) -> ScalarBuffer<i64> {
    match source {
        Source::Rows(rows) => rows.at.clone(),
        Source::Events(..) => ScalarBuffer::default(),
    }
}

/// The first plausible event, and `as_of`.
fn observed(log: &EventLog, as_of: Option<Instant>) -> Result<Observed> {
    let (is_empty, ends) = match &log.columns().ordered {
        Some(rows) => (rows.at.is_empty(), rows.plausible),
        None => {
            let at = &log.columns().events().at;
            (at.is_empty(), plausible_ends(at))
        }
    };
    let why = if is_empty { "" } else { " between 1970 and 2100" };
    let (first, last) = ends.ok_or_else(|| Error::EmptyLog(why.to_owned()))?;
    let as_of = as_of.unwrap_or(Instant(last.0 + 1));
    if first >= as_of {
        return Err(Error::EmptyLog(format!(" before as_of, {as_of} (the first is at {first})")));
    }
    Ok(Observed { first, as_of })
}

pub(super) fn walk<'a>(
    log: &'a EventLog,
    model: &FlowModel,
    (compiled, fingerprint): (&'a Compiled, &'a Fingerprint),
    source: Source<'a>,
    as_of: Instant,
) -> Result<Walk<'a>> {
    let columns = log.columns();
    let flag = |name: &str| {
        let field = log.field_code(name)?;
        let values = &columns.fields[usize::from(field)].values;
        Some(Flag { field, yes: values.code("true"), no: values.code("false") })
    };
    let (blocked, removed) = (flag("blocked"), flag("removed"));
    let mut flags = FieldSet::default();
    [blocked, removed].into_iter().flatten().for_each(|flag| flags.insert(flag.field));
    let state = log.field_code("state");
    let n_states = state.map_or(0, |field| columns.fields[usize::from(field)].values.len() as u32);
    Now::check_has_room(n_states as usize)?;
    // None first: its code is one before that of the first.
    let codes = std::iter::once(NULL_CODE).chain(0..n_states);
    let set = |code| state.map_or_else(StateSet::default, |field| StateSet::new(field, code, compiled, fingerprint));
    Ok(Walk {
        items: &columns.items,
        n_fields: columns.fields.len(),
        source,
        compiled,
        fingerprint,
        states: codes.map(set).collect(),
        seen: Instant::PLAUSIBLE_FROM.0..as_of.min(Instant::PLAUSIBLE_UNTIL).0,
        on_unknown: model.on_unknown(),
        lists_types: model.lists_types(),
        has_new: model.states().into_iter().any(|state| model.phase_of(state) == Some(Phase::New)),
        state,
        r#type: log.field_code("type"),
        blocked,
        removed,
        flags,
    })
}

fn unknown_values(log: &EventLog, whole: &Whole) -> UnknownValues {
    let named = |field: &str, counts: &HashMap<u32, u64>| {
        let values: Option<&Dictionary> = log.field_code(field).map(|f| &log.columns().fields[usize::from(f)].values);
        let text = |code: u32| values.filter(|_| code != NULL_CODE).map(|values| values.text(code).to_owned());
        let mut named: Vec<_> = counts.iter().filter_map(|(&code, &n)| Some((text(code)?, n))).collect();
        named.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        named
    };
    UnknownValues { states: named("state", &whole.unknown_states), types: named("type", &whole.unknown_types) }
}

fn with_unknown(finding: Finding, unknown: &UnknownValues) -> Finding {
    if finding.code != FindingCode::UnknownValue {
        return finding;
    }
    let states = unknown.states.iter().map(|(state, n)| format!("state {state:?} ({n}x)"));
    let types = unknown.types.iter().map(|(r#type, n)| format!("type {type:?} ({n}x)"));
    states.chain(types).fold(finding, Finding::with_detail)
}
