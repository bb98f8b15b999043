//! Logs of thousands of rows, so that several ranges of them run side by side, and whether two of them are one.

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use streamgauge::{EventColumns, EventLog, FlowModel, RowOrder, measure};

use crate::state_rows::{Cell, FEEDS, Row, by_rows, events_of, order_of, told_events};

/// Rows enough for several ranges, also where each is as short as ranges can be.
pub(crate) const N_ROWS: usize = 6_000;

/// The place of `team` among the attributes.
pub(crate) const TEAM: usize = 6;

const START: i64 = 1_711_670_400_000_000;
const MINUTE: i64 = 60_000_000;

/// Does `work` with so many threads.
pub(crate) fn with_threads<R: Send>(n: usize, work: impl FnOnce() -> R + Send) -> R {
    rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap().install(work)
}

/// Some number below `n`, another for each row.
pub(crate) fn some(row: usize, n: usize) -> usize {
    ((row as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33) as usize % n
}

/// Rows of these items, states and teams, in order of time, three at an instant.
pub(crate) fn rows_of(cells: impl Iterator<Item = [Cell; 3]>) -> Vec<Row> {
    let row = |(i, [item, state, team]): (i64, [Cell; 3])| {
        let mut row = Row { item: item.unwrap(), at: START + i / 3 * MINUTE, state, ..Row::default() };
        row.said[TEAM] = Some(team);
        row
    };
    (0..).zip(cells).map(row).collect()
}

/// A log of batches, made by five threads.
pub(crate) fn log_of(batches: &[RecordBatch]) -> EventLog {
    with_threads(5, || {
        let mut log = EventLog::builder();
        batches.iter().for_each(|batch| log.push_batch(batch, &EventColumns::default(), None).unwrap());
        log.finish().unwrap()
    })
}

/// The batch with another column in the place of one.
pub(crate) fn with_column(batch: &RecordBatch, name: &str, array: &ArrayRef) -> RecordBatch {
    let schema = batch.schema();
    let columns = schema.fields().iter().zip(batch.columns()).map(|(field, column)| {
        let column = if field.name() == name { array } else { column };
        (field.name().clone(), Arc::clone(column), true)
    });
    RecordBatch::try_from_iter_with_nullable(columns).unwrap()
}

pub(crate) fn assert_same(of: &str, expected: &EventLog, actual: &EventLog) {
    assert_eq!(expected.row_order(), actual.row_order(), "{of}");
    assert_eq!(expected.n_items(), actual.n_items(), "{of}");
    assert_eq!(expected.n_events(), actual.n_events(), "{of}");
    for field in ["state", "team"] {
        assert_eq!(expected.values(field).unwrap(), actual.values(field).unwrap(), "{of}");
    }
    assert_eq!(expected.findings(), actual.findings(), "{of}");
    assert_eq!(log_hash(expected), log_hash(actual), "{of}");
    assert!(expected.events().unwrap() == actual.events().unwrap(), "the events of {of}");
}

fn log_hash(log: &EventLog) -> String {
    let model = FlowModel::from_toml("on_unknown = \"waiting\"\n[phases]\nactive = [\"Doing\"]").unwrap();
    measure(log, &model, None).unwrap().log_hash().to_owned()
}

/// Instants of 1 to 3,000 rows, of few items or many, most of which repeat an earlier one; some instants are implausible.
#[test]
fn rows_that_repeat_in_several_ranges() {
    let instants =
        [(-1, 700), (0, 2_000), (1, 3), (2, 1), (3, 1), (4, 3_000), (5, 1_025), (6, 1_023), (i64::MAX, 1_500)];
    let at = instants.into_iter().flat_map(|(at, n)| std::iter::repeat_n(at, n));
    for (n_items, n_states) in [(3, 2), (3, 400), (400, 3), (8_000, 2)] {
        let text = |n: usize| Some(format!("{n}"));
        let cells = (0_usize..).map(|i| [text(some(i, n_items)), text(some(i / 2, n_states)), text(some(i / 3, 2))]);
        let by_time: Vec<Row> =
            at.clone().zip(rows_of(cells.take(12_000))).map(|(at, row)| Row { at, ..row }).collect();
        let mut by_item = by_time.clone();
        by_item.sort_by_key(|row| row.item.clone());
        let mut in_none = by_time.clone();
        in_none.sort_by_key(|row| some(row.at.rem_euclid(1_000) as usize, 100));
        for (rows, order) in [(by_time, RowOrder::ByTime), (by_item, RowOrder::ByItem), (in_none, RowOrder::Other)] {
            assert_eq!(order_of(&rows), order);
            let (events, repeats) = events_of(&rows);
            for n in [1, 7] {
                for feed in FEEDS {
                    let log = with_threads(n, || feed(&rows, 2_500));
                    let found: u64 = log.findings().iter().map(|finding| finding.count).sum();
                    assert_eq!((log.row_order(), log.n_events()), (order, events.len()));
                    assert_eq!(found, repeats.len() as u64);
                    let mut told = told_events(&log);
                    told.sort_by_key(|event| event.at);
                    assert!(told == events, "{n_items} items, {n} threads");
                }
            }
        }
    }
}

/// One row out of order is seen, also where ranges meet.
#[test]
fn one_row_out_of_order() {
    let text = |text: &str, n: usize| Some(format!("{text}{n}"));
    let cells = (0..N_ROWS).map(|i| [text("item ", i % 2_000), text("", i % 4), text("", i % 3)]);
    let by_time = rows_of(cells);
    let mut by_item = by_time.clone();
    by_item.sort_by_key(|row| row.item.clone());
    for (rows, order) in [(by_time, RowOrder::ByTime), (by_item, RowOrder::ByItem)] {
        assert_eq!(by_rows(&rows).finish().unwrap().row_order(), order);
        for place in [1, 3, 1_023, 1_024, 1_025, 2_048, 2_049, 3_072, 4_095, 4_096, 5_120, 5_121, 5_999] {
            let mut rows = rows.clone();
            // What comes last comes too early.
            rows[place - 1] = rows[N_ROWS - 1].clone();
            let log = with_threads(2, || by_rows(&rows).finish().unwrap());
            assert_eq!(log.row_order(), order_of(&rows), "{place}");
            assert_eq!(log.n_events(), events_of(&rows).0.len(), "{place}");
        }
    }
}
