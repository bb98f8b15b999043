//! Logs of more items than any table is filled with at a time: each row, and each cell of a window, is of its own items.

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_array::types::{DurationMicrosecondType, Int64Type, TimestampMicrosecondType};
use streamgauge::{EventLog, Every, Flow, FlowModel, Instant, Question, RowOrder, WindowsOf, measure};

use crate::many_rows::with_threads;

const N_ITEMS: i64 = 9_001;
const START: i64 = 1_711_670_400_000_000;
const MINUTE: i64 = 60_000_000;
const TEAMS: i64 = 7;

/// Orders of rows, and numbers of threads.
const ORDERS: [(RowOrder, usize); 5] =
    [(RowOrder::ByItem, 1), (RowOrder::ByItem, 3), (RowOrder::ByTime, 1), (RowOrder::ByTime, 3), (RowOrder::Other, 3)];

/// Item `i` is started in minute `i` and done `i + 1` seconds later; every tenth is never done. In between every third says again what it does: a
/// row that is no step.
fn log(order: RowOrder) -> EventLog {
    let mut rows: Vec<(i64, i64, &str)> = Vec::new();
    for item in 0..N_ITEMS {
        rows.push((item, START + item * MINUTE, "Doing"));
        if item % 3 == 0 {
            rows.push((item, START + item * MINUTE + length(item) / 2, "Doing"));
        }
        if item % 10 != 0 {
            rows.push((item, START + item * MINUTE + length(item), "Done"));
        }
    }
    match order {
        RowOrder::ByItem => {}
        RowOrder::ByTime => rows.sort_by_key(|row| row.1),
        RowOrder::Other => rows.sort_by_key(|row| -row.1),
    }
    let mut log = EventLog::builder();
    for (item, at, state) in rows {
        let team = format!("team {}", item % TEAMS);
        log.push_state_row(&name(item), Instant(at), Some(state), [("team", Some(team.as_str()))], None).unwrap();
    }
    let log = log.finish().unwrap();
    assert_eq!(log.row_order(), order);
    log
}

fn name(item: i64) -> String {
    format!("KEY-{item}")
}

fn length(item: i64) -> i64 {
    (item + 1) * 1_000_000
}

fn flow(order: RowOrder) -> Flow {
    let model = FlowModel::from_toml("[phases]\nactive = [\"Doing\"]\ndone = [\"Done\"]").unwrap();
    measure(&log(order), &model, None).unwrap()
}

fn number(table: &RecordBatch, column: &str, row: usize) -> i64 {
    table.column_by_name(column).unwrap().as_primitive::<Int64Type>().value(row)
}

#[test]
fn every_record_is_of_its_item() {
    let mut items: Vec<i64> = (0..N_ITEMS).collect();
    items.sort_by_key(|item| name(*item));
    for (order, n) in ORDERS {
        let table = with_threads(n, || flow(order).records().unwrap()).batch();
        let text = |column: &str, row| table.column_by_name(column).unwrap().as_string::<i32>().value(row).to_owned();
        let started = table.column_by_name("started").unwrap().as_primitive::<TimestampMicrosecondType>();
        let flow_time = table.column_by_name("flow_time").unwrap().as_primitive::<DurationMicrosecondType>();
        assert_eq!(table.num_rows(), items.len());
        for (row, &item) in items.iter().enumerate() {
            let is_done = item % 10 != 0;
            assert_eq!(text("item", row), name(item));
            assert_eq!(text("team", row), format!("team {}", item % TEAMS));
            assert_eq!(
                (text("outcome", row), text("state", row)),
                match is_done {
                    true => ("done".to_owned(), "Done".to_owned()),
                    false => ("open".to_owned(), "Doing".to_owned()),
                }
            );
            assert_eq!(started.value(row), START + item * MINUTE);
            assert_eq!(flow_time.iter().nth(row).unwrap(), is_done.then(|| length(item)), "{item}");
        }
    }
}

