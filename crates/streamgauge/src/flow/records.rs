//! Flow records: the facts of each item's clock. The ruler enters here, once.

use super::clock_oddities::oddities;
use super::facts::{Fact, Facts, ItemFacts, Standing, spent};
use super::now::{BLOCKED, Now, NowRun, SKIPPED};
use super::outlines::Outline;
use super::piece::Item;
use super::rulers::{ItemRuler, Rulers};
use super::{StepRun, Timelines};
use crate::error::Result;
use crate::kernel::chunk;
use crate::kernel::replay::{self, ItemState, Rules, Spent, Step};
use crate::model::{Clock, Finding, Finish, NO_PLACE, NULL_CODE, Outcome, Phase, Start, WhenBlocked};
use crate::table::Receipt;
use crate::time::Ruler;

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

/// One row for each item with an event before `as_of`, as columns. Items are numbered from 0 in byte order of their names, as the rows of the table.
///
/// Instants that are not are [`None`] in the table; see [`Flow::records`](crate::Flow::records).
#[derive(Debug, Clone)]
pub struct FlowRecords {
    pub(crate) receipt: Receipt,
    pub(crate) facts: Facts,
    pub(crate) clock: Clock,
    pub(crate) ruler: Ruler,
}

/// Replays every item's steps on its clock, and measures with `ruler`: elapsed time always, working time beside it where the ruler has calendars.
///
/// # Errors
/// [`Error::OutsideCalendar`](crate::Error::OutsideCalendar) if an item reaches out of its calendar's validity;
/// [`Error::UnknownField`](crate::Error::UnknownField) if the log lacks the field that chooses calendars;
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
    let n = timelines.n_items();
    let measured = |ruler: &mut ItemRuler<'_>, item| in_working_time(timelines, item, &rules, ruler);
    let working = rulers.as_ref().map(|rulers| chunk::map_items(n, || rulers.item(), measured)).unwrap_or_default();
    let facts = facts(timelines, &rules, working);
    let oddities = oddities(&facts, timelines);
    let receipt = timelines.receipt.clone().with("clock", clock.to_string());
    let receipt = if ruler.is_elapsed() { receipt } else { receipt.with("calendar_hash", ruler.hash()) };
    Ok((FlowRecords { receipt, facts, clock, ruler: ruler.clone() }, oddities.finalize()))
}

impl FlowRecords {
    /// Refuses timelines that these records are not of.
    pub(crate) fn check_are_of(&self, timelines: &Timelines) -> Result<()> {
        self.receipt.check_same_answer(&timelines.receipt, "records", "make the records of these timelines")
    }

    /// How many items there are.
    pub fn len(&self) -> usize {
        self.facts.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where an item stands at `as_of`; `None` if there is no such item.
    pub fn outcome(&self, item: usize) -> Option<Outcome> {
        self.facts.get(item).map(Fact::outcome)
    }

    /// An item's flow time in µs: `None` unless it is finished and was started at or before.
    pub fn flow_time(&self, item: usize) -> Option<i64> {
        self.facts.get(item).and_then(Fact::flow_time)
    }
}

/// Replays an item's steps and shows its clock after all steps of each instant.
pub(crate) fn each_instant(timelines: &Timelines, item: usize, clock: Clock, mut visit: impl FnMut(i64, Standing)) {
    let rules = compiled(clock);
    let steps = timelines.steps(item);
    let after = |step, at, state: &ItemState| {
        if steps.at.get(step + 1) != Some(&at) {
            visit(at, Standing::of(state));
        }
    };
    replay_steps(timelines, steps, &rules, |_, _| 0, after);
}

/// The facts of all items: of those of a variant, what follows from their steps alone was found once for all of them.
fn facts(timelines: &Timelines, rules: &Rules, working: Vec<Option<Spent>>) -> Facts {
    let as_of = timelines.observed.as_of.0;
    let outlines = timelines
        .map_variants(|steps| Outline::new(steps, |steps, until, span| replayed(timelines, steps, rules, until, span)));
    let of = |item: Item<'_>| match item.variant() {
        Some(variant) => outlines[variant].of(item, as_of),
        None => ItemFacts::of(&replayed(timelines, item.steps(), rules, as_of, |from, to| to - from)),
    };
    Facts::new(timelines, of, working)
}

fn in_working_time(timelines: &Timelines, item: usize, rules: &Rules, ruler: &mut ItemRuler<'_>) -> Option<Spent> {
    ruler.set(timelines, item);
    let as_of = timelines.observed.as_of.0;
    spent(&replayed(timelines, timelines.steps(item), rules, as_of, |from, to| ruler.span(from, to)))
}

/// An item's clock at `until`, behind all of its steps.
fn replayed(
    timelines: &Timelines,
    steps: StepRun<'_>,
    rules: &Rules,
    until: i64,
    span: impl Fn(i64, i64) -> i64,
) -> ItemState {
    let mut state = replay_steps(timelines, steps, rules, &span, |_, _, _| {});
    state.spend_until(until, span);
    state
}

/// The one place that drives the replay: along an item's run.
#[inline]
fn replay_steps(
    timelines: &Timelines,
    steps: StepRun<'_>,
    rules: &Rules,
    span: impl Fn(i64, i64) -> i64,
    after: impl FnMut(usize, i64, &ItemState),
) -> ItemState {
    let of = (&timelines.place[..], rules);
    // What is the same for all steps is asked once.
    match steps.now {
        NowRun::Short(all) => replay_run(of, steps.at, all.iter().map(|now| Now::of_short(*now)), span, after),
        NowRun::Long(all) => replay_run(of, steps.at, all.iter().copied(), span, after),
    }
}

#[inline(always)]
fn replay_run(
    (places, rules): (&[u32], &Rules),
    at: &[i64],
    now: impl Iterator<Item = Now>,
    span: impl Fn(i64, i64) -> i64,
    mut after: impl FnMut(usize, i64, &ItemState),
) -> ItemState {
    let mut state = ItemState::new(at[0], rules);
    let mut previous = NULL_CODE;
    for (step, (&at, now)) in at.iter().zip(now).enumerate() {
        state.step(kernel_step(at, now, previous, places), rules, &span);
        previous = now.state();
        after(step, at, &state);
    }
    state
}

/// A step as the kernel takes it, behind one with the state `previous`.
#[inline(always)]
fn kernel_step(at: i64, now: Now, previous: u32, places: &[u32]) -> Step {
    let (next, phase, flags) = (now.state(), now.phase(), now.flags());
    // A move is a change of the state; one that the model ignores leaves no trace.
    let is_move = next != previous && next != NULL_CODE && flags & SKIPPED == 0;
    let place = if is_move { places[next as usize] } else { NO_PLACE };
    Step { at, phase, blocked: flags & BLOCKED != 0, removed: now.is_removed(), place }
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
