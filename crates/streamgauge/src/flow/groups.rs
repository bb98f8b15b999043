//! Groups: which group each item belongs to at each instant, for any fields.
//!
//! A group is a combination of values of the fields that are asked for. The groups of an item are a step function of time, kept as runs (CSR); while
//! an item is of an ignored type it belongs to none.

use std::cmp::Ordering;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use hashbrown::HashMap;

use super::Timelines;
use super::steps::{AttributeRun, StepRun, Traits};
use crate::error::{Error, Result, nearest};
use crate::kernel::chunk;
use crate::kernel::sweep::ByGroup;
use crate::model::{EventLog, Kind, NULL_CODE, kind_from_byte};
use crate::table::Receipt;
use crate::time::Instant;

/// No group: the item is no flow item then.
pub(crate) const NO_GROUP: u32 = u32::MAX;

/// The fields that every log has, if only as nulls.
const ALWAYS: [&str; 6] = ["blocked", "kind", "removed", "state", "stream", "type"];

/// The groups of a log's items by some fields, in order: by the fields' values, byte order, null last.
///
/// ```
/// use streamgauge::{EventLog, FlowModel, Groups, Instant, timelines};
///
/// let mut log = EventLog::builder();
/// log.push_state_row("A", Instant(0), Some("Doing"), [("team", Some("red"))], None)?;
/// let model = FlowModel::from_toml("[phases]\nactive = [\"Doing\"]")?;
/// let (timelines, _) = timelines(&log.finish()?, &model, None)?;
/// let groups = Groups::by(&timelines, &["team", "kind"])?;
/// assert_eq!(groups.len(), 1);
/// assert_eq!(groups.values(0), Some(vec![Some("red"), None]));
/// # Ok::<(), streamgauge::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Groups {
    /// Of the timelines that were grouped.
    pub(crate) receipt: Receipt,
    pub(crate) as_of: Instant,
    by: Vec<String>,
    keys: Vec<Vec<Option<String>>>,
    ends: Vec<u32>,
    at: Vec<i64>,
    group: Vec<u32>,
    /// What enters and leaves the load of each group, once somebody has asked.
    pub(crate) in_load: OnceLock<ByGroup>,
    identity: Arc<()>,
}

/// Where a field's values come from.
#[derive(Clone, Copy)]
enum Source {
    State,
    Kind,
    Field(u8),
    /// No event sets it.
    Nothing,
}

/// Runs of some items, with numbers of keys in place of groups.
#[derive(Default)]
struct Part {
    ends: Vec<u32>,
    at: Vec<i64>,
    /// [`NO_GROUP`] where the item does not count.
    number: Vec<u32>,
    keys: Keys,
}

/// Keys in the order in which they were first seen.
#[derive(Default)]
struct Keys {
    list: Vec<u128>,
    /// By key, where few are possible: its number.
    few: Vec<u32>,
    many: HashMap<u128, u32>,
}

impl Groups {
    /// Groups by fields: `stream`, `kind`, `type`, `state`, `blocked`, `removed`, or any attribute of the log.
    ///
    /// # Errors
    /// [`Error::UnknownField`] for a field that no event sets; [`Error::Argument`] for a field that is named twice;
    /// [`Error::TooMany`] if the fields have more combinations than can be numbered.
    pub fn by(timelines: &Timelines, by: &[&str]) -> Result<Self> {
        let mut columns = Vec::with_capacity(by.len());
        for (i, name) in by.iter().enumerate() {
            if by[..i].contains(name) {
                return Err(Error::Argument {
                    argument: "by",
                    value: format!("{by:?}"),
                    wanted: format!("name each field once; {name:?} stands there twice"),
                });
            }
            columns.push(Column::new(timelines, name)?);
        }
        let combinations = columns.iter().try_fold(1_u128, |n, column| n.checked_mul(column.n_values));
        combinations.ok_or_else(|| Error::Argument {
            argument: "by",
            value: format!("{by:?}"),
            wanted: "take fewer fields; their values have more combinations than can be numbered".to_owned(),
        })?;
        let parts = chunk::map_ranges(timelines.n_items(), |items| Part::new(timelines, &columns, items));
        let groups = in_order(timelines, &columns, &parts);
        let mut whole = Self {
            receipt: timelines.receipt.clone(),
            as_of: timelines.observed.as_of,
            by: by.iter().map(|name| (*name).to_owned()).collect(),
            keys: groups.iter().map(|(_, values)| owned(values)).collect(),
            ends: Vec::with_capacity(timelines.n_items()),
            at: Vec::with_capacity(parts.iter().map(|part| part.at.len()).sum()),
            group: Vec::with_capacity(parts.iter().map(|part| part.at.len()).sum()),
            in_load: OnceLock::new(),
            identity: Arc::clone(&timelines.identity),
        };
        let group: HashMap<u128, u32> = groups.iter().map(|(key, _)| *key).zip(0..).collect();
        for part in parts {
            let groups: Vec<u32> = part.keys.list.iter().map(|key| group[key]).collect();
            let before = whole.at.len() as u32;
            whole.ends.extend(part.ends.iter().map(|end| end + before));
            whole.at.extend_from_slice(&part.at);
            whole.group.extend(part.number.iter().map(|number| groups.get(*number as usize).unwrap_or(&NO_GROUP)));
        }
        Ok(whole)
    }