#[test]
fn every_cell_is_of_its_items() {
    for (order, n) in ORDERS {
        let table = with_threads(n, || {
            let windows = WindowsOf::Every { every: Every::Day, from: None, to: None };
            flow(order).metrics(&Question { windows, by: vec!["team".to_owned()], ..Question::default() }).unwrap()
        })
        .batch();
        let start = table.column_by_name("window_start").unwrap().as_primitive::<TimestampMicrosecondType>();
        let end = table.column_by_name("window_end").unwrap().as_primitive::<TimestampMicrosecondType>();
        let sum = table.column_by_name("flow_time_sum").unwrap().as_primitive::<DurationMicrosecondType>();
        for row in 0..table.num_rows() {
            let team = row as i64 % TEAMS;
            let of_team = || (0..N_ITEMS).filter(|item| item % TEAMS == team);
            let done_at = |item: &i64| (item % 10 != 0).then(|| START + item * MINUTE + length(*item));
            let is_here = |at: i64| (start.value(row)..end.value(row)).contains(&at);
            let done: Vec<i64> = of_team().filter(|item| done_at(item).is_some_and(is_here)).collect();
            assert_eq!(number(&table, "velocity", row), done.len() as i64);
            assert_eq!(sum.value(row), done.iter().map(|item| length(*item)).sum::<i64>());
            // Items come in order of their lengths.
            assert_eq!(number(&table, "flow_time_n", row), done.len() as i64);
            let percentile = |p: usize| (done.len() * p).div_ceil(100).checked_sub(1).map(|place| length(done[place]));
            for (p, name) in [(50, "flow_time_p50"), (85, "flow_time_p85"), (95, "flow_time_p95")] {
                let column = table.column_by_name(name).unwrap().as_primitive::<DurationMicrosecondType>();
                assert_eq!(column.iter().nth(row).unwrap(), percentile(p), "{name} of row {row}");
            }
            // Just before the window's end.
            let is_load = |item: &i64| {
                START + item * MINUTE < end.value(row) && done_at(item).is_none_or(|done| done >= end.value(row))
            };
            assert_eq!(number(&table, "load_end", row), of_team().filter(is_load).count() as i64, "row {row}");
        }
    }
}

/// Ten items far from each other are closed in one minute, nine in another; other minutes lie so that they share its place in a table, or each has
/// its own.
#[test]
fn bulk_closes_of_items_far_from_each_other() {
    for (first, width) in [(100, 8_192), (300, 1)] {
        bulk_closes(|item| match item {
            _ if item % 600 == 7 => 100,
            _ if item % 600 == 8 && item > 600 => 200,
            _ => first + (item + 1) * width,
        });
    }
}

fn bulk_closes(minute: impl Fn(i64) -> i64) {
    const N: i64 = 6_000;
    let mut log = EventLog::builder();
    for item in 0..N {
        for (at, state) in [(START, "Doing"), (START + minute(item) * MINUTE + item, "Done")] {
            log.push_state_row(&name(item), Instant(at), Some(state), [], None).unwrap();
        }
    }
    let (log, model) = (log.finish().unwrap(), "[phases]\nactive = [\"Doing\"]\ndone = [\"Done\"]");
    let model = FlowModel::from_toml(model).unwrap();
    for n in [1, 2, 5] {
        let flow = with_threads(n, || measure(&log, &model, None).unwrap());
        let table = flow.findings().unwrap().batch();
        let codes = table.column_by_name("code").unwrap().as_string::<i32>().clone();
        let row = (0..table.num_rows()).find(|row| codes.value(*row) == "bulk_close").unwrap();
        assert_eq!(number(&table, "count", row), 10, "{n} threads");
        let items = table.column_by_name("items").unwrap().as_list::<i32>().value(row);
        let mut first: Vec<String> = (0..10).map(|i| name(7 + i * 600)).collect();
        first.sort();
        let told: Vec<_> = items.as_string::<i32>().iter().flatten().collect();
        assert!(!told.is_empty() && first.iter().zip(told).all(|(first, told)| first == told), "{n} threads");
    }
}

/// No other field is ever set: only the state says of what kind an item is, and what it was of the one before helps no other.
#[test]
fn items_whose_kind_follows_their_state() {
    let kind = |kind: &str| {
        let mut log = EventLog::builder();
        for item in ["A", "B"] {
            for (at, state) in [(0, "Doing"), (MINUTE, "Fixing"), (3 * MINUTE, "Doing")] {
                log.push_state_row(item, Instant(START + at), Some(state), [], None).unwrap();
            }
        }
        let model = format!(
            "[phases]\nactive = [\"Doing\", \"Fixing\"]\n[[rule]]\nwhen = {{ state = [\"Fixing\"] }}\nkind = {kind:?}"
        );
        measure(&log.finish().unwrap(), &FlowModel::from_toml(&model).unwrap(), None).unwrap()
    };
    let flow = kind("defect");
    let windows = WindowsOf::List(vec![(Instant(START), Instant(START + 3 * MINUTE + 1))]);
    let asked = Question { windows, by: vec!["kind".to_owned()], ..Question::default() };
    let of = |flow: &Flow, column: &str| {
        let table = flow.metrics(&asked).unwrap().batch();
        (0..table.num_rows()).map(|row| number(&table, column, row)).collect::<Vec<_>>()
    };
    // Defects for two minutes; before and after of no kind, which stands last.
    assert_eq!(of(&flow, "load_integral"), [2 * 2 * MINUTE, 2 * (MINUTE + 1)]);
    assert_eq!(of(&flow, "load_end"), [0, 2]);
    // Not counted for two minutes.
    let flow = kind("ignored");
    assert_eq!(of(&flow, "load_integral"), [2 * (MINUTE + 1)]);
    let findings = flow.findings().unwrap().batch();
    let code = findings.column_by_name("code").unwrap().as_string::<i32>().value(0).to_owned();
    assert_eq!((code.as_str(), number(&findings, "count", 0)), ("ignored_type", 2));
}
