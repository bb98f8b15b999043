//! Ten million rows of one item: one record, and findings, to check by hand. The log is built from Arrow batches, without a file.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::{ArrayRef, DictionaryArray, Int8Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use streamgauge::{EventColumns, EventLog, FlowModel, measure};

use crate::engine::cells;

const N: i64 = 10_000_000;
const MINUTE: i64 = 60_000_000;
const ROWS_A_BATCH: i64 = 1 << 20;

/// A row a minute, in Doing and in Ready by turns; each thousandth row is there twice.
fn batch(rows: Range<i64>) -> RecordBatch {
    let rows = || rows.clone().flat_map(|row| std::iter::repeat_n(row, if row % 1_000 == 999 { 2 } else { 1 }));
    let words = |keys: Int8Array, words: &[&str]| -> ArrayRef {
        Arc::new(DictionaryArray::new(keys, Arc::new(StringArray::from(words.to_vec()))))
    };
    let at = TimestampMicrosecondArray::from_iter_values(rows().map(|row| row * MINUTE)).with_timezone("UTC");
    let columns = [
        ("item", words(Int8Array::from_iter_values(rows().map(|_| 0)), &["A"])),
        ("at", Arc::new(at) as ArrayRef),
        ("state", words(Int8Array::from_iter_values(rows().map(|row| (row % 2) as i8)), &["Doing", "Ready"])),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

#[test]
fn ten_million_rows_of_one_item() {
    let mut log = EventLog::builder();
    for start in (0..N).step_by(ROWS_A_BATCH as usize) {
        log.push_batch(&batch(start..N.min(start + ROWS_A_BATCH)), &EventColumns::default(), None).unwrap();
    }
    let model =
        FlowModel::from_toml("[phases]\nnew = [\"Open\"]\nactive = [\"Doing\"]\nwaiting = [\"Ready\"]").unwrap();
    let flow = measure(&log.finish().unwrap(), &model, None).unwrap();
    let [record] = &cells(&flow.records().unwrap())[..] else { panic!("there is one item") };
    // It is in Doing in every other minute, and in Ready in the others; of the last minute there is 1 µs.
    let half = N / 2 * MINUTE;
    for (column, wanted) in [("active", half), ("waiting", half - MINUTE + 1), ("age", 2 * half - MINUTE + 1)] {
        assert_eq!(record[column], wanted.to_string(), "{column}");
    }
    assert_eq!((record["item"].as_str(), record["outcome"].as_str(), record["state"].as_str()), ("A", "open", "Ready"));
    assert_eq!((record["n_backward"].as_str(), record["paused"].as_str()), ("4999999", "0"));
    let found = cells(&flow.findings().unwrap());
    let found: Vec<_> = found.iter().map(|row| (row["code"].as_str(), row["count"].as_str())).collect();
    assert_eq!(found, [("duplicate_event", "10000"), ("no_creation", "1"), ("backward_move", "4999999")]);
}