    /// Refuses stages with that receipt if the groups are of others.
    pub(crate) fn check_are_of(&self, receipt: &Receipt) -> Result<()> {
        self.receipt.check_same_answer(receipt, "groups", "group the timelines of the same log, model and as_of")
    }

    /// Whether they are of these very timelines, and not only of the same answer.
    pub(crate) fn are_of(&self, timelines: &Timelines) -> bool {
        Arc::ptr_eq(&self.identity, &timelines.identity)
    }

    /// The fields.
    pub fn fields(&self) -> &[String] {
        &self.by
    }

    /// How many groups there are.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is none, because no item counts.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// A group's values, one for each field; `None` if there is no such group.
    pub fn values(&self, group: usize) -> Option<Vec<Option<&str>>> {
        self.keys.get(group).map(|key| key.iter().map(Option::as_deref).collect())
    }

    /// The group of an item at an instant at or after its first event.
    pub(crate) fn at(&self, item: usize, at: i64) -> Option<u32> {
        let (instants, groups) = self.runs_of(item);
        let after = instants.partition_point(|&start| start <= at);
        after.checked_sub(1).map(|i| groups[i]).filter(|group| *group != NO_GROUP)
    }

    /// The instants at which an item's group changes, and the group from then on.
    pub(crate) fn runs_of(&self, item: usize) -> (&[i64], &[u32]) {
        let start = if item == 0 { 0 } else { self.ends[item - 1] };
        let range = start as usize..self.ends[item] as usize;
        (&self.at[range.clone()], &self.group[range])
    }

    /// For each group, the number of the set of groups that agree with it in all fields but `field`; `None` if that is no field of these groups.
    pub(crate) fn sets_without(&self, field: &str) -> Option<Vec<usize>> {
        let place = self.by.iter().position(|name| name == field)?;
        let mut sets: HashMap<Vec<Option<&str>>, usize> = HashMap::new();
        Some(
            self.keys
                .iter()
                .map(|key| {
                    let others = key.iter().enumerate().filter(|(i, _)| *i != place);
                    let others = others.map(|(_, value)| value.as_deref()).collect();
                    let next = sets.len();
                    *sets.entry(others).or_insert(next)
                })
                .collect(),
        )
    }
}

/// Refuses a field that no event of the log sets, but for those that every log has.
pub(super) fn check_field(log: &EventLog, name: &str) -> Result<()> {
    if ALWAYS.contains(&name) || log.field_code(name).is_some() {
        return Ok(());
    }
    let mut has: Vec<String> = log.fields().into_iter().chain(ALWAYS).map(str::to_owned).collect();
    has.sort_unstable();
    has.dedup();
    let hint = nearest(name, has.iter().map(String::as_str));
    Err(Error::UnknownField { field: name.to_owned(), has, hint })
}

/// One field of a grouping.
struct Column {
    source: Source,
    n_values: u128,
}

impl Column {
    fn new(timelines: &Timelines, name: &str) -> Result<Self> {
        let log = &timelines.log;
        if name == "kind" {
            return Ok(Self { source: Source::Kind, n_values: 256 });
        }
        // A field that shares its name with a column is called as records call it.
        let name = if log.field_code(name).is_some() { name } else { name.strip_prefix("field.").unwrap_or(name) };
        let code = log.field_code(name);
        match code {
            Some(code) => Ok(Self {
                source: if name == "state" { Source::State } else { Source::Field(code) },
                n_values: log.columns().fields[usize::from(code)].values.len() as u128 + 1,
            }),
            None => check_field(log, name).map(|()| Self { source: Source::Nothing, n_values: 1 }),
        }
    }

    /// The text of a value's code.
    fn text<'a>(&self, timelines: &'a Timelines, code: u32) -> Option<&'a str> {
        let values = |field: u8| &timelines.log.columns().fields[usize::from(field)].values;
        match self.source {
            Source::Kind => kind_from_byte(code as u8).map(Kind::as_str),
            Source::State => timelines.log.field_code("state").and_then(|field| values(field).get(code)),
            Source::Field(field) => values(field).get(code),
            Source::Nothing => None,
        }
    }

    /// A value's digit in the key: its code, null as the last.
    fn digit(&self, code: u32) -> u128 {
        if code == NULL_CODE { self.n_values - 1 } else { u128::from(code) }
    }

    fn code(&self, digit: u128) -> u32 {
        let is_null = !matches!(self.source, Source::Kind) && digit == self.n_values - 1;
        if is_null { NULL_CODE } else { digit as u32 }
    }
}

