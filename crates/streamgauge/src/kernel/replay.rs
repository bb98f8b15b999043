//! One item's state machine, written once: the fold over its steps that yields every fact of its clock.
//!
//! ```text
//! step step step ... finish      started ──active──waiting──paused──active── finished
//! ```
//!
//! [`ItemState`] is small and knows nothing of where its steps come from: along one item's run (as now) or straight down a log
//! in order of time. Over `[started, finished)` each moment is active, waiting or paused, so the three sums divide the flow
//! time exactly.

/// Phases as bytes, in the order of the model's words.
pub(crate) const NEW: u8 = 0;
pub(crate) const ACTIVE: u8 = 1;
pub(crate) const WAITING: u8 = 2;
pub(crate) const DONE: u8 = 3;
pub(crate) const CANCELLED: u8 = 4;
pub(crate) const IGNORED: u8 = 5;

/// An instant that is not.
pub(crate) const NEVER: i64 = i64::MIN;

/// A place in workflow order that is none.
pub(crate) const NO_PLACE: u32 = u32::MAX;

/// The clock's options, compiled: which entries start it, and what ends it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    /// The first event starts it.
    pub(crate) start_on_arrival: bool,
    /// By phase: entering it starts a clock that does not run.
    pub(crate) start_on_entry: [bool; 5],
    /// Being in new stops it and forgets what it measured.
    pub(crate) restart_in_new: bool,
    /// The first entry into done finishes it for good.
    pub(crate) finish_first: bool,
    /// While blocked, active time is waiting time.
    pub(crate) blocked_waits: bool,
}

/// What holds for an item from one instant on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    pub(crate) at: i64,
    pub(crate) phase: u8,
    pub(crate) blocked: bool,
    pub(crate) removed: bool,
    /// The state's place in workflow order, or [`NO_PLACE`].
    pub(crate) place: u32,
}

/// Time by what it was spent on, µs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Spent {
    pub(crate) active: i64,
    pub(crate) waiting: i64,
    pub(crate) paused: i64,
}

/// All that must be known of an item to go on with its history.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ItemState {
    /// Since when what holds now holds.
    since: i64,
    phase: u8,
    removed: bool,
    /// What time is spent on now: [`SPENT_ACTIVE`], [`SPENT_WAITING`] or [`SPENT_PAUSED`].
    spent_on: u8,
    /// The last place that it had; that of the first state while it had none, before which no other stands.
    place: u32,
    pub(crate) arrived: i64,
    pub(crate) started: i64,
    pub(crate) finished: i64,
    pub(crate) cancelled_at: i64,
    pub(crate) n_reopened: u32,
    pub(crate) n_backward: u32,
    /// Since `started`, up to now; in the last place nothing.
    so_far: Times,
    /// As it was at `finished`.
    at_finish: Times,
}

/// Time by what it was spent on: as many as two bits tell apart, so that no place is out of bounds.
type Times = [i64; 4];

const SPENT_ACTIVE: u8 = 0;
const SPENT_WAITING: u8 = 1;
const SPENT_PAUSED: u8 = 2;

impl ItemState {
    /// An item before its first step, which is at `arrived`.
    pub(crate) const fn new(arrived: i64, rules: &Rules) -> Self {
        Self {
            since: arrived,
            phase: NEW,
            removed: false,
            spent_on: SPENT_PAUSED,
            place: 0,
            arrived,
            started: if rules.start_on_arrival { arrived } else { NEVER },
            finished: NEVER,
            cancelled_at: NEVER,
            n_reopened: 0,
            n_backward: 0,
            so_far: [0; 4],
            at_finish: [0; 4],
        }
    }

    /// Takes the item one step on. Steps come in order of time.
    #[inline(always)]
    pub(crate) fn step(&mut self, next: Step, rules: &Rules, span: impl Fn(i64, i64) -> i64) {
        self.spend_until(next.at, span);
        // No place is behind all others.
        self.n_backward += u32::from(next.place < self.place);
        self.place = if next.place == NO_PLACE { self.place } else { next.place };
        if next.phase != self.phase {
            self.leave(rules);
            self.enter(next.at, next.phase, rules);
        }
        (self.phase, self.removed) = (next.phase, next.removed);
        self.spent_on = match next.phase {
            _ if next.removed => SPENT_PAUSED,
            ACTIVE if !(next.blocked && rules.blocked_waits) => SPENT_ACTIVE,
            ACTIVE | WAITING => SPENT_WAITING,
            _ => SPENT_PAUSED,
        };
    }

