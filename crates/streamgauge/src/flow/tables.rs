//! Records and findings as tables.

use std::borrow::Cow;

use arrow_buffer::{ArrowNativeType, BooleanBuffer};

use super::facts::{Column, Facts};
use super::steps::AttributeRun;
use super::{FlowRecords, Timelines};
use crate::error::Result;
use crate::kernel::chunk;
use crate::kernel::replay::Spent;
use crate::model::{Dictionary, Finding, Kind, NULL_CODE, Outcome};
use crate::table::{Cells, Numbers, Receipt, Table, TableBuilder, shown_name};

/// The fields that stand first and always, with `kind` among them.
const FIRST: [&str; 3] = ["stream", "type", "state"];

/// How many columns are looked for in one pass over the items.
const FIELDS_AT_ONCE: usize = 16;

/// The columns after the fields and the outcome.
const FACTS: [&str; 9] =
    ["arrived", "started", "finished", "cancelled_at", "flow_time", "active", "waiting", "paused", "age"];

/// And behind them.
const COUNTS: [&str; 2] = ["n_reopened", "n_backward"];

/// One row for each item, in byte order of `item`.
pub(crate) fn records_table(timelines: &Timelines, records: &FlowRecords) -> Result<Table> {
    let names = || {
        let mut table = TableBuilder::new(records.receipt.clone());
        match timelines.all_names() {
            Some(names) => table.text_column("item", names.clone()),
            None => table.texts("item", (0..timelines.n_items()).map(|item| Some(timelines.name(item)))),
        }
        table
    };
    let rest = || chunk::both(|| fields(timelines), || facts(records));
    let (mut table, (fields, facts)) = chunk::both(names, rest);
    table.append(fields);
    table.append(facts);
    table.finish()
}

/// What the clock says of each item.
fn facts(records: &FlowRecords) -> TableBuilder {
    let facts = &records.facts;
    let outcomes: Vec<_> = Outcome::ALL.iter().map(|outcome| Some(outcome.as_str())).collect();
    let mut table = TableBuilder::new(records.receipt.clone());
    table.words("outcome", &outcomes, (0..facts.len()).map(|item| facts.at(item).outcome() as u32));
    // An item has a flow time or an age, or none of both: of one that has spent time, whether it is finished tells which.
    let fact = |column| facts.column(column).clone();
    let length = |is_there: &BooleanBuffer| {
        let Numbers { values, are_there } = fact(Column::Length);
        Numbers { values, are_there: &are_there & is_there }
    };
    let is_finished = &facts.column(Column::Finished).are_there;
    let (instants, durations) = (Cells::Instants, Cells::Durations);
    let columns = [
        (instants, fact(Column::Arrived)),
        (instants, fact(Column::Started)),
        (instants, fact(Column::Finished)),
        (instants, fact(Column::CancelledAt)),
        (durations, length(is_finished)),
        (durations, fact(Column::Active)),
        (durations, fact(Column::Waiting)),
        (durations, fact(Column::Paused)),
        (durations, length(&!is_finished)),
    ];
    table.numbers(FACTS.into_iter().zip(columns).map(|(name, (cells, column))| (name, cells, column)).collect());
    for (name, counts) in COUNTS.into_iter().zip([facts.n_reopened(), facts.n_backward()]) {
        table.counts(name, counts);
    }
    if facts.has_working() {
        working_facts(&mut table, facts);
    }
    table
}

/// The durations in working time.
fn working_facts(table: &mut TableBuilder, facts: &Facts) {
    let items = || 0..facts.len();
    let working = |of: fn(Spent) -> i64| items().map(move |item| facts.working(item).map(of));
    let is_open = |item: &usize| facts.at(*item).outcome() == Outcome::Open;
    let total = |item: usize| facts.working(item).map(Spent::total);
    table.durations("flow_time_working", items().map(|item| facts.at(item).finished().and(total(item))));
    table.durations("active_working", working(|spent| spent.active));
    table.durations("waiting_working", working(|spent| spent.waiting));
    table.durations("paused_working", working(|spent| spent.paused));
    table.durations("age_working", items().map(|item| Some(item).filter(is_open).and_then(total)));
}

/// The items' fields at the end: stream, kind, type and state, then the others.
fn fields(timelines: &Timelines) -> TableBuilder {
    let mut others = timelines.log.fields();
    others.retain(|name| !FIRST.contains(name));
    let (field, last) = (|name| Last::field(timelines, name), |name, has| Last { name: Cow::Borrowed(name), has });
    let (kind, state) = (last("kind", Has::Kind), last("state", Has::State(timelines.states())));
    let columns = [field("stream"), kind, field("type"), state].into_iter();
    let columns: Vec<_> = columns.chain(others.into_iter().map(field)).collect();
    let tables = columns.chunks(FIELDS_AT_ONCE).flat_map(|columns| last_values(timelines, columns));
    TableBuilder::joined(tables.collect(), timelines.receipt.clone())
}

