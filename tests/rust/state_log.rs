//! The state-log form against the oracle: rows in any order, some of them twice, several at one instant.

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StringArray, TimestampMicrosecondArray};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use streamgauge::{EventColumns, EventLog, FlowModel, measure};
use streamgauge_tests::event::write_instant;
use streamgauge_tests::table::record_cells;
use streamgauge_tests::{Model, csv, findings, records};

use crate::engine::cells;

const START: i64 = 1_711_670_400_000_000;
const HOUR: i64 = 3_600_000_000;

const MODEL: &str = r#"
[phases]
new = ["Open"]
active = ["Doing"]
done = ["Done"]
[kinds]
feature = ["Story"]
defect = ["Bug"]
"#;

/// Item, instant, and the cells of `state, type, team`.
type Row = (&'static str, i64, [&'static str; 3]);

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let at = prop_oneof![12 => (0..5_i64).prop_map(|hours| START + hours * HOUR), 1 => Just(-5_i64)];
    let cells =
        (select(vec!["Open", "Doing", "Done", ""]), select(vec!["Story", "Bug", ""]), select(vec!["x", "y", ""]));
    let row = (select(vec!["A", "A", "B"]), at, cells).prop_map(|(item, at, (a, b, c))| (item, at, [a, b, c]));
    (vec(row, 1..14), any::<bool>()).prop_map(|(mut rows, in_order)| {
        if in_order {
            rows.sort_by_key(|row| row.1);
        }
        rows
    })
}

fn csv_text(rows: &[Row]) -> String {
    let lines = rows.iter().map(|(item, at, cells)| format!("{item},{},{}\n", write_instant(*at), cells.join(",")));
    format!("item,at,state,type,team\n{}", lines.collect::<String>())
}

fn batch(rows: &[Row]) -> RecordBatch {
    let texts = |cell: fn(&Row) -> &'static str| -> ArrayRef {
        let null_if_empty = |row| Some(cell(row)).filter(|text| !text.is_empty());
        Arc::new(rows.iter().map(null_if_empty).collect::<StringArray>())
    };
    let at = TimestampMicrosecondArray::from_iter_values(rows.iter().map(|row| row.1)).with_timezone("UTC");
    RecordBatch::try_from_iter([
        ("item", texts(|row| row.0)),
        ("at", Arc::new(at) as ArrayRef),
        ("state", texts(|row| row.2[0])),
        ("type", texts(|row| row.2[1])),
        ("team", texts(|row| row.2[2])),
    ])
    .unwrap()
}

/// The rows in pieces, as if from so many files.
fn log(rows: &[Row], piece: usize) -> EventLog {
    let mut log = EventLog::builder();
    for rows in rows.chunks(piece) {
        log.push_batch(&batch(rows), &EventColumns::default(), None).unwrap();
    }
    log.finish().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn the_state_log_agrees_with_the_oracle(rows in rows(), piece in 1..6_usize) {
        let events = csv::events(&csv_text(&rows)).unwrap();
        let model = Model::parse(MODEL).unwrap();
        let oracle: Vec<_> = records(&events, &model, None).unwrap().iter().map(record_cells).collect();
        let flow = match measure(&log(&rows, piece), &FlowModel::from_toml(MODEL).unwrap(), None) {
            Ok(flow) => flow,
            Err(streamgauge::Error::EmptyLog(_)) => return Ok(()),
            Err(error) => panic!("{error}"),
        };
        for (oracle, row) in oracle.iter().zip(cells(&flow.records().unwrap())) {
            for (column, cell) in &row {
                let wanted = oracle.get(column).map_or("", String::as_str);
                prop_assert_eq!(wanted, cell, "{} of {:?}", column, row);
            }
        }
        let wanted = findings(&events, &model, None).unwrap();
        let found = cells(&flow.findings().unwrap());
        for code in ["duplicate_event", "implausible_time", "same_instant", "repeated_state", "no_type"] {
            let count = found.iter().find(|row| row["code"] == code).map(|row| row["count"].parse().unwrap());
            prop_assert_eq!(wanted.get(code).copied(), count, "{}", code);
        }
    }
}
