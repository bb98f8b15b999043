//! Moves, and the time an item is set back: behind the furthest place it has had.

use crate::flow::{Holds, Timelines};
use crate::kernel::replay::{ACTIVE, NEW, WAITING};
use crate::model::{NO_PLACE, NULL_CODE};

/// A change of an item's state.
#[derive(Debug, Clone, Copy)]
pub(super) struct Move {
    pub(super) at: i64,
    pub(super) from: u32,
    pub(super) to: u32,
    /// To a state that stands before the last listed one.
    pub(super) is_backward: bool,
}

/// A stretch in which an item is set back, by the move with that number, if there was one: from no state there is none.
#[derive(Debug, Clone, Copy)]
pub(super) struct Setback {
    pub(super) by: Option<usize>,
    pub(super) from: i64,
    pub(super) to: i64,
}

/// An item's moves, and what they cost.
#[derive(Debug, Default)]
pub(super) struct Moves {
    pub(super) moves: Vec<Move>,
    pub(super) setbacks: Vec<Setback>,
}

impl Moves {
    /// Reads off an item's steps, of length zero too.
    pub(super) fn read(&mut self, timelines: &Timelines, item: usize) {
        self.moves.clear();
        self.setbacks.clear();
        let (mut state, mut place, mut furthest) = (NULL_CODE, NO_PLACE, 0);
        let mut last_backward = None;
        timelines.steps(item).each(timelines.observed.as_of.0, |Holds { from, to, state: next, now }| {
            if next != state {
                let next_place = timelines.place_of(next);
                let is_backward = next_place != NO_PLACE && place != NO_PLACE && next_place < place;
                let is_between_states = state != NULL_CODE && next != NULL_CODE;
                if is_backward {
                    last_backward = is_between_states.then_some(self.moves.len());
                }
                if is_between_states {
                    self.moves.push(Move { at: from, from: state, to: next, is_backward });
                }
                if next_place != NO_PLACE {
                    place = next_place;
                    furthest = place.max(furthest);
                }
                state = next;
            }
            let is_under_way = matches!(now.phase(), NEW | ACTIVE | WAITING) && !now.is_removed();
            if place != NO_PLACE && place < furthest && is_under_way && from < to {
                self.setbacks.push(Setback { by: last_backward, from, to });
            }
        });
    }
}