    /// Lets time pass up to `at`, without a change.
    #[inline(always)]
    pub(crate) fn spend_until(&mut self, at: i64, span: impl Fn(i64, i64) -> i64) {
        if self.started != NEVER {
            self.so_far[usize::from(self.spent_on & 3)] += span(self.since, at);
        }
        self.since = at;
    }

    /// Whether the item is removed now.
    pub(crate) const fn is_removed(&self) -> bool {
        self.removed
    }

    /// What was spent since `started`, up to now.
    pub(crate) const fn so_far(&self) -> Spent {
        Spent::of(self.so_far)
    }

    /// What was spent from `started` to `finished`.
    pub(crate) const fn at_finish(&self) -> Spent {
        Spent::of(self.at_finish)
    }

    #[inline(always)]
    fn leave(&mut self, rules: &Rules) {
        match self.phase {
            DONE => {
                self.n_reopened += 1;
                if !rules.finish_first {
                    self.finished = NEVER;
                }
            }
            CANCELLED => self.cancelled_at = NEVER,
            _ => {}
        }
    }

    #[inline(always)]
    fn enter(&mut self, at: i64, phase: u8, rules: &Rules) {
        if phase == NEW && rules.restart_in_new {
            self.started = NEVER;
            self.so_far = [0; 4];
            self.at_finish = [0; 4];
        }
        if self.started == NEVER && rules.start_on_entry[phase as usize] {
            self.started = at;
            self.so_far = [0; 4];
        }
        match phase {
            DONE if self.finished == NEVER => {
                self.finished = at;
                self.at_finish = self.so_far;
            }
            CANCELLED => self.cancelled_at = at,
            _ => {}
        }
    }
}

impl Spent {
    const fn of([active, waiting, paused, _]: Times) -> Self {
        Self { active, waiting, paused }
    }
}

/// Whether an item in that phase is load.
pub(crate) const fn is_load(phase: u8) -> bool {
    matches!(phase, ACTIVE | WAITING)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST_COMMIT: Rules = Rules {
        start_on_arrival: false,
        start_on_entry: [false, true, true, false, false],
        restart_in_new: false,
        finish_first: false,
        blocked_waits: true,
    };

    fn replay(rules: &Rules, steps: &[(i64, u8)]) -> ItemState {
        let mut item = ItemState::new(steps[0].0, rules);
        for &(at, phase) in steps {
            item.step(Step { at, phase, blocked: false, removed: false, place: u32::from(phase) }, rules, |a, b| b - a);
        }
        item
    }

    #[test]
    fn a_reopened_item_is_paused_while_it_was_done() {
        let item = replay(&FIRST_COMMIT, &[(0, NEW), (10, ACTIVE), (15, DONE), (40, WAITING), (42, DONE)]);
        assert_eq!((item.started, item.finished, item.n_reopened, item.n_backward), (10, 42, 1, 1));
        assert_eq!(item.at_finish(), Spent { active: 5, waiting: 2, paused: 25 });
    }

    #[test]
    fn back_to_new_restarts_the_clock_of_last_commit() {
        let rules = Rules { restart_in_new: true, ..FIRST_COMMIT };
        let item = replay(&rules, &[(0, ACTIVE), (10, NEW), (30, ACTIVE), (31, DONE)]);
        assert_eq!((item.started, item.finished), (30, 31));
        assert_eq!(item.at_finish(), Spent { active: 1, waiting: 0, paused: 0 });
    }

    #[test]
    fn done_without_a_start() {
        let item = replay(&FIRST_COMMIT, &[(0, NEW), (5, DONE)]);
        assert_eq!((item.started, item.finished), (NEVER, 5));
    }
}
