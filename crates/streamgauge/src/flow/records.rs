//! Flow records: the facts of each item's clock. The ruler enters here, once.

use super::Timelines;
use super::oddities::Oddities;
use super::rulers::{ItemRuler, Rulers};
use super::steps::{BLOCKED, REMOVED, SKIPPED};
use crate::error::Result;
use crate::kernel::chunk;
use crate::kernel::replay::{self, ItemState, NEVER, Rules, Spent, Step};
use crate::model::{Clock, Finding, FindingCode, Finish, NO_PLACE, NULL_CODE, Outcome, Phase, Start, WhenBlocked};
use crate::table::Receipt;
use crate::time::Ruler;

/// So many items finished in one minute were closed in bulk.
const BULK: usize = 10;
const MINUTE_US: i64 = 60_000_000;

// The kernel knows phases as bytes; these are the model's.
const _: () = assert!(
    Phase::New as u8 == replay::NEW
        && Phase::Active as u8 == replay::ACTIVE
        && Phase::Waiting as u8 == replay::WAITING
        && Phase::Done as u8 == replay::DONE
        && Phase::Cancelled as u8 == replay::CANCELLED
        && Phase::Ignored as u8 == replay::IGNORED
        && NO_PLACE == replay::NO_PLACE
);

/// One row for each item with an event before `as_of`, as columns in the order of the timelines' items.
///
/// Instants that are not are [`None`] in the table; see [`Flow::records`](crate::Flow::records).
#[derive(Debug, Clone)]
pub struct FlowRecords {
    pub(crate) receipt: Receipt,
    pub(crate) facts: Facts,
    pub(crate) clock: Clock,
    pub(crate) ruler: Ruler,
}

/// What ends the name of a column in working time.
pub(crate) const WORKING: &str = "_working";

/// The facts, as columns.
#[derive(Debug, Clone, Default)]
pub(crate) struct Facts {
    pub(crate) outcome: Vec<Outcome>,
    pub(crate) arrived: Vec<i64>,
    pub(crate) started: Vec<Option<i64>>,
    pub(crate) finished: Vec<Option<i64>>,
    pub(crate) cancelled_at: Vec<Option<i64>>,
    /// Over `[started, finished)` of a finished item, or so far of an open one.
    pub(crate) spent: Vec<Option<Spent>>,
    /// The same in working time; empty where the ruler reads the clock on the wall.
    pub(crate) working: Vec<Option<Spent>>,
    pub(crate) n_reopened: Vec<u32>,
    pub(crate) n_backward: Vec<u32>,
}

/// Replays every item's steps on its clock, and measures with `ruler`: elapsed time always, working time beside it where the ruler has calendars.
///
/// # Errors
/// [`Error::OutsideCalendar`](crate::Error::OutsideCalendar) if the log reaches out of the calendars' validity;
/// [`Error::Argument`](crate::Error::Argument) if an item has a value for which no calendar is named.
///
/// ```
/// use streamgauge::{EventLog, FlowModel, Instant, Outcome, Ruler, records, timelines};
///
/// let mut log = EventLog::builder();
/// log.push("A", Instant(0), "state", Some("Doing"), None)?;
/// log.push("A", Instant(5_000_000), "state", Some("Done"), None)?;
/// let model = FlowModel::from_toml("[phases]\nactive = [\"Doing\"]\ndone = [\"Done\"]")?;
/// let (timelines, _) = timelines(&log.finish()?, &model, None)?;
/// let (records, _) = records(&timelines, model.clock(), &Ruler::elapsed())?;
/// assert_eq!(records.outcome(0), Some(Outcome::Done));
/// assert_eq!(records.flow_time(0), Some(5_000_000));
/// # Ok::<(), streamgauge::Error>(())
/// ```
pub fn records(timelines: &Timelines, clock: Clock, ruler: &Ruler) -> Result<(FlowRecords, Vec<Finding>)> {
    let rules = compiled(clock);
    let rulers = Rulers::working(timelines, ruler)?;
    let parts = chunk::map_ranges(timelines.n_items(), |items| {
        let mut part = Facts::with_capacity(items.len());
        let mut oddities = Oddities::default();
        let mut working = rulers.as_ref().map(Rulers::item);
        for item in items {
            let state = replayed(timelines, item, &rules, |from, to| to - from);
            part.push(&state);
            if let Some(ruler) = &mut working {
                part.working.push(in_working_time(timelines, item, &rules, ruler));
            }
            let (name, last) = (timelines.name(item), part.outcome.len() - 1);
            oddities.insert_many(FindingCode::Reopened, name, u64::from(state.n_reopened));
            oddities.insert_many(FindingCode::BackwardMove, name, u64::from(state.n_backward));
            if part.finished[last].is_some() && part.spent[last].is_none() {
                oddities.insert(FindingCode::FinishedWithoutStart, name);
            }
        }
        (part, oddities)
    });
    let mut whole = Facts::with_capacity(timelines.n_items());
    let mut oddities = Oddities::default();
    for (part, odd) in parts {
        whole.append(part);
        oddities.combine(&odd);
    }
    bulk_closes(&whole, timelines, &mut oddities);
    let receipt = timelines.receipt.clone();
    let receipt = if ruler.is_elapsed() { receipt } else { receipt.with("calendar_hash", ruler.hash()) };
    Ok((FlowRecords { receipt, facts: whole, clock, ruler: ruler.clone() }, oddities.finalize()))
}