impl Part {
    fn new(timelines: &Timelines, columns: &[Column], items: Range<usize>) -> Self {
        let combinations = columns.iter().map(|column| column.n_values).product();
        let mut part = Self { keys: Keys::new(combinations, items.len()), ..Self::default() };
        part.ends.reserve(items.len());
        let follows_state = columns.iter().any(|column| matches!(column.source, Source::State));
        let mut codes = vec![NULL_CODE; columns.len()];
        for item in items {
            codes.fill(NULL_CODE);
            let (steps, events) = (timelines.steps(item), timelines.attributes(item));
            // Most items are set once and stay what they are.
            let Traits { changes_kind, is_set_late, .. } = timelines.traits(item);
            if !(changes_kind || is_set_late || follows_state) {
                part.once(columns, steps, events, &mut codes);
            } else {
                part.often(columns, steps, events, &mut codes);
            }
            part.ends.push(part.at.len() as u32);
        }
        part
    }

    /// The one run of an item.
    fn once(&mut self, columns: &[Column], steps: StepRun<'_>, events: AttributeRun<'_>, codes: &mut [u32]) {
        for (column, code) in columns.iter().zip(codes.iter_mut()) {
            *code = match column.source {
                Source::Kind => u32::from(steps.now[0].kind()),
                Source::Field(field) => {
                    let last = events.field.iter().rposition(|known| *known == field);
                    last.map_or(NULL_CODE, |last| events.value[last])
                }
                Source::State | Source::Nothing => NULL_CODE,
            };
        }
        let counts = steps.now[0].counts();
        self.at.push(steps.at[0]);
        self.number.push(if counts { self.keys.number(key(columns, codes)) } else { NO_GROUP });
    }

    /// An item's runs: at each instant at which a step or an attribute event stands, the key after all of them.
    fn often(&mut self, columns: &[Column], steps: StepRun<'_>, events: AttributeRun<'_>, codes: &mut [u32]) {
        let (mut step, mut event) = (0, 0);
        let start = self.at.len();
        let mut counts = true;
        while step < steps.at.len() || event < events.at.len() {
            let next = |at: &[i64], i: usize| at.get(i).copied().unwrap_or(i64::MAX);
            let at = next(steps.at, step).min(next(events.at, event));
            while step < steps.at.len() && steps.at[step] == at {
                let now = steps.now[step];
                counts = now.counts();
                for (column, code) in columns.iter().zip(codes.iter_mut()) {
                    match column.source {
                        Source::State => *code = now.state(),
                        Source::Kind => *code = u32::from(now.kind()),
                        _ => {}
                    }
                }
                step += 1;
            }
            while event < events.at.len() && events.at[event] == at {
                for (column, code) in columns.iter().zip(codes.iter_mut()) {
                    if matches!(column.source, Source::Field(field) if field == events.field[event]) {
                        *code = events.value[event];
                    }
                }
                event += 1;
            }
            let number = if counts { self.keys.number(key(columns, codes)) } else { NO_GROUP };
            if self.at.len() == start || self.number.last() != Some(&number) {
                self.at.push(at);
                self.number.push(number);
            }
        }
    }
}

impl Keys {
    /// A key has a place of its own where no more are possible than there are items.
    fn new(possible: u128, n_items: usize) -> Self {
        let few = possible <= n_items as u128;
        Self { few: if few { vec![NO_GROUP; possible as usize] } else { Vec::new() }, ..Self::default() }
    }

    /// The number of a key, which is the next one if it is new.
    fn number(&mut self, key: u128) -> u32 {
        let next = self.list.len() as u32;
        let number = match self.few.get_mut(key as usize) {
            Some(number) => number,
            None => self.many.entry(key).or_insert(NO_GROUP),
        };
        if *number == NO_GROUP {
            *number = next;
            self.list.push(key);
        }
        *number
    }
}

fn key(columns: &[Column], codes: &[u32]) -> u128 {
    columns.iter().zip(codes).fold(0, |key, (column, &code)| key * column.n_values + column.digit(code))
}

/// The keys that occur, in order of their values.
fn in_order<'a>(timelines: &'a Timelines, columns: &[Column], parts: &[Part]) -> Vec<(u128, Vec<Option<&'a str>>)> {
    let mut keys: Vec<u128> = parts.iter().flat_map(|part| part.keys.list.iter().copied()).collect();
    if columns.is_empty() {
        // With no field to tell them apart all items are one group, even where none counts.
        keys.push(0);
    }
    keys.sort_unstable();
    keys.dedup();
    let values = |key: u128| {
        let mut rest = key;
        let mut values: Vec<_> = columns
            .iter()
            .rev()
            .map(|column| {
                let digit = rest % column.n_values;
                rest /= column.n_values;
                column.text(timelines, column.code(digit))
            })
            .collect();
        values.reverse();
        values
    };
    let mut groups: Vec<_> = keys.into_iter().map(|key| (key, values(key))).collect();
    groups.sort_by(|a, b| nulls_last(&a.1, &b.1));
    groups
}

fn nulls_last(a: &[Option<&str>], b: &[Option<&str>]) -> Ordering {
    let nulls_last = |a: &Option<&str>, b: &Option<&str>| (a.is_none(), *a).cmp(&(b.is_none(), *b));
    let fields = a.iter().zip(b).map(|(a, b)| nulls_last(a, b));
    fields.fold(Ordering::Equal, Ordering::then)
}

fn owned(values: &[Option<&str>]) -> Vec<Option<String>> {
    values.iter().map(|value| value.map(str::to_owned)).collect()
}
