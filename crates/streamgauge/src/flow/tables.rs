//! Records and findings as tables.

use super::facts::{Fact, Facts};
use super::{FlowRecords, Timelines};
use crate::error::Result;
use crate::kernel::chunk;
use crate::kernel::replay::Spent;
use crate::model::{Dictionary, Finding, Kind, NO_KIND, NULL_CODE, Outcome};
use crate::table::{Cells, Gathered, Receipt, Table, TableBuilder, shown_name};

/// The fields that stand first and always, with `kind` among them.
const FIRST: [&str; 3] = ["stream", "type", "state"];

/// How many fields are looked for in one pass over the attribute events.
const FIELDS_AT_ONCE: usize = 16;

/// The columns after the fields and the outcome.
const FACTS: [(&str, Cells); 11] = [
    ("arrived", Cells::Instants),
    ("started", Cells::Instants),
    ("finished", Cells::Instants),
    ("cancelled_at", Cells::Instants),
    ("flow_time", Cells::Durations),
    ("active", Cells::Durations),
    ("waiting", Cells::Durations),
    ("paused", Cells::Durations),
    ("age", Cells::Durations),
    ("n_reopened", Cells::Counts),
    ("n_backward", Cells::Counts),
];

/// One row for each item, in byte order of `item`.
pub(crate) fn records_table(timelines: &Timelines, records: &FlowRecords) -> Result<Table> {
    let order = timelines.by_name();
    let names = || {
        let mut table = TableBuilder::new(records.receipt.clone());
        table.texts("item", order.iter().map(|&item| Some(timelines.name(item))));
        table
    };
    let rest = || chunk::both(|| fields(timelines, &order), || facts(timelines, records, &order));
    let (mut table, (fields, facts)) = chunk::both(names, rest);
    table.append(fields);
    table.append(facts);
    table.finish()
}

/// What the clock says of each item.
fn facts(timelines: &Timelines, records: &FlowRecords, order: &[usize]) -> TableBuilder {
    let facts = &records.facts;
    let as_of = timelines.observed.as_of.0;
    let age = |fact: &Fact| fact.started().filter(|_| fact.outcome == Outcome::Open).map(|started| as_of - started);
    let columns = Gathered::new(order.len(), |rows, columns| {
        let items = &order[rows];
        columns.fill(0, items, |item| facts.at(item).arrived);
        columns.fill_some(1, items, |item| facts.at(item).started());
        columns.fill_some(2, items, |item| facts.at(item).finished());
        columns.fill_some(3, items, |item| facts.at(item).cancelled_at());
        columns.fill_some(4, items, |item| facts.at(item).flow_time());
        columns.fill_some(5, items, |item| facts.at(item).spent().map(|spent| spent.active));
        columns.fill_some(6, items, |item| facts.at(item).spent().map(|spent| spent.waiting));
        columns.fill_some(7, items, |item| facts.at(item).spent().map(|spent| spent.paused));
        columns.fill_some(8, items, |item| age(facts.at(item)));
        columns.fill(9, items, |item| i64::from(facts.at(item).n_reopened));
        columns.fill(10, items, |item| i64::from(facts.at(item).n_backward));
    });
    let outcome = chunk::map_items(order.len(), || (), |(), row| facts.at(order[row]).outcome as u32);
    let outcomes: Vec<_> = Outcome::ALL.iter().map(|outcome| Some(outcome.as_str())).collect();
    let mut table = TableBuilder::new(records.receipt.clone());
    table.words("outcome", &outcomes, outcome.into_iter());
    table.gathered(FACTS, columns);
    if facts.has_working() {
        working_facts(&mut table, facts, order);
    }
    table
}

/// The durations in working time.
fn working_facts(table: &mut TableBuilder, facts: &Facts, order: &[usize]) {
    let items = || order.iter().copied();
    let working = |of: fn(Spent) -> i64| items().map(move |item| facts.working(item).map(of));
    let is_open = |item: &usize| facts.at(*item).outcome == Outcome::Open;
    let total = |item: usize| facts.working(item).map(Spent::total);
    table.durations("flow_time_working", items().map(|item| facts.at(item).finished().and(total(item))));
    table.durations("active_working", working(|spent| spent.active));
    table.durations("waiting_working", working(|spent| spent.waiting));
    table.durations("paused_working", working(|spent| spent.paused));
    table.durations("age_working", items().map(|item| Some(item).filter(is_open).and_then(total)));
}

/// The items' fields at the end.
fn fields(timelines: &Timelines, order: &[usize]) -> TableBuilder {
    let items = || order.iter().copied();
    // In the order of the items first: their steps stand far from each other.
    let last = |item| timelines.steps(item).now.last().map_or((NULL_CODE, NO_KIND), |now| (now.state(), now.kind()));
    let last = chunk::map_items(timelines.n_items(), || (), |(), item| last(item));
    let kinds: Vec<_> = Kind::ALL.iter().map(|kind| Some(kind.as_str())).chain([None]).collect();
    let states =
        timelines.log.field_code("state").map(|code| &timelines.log.columns().fields[usize::from(code)].values);
    let mut rest = timelines.log.fields();
    rest.retain(|name| !FIRST.contains(name));
    let rest: Vec<_> = rest.chunks(FIELDS_AT_ONCE).collect();
    let tables = chunk::map_each(4 + rest.len(), |place| {
        let mut table = TableBuilder::new(timelines.receipt.clone());
        match place {
            0 => add_attributes(&mut table, timelines, order, &["stream"]),
            1 => table.words("kind", &kinds, items().map(|item| u32::from(last[item].1).min(Kind::ALL.len() as u32))),
            2 => add_attributes(&mut table, timelines, order, &["type"]),
            3 => add_values(&mut table, "state", states, items().map(|item| last[item].0)),
            _ => add_attributes(&mut table, timelines, order, rest[place - 4]),
        }
        table
    });
    TableBuilder::joined(tables, timelines.receipt.clone())
}

/// The last values of some fields, in one pass over the attribute events.
fn add_attributes(table: &mut TableBuilder, timelines: &Timelines, order: &[usize], names: &[&str]) {
    let codes: Vec<_> = names.iter().map(|name| timelines.log.field_code(name)).collect();
    let mut place = [None; 256];
    codes.iter().enumerate().for_each(|(at, code)| code.iter().for_each(|code| place[usize::from(*code)] = Some(at)));
    let mut last = vec![NULL_CODE; timelines.n_items() * names.len()];
    chunk::for_each_row(&mut last, names.len(), |item, last| {
        let events = timelines.attributes(item);
        for (field, value) in events.field.iter().zip(events.value) {
            if let Some(at) = place[usize::from(*field)] {
                last[at] = *value;
            }
        }
    });
    for (at, (name, code)) in names.iter().zip(&codes).enumerate() {
        let values = code.map(|code| &timelines.log.columns().fields[usize::from(code)].values);
        let is_fact = |name: &str| FACTS.iter().any(|(fact, _)| *fact == name);
        let shown = shown_name(name, |name| ["item", "kind", "outcome"].contains(&name) || is_fact(name));
        add_values(table, &shown, values, order.iter().map(|&item| last[item * names.len() + at]));
    }
}

/// The values of a field by their codes; null where it has none.
fn add_values(table: &mut TableBuilder, name: &str, values: Option<&Dictionary>, codes: impl Iterator<Item = u32>) {
    let words: Vec<_> = values.into_iter().flat_map(Dictionary::texts).map(Some).chain([None]).collect();
    let null = words.len() as u32 - 1;
    table.words(name, &words, codes.map(|code| code.min(null)));
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
