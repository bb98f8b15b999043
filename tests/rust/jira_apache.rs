//! Real data under a real model: the crate's numbers for the public Apache issues agree with the oracle's, row by row.

use std::path::PathBuf;

use streamgauge::{EventLog, FlowModel, Instant, measure};
use streamgauge_read::{JiraOptions, read_jira};
use streamgauge_tests::table::{Cells, metric_cells, record_cells};
use streamgauge_tests::{Event, Model, Options, Unit, Windows, metrics, records};

use crate::engine::{cells, question};

const MODEL: &str = include_str!("../models/jira_apache.toml");

fn export() -> Option<PathBuf> {
    let data = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/jira_apache");
    let path = data.join("issues_rest_sanitised.jsonl.gz");
    if !path.exists() {
        eprintln!("skipped: shared/data is absent");
        return None;
    }
    Some(path)
}

fn events(log: &EventLog) -> Vec<Event> {
    let some = |text: &String| (!text.is_empty()).then(|| text.clone());
    let event = |row: Cells| Event {
        at: Instant::parse(&row["at"], None).unwrap().instant.0,
        item: row["item"].clone(),
        field: row["field"].clone(),
        value: some(&row["value"]),
        known_at: None,
    };
    cells(&log.events().unwrap()).into_iter().map(event).collect()
}

fn assert_rows(oracle: &[Cells], crate_rows: &[Cells]) {
    assert_eq!(oracle.len(), crate_rows.len());
    for (oracle, row) in oracle.iter().zip(crate_rows) {
        for (column, cell) in oracle.iter().filter(|(column, _)| row.contains_key(*column)) {
            assert_eq!(cell, &row[column], "{column} of {row:?}");
        }
    }
}

#[test]
fn every_row_agrees_with_the_oracle() {
    let Some(path) = export() else { return };
    let log = read_jira(&[path], &JiraOptions::default(), None).unwrap();
    let flow = measure(&log, &FlowModel::from_toml(MODEL).unwrap(), None).unwrap();
    let (events, model, options) = (events(&log), Model::parse(MODEL).unwrap(), Options::default());

    let oracle: Vec<Cells> = records(&events, &model, None).unwrap().iter().map(record_cells).collect();
    let actual = cells(&flow.records().unwrap());
    assert_eq!(actual.len(), 501);
    assert_rows(&oracle, &actual);

    for (unit, by) in [(Unit::Quarter, vec!["stream", "kind"]), (Unit::Month, vec!["kind"]), (Unit::Year, vec![])] {
        let windows = Windows::Every { unit, from: None, to: None };
        let oracle = metrics(&events, &model, None, &windows, &by, &options).unwrap();
        let oracle: Vec<Cells> = oracle.iter().map(|row| metric_cells(row, &by, &options)).collect();
        let actual = cells(&flow.metrics(&question(&windows, &by, &options).unwrap()).unwrap());
        assert!(actual.iter().any(|row| row["velocity"] != "0"));
        assert_rows(&oracle, &actual);
    }
}
