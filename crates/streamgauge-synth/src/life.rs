//! One item's life: from its arrival through the states to where it ends.
//!
//! An item walks along the workflow. It stays in each state for a log-normal time (which is what cycle times look like: many short, a few
//! very long), then moves to the next state, passes some by, or goes back one. All times of one item share a factor, its
//! size, so that a small item is fast everywhere; that is why letting only small items through makes flow times look better.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

use crate::clock::{arrival, noted};
use crate::plan::{NULL, Plan, field};
use crate::spec::{DAY_US, Episode, Happening};

/// One event of an item, in codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) at: i64,
    pub(crate) field: u8,
    pub(crate) value: u16,
}

/// All events of an item in order of time, and the stream it arrived in.
#[derive(Debug, Default)]
pub(crate) struct History {
    pub(crate) item: u32,
    pub(crate) home: u16,
    pub(crate) steps: Vec<Step>,
}

/// How an item ends, if it does not get to done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Done,
    Stuck,
    Cancelled,
    Removed,
    /// From the first state straight to done.
    WithoutStart,
}

/// What is settled at birth: how the item ends, at which position, and at which positions odd things happen to it.
pub(crate) struct Fate {
    end: End,
    end_at: usize,
    pub(crate) type_change_at: Option<usize>,
    pub(crate) stream_move_at: Option<usize>,
    pub(crate) no_time_at: Option<usize>,
}

/// An item while it lives.
pub(crate) struct Life<'p, 'a> {
    pub(crate) plan: &'p Plan<'a>,
    pub(crate) rng: ChaCha8Rng,
    steps: &'p mut Vec<Step>,
    /// Now.
    pub(crate) at: i64,
    until: i64,
    pub(crate) stream: usize,
    pub(crate) kind: usize,
    pub(crate) size: f64,
    /// Now is too late to be seen.
    over: bool,
}

/// When an item arrives if nobody has to get round to it; `within` is from 0 to 1.
pub(crate) fn raw_arrival(plan: &Plan<'_>, item: u32, within: f64) -> i64 {
    let synth = plan.synth;
    let share = arrival((f64::from(item) + within) / f64::from(synth.items), synth.drift);
    let at = synth.from.0 + (share * f64::from(synth.days) * DAY_US as f64) as i64;
    let at = at.min(synth.until().0 - 1);
    at - at.rem_euclid(synth.grain_us)
}

/// Writes an item's life into `history`, in place of what was there.
pub(crate) fn live(plan: &Plan<'_>, item: u32, history: &mut History) {
    history.steps.clear();
    history.item = item;
    let mut rng = plan.rng(item);
    let raw = raw_arrival(plan, item, rng.random());
    let noted = noted(&mut rng, raw, plan.synth.rates.off_hours);
    // Who comes at the very end is noted at once, so that every item has an event.
    let at = if noted < plan.synth.until().0 { noted } else { raw };
    let stream = pick(&mut rng, plan.synth.streams.iter().map(|stream| stream.weight * arrivals(&stream.episodes, at)));
    history.home = stream as u16;
    let z: f64 = rng.sample(StandardNormal);
    let size = (plan.synth.size_spread * z).exp();
    let steps = &mut history.steps;
    let (at, until) = (at - at.rem_euclid(plan.synth.grain_us), plan.synth.until().0);
    let mut life = Life { plan, rng, steps, at, until, stream, kind: 0, size, over: false };
    life.arrive();
    let fate = life.fate();
    life.walk(&fate);
    life.repeat_a_row();
}

impl Life<'_, '_> {
    pub(crate) fn chance(&mut self, share: f64) -> bool {
        self.rng.random::<f64>() < share
    }

    /// One of `0..n`; 0 where there is none.
    pub(crate) fn one_of(&mut self, n: usize) -> usize {
        self.rng.random_range(0..n.max(1))
    }

    fn arrive(&mut self) {
        let (at, stream) = (self.at, self.plan.stream(self.stream));
        let types = &self.plan.synth.types;
        let weights = types.iter().map(|kind| kind.weight * likelihood(&stream.episodes, &kind.name, at));
        self.kind = pick(&mut self.rng, weights);
        if !self.chance(self.plan.synth.dirt.no_type) {
            self.set(field::TYPE, self.plan.type_code(self.kind));
        }
        self.set(field::STREAM, self.plan.stream_code(self.stream));
        self.set_team();
        self.enter(0);
    }

    fn fate(&mut self) -> Fate {
        let (rates, dirt, done) = (self.plan.synth.rates, self.plan.synth.dirt, self.plan.done);
        let mut draw = self.rng.random::<f64>();
        let mut below = |share: f64| {
            let is = (0.0..share).contains(&draw);
            draw -= share;
            is
        };
        let ends = [
            (rates.stuck, End::Stuck),
            (rates.cancelled, End::Cancelled),
            (rates.removed, End::Removed),
            (dirt.without_start, End::WithoutStart),
        ];
        let end = ends.into_iter().find(|(share, _)| below(*share)).map_or(End::Done, |(_, end)| end);
        let somewhere = |life: &mut Self, share| life.chance(share).then(|| life.one_of(done));
        Fate {
            end,
            end_at: if end == End::WithoutStart { 0 } else { self.one_of(done) },
            type_change_at: somewhere(self, rates.type_change),
            stream_move_at: somewhere(self, rates.stream_move),
            no_time_at: somewhere(self, dirt.same_instant).map(|position| position.max(1)),
        }
    }

