//! Where stages meet: names that clash, stages that do not belong together, words that are counted, receipts.

use streamgauge::{
    Calendars, Error, EventLog, Every, FindingCode, FlowModel, Groups, Instant, Percentiles, Question, Ruler, Windows,
    measure, measure_working, metrics, records, timelines, velocity, visits,
};

use crate::engine::{LEDGER, ledger_table};

const HOUR: i64 = 3_600_000_000;
const MODEL: &str =
    "[phases]\nnew = [\"Open\"]\nactive = [\"Doing\"]\ndone = [\"Done\"]\n[kinds]\nfeature = [\"Story\"]";

fn log(events: &[(&str, i64, &str, &str)]) -> EventLog {
    let mut log = EventLog::builder();
    for (item, hours, field, value) in events {
        log.push(item, Instant(hours * HOUR), field, Some(value), None).unwrap();
    }
    log.finish().unwrap()
}

fn model(head: &str) -> FlowModel {
    FlowModel::from_toml(&format!("{head}\n{MODEL}")).unwrap()
}

/// What was measured by a calendar says by which, and stages of two answers are not mixed.
#[test]
fn working_columns_have_their_calendar_in_the_receipt() {
    let calendars = Calendars::from_toml("zone = \"UTC\"\nhours = { mon = [\"09:00-17:00\"] }").unwrap();
    let mut log = EventLog::builder();
    log.push("A", Instant(0), "state", Some("Doing"), None).unwrap();
    log.push("A", Instant(9), "state", Some("Done"), None).unwrap();
    let model = FlowModel::from_toml("[phases]\nactive = [\"Doing\"]\ndone = [\"Done\"]").unwrap();
    let flow = measure_working(&log.finish().unwrap(), &model, None, &calendars).unwrap();
    let question = Question::default();
    let tables = LEDGER.into_iter().filter_map(|wanted| ledger_table(&flow, wanted, &[], &question));
    let more = [flow.records(), flow.metrics(&question), flow.flow_time(&question), flow.efficiency(&question)];
    let mut n = 0;
    for table in tables.chain(more).map(Result::unwrap) {
        if table.column_names().iter().any(|name| name.ends_with("_working")) {
            assert!(table.receipt().contains_key("calendar_hash"), "{:?}", table.column_names());
            n += 1;
        }
    }
    assert_eq!(n, 11);
}

#[test]
fn a_field_named_as_a_column_keeps_its_column() {
    let log = log(&[
        ("A", 1, "state", "Done"),
        ("A", 1, "velocity", "fast"),
        ("A", 1, "age", "old"),
        ("A", 1, "kind", "gold"),
    ]);
    let flow = measure(&log, &model(""), None).unwrap();
    let by = ["velocity", "kind", "field.kind"].map(str::to_owned).to_vec();
    let table = flow.velocity(&Question { by, ..Question::default() }).unwrap();
    assert!(table.to_csv().ends_with(
        "field.velocity,kind,field.kind,velocity\n1970-01-01T00:00:00Z,1970-01-01T01:00:00.000001Z,true,fast,,gold,1\n"
    ));
    let records = flow.records().unwrap();
    assert!(["age", "field.age", "kind", "field.kind"].iter().all(|name| records.column(name).is_some()));
}

#[test]
fn stages_of_different_origin_do_not_mix() {
    let model = model("");
    let (one, _) = timelines(&log(&[("A", 1, "state", "Done"), ("B", 1, "state", "Done")]), &model, None).unwrap();
    let (other, _) = timelines(&log(&[("A", 1, "state", "Done")]), &model, None).unwrap();
    let (of_one, _) = records(&one, model.clock(), &Ruler::elapsed()).unwrap();
    let windows = Windows::every(Every::Day, model.cut(), one.observed(), None, None).unwrap();
    let groups = |timelines| Groups::by(timelines, &["kind"]).unwrap();
    assert!(matches!(velocity(&of_one, &windows, &groups(&other)), Err(Error::Argument { argument: "groups", .. })));
    let late = Windows::list(&[(Instant(0), Instant(9 * HOUR))], Instant(9 * HOUR)).unwrap();
    assert!(matches!(velocity(&of_one, &late, &groups(&one)), Err(Error::Argument { argument: "windows", .. })));
    let all = metrics(&other, &of_one, &windows, &groups(&one), &Percentiles::default(), false);
    assert!(matches!(all, Err(Error::Argument { .. })));
    assert_eq!((of_one.outcome(7), of_one.flow_time(7), groups(&one).values(7)), (None, None, None));
}

