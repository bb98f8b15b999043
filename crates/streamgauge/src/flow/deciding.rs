//! The end of a step: phase and kind are decided, and what holds from there on is written down.

use super::history::Walker;
use super::now::{BLOCKED_BY_STATE, Now, REMOVED, SKIPPED};
use crate::kernel::replay::{ACTIVE, IGNORED, NEW, WAITING};
use crate::model::{FindingCode, Kind, NO_KIND, NULL_CODE, OnUnknown, UNKNOWN};

impl Walker<'_> {
    /// Ends a step: decides phase and kind, and writes it down if anything is new.
    #[inline(always)]
    pub(super) fn step(&mut self, at: i64, sets_state: bool, sets_type: bool) {
        let kind = self.kind(sets_type);
        let phase = self.phase(sets_state);
        let state = self.state;
        if state != NULL_CODE && !self.has_had_state {
            self.has_had_state = true;
            if self.walk.has_new && !matches!(phase, NEW | IGNORED) {
                self.part.oddities.insert(FindingCode::NoCreation, self.name);
            }
        }
        if phase != IGNORED {
            self.phase = phase;
        }
        self.traits.was_no_flow_item |= kind == Kind::Ignored as u8;
        self.traits.changes_kind |= !self.is_new_item && kind != self.now.kind();
        let skipped = if phase == IGNORED { SKIPPED } else { 0 };
        let blocks = self.walk.set(state).blocks;
        let flags = self.flags | if blocks { BLOCKED_BY_STATE } else { 0 };
        // What is delivered, void or out of sight is not held up by anything.
        let is_held_up = flags & REMOVED == 0 && matches!(self.phase, NEW | ACTIVE | WAITING);
        let flags = if is_held_up { flags } else { flags & REMOVED };
        self.traits.was_hidden |= (flags | skipped) & (REMOVED | SKIPPED) != 0;
        let now = Now::new(state, self.phase, kind, flags | skipped);
        if self.is_new_item || self.now != now {
            self.push_instants(&[at], self.part.piece.steps.now.len(), None);
            self.part.piece.steps.now.push(now);
        }
        (self.now, self.is_new_item) = (now, false);
    }

    /// Notes the instants of the steps behind so many. While they are those of the item's rows, they stay in the log. `row` is the number of the
    /// first row, where they are known to be those of rows that follow each other.
    #[inline]
    pub(super) fn push_instants(&mut self, at: &[i64], n_steps: usize, row: Option<usize>) {
        if let Some((all, first)) = self.shared {
            let start = first + n_steps - self.now_start;
            if row == Some(start) || all.get(start..start + at.len()) == Some(at) {
                return;
            }
            self.part.piece.steps.at.extend_from_slice(&all[first..start]);
            self.shared = None;
        }
        self.part.piece.steps.at.extend_from_slice(at);
    }

    /// The phase now. An unknown state counts where it is set, or where a rule ceases to decide.
    #[inline(always)]
    fn phase(&mut self, is_set: bool) -> u8 {
        let byte = self.walk.compiled.phase.byte(self.phase_index);
        let was_unknown = std::mem::replace(&mut self.has_unknown_state, byte == UNKNOWN);
        if byte != UNKNOWN {
            return byte;
        }
        if (is_set || !was_unknown) && self.walk.state.is_some() {
            *self.part.unknown_states.entry(self.state).or_default() += 1;
            self.unknown();
        }
        if self.walk.on_unknown == OnUnknown::Waiting { WAITING } else { IGNORED }
    }

    /// The kind now; unknown types count as unknown states do.
    #[inline(always)]
    fn kind(&mut self, is_set: bool) -> u8 {
        let byte = self.walk.compiled.kind.byte(self.kind_index);
        let was_unknown = std::mem::replace(&mut self.has_unknown_type, byte == UNKNOWN);
        if byte != UNKNOWN {
            return byte;
        }
        if (is_set || !was_unknown)
            && let Some(field) = self.walk.r#type
        {
            *self.part.unknown_types.entry(self.values[usize::from(field)]).or_default() += 1;
            self.unknown();
        }
        if self.walk.on_unknown == OnUnknown::Waiting { NO_KIND } else { Kind::Ignored as u8 }
    }

    #[cold]
    fn unknown(&mut self) {
        self.part.oddities.insert(FindingCode::UnknownValue, self.name);
    }
}