    fn walk(&mut self, fate: &Fate) {
        let mut reopens = self.chance(self.plan.synth.rates.reopen);
        let mut position = 0;
        while !self.over && position < self.plan.path.len() {
            if position >= self.plan.done {
                if !reopens {
                    return self.stay_done(position);
                }
                reopens = false;
                self.stay(position, None);
                position = self.plan.committed + self.one_of(self.plan.done.saturating_sub(self.plan.committed));
                self.enter(position);
                self.clear_resolution();
                continue;
            }
            if fate.end != End::Done && position >= fate.end_at {
                return self.end(fate.end, position);
            }
            self.stay(position, Some(fate));
            position = self.next(position);
            if position < self.plan.path.len() {
                self.enter(position);
            }
        }
    }

    /// The position after a move: usually the next, sometimes further on, sometimes one back.
    fn next(&mut self, position: usize) -> usize {
        if position > self.plan.committed && self.chance(self.plan.synth.rates.backward) {
            return position - 1;
        }
        let mut next = position + 1;
        while next < self.plan.done && self.chance(self.plan.synth.states[self.plan.path[next]].skip) {
            next += 1;
        }
        next
    }

    fn end(&mut self, end: End, position: usize) {
        if end == End::Stuck {
            return;
        }
        self.stay(position, None);
        match (end, self.plan.cancelled) {
            (End::Removed, _) => self.set(field::REMOVED, self.plan.yes),
            (End::Cancelled, cancelled) => {
                // Without a state of its own, cancellation is a resolution in the last state.
                let last = self.plan.state_code(self.plan.path.len() - 1);
                self.set(field::STATE, cancelled.unwrap_or(last));
                let n = self.plan.synth.cancelled_as.len();
                if n > 0 && self.plan.resolution != NULL {
                    let which = self.one_of(n);
                    self.set(field::RESOLUTION, self.plan.first_cancelled_as + which as u16);
                }
            }
            _ if self.plan.done < self.plan.path.len() => {
                self.enter(self.plan.done);
                self.stay_done(self.plan.done);
            }
            _ => {}
        }
    }

    /// Further done states, such as closing what was released.
    fn stay_done(&mut self, position: usize) {
        for next in position + 1..self.plan.path.len() {
            if !self.chance(self.plan.synth.states[self.plan.path[next]].skip) {
                self.stay(next - 1, None);
                self.enter(next);
            }
        }
    }

    fn enter(&mut self, position: usize) {
        self.set(field::STATE, self.plan.state_code(position));
        if position == self.plan.done && self.plan.resolution != NULL {
            self.set(field::RESOLUTION, self.plan.resolution);
        }
    }

    fn clear_resolution(&mut self) {
        if self.plan.resolution != NULL {
            self.set(field::RESOLUTION, NULL);
        }
    }

    pub(crate) fn set_team(&mut self) {
        let n = self.plan.stream(self.stream).teams.len();
        if n > 0 {
            let team = self.one_of(n);
            self.set(field::TEAM, self.plan.team_code(self.stream, team));
        }
    }

    /// An event, unless it is too late to be seen.
    pub(crate) fn set(&mut self, field: u8, value: u16) {
        self.over |= self.at >= self.until;
        if !self.over {
            self.steps.push(Step { at: self.at, field, value });
        }
    }

    fn repeat_a_row(&mut self) {
        let n = self.steps.len();
        if n > 0 && self.chance(self.plan.synth.dirt.duplicate) {
            let row = self.one_of(n);
            self.steps.insert(row + 1, self.steps[row]);
        }
    }
}

/// An index by weight; the first where all weights are zero.
fn pick(rng: &mut ChaCha8Rng, weights: impl Iterator<Item = f64> + Clone) -> usize {
    let mut left = rng.random::<f64>() * weights.clone().sum::<f64>();
    for (i, weight) in weights.clone().enumerate() {
        left -= weight;
        if left < 0.0 {
            return i;
        }
    }
    weights.enumerate().filter(|(_, weight)| *weight > 0.0).last().map_or(0, |(i, _)| i)
}

fn at_work(episodes: &[Episode], at: i64) -> impl Iterator<Item = &Happening> {
    episodes.iter().filter(move |episode| (episode.from.0..episode.until.0).contains(&at)).map(|episode| &episode.what)
}

fn arrivals(episodes: &[Episode], at: i64) -> f64 {
    at_work(episodes, at).map(|what| if let Happening::Arrivals(times) = what { *times } else { 1.0 }).product()
}

fn likelihood(episodes: &[Episode], kind: &str, at: i64) -> f64 {
    let times = at_work(episodes, at).map(|what| match what {
        Happening::MoreOf(name, times) if name == kind => *times,
        _ => 1.0,
    });
    times.product()
}
