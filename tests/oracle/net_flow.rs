//! Net flow: open items that come and go; and ageing: how long the items that are open have been so.

use crate::asked::{Asked, put, put_length, put_pair};
use crate::cfd::changes_of_all;
use crate::event::write_instant;
use crate::metric::Group;
use crate::record::Outcome;
use crate::table::Cells;
use crate::visits::visits_of;
use crate::window::Window;

/// One row per window and group.
pub fn net_flow(asked: &Asked) -> Vec<Cells> {
    let mut rows = Vec::new();
    for window in &asked.windows {
        for group in &asked.groups {
            rows.push(row(asked, *window, group));
        }
    }
    rows
}

fn row(asked: &Asked, window: Window, group: &Group) -> Cells {
    let all = changes_of_all(asked, |record| record.outcome == Outcome::Open, group);
    let inside = |at: i64| (window.start..window.end).contains(&at);
    let arrivals = all.iter().filter(|change| inside(change.at) && change.becomes).count();
    let departed: Vec<Outcome> =
        all.iter().filter(|change| inside(change.at) && !change.becomes).map(|change| change.outcome).collect();
    let to = |outcome: Outcome| departed.iter().filter(|other| **other == outcome).count();
    let elsewhere = to(Outcome::Open) + to(Outcome::NotStarted);

    let mut cells = asked.line(Some(window), group);
    put(&mut cells, "partial", window.partial);
    put(&mut cells, "arrivals", arrivals);
    put(&mut cells, "departures", departed.len());
    put(&mut cells, "done", to(Outcome::Done));
    put(&mut cells, "cancelled", to(Outcome::Cancelled));
    put(&mut cells, "removed", to(Outcome::Removed));
    put(&mut cells, "moved", elsewhere);
    put(&mut cells, "net_flow", arrivals as i64 - departed.len() as i64);
    for (end, at) in [("start", window.start), ("end", window.end)] {
        put(&mut cells, &format!("open_{end}"), open_before(asked, at, group).len());
        for reading in asked.readings() {
            let mut age = 0;
            for (item, started) in open_before(asked, at, group) {
                age += i128::from(asked.time(reading, &asked.histories[item], started, at, |_| true));
            }
            put_length(&mut cells, &format!("age_{end}"), reading, age);
        }
    }
    cells
}

/// The items open in the group just before an instant, each with its start as known then.
fn open_before(asked: &Asked, at: i64, group: &Group) -> Vec<(usize, i64)> {
    let mut found = Vec::new();
    for (item, history) in asked.histories.iter().enumerate() {
        let Some(record) = asked.record_at(history, at - 1) else { continue };
        if let Some(started) = record.started
            && record.outcome == Outcome::Open
            && asked.belongs_at(history, at - 1, group)
        {
            found.push((item, started));
        }
    }
    found
}

/// One row per open item, the oldest first.
pub fn ageing(asked: &Asked) -> Vec<Cells> {
    let mut found = Vec::new();
    for history in &asked.histories {
        let (Some(record), Some(last)) = (asked.record(history), history.last()) else { continue };
        let Some(started) = record.started.filter(|_| record.outcome == Outcome::Open && last.counts()) else {
            continue;
        };
        let visits = visits_of(history);
        let Some(visit) = visits.last() else { continue };
        let mut cells = asked.line(None, &last.group(&asked.by));
        put(&mut cells, "item", &history.item);
        put_pair(&mut cells, &visit.pair);
        put(&mut cells, "is_blocked", last.blocked());
        put(&mut cells, "started", write_instant(started));
        for reading in asked.readings() {
            let since = |from: i64| asked.time(reading, history, from, asked.as_of, |_| true);
            let blocked = asked.time(reading, history, started, asked.as_of, |piece| piece.step.blocked());
            put_length(&mut cells, "age", reading, since(started));
            put_length(&mut cells, "time_in_state", reading, since(visit.entered));
            put_length(&mut cells, "blocked", reading, blocked);
        }
        found.push((asked.as_of - started, cells));
    }
    // Items come in byte order, and the sort is stable.
    found.sort_by_key(|(age, _)| -age);
    found.into_iter().map(|(_, cells)| cells).collect()
}
