//! Steps and attribute events as columns: what walking the items leaves behind.

use std::collections::HashMap;

use super::oddities::Oddities;
use crate::kernel::chunk;
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

impl Part {
    /// The parts one after the other.
    pub(super) fn joined(parts: Vec<Self>) -> Self {
        let mut whole = Self::default();
        let (mut steps, mut attributes) = (Vec::new(), Vec::new());
        let (mut n_steps, mut n_attributes) = (0, 0);
        for part in parts {
            whole.items.extend(part.items);
            whole.step_ends.extend(part.step_ends.iter().map(|end| end + n_steps));
            whole.attribute_ends.extend(part.attribute_ends.iter().map(|end| end + n_attributes));
            n_steps += part.steps.at.len() as u32;
            n_attributes += part.attributes.at.len() as u32;
            steps.push(part.steps);
            attributes.push(part.attributes);
            whole.oddities.combine(&part.oddities);
            for (known, more) in
                [(&mut whole.unknown_states, part.unknown_states), (&mut whole.unknown_types, part.unknown_types)]
            {
                more.into_iter().for_each(|(value, n)| *known.entry(value).or_default() += n);
            }
            whole.fingerprint = whole.fingerprint.wrapping_add(part.fingerprint);
        }
        whole.steps = Steps::joined(steps);
        whole.attributes = Attributes::joined(attributes);
        whole
    }
}

/// Takes one column out of each part and joins them.
fn column<P, T: Copy + Default + Send + Sync>(parts: &mut [P], of: impl Fn(&mut P) -> &mut Vec<T>) -> Vec<T> {
    chunk::joined(parts.iter_mut().map(|part| std::mem::take(of(part))).collect())
}

/// What holds from a step on: phase, kind, state, flags.
pub(super) type Now = (u8, u8, u32, u8);

impl Steps {
    fn joined(mut parts: Vec<Self>) -> Self {
        Self {
            at: column(&mut parts, |part| &mut part.at),
            phase: column(&mut parts, |part| &mut part.phase),
            kind: column(&mut parts, |part| &mut part.kind),
            state: column(&mut parts, |part| &mut part.state),
            flags: column(&mut parts, |part| &mut part.flags),
        }
    }

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
}

impl Attributes {
    fn joined(mut parts: Vec<Self>) -> Self {
        Self {
            at: column(&mut parts, |part| &mut part.at),
            field: column(&mut parts, |part| &mut part.field),
            value: column(&mut parts, |part| &mut part.value),
        }
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
