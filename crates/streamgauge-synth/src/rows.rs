//! Rows from lives: in the long form or the state-log form, by item or by time, one at a time.
//!
//! By item, one life is in memory. By time, items are born in the order of their arrival and their events wait in a bucket for each day to
//! come; a day is complete once the next item arrives later. What waits are the events ahead of the items in flight, which
//! is a small part of the log.

use std::collections::VecDeque;

use streamgauge::Instant;

use crate::life::{History, live, raw_arrival};
use crate::plan::{FIELDS, NULL, Plan, field};
use crate::spec::DAY_US;

/// How events are written as rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `item, at, field, value`: every field.
    Long,
    /// `item, at, state, type, stream`: a row for every change of one of the three.
    StateLog,
}

/// The order of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// By the items' numbers, then by time.
    ByItem,
    /// By time, then by the items' numbers.
    ByTime,
}

/// The id of an item: its number, from 1, after the key of the stream in which it arrived.
///
/// ```
/// use streamgauge_synth::ItemId;
///
/// assert_eq!(ItemId { key: "PAY", number: 12 }.to_string(), "PAY-12");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemId<'a> {
    /// The key of the stream.
    pub key: &'a str,
    /// The item's number, in which it differs from every other.
    pub number: u32,
}

impl std::fmt::Display for ItemId<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.key, self.number)
    }
}

/// One event: *item X's field F took the value V at instant T*.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SynthEvent<'a> {
    /// The item.
    pub item: ItemId<'a>,
    /// When.
    pub at: Instant,
    /// The field.
    pub field: &'a str,
    /// Its new value; `None` clears it.
    pub value: Option<&'a str>,
}

/// A row in codes. The cells are field and value, or state, type and stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) at: i64,
    pub(crate) item: u32,
    pub(crate) home: u16,
    pub(crate) cells: [u16; 3],
}

/// All rows of a description.
pub(crate) struct Rows<'a> {
    plan: Plan<'a>,
    form: Form,
    order: Order,
    next_item: u32,
    history: History,
    ready: Vec<Row>,
    given: usize,
    waiting: VecDeque<Vec<Row>>,
    first_day: i64,
}

impl<'a> Rows<'a> {
    pub(crate) fn new(plan: Plan<'a>, form: Form, order: Order) -> Self {
        let first_day = raw_arrival(&plan, 0, 0.0).div_euclid(DAY_US);
        let (history, ready, waiting) = Default::default();
        Self { plan, form, order, next_item: 0, history, ready, given: 0, waiting, first_day }
    }

    pub(crate) const fn plan(&self) -> &Plan<'a> {
        &self.plan
    }

    pub(crate) fn item_id(&self, row: &Row) -> ItemId<'a> {
        ItemId { key: &self.plan.stream(usize::from(row.home)).key, number: row.item + 1 }
    }

    /// A row of the long form as an event.
    pub(crate) fn event(&self, row: &Row) -> SynthEvent<'a> {
        let [field, value, _] = row.cells;
        let (field, value) = (FIELDS[usize::from(field)], self.plan.text(value));
        SynthEvent { item: self.item_id(row), at: Instant(row.at), field, value }
    }

    fn everyone_is_born(&self) -> bool {
        self.next_item >= self.plan.synth.items
    }

    fn bear(&mut self) {
        live(&self.plan, self.next_item, &mut self.history);
        self.next_item += 1;
    }

    /// Makes the next rows ready; none are when all have been given.
    fn refill(&mut self) {
        self.ready.clear();
        self.given = 0;
        match self.order {
            Order::ByItem => {
                while self.ready.is_empty() && !self.everyone_is_born() {
                    self.bear();
                    write_rows(&self.history, self.form, |row| self.ready.push(row));
                }
            }
            Order::ByTime => {
                while self.ready.is_empty() && !(self.everyone_is_born() && self.waiting.is_empty()) {
                    self.next_day();
                }
            }
        }
    }

    /// Makes the rows of one more day ready.
    fn next_day(&mut self) {
        let end = (self.first_day + 1) * DAY_US;
        while !self.everyone_is_born() && raw_arrival(&self.plan, self.next_item, 0.0) < end {
            self.bear();
            let (waiting, first_day) = (&mut self.waiting, self.first_day);
            write_rows(&self.history, self.form, |row| {
                let day = (row.at.div_euclid(DAY_US) - first_day).max(0) as usize;
                if waiting.len() <= day {
                    waiting.resize_with(day + 1, Vec::new);
                }
                waiting[day].push(row);
            });
        }
        self.first_day += 1;
        if let Some(day) = self.waiting.pop_front() {
            self.ready = day;
            // Stable: an item's rows of one instant stay in their order.
            self.ready.sort_by_key(|row| (row.at, row.item));
        }
    }
}

impl Iterator for Rows<'_> {
    type Item = Row;

    fn next(&mut self) -> Option<Row> {
        if self.given == self.ready.len() {
            self.refill();
        }
        let row = self.ready.get(self.given).copied()?;
        self.given += 1;
        Some(row)
    }
}

fn write_rows(history: &History, form: Form, mut push: impl FnMut(Row)) {
    let (item, home) = (history.item, history.home);
    if form == Form::Long {
        let cells = history.steps.iter().map(|step| (step.at, [u16::from(step.field), step.value, NULL]));
        return cells.for_each(|(at, cells)| push(Row { at, item, home, cells }));
    }
    let mut cells = [NULL; 3];
    let mut steps = history.steps.iter().peekable();
    let mut changed = [false; 3];
    while let Some(step) = steps.next() {
        let cell = match step.field {
            field::STATE => 0,
            field::TYPE => 1,
            field::STREAM => 2,
            _ => 3,
        };
        if cell < 3 {
            cells[cell] = step.value;
            changed[cell] = true;
        }
        // Changes of different fields at one instant share a row; a second change of the state begins another.
        let goes_on =
            steps.peek().is_some_and(|next| next.at == step.at && !(next.field == field::STATE && changed[0]));
        if changed.contains(&true) && !goes_on {
            push(Row { at: step.at, item, home, cells });
            changed = [false; 3];
        }
    }
}
