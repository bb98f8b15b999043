//! Working time in records and metrics: the same columns once more, measured by the calendar.

use crate::asked::{Asked, Reading, put, put_some};
use crate::clock;
use crate::history::{History, Piece};
use crate::number;
use crate::record::Outcome;
use crate::table::Cells;

/// The working columns of each record, in the order of the records.
pub fn working_records(asked: &Asked) -> Vec<Cells> {
    let mut rows = Vec::new();
    for history in &asked.histories {
        let Some(record) = asked.record(history) else { continue };
        let end = if record.outcome == Outcome::Open { Some(asked.as_of) } else { record.finished };
        // Defined where the elapsed reading is.
        let interval = record.active.and(record.started.zip(end));
        let parts = interval.map(|(from, to)| working_parts(asked, history, from, to));
        let whole = |defined: Option<i64>| parts.map(|parts| parts[0]).filter(|_| defined.is_some());
        let mut cells = Cells::new();
        put_some(&mut cells, "flow_time_working", whole(record.flow_time));
        put_some(&mut cells, "active_working", parts.map(|parts| parts[1]));
        put_some(&mut cells, "waiting_working", parts.map(|parts| parts[2]));
        put_some(&mut cells, "paused_working", parts.map(|parts| parts[3]));
        put_some(&mut cells, "age_working", whole(record.age));
        rows.push(cells);
    }
    rows
}

/// The working columns of each row of metrics, in the order of the rows.
pub fn working_metrics(asked: &Asked) -> Vec<Cells> {
    let mut rows = Vec::new();
    for window in &asked.windows {
        for group in &asked.groups {
            let mut parts = Vec::new();
            for (history, record) in asked.timed(*window, group) {
                let Some((from, to)) = record.started.zip(record.finished) else { continue };
                parts.push(working_parts(asked, history, from, to));
            }
            rows.push(row(asked, &parts));
        }
    }
    rows
}

fn row(asked: &Asked, parts: &[[i64; 4]]) -> Cells {
    let flow_times: Vec<i64> = parts.iter().map(|parts| parts[0]).collect();
    let sum = |part: usize| parts.iter().map(|parts| i128::from(parts[part])).sum::<i128>();
    let linear = asked.options.linear;
    let method = if linear { number::percentile_linear } else { number::percentile_inverted };
    let mut cells = Cells::new();
    for percent in &asked.options.percentiles {
        let name = format!("flow_time_p{percent}{}_working", if linear { "_linear" } else { "" });
        put_some(&mut cells, &name, method(&flow_times, *percent));
    }
    put_some(&mut cells, "flow_time_mean_working", number::mean(&flow_times));
    put(&mut cells, "active_working", sum(1));
    put(&mut cells, "waiting_working", sum(2));
    put(&mut cells, "paused_working", sum(3));
    put(&mut cells, "flow_time_sum_working", sum(0));
    put_some(&mut cells, "efficiency_working", number::ratio(sum(1), sum(0)));
    cells
}

/// The working-time parts of an interval of an item under the model's clock: flow time, active, waiting, paused.
fn working_parts(asked: &Asked, history: &History, from: i64, to: i64) -> [i64; 4] {
    let working = |wanted: fn(&clock::Split) -> i64| {
        let part = |piece: &Piece| wanted(&clock::part_of(piece, &asked.model.clock, 1)) == 1;
        asked.time(Reading::Working, history, from, to, part)
    };
    let whole = asked.time(Reading::Working, history, from, to, |_| true);
    [whole, working(|split| split.active), working(|split| split.waiting), working(|split| split.paused)]
}