impl FlowRecords {
    /// How many items there are.
    pub fn len(&self) -> usize {
        self.facts.outcome.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.facts.outcome.is_empty()
    }

    /// Where an item stands at `as_of`; `None` if there is no such item.
    pub fn outcome(&self, item: usize) -> Option<Outcome> {
        self.facts.outcome.get(item).copied()
    }

    /// An item's flow time in µs: `None` unless it is finished and was started at or before.
    pub fn flow_time(&self, item: usize) -> Option<i64> {
        if item < self.len() { self.facts.flow_time(item) } else { None }
    }
}

impl Facts {
    fn with_capacity(n: usize) -> Self {
        Self {
            outcome: Vec::with_capacity(n),
            arrived: Vec::with_capacity(n),
            started: Vec::with_capacity(n),
            finished: Vec::with_capacity(n),
            cancelled_at: Vec::with_capacity(n),
            spent: Vec::with_capacity(n),
            working: Vec::new(),
            n_reopened: Vec::with_capacity(n),
            n_backward: Vec::with_capacity(n),
        }
    }

    /// What was spent, elapsed and, if there are calendars, in working time, with what ends the names of its columns.
    pub(crate) fn readings(&self) -> impl Iterator<Item = (&'static str, &[Option<Spent>])> {
        let working = (!self.working.is_empty()).then_some((WORKING, self.working.as_slice()));
        std::iter::once(("", self.spent.as_slice())).chain(working)
    }

    pub(crate) fn flow_time(&self, item: usize) -> Option<i64> {
        self.finished[item].and(self.spent[item]).map(Spent::total)
    }

    fn push(&mut self, item: &ItemState) {
        let Standing { outcome, started, finished, cancelled_at } = Standing::of(item);
        self.outcome.push(outcome);
        self.arrived.push(item.arrived);
        self.started.push(started);
        self.finished.push(finished);
        self.cancelled_at.push(cancelled_at);
        self.spent.push(spent(item));
        self.n_reopened.push(item.n_reopened);
        self.n_backward.push(item.n_backward);
    }

    fn append(&mut self, mut other: Self) {
        self.outcome.append(&mut other.outcome);
        self.arrived.append(&mut other.arrived);
        self.started.append(&mut other.started);
        self.finished.append(&mut other.finished);
        self.cancelled_at.append(&mut other.cancelled_at);
        self.spent.append(&mut other.spent);
        self.working.append(&mut other.working);
        self.n_reopened.append(&mut other.n_reopened);
        self.n_backward.append(&mut other.n_backward);
    }
}

impl Spent {
    /// All of it.
    pub(crate) const fn total(self) -> i64 {
        self.active + self.waiting + self.paused
    }
}

/// What an item's clock says at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) outcome: Outcome,
    pub(crate) started: Option<i64>,
    pub(crate) finished: Option<i64>,
    cancelled_at: Option<i64>,
}

impl Standing {
    fn of(item: &ItemState) -> Self {
        let instant = |at: i64| (at != NEVER).then_some(at);
        let removed = item.is_removed();
        let started = instant(item.started);
        let finished = instant(item.finished).filter(|_| !removed);
        let cancelled_at = instant(item.cancelled_at).filter(|_| !removed);
        let outcome = match (removed, finished, cancelled_at, started) {
            (true, ..) => Outcome::Removed,
            (_, Some(_), ..) => Outcome::Done,
            (_, _, Some(_), _) => Outcome::Cancelled,
            (.., Some(_)) => Outcome::Open,
            _ => Outcome::NotStarted,
        };
        Self { outcome, started, finished, cancelled_at }
    }
}

