//! Rows of the state log, the plain rule by which they are events, and every way to put them into a log.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::TimestampMicrosecondType;
use arrow_array::{Array, ArrayRef, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use streamgauge::{EventColumns, EventLog, EventLogBuilder, Instant, RowOrder};
use streamgauge_tests::Event;
use streamgauge_tests::event::{PLAUSIBLE, STATE};

/// The columns beside the state.
pub(crate) const ATTRIBUTES: [&str; 7] =
    ["type", "stream", "blocked", "blocked_reason", "removed", "resolution", "team"];

/// A text or null.
pub(crate) type Cell = Option<String>;

/// A row: the state, and what it says of each attribute; `None` where it says nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Row {
    pub(crate) item: String,
    pub(crate) at: i64,
    pub(crate) state: Cell,
    pub(crate) said: [Option<Cell>; ATTRIBUTES.len()],
    pub(crate) known_at: Option<i64>,
    /// No row of the state log but an event of the long form, of this field.
    pub(crate) only: Option<&'static str>,
}

impl Row {
    /// What it says of its attributes, in byte order of their names: which of them its source has first does not show.
    fn told(&self) -> impl Iterator<Item = (&'static str, &Cell)> {
        let said: BTreeMap<_, _> = ATTRIBUTES.into_iter().zip(&self.said).collect();
        said.into_iter().filter_map(|(name, said)| Some((name, said.as_ref()?)))
    }

    fn event(&self, field: &str, value: &Cell) -> Event {
        let (item, field, value) = (self.item.clone(), field.to_owned(), value.clone());
        Event { item, at: self.at, field, value, known_at: self.known_at }
    }

    /// What an event of the long form sets.
    fn value_of(&self, field: &str) -> &Cell {
        self.told().find(|(name, _)| *name == field).map_or(&self.state, |(_, value)| value)
    }
}

/// The events of rows, in order of time, and the states of those rows that repeat an earlier one exactly and are dropped.
pub(crate) fn events_of(rows: &[Row]) -> (Vec<Event>, Vec<Event>) {
    let mut in_time: Vec<&Row> = rows.iter().collect();
    in_time.sort_by_key(|row| row.at);
    let (mut events, mut repeats) = (Vec::new(), Vec::new());
    let mut seen = BTreeSet::new();
    let mut values: BTreeMap<(&str, &str), Cell> = BTreeMap::new();
    for row in in_time {
        if let Some(field) = row.only {
            let value = row.value_of(field);
            events.push(row.event(field, value));
            if PLAUSIBLE.contains(&row.at) {
                values.insert((&row.item, field), value.clone());
            }
            continue;
        }
        if !seen.insert(row) {
            repeats.push(row.event(STATE, &row.state));
            continue;
        }
        events.push(row.event(STATE, &row.state));
        for (field, value) in row.told().filter(|_| PLAUSIBLE.contains(&row.at)) {
            if *value != values.insert((&row.item, field), value.clone()).flatten() {
                events.push(row.event(field, value));
            }
        }
    }
    (events, repeats)
}

/// The order in which rows stand, as the log's documentation has it.
pub(crate) fn order_of(rows: &[Row]) -> RowOrder {
    let mut items = BTreeSet::new();
    let in_time = |rows: &[Row]| rows.is_sorted_by_key(|row| row.at);
    if rows.is_empty() || rows.iter().any(|row| row.known_at.is_some() || row.only.is_some()) {
        RowOrder::Other
    } else if rows.chunk_by(|a, b| a.item == b.item).all(|rows| items.insert(&rows[0].item) && in_time(rows)) {
        RowOrder::ByItem
    } else if in_time(rows) {
        RowOrder::ByTime
    } else {
        RowOrder::Other
    }
}

/// A way to put rows into a log, in pieces of so many where there are pieces.
pub(crate) type Feed = fn(&[Row], usize) -> EventLog;

/// Every such way.
pub(crate) const FEEDS: [Feed; 5] = [
    |rows, _| finished(by_rows(rows)),
    |rows, _| finished(by_batches(rows, rows.len())),
    |rows, piece| finished(by_batches(rows, piece)),
    |rows, piece| finished(builders(rows, piece).into_iter().reduce(combined).unwrap()),
    // The last two first: what is put behind has been put together itself.
    |rows, piece| finished(builders(rows, piece).into_iter().rev().reduce(|later, one| combined(one, later)).unwrap()),
];

