//! A model compiled for one log: a table of bytes, asked once per step.
//!
//! Each field that a rule or a plain table looks at is divided into *classes*: values that no rule and no table tells apart.
//! A combination of classes is one index into a table of bytes, the answer. An event of such a field then moves the index by a
//! difference that was computed beforehand; no text is compared in the loop.

use std::collections::{HashMap, HashSet};

use super::rule::Rule;
use super::{Dictionary, EventLog, FlowModel, Kind, Phase};
use crate::error::{Error, Result};

/// The byte that stands for "the model does not know this value".
pub(crate) const UNKNOWN: u8 = u8::MAX;

/// The byte of a null kind.
pub(crate) const NO_KIND: u8 = u8::MAX - 1;

/// The most combinations a table may have.
const MOST_CELLS: usize = 1 << 20;

/// A model for the codes of one log.
#[derive(Debug)]
pub(crate) struct Compiled {
    /// Bytes are `Phase as u8` or [`UNKNOWN`].
    pub(crate) phase: ByteTable,
    /// Bytes are `Kind as u8`, [`NO_KIND`] or [`UNKNOWN`].
    pub(crate) kind: ByteTable,
    /// Per state code, its place in workflow order; [`NO_PLACE`] for states the model does not place.
    pub(crate) place: Vec<u32>,
    /// Codes of the states in which an item is blocked; there are few.
    pub(crate) blocks: Vec<u32>,
}

/// The place of a state that is not in the order.
pub(crate) const NO_PLACE: u32 = u32::MAX;

/// Answers of one byte by the values of several fields.
#[derive(Debug)]
pub(crate) struct ByteTable {
    /// Per value code + 1 (0 is null) of each field that matters, what the value adds to the index.
    offsets: Vec<u32>,
    /// Per field code of the log, where its offsets begin; `None` where the field does not matter.
    starts: Vec<Option<usize>>,
    bytes: Vec<u8>,
    /// The index of an item none of whose fields is set.
    pub(crate) start: u32,
}

impl Compiled {
    pub(crate) fn new(model: &FlowModel, log: &EventLog) -> Result<Self> {
        let rules = model.rules();
        let phase_rules: Vec<_> = rules.iter().filter_map(|rule| Some((rule, rule.phase? as u8))).collect();
        let kind_rules: Vec<_> = rules.iter().filter_map(|rule| Some((rule, rule.kind? as u8))).collect();
        let phase_byte = |state: Option<&str>| match state {
            Some(state) => model.phase_of(state).map_or(UNKNOWN, |phase| phase as u8),
            None => Phase::New as u8,
        };
        let kind_byte = |r#type: Option<&str>| match r#type {
            Some(r#type) if model.has_kinds() => model.kind_of(r#type).map_or(UNKNOWN, |kind| kind as u8),
            _ => NO_KIND,
        };
        let places: HashMap<&str, u32> = model.states().into_iter().zip(0..).collect();
        let states = log.field_code("state").map(|code| &log.columns().fields[usize::from(code)].values);
        Ok(Self {
            phase: ByteTable::new(log, "state", phase_byte, &phase_rules)?,
            kind: ByteTable::new(log, "type", kind_byte, &kind_rules)?,
            place: states
                .into_iter()
                .flat_map(Dictionary::texts)
                .map(|s| *places.get(s).unwrap_or(&NO_PLACE))
                .collect(),
            blocks: model.blocked_states().iter().filter_map(|state| states?.code(state)).collect(),
        })
    }
}

/// What rules and tables see of a value: which conditions it meets, and what the plain table says of it.
type Class = (Vec<bool>, u8);

/// A field that matters: the class of null first, then of each value.
struct Divided {
    code: Option<u8>,
    classes: Vec<Class>,
    class_of: Vec<u32>,
}

impl ByteTable {
    fn new(log: &EventLog, base: &str, plain: impl Fn(Option<&str>) -> u8, rules: &[(&Rule, u8)]) -> Result<Self> {
        let mut names = vec![base];
        names.extend(
            rules.iter().flat_map(|(rule, _)| rule.when.keys().map(String::as_str)).filter(|name| *name != base),
        );
        names[1..].sort_unstable();
        names.dedup();
        let divided: Vec<_> = names.iter().map(|name| divide(log, name, *name == base, &plain, rules)).collect();
        let cells = divided.iter().try_fold(1_usize, |n, field| n.checked_mul(field.classes.len()));
        let cells = cells.filter(|n| *n <= MOST_CELLS).ok_or_else(|| {
            Error::Model(format!(
                "the rules tell apart more than {MOST_CELLS} combinations of values; use fewer fields"
            ))
        })?;
        let bytes = (0..cells).map(|cell| answer(cell, &divided, rules)).collect();
        let mut table = Self { offsets: Vec::new(), starts: vec![None; log.columns().fields.len()], bytes, start: 0 };
        let mut stride = 1;
        for field in divided {
            table.start += field.class_of[0] * stride;
            if let Some(code) = field.code {
                table.starts[usize::from(code)] = Some(table.offsets.len());
                table.offsets.extend(field.class_of.iter().map(|class| class * stride));
            }
            stride *= field.classes.len() as u32;
        }
        Ok(table)
    }

