//! Efficiencies: how much the answer depends on where the clock starts, on what blocked time counts as, and so on.

use crate::asked::{Asked, Reading, put, put_some};
use crate::history::{History, Piece};
use crate::metric::Group;
use crate::model::{Blocked, Clock, Model, Phase, Start};
use crate::number::ratio;
use crate::record::record;
use crate::table::Cells;
use crate::window::Window;

/// A reading of the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Variant {
    clock: Clock,
    reading: Reading,
}

/// One row per window, group, start, blocked, reading and aggregate.
pub fn efficiencies(asked: &Asked) -> Vec<Cells> {
    let mut rows = Vec::new();
    for window in &asked.windows {
        for group in &asked.groups {
            rows.extend(cell(asked, *window, group));
        }
    }
    rows
}

fn cell(asked: &Asked, window: Window, group: &Group) -> Vec<Cells> {
    let mut rows = Vec::new();
    let mut first: Option<Option<f64>> = None;
    for variant in variants(asked) {
        for aggregate in ["ratio_of_sums", "median_of_items"] {
            let items = items(asked, window, group, variant);
            let (n, efficiency) = match aggregate {
                "ratio_of_sums" => (items.len(), of_sums(&items)),
                _ => median(&items),
            };
            let own = *first.get_or_insert(efficiency);
            let mut cells = asked.line(Some(window), group);
            put(&mut cells, "partial", window.partial);
            put(&mut cells, "start", start_name(variant.clock.start));
            put(&mut cells, "blocked", blocked_name(variant.clock.blocked));
            put(&mut cells, "reading", if variant.reading == Reading::Elapsed { "elapsed" } else { "working" });
            put(&mut cells, "aggregate", aggregate);
            put(&mut cells, "n", n);
            put_some(&mut cells, "efficiency", efficiency);
            put_some(&mut cells, "difference", efficiency.zip(own).map(|(here, own)| here - own));
            rows.push(cells);
        }
    }
    rows
}

fn variants(asked: &Asked) -> Vec<Variant> {
    let own = asked.model.clock;
    let mut starts = vec![own.start];
    for start in [Start::FirstCommit, Start::Created] {
        if !starts.contains(&start) {
            starts.push(start);
        }
    }
    let other = if own.blocked == Blocked::Waiting { Blocked::Active } else { Blocked::Waiting };
    let mut all = Vec::new();
    for start in starts {
        for blocked in [own.blocked, other] {
            for reading in asked.readings() {
                all.push(Variant { clock: Clock { start, blocked, ..own }, reading });
            }
        }
    }
    all
}

/// Active time and flow time of each item that finished in the window and has a flow time under this clock.
fn items(asked: &Asked, window: Window, group: &Group, variant: Variant) -> Vec<(i64, i64)> {
    let model = Model { clock: variant.clock, ..asked.model.clone() };
    let mut found = Vec::new();
    for (history, _) in asked.finished(window, group) {
        let Some(record) = record(history, &model, &Default::default()) else { continue };
        let (Some(from), Some(to), Some(_)) = (record.started, record.finished, record.flow_time) else { continue };
        let active = active(asked, history, variant, from, to);
        found.push((active, asked.time(variant.reading, history, from, to, |_| true)));
    }
    found
}

fn active(asked: &Asked, history: &History, variant: Variant, from: i64, to: i64) -> i64 {
    let works = |piece: &Piece| {
        let waits = piece.step.blocked() && variant.clock.blocked == Blocked::Waiting;
        piece.step.phase == Phase::Active && !piece.step.removed() && !waits
    };
    asked.time(variant.reading, history, from, to, works)
}

fn of_sums(items: &[(i64, i64)]) -> Option<f64> {
    let sum = |part: fn(&(i64, i64)) -> i64| items.iter().map(|item| i128::from(part(item))).sum::<i128>();
    ratio(sum(|item| item.0), sum(|item| item.1))
}

/// The smallest of the items' own efficiencies with at least half of them at or below it.
fn median(items: &[(i64, i64)]) -> (usize, Option<f64>) {
    let own = items.iter().filter_map(|(active, flow_time)| ratio(i128::from(*active), i128::from(*flow_time)));
    let mut own: Vec<f64> = own.collect();
    own.sort_by(f64::total_cmp);
    let enough = |value: &&f64| 2 * own.iter().filter(|other| *other <= *value).count() >= own.len();
    (own.len(), own.iter().find(enough).copied())
}

fn start_name(start: Start) -> &'static str {
    match start {
        Start::FirstCommit => "first_commit",
        Start::FirstActive => "first_active",
        Start::LastCommit => "last_commit",
        Start::Created => "created",
    }
}

fn blocked_name(blocked: Blocked) -> &'static str {
    match blocked {
        Blocked::Waiting => "waiting",
        Blocked::Active => "active",
    }
}
