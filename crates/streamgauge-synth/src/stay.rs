//! One stay of an item in a state: how long it takes, and what happens meanwhile.

use rand::RngExt;
use rand_distr::StandardNormal;
use streamgauge::Phase;

use crate::clock::settle;
use crate::life::{Fate, Life};
use crate::plan::{NULL, field};
use crate::spec::{DAY_US, Happening};

/// The least time in a state.
const LEAST_STAY_US: f64 = 120e6;
/// A stay longer than this (about 300 years) is cut: nothing observed depends on it.
const MOST_STAY_US: f64 = 1e16;

impl Life<'_, '_> {
    /// Lets the time in a state pass, with what happens meanwhile.
    pub(crate) fn stay(&mut self, position: usize, fate: Option<&Fate>) {
        let state = &self.plan.synth.states[self.plan.path[position]];
        let z: f64 = self.rng.sample(StandardNormal);
        let pace = self.plan.stream(self.stream).pace * self.plan.synth.types[self.kind].pace * self.size;
        let span = state.median_days * DAY_US as f64 * pace * (state.spread * z).exp();
        let here = |at: fn(&Fate) -> Option<usize>| fate.and_then(at) == Some(position);
        if here(|fate| fate.no_time_at) {
            return;
        }
        if let Some(leaves) = self.frozen(position, span) {
            return self.pass(leaves.max(self.at), 0);
        }
        let mut rest = 1.0;
        if here(|fate| fate.type_change_at) && self.plan.synth.types.len() > 1 {
            rest -= self.wait(span, 0.2);
            self.kind = (self.kind + 1 + self.one_of(self.plan.synth.types.len() - 1)) % self.plan.synth.types.len();
            self.set(field::TYPE, self.plan.type_code(self.kind));
        }
        if here(|fate| fate.stream_move_at) && self.plan.synth.streams.len() > 1 {
            rest -= self.wait(span, 0.2);
            let n = self.plan.synth.streams.len();
            self.stream = (self.stream + 1 + self.one_of(n - 1)) % n;
            self.set(field::STREAM, self.plan.stream_code(self.stream));
            self.set_team();
        }
        if state.phase == Phase::Active && self.chance(self.plan.synth.rates.blocked) {
            rest -= self.wait(span, 0.2);
            self.block(span);
        }
        self.wait(span, rest);
    }

    /// A blocked stretch, on top of the time in the state.
    fn block(&mut self, span: f64) {
        self.set(field::BLOCKED, self.plan.yes);
        let n = self.plan.synth.blocked_reasons.len();
        if n > 0 {
            let which = self.one_of(n);
            self.set(field::BLOCKED_REASON, self.plan.first_reason + which as u16);
        }
        self.wait(span, 0.5);
        self.set(field::BLOCKED, NULL);
        if n > 0 {
            self.set(field::BLOCKED_REASON, NULL);
        }
    }

    /// When an item leaves a state that an episode keeps it in.
    fn frozen(&mut self, position: usize, span: f64) -> Option<i64> {
        let state = &self.plan.synth.states[self.plan.path[position]].name;
        let kind = &self.plan.synth.types[self.kind].name;
        let leaves = self.at.saturating_add(span.min(MOST_STAY_US) as i64);
        let stream = self.plan.stream(self.stream);
        let (episode, catch_up, share) = stream.episodes.iter().find_map(|episode| match &episode.what {
            Happening::Freeze { state: frozen, admits, catch_up, share, hot }
                if frozen == state
                    && self.size >= *admits
                    && !(self.at >= catch_up.0 && hot.contains(kind))
                    && episode.from.0 <= leaves
                    && self.at < episode.until.0 =>
            {
                Some((episode, catch_up.0, *share))
            }
            _ => None,
        })?;
        let (from, days) = match self.at < catch_up && self.chance(share) {
            true => (catch_up, 4.0),
            false => (episode.until.0, 10.0),
        };
        let later = self.rng.random::<f64>() * days * DAY_US as f64;
        Some(from + later as i64)
    }

    /// Lets a part of a span pass and says which part.
    fn wait(&mut self, span: f64, part: f64) -> f64 {
        self.pass(self.at, (span * part).clamp(LEAST_STAY_US, MOST_STAY_US).round() as i64);
        part
    }

    /// Goes on to the moment when somebody gets round to what is due `span` after `at`.
    fn pass(&mut self, at: i64, span: i64) {
        let at = settle(&mut self.rng, at, span, self.plan.synth.rates.off_hours);
        self.at = at - at.rem_euclid(self.plan.synth.grain_us);
    }
}