    /// The byte for an index.
    #[inline]
    pub(crate) fn byte(&self, index: u32) -> u8 {
        self.bytes[index as usize]
    }

    /// The index after a field of an item changed from one value to another.
    #[inline]
    pub(crate) fn moved(&self, index: u32, field: u8, from: u32, to: u32) -> u32 {
        match self.starts[usize::from(field)] {
            Some(start) => index - self.offset_behind(start, from) + self.offset_behind(start, to),
            None => index,
        }
    }

    /// What a field's value adds to the index.
    #[inline]
    pub(crate) fn offset(&self, field: u8, value: u32) -> u32 {
        self.starts[usize::from(field)].map_or(0, |start| self.offset_behind(start, value))
    }

    #[inline]
    fn offset_behind(&self, start: usize, value: u32) -> u32 {
        self.offsets[start + value.wrapping_add(1) as usize]
    }
}

/// Divides the values of a field into classes.
fn divide<'a>(
    log: &EventLog,
    name: &str,
    is_base: bool,
    plain: impl Fn(Option<&str>) -> u8,
    rules: &[(&'a Rule, u8)],
) -> Divided {
    let listed = |(rule, _): &(&'a Rule, u8)| {
        rule.when.get(name).map(|listed| listed.values().iter().map(String::as_str).collect::<HashSet<_>>())
    };
    let conditions: Vec<_> = rules.iter().map(listed).collect();
    let class = |value: Option<&str>| -> Class {
        let meets = conditions.iter().map(|condition| match (condition, value) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(listed), Some(value)) => listed.contains(value),
        });
        (meets.collect(), if is_base { plain(value) } else { 0 })
    };
    let code = log.field_code(name);
    let values = code.map(|code| &log.columns().fields[usize::from(code)].values);
    let mut codes: HashMap<Class, u32> = HashMap::new();
    let mut classes = Vec::new();
    let mut class_of = Vec::new();
    for value in std::iter::once(None).chain(values.into_iter().flat_map(Dictionary::texts).map(Some)) {
        let class = class(value);
        let number = *codes.entry(class.clone()).or_insert_with(|| {
            classes.push(class);
            classes.len() as u32 - 1
        });
        class_of.push(number);
    }
    Divided { code, classes, class_of }
}

/// The answer for one combination of classes: the first rule all of whose conditions are met, else the plain table.
fn answer(cell: usize, divided: &[Divided], rules: &[(&Rule, u8)]) -> u8 {
    let mut rest = cell;
    let classes: Vec<&Class> = divided
        .iter()
        .map(|field| {
            let class = &field.classes[rest % field.classes.len()];
            rest /= field.classes.len();
            class
        })
        .collect();
    let first = (0..rules.len()).find(|&rule| classes.iter().all(|(meets, _)| meets[rule]));
    first.map_or(classes[0].1, |rule| rules[rule].1)
}

/// A kind by its byte; `None` for a null kind.
pub(crate) const fn kind_from_byte(byte: u8) -> Option<Kind> {
    if (byte as usize) < Kind::ALL.len() { Some(Kind::ALL[byte as usize]) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Instant;

    /// Slow to the point of being noticed if a value costs a walk through the model's lists.
    #[test]
    fn many_states_in_the_model_and_in_the_log() {
        const N: u32 = 40_000;
        let names: Vec<String> = (0..N).map(|i| format!("{i:06}")).collect();
        let list = |names: &[String]| format!("[\"{}\"]", names.join("\", \""));
        let (first, second) = names.split_at(names.len() / 2);
        let order: Vec<String> = names.iter().rev().cloned().collect();
        let model = FlowModel::from_toml(&format!(
            "order = {}\n[phases]\nactive = {}\ndone = {}\n[[rule]]\nwhen = {{ state = {} }}\nphase = \"waiting\"",
            list(&order),
            list(first),
            list(second),
            list(&first[1..]),
        ))
        .unwrap();
        let mut log = EventLog::builder();
        for (name, at) in names.iter().zip(0..) {
            log.push("A", Instant(at), "state", Some(name), None).unwrap();
        }
        let log = log.finish().unwrap();
        let Compiled { phase, place, .. } = Compiled::new(&model, &log).unwrap();
        assert_eq!(place, (0..N).rev().collect::<Vec<_>>());
        let state = log.field_code("state").unwrap();
        let byte = |code: u32| phase.byte(phase.moved(phase.start, state, super::super::NULL_CODE, code));
        assert_eq!([byte(0), byte(1), byte(N - 1)], [Phase::Active, Phase::Waiting, Phase::Done].map(|p| p as u8));
    }
}
