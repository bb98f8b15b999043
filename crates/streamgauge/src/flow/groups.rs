//! Groups: which group each item belongs to at each instant, for any fields.
//!
//! A group is a combination of values of the fields that are asked for. The groups of an item are a step function of time; while an item is of
//! an ignored type it belongs to none.

use std::cmp::Ordering;
use std::sync::{Arc, OnceLock};

use hashbrown::HashMap;

use super::Timelines;
use super::held::{CHANGES, Column, Held, HeldKeys};
use crate::error::{Error, Result, nearest};
use crate::kernel::sweep::ByGroup;
use crate::model::EventLog;
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
    held: Held,
    /// What enters and leaves the load of each group, once somebody has asked.
    pub(crate) in_load: OnceLock<ByGroup>,
    identity: Arc<()>,
}

impl Groups {
    /// Groups by fields: `stream`, `kind`, `type`, `state`, `blocked`, `removed`, or any attribute of the log.
    ///
    /// # Errors
    /// [`Error::UnknownField`] for a field that no event sets; [`Error::Argument`] for a field that is named twice, or fields with more
    /// combinations of values than can be numbered;
    /// [`Error::TooMany`] for 2³¹ items or groups.
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
        let held = HeldKeys::new(timelines, &columns);
        let groups = in_order(timelines, &columns, held.keys().collect());
        if groups.len().max(timelines.n_items()) >= CHANGES as usize {
            return Err(Error::TooMany { what: "items or groups", limit: u64::from(CHANGES) });
        }
        let number: HashMap<u128, u32> = groups.iter().map(|(key, _)| *key).zip(0..).collect();
        Ok(Self {
            receipt: timelines.receipt.clone(),
            as_of: timelines.observed.as_of,
            by: by.iter().map(|name| (*name).to_owned()).collect(),
            keys: groups.iter().map(|(_, values)| owned(values)).collect(),
            held: held.finish(&number),
            in_load: OnceLock::new(),
            identity: Arc::clone(&timelines.identity),
        })
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
        let group = match self.runs_of(item) {
            (_, [group]) => Some(*group),
            (instants, groups) => {
                let after = instants.partition_point(|&start| start <= at);
                after.checked_sub(1).map(|i| groups[i])
            }
        };
        group.filter(|group| *group != NO_GROUP)
    }

    /// The instants at which an item's group changes, and the group from then on. What it is in for good, it is in from the first of all instants.
    #[inline]
    pub(crate) fn runs_of(&self, item: usize) -> (&[i64], &[u32]) {
        self.held.runs_of(item)
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

/// The keys that occur, in order of their values.
fn in_order<'a>(
    timelines: &'a Timelines,
    columns: &[Column],
    mut keys: Vec<u128>,
) -> Vec<(u128, Vec<Option<&'a str>>)> {
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
                column.text(timelines, digit)
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
