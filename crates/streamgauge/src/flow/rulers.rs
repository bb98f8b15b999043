//! Which calendar measures an item at each moment, where a field chooses among several.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::Timelines;
use super::groups::check_field;
use crate::error::{Error, Result};
use crate::kernel::chunk;
use crate::model::NULL_CODE;
use crate::time::{Instant, Ruler, Windows};

/// No calendar.
const NONE: u16 = u16::MAX;

/// A ruler for the values of one log.
pub(crate) struct Rulers<'a> {
    ruler: &'a Ruler,
    field: Option<u8>,
    /// By the value's code + 1 (0 is null): its calendar.
    calendar_of: Vec<u16>,
}

/// The calendars of one item: from when on which.
pub(crate) struct ItemRuler<'a> {
    rulers: &'a Rulers<'a>,
    runs: Vec<(i64, u16)>,
}

impl<'a> Rulers<'a> {
    /// The rulers of the items; `None` for the clock on the wall, which needs none.
    ///
    /// # Errors
    /// [`Error::OutsideCalendar`] where an item reaches out of its own calendar's validity; [`Error::UnknownField`] for calendars that a field
    /// chooses which the log does not have; [`Error::Argument`] for values of the field that have no calendar.
    pub(crate) fn working(timelines: &Timelines, ruler: &'a Ruler) -> Result<Option<Self>> {
        if ruler.is_elapsed() {
            return Ok(None);
        }
        let log = &timelines.log;
        let named = ruler.field();
        if let Some(name) = named.filter(|name| ["state", "kind"].contains(name)) {
            return Err(wrong(name, format!("{name:?}"), "choose calendars by an attribute such as team or stream"));
        }
        if let Some(name) = named {
            check_field(log, name)?;
        }
        let field = named.and_then(|name| log.field_code(name));
        let values = field.map(|field| &log.columns().fields[usize::from(field)].values);
        let calendar = |value: Option<&str>| ruler.calendar_of(value).unwrap_or(NONE);
        let texts = values.into_iter().flat_map(|values| values.texts());
        let calendar_of = std::iter::once(calendar(None)).chain(texts.map(|text| calendar(Some(text)))).collect();
        let rulers = Self { ruler, field, calendar_of };
        let used = chunk::map_ranges(timelines.n_items(), |items| rulers.used(timelines, items));
        let used = used.into_iter().fold(Used::default(), Used::combined);
        for (&calendar, &(from, to)) in &used.spans {
            ruler.check_in(calendar, Instant(from), Instant(to))?;
        }
        if used.without.is_empty() {
            return Ok(Some(rulers));
        }
        let text =
            |code: &u32| values.and_then(|values| values.get(*code)).map_or("null".to_owned(), |v| format!("{v:?}"));
        let without = used.without.iter().map(text).collect::<Vec<_>>().join(", ");
        let wanted = match (used.without.contains(&NULL_CODE), used.without.len()) {
            (true, 1) => "some items have no value for some time; name a `default` for them",
            (true, _) => "name a `default` for items without a value, and give the others a calendar under [use]",
            (false, _) => "give each value a calendar under [use], or name a `default`",
        };
        Err(wrong(named.unwrap_or_default(), without, wanted))
    }

    /// A ruler to be set to one item after the other.
    pub(crate) const fn item(&'a self) -> ItemRuler<'a> {
        ItemRuler { rulers: self, runs: Vec::new() }
    }

    fn calendar(&self, value: u32) -> u16 {
        self.calendar_of[value.wrapping_add(1) as usize]
    }

    /// The calendars that some items need, up to `as_of`.
    fn used(&self, timelines: &Timelines, items: Range<usize>) -> Used {
        let mut used = Used::default();
        for item in items {
            let (mut since, mut value) = (timelines.steps(item).at[0], NULL_CODE);
            let events = timelines.attribute_events(item);
            let changes = events.filter(|(_, field, _)| Some(*field) == self.field).map(|(at, _, value)| (at, value));
            for (at, next) in changes.chain([(timelines.observed.as_of.0, NULL_CODE)]) {
                if since < at {
                    used.insert(self.calendar(value), value, since, at);
                }
                (since, value) = (at, next);
            }
        }
        used
    }
}

/// What items need of calendars.
#[derive(Default)]
struct Used {
    /// By calendar, from the first instant to the last at which an item is measured by it.
    spans: BTreeMap<u16, (i64, i64)>,
    /// Values that have none.
    without: BTreeSet<u32>,
}

impl Used {
    fn insert(&mut self, calendar: u16, value: u32, from: i64, to: i64) {
        if calendar == NONE {
            self.without.insert(value);
            return;
        }
        let span = self.spans.entry(calendar).or_insert((from, to));
        *span = (span.0.min(from), span.1.max(to));
    }

    fn combined(mut self, other: Self) -> Self {
        other.spans.iter().for_each(|(calendar, (from, to))| self.insert(*calendar, NULL_CODE, *from, *to));
        self.without.extend(other.without);
        self
    }
}

impl ItemRuler<'_> {
    /// Takes the calendars of an item.
    pub(crate) fn set(&mut self, timelines: &Timelines, item: usize) {
        self.runs.clear();
        self.runs.push((i64::MIN, self.rulers.calendar(NULL_CODE)));
        if self.rulers.field.is_none() {
            return;
        }
        for (at, field, value) in timelines.attribute_events(item) {
            if Some(field) == self.rulers.field {
                self.runs.push((at, self.rulers.calendar(value)));
            }
        }
    }

    /// The working time of `[from, to)`, µs.
    pub(crate) fn span(&self, from: i64, to: i64) -> i64 {
        self.parts(from, to).map(|(calendar, from, to)| self.rulers.ruler.span_in(calendar, from, to)).sum()
    }

    /// `[from, to)` divided by the calendars that measure it.
    pub(crate) fn parts(&self, from: i64, to: i64) -> impl Iterator<Item = (u16, i64, i64)> {
        let first = self.runs.partition_point(|(at, _)| *at <= from).saturating_sub(1);
        let ends = self.runs[first + 1..].iter().map(|(at, _)| *at).chain([i64::MAX]);
        let parts = self.runs[first..].iter().zip(ends).map(move |(run, end)| (run.1, run.0.max(from), end.min(to)));
        parts.take_while(move |part| part.1 < to).filter(|part| part.1 < part.2)
    }
}

fn wrong(field: &str, value: String, wanted: &str) -> Error {
    Error::Argument { argument: "calendar", value: format!("{field} = {value}"), wanted: wanted.to_owned() }
}

/// Refuses windows in which working time is not known; what lies before `from` is not looked at.
pub(crate) fn check_windows(ruler: &Ruler, windows: &Windows, from: Option<Instant>) -> Result<()> {
    match (windows.starts().first(), windows.ends().last()) {
        (Some(&start), Some(&end)) => ruler.check(from.unwrap_or(Instant(start)).max(Instant(start)), Instant(end)),
        _ => Ok(()),
    }
}