/// A column of what items have in the end.
struct Last<'a> {
    name: Cow<'a, str>,
    has: Has<'a>,
}

enum Has<'a> {
    Kind,
    State(Option<&'a Dictionary>),
    /// The code of a field, and its values, if any event sets it.
    Field(Option<(u8, &'a Dictionary)>),
}

impl<'a> Last<'a> {
    fn field(timelines: &'a Timelines, name: &'a str) -> Self {
        let code = timelines.log.field_code(name);
        let field = code.map(|code| (code, &timelines.log.columns().fields[usize::from(code)].values));
        let is_fact = |name: &str| FACTS.contains(&name) || COUNTS.contains(&name);
        let name = shown_name(name, |name| ["item", "kind", "outcome"].contains(&name) || is_fact(name));
        Self { name, has: Has::Field(field) }
    }

    /// The texts of codes; behind them null.
    fn words(&self) -> Vec<Option<&'a str>> {
        let values = match self.has {
            Has::Kind => return Kind::ALL.iter().map(|kind| Some(kind.as_str())).chain([None]).collect(),
            Has::State(values) => values,
            Has::Field(field) => field.map(|(_, values)| values),
        };
        values.into_iter().flat_map(Dictionary::texts).map(Some).chain([None]).collect()
    }

    /// How many there are.
    fn n_words(&self) -> usize {
        1 + match self.has {
            Has::Kind => Kind::ALL.len(),
            Has::State(values) => values.map_or(0, Dictionary::len),
            Has::Field(field) => field.map_or(0, |(_, values)| values.len()),
        }
    }
}

/// What items have of some columns in the end, in one pass over them.
fn last_values(timelines: &Timelines, columns: &[Last<'_>]) -> Vec<TableBuilder> {
    // As narrow as all of the columns can be.
    match columns.iter().map(Last::n_words).max().unwrap_or_default() {
        0..=0x100 => last_places::<u8>(timelines, columns),
        0x101..=0x1_0000 => last_places::<u16>(timelines, columns),
        _ => last_places::<u32>(timelines, columns),
    }
}

/// As [`last_values`]: places among the words of each column are found first, item by item.
fn last_places<T: ArrowNativeType>(timelines: &Timelines, columns: &[Last<'_>]) -> Vec<TableBuilder> {
    let width = columns.len();
    // A code is its word's place; that of null, which is larger, is behind all others.
    let null: Vec<usize> = columns.iter().map(|column| column.n_words() - 1).collect();
    let place = |code: u32, at: usize| T::usize_as((code as usize).min(null[at]));
    let mut of_field = [None; 256];
    for (at, column) in columns.iter().enumerate() {
        if let Has::Field(Some((code, _))) = column.has {
            of_field[usize::from(code)] = Some(at);
        }
    }
    let set = |events: AttributeRun<'_>, last: &mut [T]| {
        last.iter_mut().enumerate().for_each(|(at, last)| *last = place(NULL_CODE, at));
        for (event, field) in events.field.iter().enumerate() {
            if let Some(at) = of_field[usize::from(*field)] {
                last[at] = place(events.value(event), at);
            }
        }
    };
    // What items hold for good that begin alike is looked up once.
    let mut begun = vec![T::default(); timelines.n_beginnings() * width];
    begun.chunks_exact_mut(width).zip(timelines.beginnings()).for_each(|(last, events)| set(events, last));
    let mut last = vec![T::default(); timelines.n_items() * width];
    chunk::for_each_rows(&mut last, width, |items, last| {
        let mut rows = last.chunks_exact_mut(width);
        timelines.each(items, |_, item| {
            let last = rows.next().unwrap_or_default();
            match item.beginning() {
                Some(beginning) => last.copy_from_slice(&begun[beginning * width..][..width]),
                None => set(item.attributes(), last),
            }
            let now = item.last();
            for ((at, last), column) in last.iter_mut().enumerate().zip(columns) {
                match column.has {
                    Has::Kind => *last = place(u32::from(now.kind()), at),
                    Has::State(_) => *last = place(now.state(), at),
                    Has::Field(_) => {}
                }
            }
        });
    });
    chunk::map_each(width, |at| {
        let mut table = TableBuilder::new(timelines.receipt.clone());
        let places = last.chunks_exact(width).map(|last| last[at].as_usize() as u32);
        table.words(&columns[at].name, &columns[at].words(), places);
        table
    })
}

/// Findings, one row each.
pub(crate) fn findings_table(findings: &[Finding], receipt: Receipt) -> Result<Table> {
    let mut table = TableBuilder::new(receipt);
    table.texts("code", findings.iter().map(|finding| Some(finding.code.as_str())));
    table.ints("count", findings.iter().map(|finding| i64::try_from(finding.count).unwrap_or(i64::MAX)));
    table.text_lists("items", findings.iter().map(|finding| finding.items.as_slice()));
    table.texts("effect", findings.iter().map(|finding| Some(finding.code.effect())));
    table.text_lists("details", findings.iter().map(|finding| finding.details.as_slice()));
    table.finish()
}