/// Builders of the pieces, fed in one way or the other.
fn builders(rows: &[Row], piece: usize) -> Vec<EventLogBuilder> {
    let pieces = rows.chunks(piece).enumerate();
    let mut all: Vec<_> =
        pieces.map(|(i, rows)| if i % 2 == 0 { by_batches(rows, 2 * piece) } else { by_rows(rows) }).collect();
    // One that holds nothing changes nothing.
    all.insert(all.len() / 2, EventLog::builder());
    all
}

fn combined(mut first: EventLogBuilder, second: EventLogBuilder) -> EventLogBuilder {
    first.combine(second).unwrap();
    first
}

fn finished(log: EventLogBuilder) -> EventLog {
    log.finish().unwrap()
}

fn push(log: &mut EventLogBuilder, row: &Row) {
    let (at, known_at) = (Instant(row.at), row.known_at.map(Instant));
    match row.only {
        Some(field) => log.push(&row.item, at, field, row.value_of(field).as_deref(), known_at),
        None => {
            let told = row.told().map(|(name, value)| (name, value.as_deref()));
            log.push_state_row(&row.item, at, row.state.as_deref(), told, known_at)
        }
    }
    .unwrap();
}

pub(crate) fn by_rows(rows: &[Row]) -> EventLogBuilder {
    let mut log = EventLog::builder();
    rows.iter().for_each(|row| push(&mut log, row));
    log
}

/// In batches of at most so many rows, each of which says something of the same attributes.
fn by_batches(rows: &[Row], piece: usize) -> EventLogBuilder {
    let mut log = EventLog::builder();
    let columns = |row: &Row| {
        let said = row.only.is_none().then(|| row.said.each_ref().map(Option::is_some));
        (said, row.known_at.is_some())
    };
    for rows in rows.chunk_by(|a, b| columns(a) == columns(b)).flat_map(|rows| rows.chunks(piece.max(1))) {
        log.push_batch(&batch(rows), &EventColumns::default(), None).unwrap();
    }
    log
}

/// Rows, or events of the long form, as an Arrow table with the columns of the first.
pub(crate) fn batch(rows: &[Row]) -> RecordBatch {
    let texts = |cell: &dyn Fn(&Row) -> Cell| Arc::new(rows.iter().map(cell).collect::<StringArray>()) as ArrayRef;
    let instants = |at: &dyn Fn(&Row) -> Option<i64>| {
        Arc::new(rows.iter().map(at).collect::<TimestampMicrosecondArray>().with_timezone("UTC")) as ArrayRef
    };
    // Items that are all numbers are a column of numbers.
    let numbers: Option<Int64Array> = rows.iter().map(|row| row.item.parse().ok().map(Some)).collect();
    let items = numbers.map_or_else(|| texts(&|row| Some(row.item.clone())), |numbers| Arc::new(numbers));
    let mut columns = vec![("item", items), ("at", instants(&|row| Some(row.at)))];
    if rows[0].only.is_some() {
        columns.push(("field", texts(&|row| row.only.map(str::to_owned))));
        columns.push(("value", texts(&|row| row.only.and_then(|field| row.value_of(field).clone()))));
    } else {
        columns.push((STATE, texts(&|row| row.state.clone())));
        for (i, name) in ATTRIBUTES.into_iter().enumerate().filter(|(i, _)| rows[0].said[*i].is_some()) {
            columns.push((name, texts(&|row| row.said[i].clone().flatten())));
        }
    }
    if rows[0].known_at.is_some() {
        columns.push(("known_at", instants(&|row| row.known_at)));
    }
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, column)| (name, column, true))).unwrap()
}

/// The events that a log tells, in its order.
pub(crate) fn told_events(log: &EventLog) -> Vec<Event> {
    let table = log.events().unwrap();
    let texts = |name: &str| table.column(name).unwrap().as_string::<i32>().clone();
    let instants = |name: &str| table.column(name).map(|at| at.as_primitive::<TimestampMicrosecondType>().clone());
    let [items, fields, values] = ["item", "field", "value"].map(texts);
    let (at, known_at) = (instants("at").unwrap(), instants("known_at"));
    let event = |row: usize| Event {
        item: items.value(row).to_owned(),
        at: at.value(row),
        field: fields.value(row).to_owned(),
        value: values.is_valid(row).then(|| values.value(row).to_owned()),
        known_at: known_at.as_ref().filter(|at| at.is_valid(row)).map(|at| at.value(row)),
    };
    (0..table.num_rows()).map(event).collect()
}
