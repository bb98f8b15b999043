//! Ageing work: what is open at `as_of`, the oldest first.

use super::rows::{add_groups, check_rows};
use crate::error::Result;
use crate::flow::{FlowRecords, Groups, ItemRuler, Rulers, Stretch, Timelines, WORKING, phase_shown};
use crate::model::Outcome;
use crate::table::{Table, TableBuilder};

const TAKEN: [&str; 8] = ["item", "state", "phase", "age", "time_in_state", "blocked", "is_blocked", "started"];

/// One open item.
struct Open {
    item: usize,
    group: usize,
    started: i64,
    last: Stretch,
    /// Age, time in state, blocked: elapsed.
    spans: [i64; 3],
    working: [i64; 3],
}

/// The items that are open at `as_of`, the oldest first, then in byte order of `item`.
///
/// Columns: `item`; the group's fields at `as_of`; `state, phase`; `age` = as_of − started; `time_in_state` (of the visit that runs);
/// `blocked` (since it was started): durations; `is_blocked` (at the end); `started`; with calendars `age_working, time_in_state_working,
/// blocked_working`. Items of kinds that do not count are left out. Source: Vacanti, *Actionable Agile Metrics* (work-item age);
/// tests/cases, ruling 46.
///
/// ```
/// use streamgauge::{EventLog, FlowModel, Groups, Instant, Ruler, ageing, records, timelines};
///
/// let mut log = EventLog::builder();
/// log.push("A", Instant(0), "state", Some("Doing"), None)?;
/// log.push("A", Instant(4), "state", Some("Review"), None)?;
/// let model = FlowModel::from_toml("[phases]\nactive = [\"Doing\", \"Review\"]")?;
/// let (timelines, _) = timelines(&log.finish()?, &model, Some(Instant(10)))?;
/// let (records, _) = records(&timelines, model.clock(), &Ruler::elapsed())?;
/// let table = ageing(&timelines, &records, &Groups::by(&timelines, &[])?)?;
/// assert!(table.to_csv().contains("A,Review,active,10,6,0,false,"));
/// # Ok::<(), streamgauge::Error>(())
/// ```
///
/// # Errors
/// [`Error::Argument`](crate::Error::Argument) if the groups are of other timelines; [`Error::TooMany`](crate::Error::TooMany) if more items are open than a table may have rows.
pub fn ageing(timelines: &Timelines, records: &FlowRecords, groups: &Groups) -> Result<Table> {
    records.check_are_of(timelines)?;
    groups.check_are_of(&records.receipt)?;
    let rulers = Rulers::working(timelines, &records.ruler)?;
    let mut open = open_items(timelines, records, groups, rulers.as_ref());
    check_rows(open.len())?;
    open.sort_by(|a, b| b.spans[0].cmp(&a.spans[0]).then(a.item.cmp(&b.item)));
    let mut table = TableBuilder::new(records.receipt.clone().with("by", groups.fields().join(", ")));
    table.texts("item", open.iter().map(|open| Some(timelines.name(open.item))));
    add_groups(&mut table, groups, open.iter().map(|open| open.group), &TAKEN);
    table.texts("state", open.iter().map(|open| timelines.state_name(open.last.state)));
    table.texts("phase", open.iter().map(|open| phase_shown(open.last.phase)));
    let spans = ["age", "time_in_state", "blocked"];
    for (i, name) in spans.iter().enumerate() {
        table.durations(name, open.iter().map(|open| Some(open.spans[i])));
    }
    table.bools("is_blocked", open.iter().map(|open| open.last.is_blocked()));
    table.instants("started", open.iter().map(|open| Some(open.started)));
    if rulers.is_some() {
        for (i, name) in spans.iter().enumerate() {
            table.durations(&format!("{name}{WORKING}"), open.iter().map(|open| Some(open.working[i])));
        }
    }
    table.finish()
}

fn open_items(timelines: &Timelines, records: &FlowRecords, groups: &Groups, rulers: Option<&Rulers<'_>>) -> Vec<Open> {
    let as_of = timelines.observed.as_of.0;
    let mut ruler = rulers.map(Rulers::item);
    let mut course = Vec::new();
    let mut found = Vec::new();
    for item in 0..records.len() {
        let fact = records.facts.at(item);
        let started = fact.started().filter(|_| fact.outcome() == Outcome::Open);
        let (Some(started), Some(group)) = (started, groups.at(item, as_of - 1)) else { continue };
        timelines.course(item, &mut course);
        let Some(last) = course.last().copied() else { continue };
        let entered =
            course.iter().find(|stretch| stretch.visit == last.visit).map_or(last.from, |stretch| stretch.from);
        let spans = spans(&course, started, entered, as_of, |from, to| to - from);
        let working = ruler.as_mut().map_or([0; 3], |ruler: &mut ItemRuler<'_>| {
            ruler.set(timelines, item);
            self::spans(&course, started, entered, as_of, |from, to| ruler.span(from, to))
        });
        found.push(Open { item, group: group as usize, started, last, spans, working });
    }
    found
}

/// Age, time in state and blocked time, by one ruler.
fn spans(course: &[Stretch], started: i64, entered: i64, as_of: i64, span: impl Fn(i64, i64) -> i64) -> [i64; 3] {
    let blocked =
        course.iter().filter(|stretch| stretch.is_blocked()).filter_map(|stretch| stretch.within(started, as_of));
    [span(started, as_of), span(entered, as_of), blocked.map(|part| span(part.from, part.to)).sum()]
}
