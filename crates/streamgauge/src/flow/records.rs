//! Flow records: the facts of each item's clock. The ruler enters here, once.

use super::Timelines;
use super::oddities::Oddities;
use super::steps::{BLOCKED, REMOVED, SKIPPED};
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
}

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
    pub(crate) n_reopened: Vec<u32>,
    pub(crate) n_backward: Vec<u32>,
}

/// Replays every item's steps on its clock, and measures with `ruler`.
///
/// ```
/// use streamgauge::{EventLog, FlowModel, Instant, Outcome, Ruler, records, timelines};
///
/// let mut log = EventLog::builder();
/// log.push("A", Instant(0), "state", Some("Doing"), None)?;
/// log.push("A", Instant(5_000_000), "state", Some("Done"), None)?;
/// let model = FlowModel::from_toml("[phases]\nactive = [\"Doing\"]\ndone = [\"Done\"]")?;
/// let (timelines, _) = timelines(&log.finish()?, &model, None)?;
/// let (records, _) = records(&timelines, model.clock(), &Ruler::elapsed());
/// assert_eq!(records.outcome(0), Some(Outcome::Done));
/// assert_eq!(records.flow_time(0), Some(5_000_000));
/// # Ok::<(), streamgauge::Error>(())
/// ```
pub fn records(timelines: &Timelines, clock: Clock, ruler: &Ruler) -> (FlowRecords, Vec<Finding>) {
    let rules = compiled(clock);
    let parts = chunk::map_ranges(timelines.n_items(), |items| {
        let mut part = Facts::with_capacity(items.len());
        let mut oddities = Oddities::default();
        for item in items {
            let state = replayed(timelines, item, &rules, ruler);
            part.push(&state);
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
    (FlowRecords { receipt: timelines.receipt.clone(), facts: whole }, oddities.finalize())
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
            n_reopened: Vec::with_capacity(n),
            n_backward: Vec::with_capacity(n),
        }
    }

    pub(crate) fn flow_time(&self, item: usize) -> Option<i64> {
        self.finished[item].and(self.spent[item]).map(Spent::total)
    }

    fn push(&mut self, item: &ItemState) {
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
        let in_time = started.zip(finished).is_some_and(|(started, finished)| started <= finished);
        let spent = match outcome {
            Outcome::Done => in_time.then_some(item.at_finish),
            Outcome::Open => Some(item.so_far),
            _ => None,
        };
        self.outcome.push(outcome);
        self.arrived.push(item.arrived);
        self.started.push(started);
        self.finished.push(finished);
        self.cancelled_at.push(cancelled_at);
        self.spent.push(spent);
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

fn replayed(timelines: &Timelines, item: usize, rules: &Rules, ruler: &Ruler) -> ItemState {
    let steps = &timelines.steps;
    let range = timelines.steps_of(item);
    let mut state = ItemState::new(steps.at[range.start], rules);
    let span = |a, b| ruler.span(a, b);
    let mut previous = NULL_CODE;
    for i in range {
        let flags = steps.flags[i];
        let next = steps.state[i];
        // A move is a change of the state; one that the model ignores leaves no trace.
        let is_move = next != previous && next != NULL_CODE && flags & SKIPPED == 0;
        let place = if is_move { timelines.place[next as usize] } else { NO_PLACE };
        let (blocked, removed) = (flags & BLOCKED != 0, flags & REMOVED != 0);
        state.step(Step { at: steps.at[i], phase: steps.phase[i], blocked, removed, place }, rules, span);
        previous = next;
    }
    state.spend_until(timelines.observed.as_of.0, rules, span);
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
    let mut finished: Vec<_> =
        facts.finished.iter().enumerate().filter_map(|(item, at)| at.map(|at| (minute(at), item))).collect();
    chunk::sort_by(&mut finished, Ord::cmp);
    for together in finished.chunk_by(|a, b| a.0 == b.0).filter(|together| together.len() >= BULK) {
        together.iter().for_each(|(_, item)| oddities.insert(FindingCode::BulkClose, timelines.name(*item)));
    }
}
