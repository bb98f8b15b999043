//! Facts: what each item's clock says in the end, as columns.

use super::Timelines;
use super::piece::Item;
use crate::kernel::replay::{ItemState, NEVER, Spent};
use crate::model::Outcome;
use crate::table::{Counts, Gathered, NULL, Numbers};

/// What ends the name of a column in working time.
pub(crate) const WORKING: &str = "_working";

/// What an item's clock says at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) outcome: Outcome,
    pub(crate) started: Option<i64>,
    finished: Option<i64>,
    cancelled_at: Option<i64>,
}

impl Standing {
    pub(super) fn of(item: &ItemState) -> Self {
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
pub(super) fn spent(item: &ItemState) -> Option<Spent> {
    let Standing { outcome, started, finished, .. } = Standing::of(item);
    let in_time = || started.zip(finished).is_some_and(|(started, finished)| started <= finished);
    match outcome {
        Outcome::Done => in_time().then(|| item.at_finish()),
        Outcome::Open => Some(item.so_far()),
        _ => None,
    }
}

/// The columns of facts. An instant that is not is [`NEVER`], a duration that is undefined [`NULL`], which is the same number.
#[derive(Clone, Copy)]
pub(super) enum Column {
    Arrived,
    Started,
    Finished,
    CancelledAt,
    Active,
    Waiting,
    Paused,
    /// All of what was spent: the flow time of a finished item, the age of an open one.
    Length,
}

const N_COLUMNS: usize = Column::Length as usize + 1;

const _: () = assert!(NEVER == NULL);

/// The facts of all items, in their order, as columns that the table of records shares.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    /// How often it was reopened and moved backward are its counts, its outcome is its byte.
    columns: Gathered<N_COLUMNS, 2>,
    /// What was spent in working time; empty where the ruler reads the clock on the wall.
    working: Vec<Option<Spent>>,
}

/// The facts of one item.
#[derive(Clone, Copy)]
pub(crate) struct Fact<'a> {
    facts: &'a Facts,
    item: usize,
}

impl Fact<'_> {
    fn number(self, column: Column) -> i64 {
        self.facts.columns.numbers[column as usize].values[self.item]
    }

    fn some(self, column: Column) -> Option<i64> {
        Some(self.number(column)).filter(|number| *number != NULL)
    }

    pub(crate) fn outcome(self) -> Outcome {
        Outcome::ALL[usize::from(self.facts.columns.bytes[self.item])]
    }

    pub(crate) fn started(self) -> Option<i64> {
        self.some(Column::Started)
    }

    pub(crate) fn finished(self) -> Option<i64> {
        self.some(Column::Finished)
    }

    /// Over `[started, finished)` of a finished item, or so far of an open one.
    pub(crate) fn spent(self) -> Option<Spent> {
        // All three are defined, or none.
        let active = self.some(Column::Active)?;
        Some(Spent { active, waiting: self.number(Column::Waiting), paused: self.number(Column::Paused) })
    }

    pub(crate) fn flow_time(self) -> Option<i64> {
        self.finished().and(self.some(Column::Length))
    }

    pub(crate) fn n_reopened(self) -> u32 {
        self.facts.n_reopened().at(self.item)
    }

    pub(crate) fn n_backward(self) -> u32 {
        self.facts.n_backward().at(self.item)
    }
}

impl Facts {
    /// The facts of all items, each of which `of` gives.
    pub(super) fn new(
        timelines: &Timelines,
        of: impl Fn(Item<'_>) -> ItemFacts + Sync + Send,
        working: Vec<Option<Spent>>,
    ) -> Self {
        let columns = Gathered::new(timelines.n_items(), |items, piece| {
            let first = items.start;
            timelines.each(items, |number, item| {
                let ItemFacts { numbers, counts, outcome } = of(item);
                piece.put(number - first, numbers, counts, outcome as u8);
            });
        });
        Self { columns, working }
    }

    pub(crate) fn len(&self) -> usize {
        self.columns.bytes.len()
    }

    pub(crate) const fn at(&self, item: usize) -> Fact<'_> {
        Fact { facts: self, item }
    }

    pub(crate) fn get(&self, item: usize) -> Option<Fact<'_>> {
        (item < self.len()).then(|| self.at(item))
    }

    /// A column, as the table has it.
    pub(super) const fn column(&self, column: Column) -> &Numbers {
        &self.columns.numbers[column as usize]
    }

    pub(super) const fn n_reopened(&self) -> &Counts {
        &self.columns.counts[0]
    }

    pub(super) const fn n_backward(&self) -> &Counts {
        &self.columns.counts[1]
    }

    pub(crate) const fn has_working(&self) -> bool {
        !self.working.is_empty()
    }

    /// What was spent in working time, if it was measured.
    pub(crate) fn working(&self, item: usize) -> Option<Spent> {
        self.working.get(item).copied().flatten()
    }

    /// Elapsed, and working where there are calendars.
    pub(crate) fn readings(&self) -> impl Iterator<Item = Reading<'_>> {
        std::iter::once(self.elapsed()).chain(self.working_reading())
    }

    pub(crate) const fn elapsed(&self) -> Reading<'_> {
        Reading { facts: self, is_working: false }
    }

    pub(crate) fn working_reading(&self) -> Option<Reading<'_>> {
        self.has_working().then_some(Reading { facts: self, is_working: true })
    }
}

/// What an item's clock says in the end.
pub(super) struct ItemFacts {
    /// By column.
    numbers: [i64; N_COLUMNS],
    /// How often it was reopened and moved backward.
    pub(super) counts: [u32; 2],
    pub(super) outcome: Outcome,
}

impl ItemFacts {
    /// By when the item arrived, started, finished and was cancelled, and what it spent.
    #[inline]
    pub(super) fn new(moments: [i64; 4], spent: Option<Spent>, counts: [u32; 2], outcome: Outcome) -> Self {
        let [arrived, started, finished, cancelled_at] = moments;
        let length = spent.map_or(NULL, Spent::total);
        let Spent { active, waiting, paused } = spent.unwrap_or(Spent { active: NULL, waiting: NULL, paused: NULL });
        let numbers = [arrived, started, finished, cancelled_at, active, waiting, paused, length];
        Self { numbers, counts, outcome }
    }

    pub(super) fn of(item: &ItemState) -> Self {
        let Standing { outcome, started, finished, cancelled_at } = Standing::of(item);
        let moments = [Some(item.arrived), started, finished, cancelled_at].map(|at| at.unwrap_or(NULL));
        Self::new(moments, spent(item), [item.n_reopened, item.n_backward], outcome)
    }

    pub(super) const fn number(&self, column: Column) -> i64 {
        self.numbers[column as usize]
    }
}

/// One way to measure what was spent.
#[derive(Clone, Copy)]
pub(crate) struct Reading<'a> {
    facts: &'a Facts,
    is_working: bool,
}

impl Reading<'_> {
    /// What ends the names of its columns.
    pub(crate) const fn suffix(self) -> &'static str {
        if self.is_working { WORKING } else { "" }
    }

    pub(crate) const fn is_working(self) -> bool {
        self.is_working
    }

    pub(crate) const fn name(self) -> &'static str {
        if self.is_working { "working" } else { "elapsed" }
    }

    pub(crate) fn spent(self, item: usize) -> Option<Spent> {
        if self.is_working { self.facts.working(item) } else { self.facts.at(item).spent() }
    }
}

impl Spent {
    /// All of it.
    pub(crate) const fn total(self) -> i64 {
        self.active + self.waiting + self.paused
    }
}
