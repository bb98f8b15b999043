//! Columns of so many distinct texts that their codes are wider than a byte, or than two; and logs on any number of threads.

use std::sync::Arc;

use arrow_array::types::UInt32Type;
use arrow_array::{ArrayRef, DictionaryArray, StringArray, UInt32Array};
use streamgauge::{EventLog, RowOrder};

use crate::many_rows::{TEAM, assert_same, log_of, rows_of, some, with_column, with_threads};
use crate::state_rows::{Cell, FEEDS, Row, batch, events_of, order_of, told_events};

/// Rows in which so many texts come one after the other, and then all again from the eighth on, with nulls between.
fn rows_with(n_texts: usize, by_item: bool) -> Vec<Row> {
    let n = 2 * n_texts;
    let text = |i: usize| if i < n_texts { i } else { (i + 7) % n_texts };
    let item = move |i: usize| if by_item { i / 1_000 } else { some(i, 31) };
    let null_or =
        |i: usize, text: usize| -> Cell { (i < n_texts || !i.is_multiple_of(11)).then(|| format!("text {text}")) };
    rows_of((0..n).map(|i| [Some(format!("item {}", item(i))), null_or(i + 5, text(i)), null_or(i, text(i) / 2 * 2)]))
}

/// The last code that fits, and the first that does not, of both narrow widths.
#[test]
fn codes_widen_in_one_batch_and_over_many() {
    for n_texts in [253, 254, 255, 256, 65_533, 65_534, 65_535] {
        for by_item in [false, true] {
            let rows = rows_with(n_texts, by_item);
            let (events, repeats) = events_of(&rows);
            assert!(repeats.is_empty());
            let pieces = if n_texts < 1_000 { vec![1, 100, 300] } else { vec![20_000] };
            for piece in pieces {
                for (number, feed) in FEEDS.iter().enumerate() {
                    let log = feed(&rows, piece);
                    let of = format!("{n_texts} texts, pieces of {piece}, feed {number}");
                    assert_eq!(log.row_order(), if by_item { RowOrder::ByItem } else { RowOrder::ByTime }, "{of}");
                    assert_eq!(log.n_events(), events.len(), "{of}");
                    assert!(told_events(&log) == events, "{of}");
                }
            }
        }
    }
}

/// A column that widens late, of which early and late rows say nothing.
#[test]
fn wide_columns_with_rows_that_say_nothing() {
    let mut rows = rows_with(66_000, false);
    let n = rows.len();
    for row in (0..30_000).chain(n - 30_000..n) {
        rows[row].said[TEAM] = None;
    }
    let (events, _) = events_of(&rows);
    for feed in FEEDS {
        let log = feed(&rows, 50_000);
        assert_eq!(log.row_order(), RowOrder::ByTime);
        assert!(told_events(&log) == events);
    }
    rows.reverse();
    assert_eq!(order_of(&rows), RowOrder::Other);
    let log = FEEDS[2](&rows, 50_000);
    assert_eq!(log.row_order(), RowOrder::Other);
    assert_eq!(log.n_events(), events_of(&rows).0.len());
    let mut told = told_events(&log);
    told.sort_by_key(|event| event.at);
    assert!(told == events_of(&rows).0);
}

#[test]
fn a_dictionary_of_many_values() {
    let rows = rows_with(66_000, false);
    let plain = batch(&rows);
    let expected = log_of(std::slice::from_ref(&plain));
    // Its values stand in another order than the rows have them.
    let values = StringArray::from_iter_values((0..66_000).rev().map(|text| format!("text {text}")));
    let key = |row: &Row| Some(65_999 - row.state.as_deref()?.strip_prefix("text ")?.parse::<u32>().ok()?);
    let keys: UInt32Array = rows.iter().map(key).collect();
    let states = DictionaryArray::<UInt32Type>::try_new(keys, Arc::new(values)).unwrap();
    let coded = with_column(&plain, "state", &(Arc::new(states) as ArrayRef));
    assert_same("a dictionary", &expected, &log_of(std::slice::from_ref(&coded)));
    let halves = [coded.slice(0, 70_000), plain.slice(70_000, rows.len() - 70_000)];
    assert_same("a dictionary, then texts", &expected, &log_of(&halves));
}

#[test]
fn one_thread_is_many() {
    for by_item in [false, true] {
        let rows = rows_with(10_000, by_item);
        let pieces = rows.len() / 3;
        let logs = |n: usize| with_threads(n, || FEEDS.map(|feed| feed(&rows, pieces)));
        let one: [EventLog; 5] = logs(1);
        for n in [2, 7] {
            for (one, many) in one.iter().zip(logs(n)) {
                assert_same(&format!("{n} threads"), one, &many);
            }
        }
        one[1..].iter().for_each(|other| assert_same("another feed", &one[0], other));
    }
}
