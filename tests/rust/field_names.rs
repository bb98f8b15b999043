//! Fields that are called as a column, its working reading or its unit: every name stands once, in tables and in their texts.

use std::collections::HashSet;

use streamgauge::{Calendars, EventLog, FlowModel, Instant, Question, Table, measure_working};
use streamgauge_tests::casebook::Wanted;

use crate::engine::{LEDGER, ledger_table};

const FIELDS: [&str; 10] = [
    "age",
    "age_us",
    "age_working",
    "age_working_us",
    "residence_us",
    "flow_time_us",
    "flow_time_sum_working_us",
    "lost_working",
    "active_working",
    "efficiency_working",
];

/// The keys of the first row of the JSON, as they are written: a map would hide those that stand twice.
fn json_keys(table: &Table) -> Vec<String> {
    let text = table.to_json(None);
    let row = text.split("\n{").nth(1).and_then(|row| row.split('}').next()).unwrap_or_default();
    row.split(',').filter_map(|cell| cell.strip_prefix('"')?.split_once("\":")).map(|cell| cell.0.to_owned()).collect()
}

#[test]
fn every_name_stands_once() {
    let mut log = EventLog::builder();
    for field in FIELDS {
        log.push("A", Instant(0), field, Some("x"), None).unwrap();
        log.push("B", Instant(0), field, Some("x"), None).unwrap();
    }
    for (item, at, state) in
        [("A", 0, "Doing"), ("A", 5, "Done"), ("A", 6, "Doing"), ("A", 7, "Done"), ("B", 1, "Doing")]
    {
        log.push(item, Instant(at), "state", Some(state), None).unwrap();
    }
    let model = FlowModel::from_toml("[phases]\nactive = [\"Doing\"]\ndone = [\"Done\"]").unwrap();
    let calendars = Calendars::from_toml("zone = \"UTC\"\nhours = { thu = [\"00:00-24:00\"] }").unwrap();
    let flow = measure_working(&log.finish().unwrap(), &model, Some(Instant(9)), &calendars).unwrap();
    let question = Question { by: FIELDS.map(str::to_owned).to_vec(), ..Question::default() };
    let has_fields = |wanted: &Wanted| !matches!(wanted, Wanted::DaysInclusive | Wanted::Visits | Wanted::Episodes);
    let wanted = LEDGER.into_iter().filter(has_fields);
    let tables = wanted.filter_map(|wanted| ledger_table(&flow, wanted, &FIELDS, &question));
    let more = [flow.records(), flow.metrics(&question), flow.flow_time(&question), flow.efficiency(&question)];
    for table in tables.chain(more).map(Result::unwrap) {
        let csv = table.to_csv();
        let in_csv: Vec<_> = csv.lines().next().unwrap().split(',').map(str::to_owned).collect();
        let names: Vec<_> = table.column_names().into_iter().map(str::to_owned).collect();
        assert!(table.num_rows() > 0, "{names:?}");
        for names in [&names, &in_csv, &json_keys(&table)] {
            assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len(), "{names:?}");
            assert_eq!(names.len(), table.column_names().len(), "{names:?}");
        }
        for field in FIELDS {
            let shown = [field.to_owned(), format!("field.{field}")];
            assert!(shown.iter().any(|name| names.contains(name)), "{field}: {names:?}");
        }
    }
    let shown = |table: Table| table.column_names().into_iter().map(str::to_owned).collect::<Vec<_>>();
    let records = shown(flow.records().unwrap());
    for field in ["age", "age_us", "age_working", "age_working_us", "flow_time_us", "active_working"] {
        assert!(records.contains(&format!("field.{field}")), "{field}");
    }
    assert!(records.contains(&"lost_working".to_owned()));
    assert!(shown(flow.states(&question).unwrap()).contains(&"field.residence_us".to_owned()));
    assert!(shown(flow.ageing(&FIELDS).unwrap()).contains(&"field.age_working".to_owned()));
    assert!(shown(flow.metrics(&question).unwrap()).contains(&"field.efficiency_working".to_owned()));
}