/// What the item's clock has measured: at its finish if it is finished and was started at or before, so far if it is open.
fn spent(item: &ItemState) -> Option<Spent> {
    let Standing { outcome, started, finished, .. } = Standing::of(item);
    match outcome {
        Outcome::Done => {
            started.zip(finished).is_some_and(|(started, finished)| started <= finished).then_some(item.at_finish)
        }
        Outcome::Open => Some(item.so_far),
        _ => None,
    }
}

/// Replays an item's steps and shows its clock after all steps of each instant.
pub(crate) fn each_instant(timelines: &Timelines, item: usize, clock: Clock, mut visit: impl FnMut(i64, Standing)) {
    let rules = compiled(clock);
    let at = timelines.steps(item).at;
    replay_steps(
        timelines,
        item,
        &rules,
        |_, _| 0,
        |i, state| {
            if at.get(i + 1) != Some(&at[i]) {
                visit(at[i], Standing::of(state));
            }
        },
    );
}

fn in_working_time(timelines: &Timelines, item: usize, rules: &Rules, ruler: &mut ItemRuler<'_>) -> Option<Spent> {
    ruler.set(timelines, item);
    spent(&replayed(timelines, item, rules, |from, to| ruler.span(from, to)))
}

fn replayed(timelines: &Timelines, item: usize, rules: &Rules, span: impl Fn(i64, i64) -> i64) -> ItemState {
    let mut state = replay_steps(timelines, item, rules, &span, |_, _| {});
    state.spend_until(timelines.observed.as_of.0, rules, span);
    state
}

/// The one place that drives the replay: along an item's run.
fn replay_steps(
    timelines: &Timelines,
    item: usize,
    rules: &Rules,
    span: impl Fn(i64, i64) -> i64,
    mut after: impl FnMut(usize, &ItemState),
) -> ItemState {
    let steps = timelines.steps(item);
    let mut state = ItemState::new(steps.at[0], rules);
    let mut previous = NULL_CODE;
    for (i, &at) in steps.at.iter().enumerate() {
        let (next, flags) = (steps.state[i], steps.flags[i]);
        // A move is a change of the state; one that the model ignores leaves no trace.
        let is_move = next != previous && next != NULL_CODE && flags & SKIPPED == 0;
        let place = if is_move { timelines.place[next as usize] } else { NO_PLACE };
        let (blocked, removed) = (flags & BLOCKED != 0, flags & REMOVED != 0);
        state.step(Step { at, phase: steps.phase[i], blocked, removed, place }, rules, &span);
        previous = next;
        after(i, &state);
    }
    state
}

/// The clock's options as the replay wants them.
fn compiled(clock: Clock) -> Rules {
    let mut start_on_entry = [false; 5];
    start_on_entry[Phase::Active as usize] = clock.start != Start::Created;
    start_on_entry[Phase::Waiting as usize] = matches!(clock.start, Start::FirstCommit | Start::LastCommit);
    Rules {
        start_on_arrival: clock.start == Start::Created,
        start_on_entry,
        restart_in_new: clock.start == Start::LastCommit,
        finish_first: clock.finish == Finish::First,
        blocked_waits: clock.blocked == WhenBlocked::Waiting,
    }
}

/// Items finished in a minute in which ten or more were.
fn bulk_closes(facts: &Facts, timelines: &Timelines, oddities: &mut Oddities) {
    let minute = |at: i64| at.div_euclid(MINUTE_US);
    // Most minutes share their place among few; only where many meet is a minute looked at, so that few are put in order.
    let mask = facts.finished.len().next_power_of_two() as i64 - 1;
    let place = |at: i64| (minute(at) & mask) as usize;
    let mut crowd = vec![0_u8; mask as usize + 1];
    for at in facts.finished.iter().flatten() {
        let n = &mut crowd[place(*at)];
        *n = n.saturating_add(1);
    }
    let finished = facts.finished.iter().enumerate().filter_map(|(item, at)| at.map(|at| (item, at)));
    let crowded = finished.filter(|(_, at)| usize::from(crowd[place(*at)]) >= BULK);
    let mut crowded: Vec<_> = crowded.map(|(item, at)| (minute(at), item)).collect();
    chunk::sort_by(&mut crowded, Ord::cmp);
    for together in crowded.chunk_by(|a, b| a.0 == b.0).filter(|together| together.len() >= BULK) {
        together.iter().for_each(|(_, item)| oddities.insert(FindingCode::BulkClose, timelines.name(*item)));
    }
}
