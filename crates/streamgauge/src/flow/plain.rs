//! The short way of the walk: rows that set nothing but the state.
//!
//! What such a row leads to depends on its state and on what the item's other fields add to phase and kind, which is the same for many items. So
//! it is decided once, [the long way](super::history), and remembered.

use std::ops::Range;

use hashbrown::HashMap;

use super::fingerprint::Fingerprint;
use super::history::{SPEEDING_US, Walker};
use super::now::{NOT_KNOWN, Now, SKIPPED};
use crate::model::{NULL_CODE, RowBlock};

/// How many answers are remembered at most; past that, those of further fields are decided each time.
const MOST: usize = 1 << 16;

/// What an item's other fields add to the indices of phase and kind, and its flags.
type Others = (u32, u32, u8);

/// What is remembered.
#[derive(Default)]
pub(super) struct Plain {
    /// Where the answers begin.
    starts: HashMap<Others, usize>,
    /// By state, what holds, or [`NOT_KNOWN`].
    answers: Vec<Now>,
    /// Of the rows that are taken now.
    rows: Vec<Now>,
}

impl Walker<'_> {
    /// Takes rows of an item, as many as set nothing but a state of which it is remembered what it leads to; gives the row behind. The row before
    /// them was plausible, and `is_other` says of each whether it has another value in any other field. They stand in order of time: so none is too
    /// early, and once one is too late, all are.
    pub(super) fn plain_rows(&mut self, block: &RowBlock, rows: Range<usize>) -> usize {
        let Some((others, places)) = self.answers() else { return rows.start };
        let (walk, name_hash) = (self.walk, self.name_hash);
        let event = |at: i64, state: u32| Fingerprint::event(name_hash, at, 0, walk.set(state).hash);
        let (answers, now, until) = (&self.plain.answers[places.clone()], self.now, walk.seen.end);
        let (at, states, is_other) =
            (&block.at[rows.clone()], &block.state[rows.clone()], &block.is_other[rows.clone()]);
        let (mut state, mut since, mut fingerprint) = (self.state, self.state_since, 0_u128);
        let plain = &mut self.plain.rows;
        plain.clear();
        for ((&instant, &next), &is_other) in at.iter().zip(states).zip(is_other) {
            let answer = answers.get(next as usize).copied().unwrap_or(NOT_KNOWN);
            let is_plain = answer != NOT_KNOWN && answer.is_of_kind_of(now) && !is_other && next != state;
            if !is_plain || instant - since < SPEEDING_US || instant >= until {
                if instant == since && plain.pop().is_some() {
                    // Rows of one instant go together: the one before is not alone in its own.
                    fingerprint = fingerprint.wrapping_sub(event(since, state));
                }
                break;
            }
            (state, since) = (next, instant);
            fingerprint = fingerprint.wrapping_add(event(instant, next));
            plain.push(answer);
        }
        let n = plain.len();
        let (Some(&since), Some(&state)) = (at[..n].last(), states[..n].last()) else { return rows.start };
        self.push_instants(&at[..n]);
        self.part.piece.steps.now.extend_from_slice(&self.plain.rows);
        self.part.fingerprint = self.part.fingerprint.wrapping_add(fingerprint);
        let set = walk.set(state);
        (self.phase_index, self.kind_index) = (others.0 + set.phase, others.1 + set.kind);
        self.now = self.plain.answers[places.start + state as usize];
        (self.state, self.state_since, self.phase) = (state, since, self.now.phase());
        rows.start + n
    }

    /// What the item's other fields are to phase and kind, and where the answers for them stand; none while there is something about the item that
    /// only the long way knows.
    fn answers(&mut self) -> Option<(Others, Range<usize>)> {
        let is_plain = self.state != NULL_CODE && !self.has_unknown_state && !self.has_unknown_type;
        if !is_plain || self.now.flags() & SKIPPED != 0 {
            return None;
        }
        let (n_states, set) = (self.walk.states.len() - 1, self.walk.set(self.state));
        let others = (self.phase_index - set.phase, self.kind_index - set.kind, self.flags);
        let n_known = self.plain.answers.len();
        let start = match self.plain.starts.get(&others) {
            Some(start) => *start,
            None if n_known + n_states > MOST => return None,
            None => {
                self.plain.answers.resize(n_known + n_states, NOT_KNOWN);
                *self.plain.starts.entry(others).or_insert(n_known)
            }
        };
        Some((others, start..start + n_states))
    }

    /// Remembers what the state that was set last led to.
    pub(super) fn remember(&mut self) {
        if let Some((_, places)) = self.answers() {
            self.plain.answers[places.start + self.state as usize] = self.now;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::history::Source;
    use crate::flow::timelines::walk;
    use crate::model::{Compiled, EventLog, FlowModel};
    use crate::time::Instant;

    /// Of the rows behind the first of item B, how many are taken the short way, when item A was walked before it.
    fn taken(of_a: &[(i64, &str)], of_b: &[(i64, &str)], type_of_b: &str) -> usize {
        taken_among(0, of_a, of_b, type_of_b)
    }

    /// As [`taken`], in a log with so many states beside those.
    fn taken_among(n_more: usize, of_a: &[(i64, &str)], of_b: &[(i64, &str)], type_of_b: &str) -> usize {
        let mut log = EventLog::builder();
        for (item, of, r#type) in [("A", of_a, "Story"), ("B", of_b, type_of_b)] {
            for &(minute, state) in of {
                let at = Instant(minute * SPEEDING_US);
                log.push_state_row(item, at, Some(state), [("type", Some(r#type))], None).unwrap();
            }
        }
        for more in 0..n_more {
            log.push_state_row("C", Instant(0), Some(&format!("More {more}")), [("type", Some("Story"))], None)
                .unwrap();
        }
        let log = log.finish().unwrap();
        let model = "on_unknown = \"waiting\"\n[phases]\nnew = [\"Open\"]\nactive = [\"Doing\"]\ndone = [\"Done\"]\nignored = [\"Parked\"]\n\
                     [kinds]\nfeature = [\"Story\"]\ndefect = [\"Bug\"]\n\
                     [[rule]]\nwhen = { type = [\"Bug\"], state = [\"Done\"] }\nphase = \"cancelled\"";
        let model = FlowModel::from_toml(model).unwrap();
        let (compiled, fingerprint) = (Compiled::new(&model, &log).unwrap(), Fingerprint::new(log.columns()));
        let rows = log.columns().ordered.as_ref().unwrap();
        let source = Source::Rows(rows);
        let walk = walk(&log, &model, (&compiled, &fingerprint), source, Instant(100 * SPEEDING_US)).unwrap();
        let mut walker = Walker::new(&walk, 2, of_a.len() + of_b.len());
        walker.items(0..1);
        let mut block = RowBlock::default();
        rows.copy(1..2, &mut block);
        block.turn_to(0, of_a.len());
        walker.begin(1, of_a.len());
        walker.rows(rows, &block, 0..1);
        let n_before = walker.part.piece.steps.now.len();
        let n = walker.plain_rows(&block, 1..of_b.len()) - 1;
        assert_eq!(walker.part.piece.steps.now.len(), n_before + n, "one step for each row");
        n
    }

    #[test]
    fn not_more_is_remembered_than_there_is_room_for() {
        let plain = [(1, "Open"), (2, "Doing"), (3, "Done")];
        assert_eq!(taken_among(MOST - plain.len(), &plain, &plain, "Story"), 2);
        assert_eq!(taken_among(MOST - plain.len() + 1, &plain, &plain, "Story"), 0);
    }

    #[test]
    fn the_short_way_is_taken_and_left() {
        let plain = [(1, "Open"), (2, "Doing"), (3, "Done")];
        assert_eq!(taken(&plain, &plain, "Story"), 2);
        assert_eq!(taken(&plain, &[(1, "Open"), (5, "Done"), (9, "Doing"), (100, "Done")], "Story"), 2, "after as_of");
        // Nobody has been there yet with that type, in that state, or since less than a minute.
        assert_eq!(taken(&plain, &plain, "Bug"), 0);
        assert_eq!(taken(&plain, &[(1, "Open"), (2, "Doing"), (3, "Else")], "Story"), 1);
        assert_eq!(taken(&plain, &[(1, "Open"), (2, "Doing"), (2, "Done")], "Story"), 0, "at one instant");
        assert_eq!(taken(&plain, &[(1, "Open"), (2, "Doing"), (3, "Doing")], "Story"), 1, "repeated");
        // Rows of one instant go the long way together, whatever the second one is.
        let known = [(1, "Open"), (2, "Doing"), (3, "Done"), (4, "Open"), (5, "Doing")];
        let behind = |rows: [(i64, &'static str); 2]| [&plain[..], &rows].concat();
        assert_eq!(taken(&known, &behind([(4, "Open"), (5, "Doing")]), "Story"), 4);
        assert_eq!(taken(&known, &behind([(4, "Open"), (4, "Doing")]), "Story"), 2);
        assert_eq!(taken(&known, &behind([(4, "Open"), (4, "Else")]), "Story"), 2);
        assert_eq!(taken(&known, &behind([(100, "Open"), (100, "Doing")]), "Story"), 2);
        // What is unknown or leaves no trace takes the long way, each time.
        for odd in ["Odd", "Parked"] {
            let odd = [(1, "Doing"), (2, odd), (3, "Done")];
            assert_eq!(taken(&odd, &odd, "Story"), 0);
        }
    }
}
