//! Visits: each stay of an item in a state, from when to when.

use super::rows::check_rows;
use crate::error::Result;
use crate::flow::{FlowRecords, Passes, Rulers, Stretch, Timelines, WORKING, phase_shown};
use crate::table::{Table, TableBuilder};

/// One visit, put together of its stretches.
struct Visit {
    item: usize,
    /// From its beginning to its end, or to `as_of`.
    whole: Stretch,
    pass: u32,
    blocked: i64,
    working: [i64; 2],
}

/// One row for each visit of an item to a state, in byte order of `item`, then of time.
///
/// Columns: `item`; `state, phase` (null while the item is out of sight); `entered`; `left` (null if it is still there at `as_of`);
/// `residence`, and of it `blocked` (durations, up to `as_of`); `pass` (1 for the item's first visit to that state); with calendars
/// `residence_working, blocked_working`. The visits of an item are its whole history: cut to `[started, finished)`, their residences sum to
/// its flow time. Source: tests/cases, rulings 36 to 39.
///
/// ```
/// use streamgauge::{EventLog, FlowModel, Instant, Ruler, records, timelines, visits};
///
/// let mut log = EventLog::builder();
/// log.push("A", Instant(0), "state", Some("Doing"), None)?;
/// log.push("A", Instant(7), "state", Some("Done"), None)?;
/// let model = FlowModel::from_toml("[phases]\nactive = [\"Doing\"]\ndone = [\"Done\"]")?;
/// let (timelines, _) = timelines(&log.finish()?, &model, Some(Instant(10)))?;
/// let (records, _) = records(&timelines, model.clock(), &Ruler::elapsed())?;
/// let table = visits(&timelines, &records)?;
/// assert!(table.to_csv().contains("A,Doing,active,1970-01-01T00:00:00Z,1970-01-01T00:00:00.000007Z,7,0,1\n"));
/// # Ok::<(), streamgauge::Error>(())
/// ```
///
/// # Errors
/// [`Error::TooMany`](crate::Error::TooMany) if there are more visits than a table may have rows.
pub fn visits(timelines: &Timelines, records: &FlowRecords) -> Result<Table> {
    records.check_are_of(timelines)?;
    let rulers = Rulers::working(timelines, &records.ruler)?;
    let mut ruler = rulers.as_ref().map(Rulers::item);
    let (mut course, mut numbers) = (Vec::new(), Vec::new());
    let mut passes = Passes::new(timelines);
    let mut visits: Vec<Visit> = Vec::new();
    for item in 0..timelines.n_items() {
        timelines.course(item, &mut course);
        passes.number(&course, &mut numbers);
        if let Some(ruler) = &mut ruler {
            ruler.set(timelines, item);
        }
        let first = visits.len();
        for (stretch, pass) in course.iter().zip(&numbers) {
            if visits.len() == first || visits.last().is_some_and(|visit| visit.whole.visit != stretch.visit) {
                visits.push(Visit { item, whole: *stretch, pass: *pass, blocked: 0, working: [0; 2] });
            }
            if let Some(visit) = visits.last_mut() {
                visit.add(stretch, ruler.as_ref().map_or(0, |ruler| ruler.span(stretch.from, stretch.to)));
            }
        }
        check_rows(visits.len())?;
    }
    let as_of = timelines.observed.as_of.0;
    let mut table = TableBuilder::new(records.receipt.clone());
    table.texts("item", visits.iter().map(|visit| Some(timelines.name(visit.item))));
    table.texts("state", visits.iter().map(|visit| timelines.state_name(visit.whole.state)));
    table.texts("phase", visits.iter().map(|visit| phase_shown(visit.whole.phase)));
    table.instants("entered", visits.iter().map(|visit| Some(visit.whole.from)));
    table.instants("left", visits.iter().map(|visit| Some(visit.whole.to).filter(|left| *left < as_of)));
    table.durations("residence", visits.iter().map(|visit| Some(visit.whole.length())));
    table.durations("blocked", visits.iter().map(|visit| Some(visit.blocked)));
    table.ints("pass", visits.iter().map(|visit| i64::from(visit.pass)));
    if rulers.is_some() {
        for (i, name) in ["residence", "blocked"].iter().enumerate() {
            table.durations(&format!("{name}{WORKING}"), visits.iter().map(|visit| Some(visit.working[i])));
        }
    }
    table.finish()
}

impl Visit {
    fn add(&mut self, stretch: &Stretch, working: i64) {
        self.whole.to = stretch.to;
        self.working[0] += working;
        if stretch.is_blocked() {
            self.blocked += stretch.length();
            self.working[1] += working;
        }
    }
}
