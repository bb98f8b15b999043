//! Facts: what each item's clock says in the end. One item's facts lie side by side, because tables take them in another order than they were made.

use crate::kernel::replay::{ItemState, NEVER, Spent};
use crate::model::Outcome;

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

/// The facts of one item.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fact {
    pub(crate) arrived: i64,
    /// Instants that are not are [`NEVER`].
    started: i64,
    finished: i64,
    cancelled_at: i64,
    spent: Spent,
    pub(crate) n_reopened: u32,
    pub(crate) n_backward: u32,
    pub(crate) outcome: Outcome,
    has_spent: bool,
}

impl Fact {
    pub(super) fn of(item: &ItemState) -> Self {
        let Standing { outcome, started, finished, cancelled_at } = Standing::of(item);
        let spent = spent(item);
        Self {
            arrived: item.arrived,
            started: started.unwrap_or(NEVER),
            finished: finished.unwrap_or(NEVER),
            cancelled_at: cancelled_at.unwrap_or(NEVER),
            spent: spent.unwrap_or_default(),
            n_reopened: item.n_reopened,
            n_backward: item.n_backward,
            outcome,
            has_spent: spent.is_some(),
        }
    }

    pub(crate) fn started(&self) -> Option<i64> {
        (self.started != NEVER).then_some(self.started)
    }

    pub(crate) fn finished(&self) -> Option<i64> {
        (self.finished != NEVER).then_some(self.finished)
    }

    pub(crate) fn cancelled_at(&self) -> Option<i64> {
        (self.cancelled_at != NEVER).then_some(self.cancelled_at)
    }

    /// Over `[started, finished)` of a finished item, or so far of an open one.
    pub(crate) fn spent(&self) -> Option<Spent> {
        self.has_spent.then_some(self.spent)
    }

    pub(crate) fn flow_time(&self) -> Option<i64> {
        self.finished().and(self.spent()).map(Spent::total)
    }
}

/// The facts of all items, in their order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Facts {
    pub(super) of: Vec<Fact>,
    /// What was spent in working time; empty where the ruler reads the clock on the wall.
    pub(super) working: Vec<Option<Spent>>,
}

impl Facts {
    pub(crate) const fn len(&self) -> usize {
        self.of.len()
    }

    pub(crate) fn at(&self, item: usize) -> &Fact {
        &self.of[item]
    }

    pub(crate) fn get(&self, item: usize) -> Option<&Fact> {
        self.of.get(item)
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
