//! Records and findings as tables.

use super::facts::{Fact, Facts};
use super::{FlowRecords, Timelines};
use crate::error::Result;
use crate::kernel::chunk;
use crate::kernel::replay::Spent;
use crate::model::{Dictionary, Finding, Kind, NO_KIND, NULL_CODE, Outcome};
use crate::table::{Gathered, Receipt, Table, TableBuilder, shown_name};

/// The fields that stand first and always, with `kind` among them.
const FIRST: [&str; 3] = ["stream", "type", "state"];

/// How many fields are looked for in one pass over the attribute events.
const FIELDS_AT_ONCE: usize = 16;

/// How many items are gathered at a time.
const AT_ONCE: usize = 2_048;

/// The columns after the fields.
const FACTS: [&str; 13] = [
    "item",
    "outcome",
    "arrived",
    "started",
    "finished",
    "cancelled_at",
    "flow_time",
    "active",
    "waiting",
    "paused",
    "age",
    "n_reopened",
    "n_backward",
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
    let mut instants = Gathered::<4>::new(order.len());
    let mut durations = Gathered::<5>::new(order.len());
    let mut counts = Gathered::<2>::new(order.len());
    // Few items at a time: all columns take them from near memory.
    for items in order.chunks(AT_ONCE) {
        let facts = || items.iter().map(|item| facts.at(*item));
        instants.extend(0, facts().map(|fact| fact.arrived));
        instants.extend_some(1, facts().map(Fact::started));
        instants.extend_some(2, facts().map(Fact::finished));
        instants.extend_some(3, facts().map(Fact::cancelled_at));
        durations.extend_some(0, facts().map(Fact::flow_time));
        durations.extend_some(1, facts().map(|fact| fact.spent().map(|spent| spent.active)));
        durations.extend_some(2, facts().map(|fact| fact.spent().map(|spent| spent.waiting)));
        durations.extend_some(3, facts().map(|fact| fact.spent().map(|spent| spent.paused)));
        durations.extend_some(4, facts().map(age));
        counts.extend(0, facts().map(|fact| i64::from(fact.n_reopened)));
        counts.extend(1, facts().map(|fact| i64::from(fact.n_backward)));
    }
    let mut table = TableBuilder::new(records.receipt.clone());
    let outcomes: Vec<_> = Outcome::ALL.iter().map(|outcome| Some(outcome.as_str())).collect();
    table.words("outcome", &outcomes, order.iter().map(|item| facts.at(*item).outcome as u32));
    table.gathered_instants(["arrived", "started", "finished", "cancelled_at"], instants);
    table.gathered_durations(["flow_time", "active", "waiting", "paused", "age"], durations);
    table.gathered_ints(["n_reopened", "n_backward"], counts);
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
    let last_state = |item: usize| timelines.steps(item).now.last().map_or(NULL_CODE, |now| now.state);
    let last_kind = |item: usize| timelines.steps(item).now.last().map_or(NO_KIND, |now| now.kind);
    let mut table = TableBuilder::new(timelines.receipt.clone());
    add_attributes(&mut table, timelines, order, &["stream"]);
    let kinds: Vec<_> = Kind::ALL.iter().map(|kind| Some(kind.as_str())).chain([None]).collect();
    table.words("kind", &kinds, items().map(|item| u32::from(last_kind(item)).min(Kind::ALL.len() as u32)));
    add_attributes(&mut table, timelines, order, &["type"]);
    let states =
        timelines.log.field_code("state").map(|code| &timelines.log.columns().fields[usize::from(code)].values);
    add_values(&mut table, "state", states, items().map(last_state));
    let mut rest = timelines.log.fields();
    rest.retain(|name| !FIRST.contains(name));
    rest.chunks(FIELDS_AT_ONCE).for_each(|names| add_attributes(&mut table, timelines, order, names));
    table
}

/// The last values of some fields, in one pass over the attribute events.
fn add_attributes(table: &mut TableBuilder, timelines: &Timelines, order: &[usize], names: &[&str]) {
    let codes: Vec<_> = names.iter().map(|name| timelines.log.field_code(name)).collect();
    let mut place = [None; 256];
    codes.iter().enumerate().for_each(|(at, code)| code.iter().for_each(|code| place[usize::from(*code)] = Some(at)));
    let mut last = vec![NULL_CODE; timelines.n_items() * names.len()];
    for (item, last) in last.chunks_mut(names.len()).enumerate() {
        let events = timelines.attributes(item);
        for (field, value) in events.field.iter().zip(events.value) {
            if let Some(at) = place[usize::from(*field)] {
                last[at] = *value;
            }
        }
    }
    for (at, (name, code)) in names.iter().zip(&codes).enumerate() {
        let values = code.map(|code| &timelines.log.columns().fields[usize::from(code)].values);
        let shown = shown_name(name, |name| name == "kind" || FACTS.contains(&name));
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