/// In whatever order rows come, stages number items by their names.
#[test]
fn stages_of_the_same_rows_in_another_order_mix() {
    let model = model("");
    let rows =
        [("B", 1, "state", "Done"), ("A", 2, "state", "Doing"), ("A", 3, "state", "Done"), ("C", 2, "state", "Open")];
    let [one, other] = [rows, [rows[1], rows[3], rows[0], rows[2]]].map(|rows| {
        let (timelines, _) = timelines(&log(&rows), &model, None).unwrap();
        let (records, _) = records(&timelines, model.clock(), &Ruler::elapsed()).unwrap();
        let groups = Groups::by(&timelines, &["kind"]).unwrap();
        (timelines, records, groups)
    });
    let windows = Windows::every(Every::Day, model.cut(), one.0.observed(), None, None).unwrap();
    let velocities = [&one, &other].map(|(_, records, groups)| velocity(records, &windows, groups).unwrap());
    assert_eq!(velocities[0].to_csv(), velocities[1].to_csv());
    assert_eq!(velocities[0].batch().schema().metadata(), velocities[1].batch().schema().metadata());
    assert_eq!(velocity(&one.1, &windows, &other.2).unwrap(), velocities[0]);
    assert_eq!(visits(&one.0, &other.1).unwrap(), visits(&one.0, &one.1).unwrap());
    assert!((0..3).all(|item| one.1.flow_time(item) == other.1.flow_time(item)));
}

#[test]
fn unknown_words_count_where_they_are_set() {
    let events = [
        ("A", 1, "type", "Foo"),
        ("A", 2, "state", "Open"),
        ("A", 3, "state", "Limbo"),
        ("A", 4, "team", "x"),
        ("A", 5, "state", "Limbo"),
    ];
    let Err(Error::UnknownValues(unknown)) = measure(&log(&events), &model(""), None) else { panic!("it is unknown") };
    assert_eq!((unknown.types, unknown.states), (vec![("Foo".to_owned(), 1)], vec![("Limbo".to_owned(), 2)]));
    let flow = measure(&log(&events), &model("on_unknown = \"waiting\""), None).unwrap();
    let csv = flow.findings().unwrap().to_csv();
    assert!(csv.contains("unknown_value,3,A,"), "{csv}");
}

#[test]
fn flags_that_are_no_flags_are_told() {
    let events = [
        ("A", 1, "state", "Doing"),
        ("A", 2, "blocked", "True"),
        ("A", 3, "removed", "1"),
        ("A", 4, "blocked", "false"),
    ];
    let csv = measure(&log(&events), &model(""), None).unwrap().findings().unwrap().to_csv();
    assert!(csv.contains(&format!("{},2,A,", FindingCode::UnreadFlag.as_str())), "{csv}");
}

#[test]
fn a_receipt_is_the_same_every_time() {
    let log = log(&[("A", 1, "state", "Done")]);
    let metadata = || {
        let table = measure(&log, &model(""), None).unwrap().metrics(&Question::default()).unwrap();
        table.batch().schema().metadata()["streamgauge"].clone()
    };
    assert!(metadata().starts_with("{\"definitions_version\":\"1\",\"streamgauge_version\":"));
    assert_eq!(metadata(), metadata());
}

#[test]
fn an_as_of_before_the_first_event_is_an_error() {
    let error = measure(&log(&[("A", 1, "state", "Done")]), &model(""), Some(Instant(HOUR))).unwrap_err().to_string();
    assert!(error.starts_with("the log has no event before as_of, 1970-01-01T01:00:00Z"), "{error}");
}
