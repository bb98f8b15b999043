//! Steps and attribute events as columns: what walking the items leaves behind.

use std::collections::HashMap;

use super::oddities::Oddities;
use crate::model::NULL_CODE;

/// Steps and attribute events of some items, one after the other.
#[derive(Debug, Default)]
pub(super) struct Part {
    /// Per item with an event before `as_of`: its code, and where its steps and attribute events end.
    pub(super) items: Vec<u32>,
    pub(super) step_ends: Vec<u32>,
    pub(super) attribute_ends: Vec<u32>,
    pub(super) steps: Steps,
    pub(super) attributes: Attributes,
    pub(super) oddities: Oddities,
    pub(super) unknown_states: HashMap<u32, u64>,
    pub(super) unknown_types: HashMap<u32, u64>,
    pub(super) fingerprint: u128,
}

/// What holds from an instant on, as columns.
#[derive(Debug, Default, Clone)]
pub(crate) struct Steps {
    pub(crate) at: Vec<i64>,
    pub(crate) phase: Vec<u8>,
    pub(crate) kind: Vec<u8>,
    pub(crate) state: Vec<u32>,
    /// [`BLOCKED`], [`REMOVED`] and [`SKIPPED`].
    pub(crate) flags: Vec<u8>,
}

/// The item is blocked.
pub(crate) const BLOCKED: u8 = 1;
/// The item is out of sight.
pub(crate) const REMOVED: u8 = 2;
/// The state is one that the model ignores: it has no place in the workflow.
pub(crate) const SKIPPED: u8 = 4;

/// Events of all fields but the state, as columns.
#[derive(Debug, Default, Clone)]
pub(crate) struct Attributes {
    pub(crate) at: Vec<i64>,
    pub(crate) field: Vec<u8>,
    pub(crate) value: Vec<u32>,
}

impl Part {
    pub(super) fn with_capacity(n_items: usize, n_steps: usize) -> Self {
        let steps = Steps {
            at: Vec::with_capacity(n_steps),
            phase: Vec::with_capacity(n_steps),
            kind: Vec::with_capacity(n_steps),
            state: Vec::with_capacity(n_steps),
            flags: Vec::with_capacity(n_steps),
        };
        Self {
            items: Vec::with_capacity(n_items),
            step_ends: Vec::with_capacity(n_items),
            attribute_ends: Vec::with_capacity(n_items),
            steps,
            ..Self::default()
        }
    }
}

/// What holds from a step on: phase, kind, state, flags.
pub(super) type Now = (u8, u8, u32, u8);

impl Steps {
    pub(super) fn last(&self) -> Option<Now> {
        let i = self.at.len().checked_sub(1)?;
        Some((self.phase[i], self.kind[i], self.state[i], self.flags[i]))
    }

    pub(super) fn push(&mut self, at: i64, (phase, kind, state, flags): Now) {
        self.at.push(at);
        self.phase.push(phase);
        self.kind.push(kind);
        self.state.push(state);
        self.flags.push(flags);
    }

    pub(super) fn append(&mut self, mut other: Self) {
        self.at.append(&mut other.at);
        self.phase.append(&mut other.phase);
        self.kind.append(&mut other.kind);
        self.state.append(&mut other.state);
        self.flags.append(&mut other.flags);
    }
}

impl Attributes {
    pub(super) fn append(&mut self, mut other: Self) {
        self.at.append(&mut other.at);
        self.field.append(&mut other.field);
        self.value.append(&mut other.value);
    }
}

/// A set of field codes.
#[derive(Default)]
pub(super) struct FieldSet([u64; 4]);

impl FieldSet {
    pub(super) const fn contains(&self, field: u8) -> bool {
        self.0[field as usize / 64] >> (field % 64) & 1 == 1
    }

    pub(super) const fn insert(&mut self, field: u8) {
        self.0[field as usize / 64] |= 1 << (field % 64);
    }
}

/// A field that is `true` or not, with the codes of the texts that say so; null says `false`.
#[derive(Clone, Copy)]
pub(super) struct Flag {
    pub(super) field: u8,
    pub(super) yes: Option<u32>,
    pub(super) no: Option<u32>,
}

impl Flag {
    pub(super) fn is_readable(self, value: u32) -> bool {
        value == NULL_CODE || Some(value) == self.yes || Some(value) == self.no
    }
}
