//! The tables of where the time goes against the oracle: ten thousand random logs, some with calendars, every table, every cell.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::select;
use streamgauge::{Calendars, Error, Flow, FlowModel, Instant, Table, measure, measure_working};
use streamgauge_tests::casebook::Wanted;
use streamgauge_tests::engine::rows;
use streamgauge_tests::{Model, calendar};

use crate::engine::{LEDGER, cells, ledger_table, log_from_events, question};
use crate::strategies::{Case, cases};

const ONE: &str = r#"
zone = "Europe/Berlin"
[hours]
fri = ["09:00-12:00", "13:00-17:30"]
sat = ["20:00-02:00+1"]
sun = ["02:00-04:00", "10:00-11:00"]
mon = ["00:00-24:00"]
[[holiday]]
date = 2024-04-01
[[exception]]
date = 2024-10-26
hours = ["00:00-06:00"]
"#;

const BY_STREAM: &str = r#"
by = "stream"
default = "slow"
[use]
web = "fast"
[calendar.slow]
zone = "UTC"
hours = { thu = ["06:00-18:00"], fri = ["06:00-18:00"], sat = ["06:00-07:00"], mon = ["05:59-06:01"] }
[calendar.fast]
zone = "America/Sao_Paulo"
hours = { fri = ["00:00-24:00"], sat = ["00:00-24:00"], sun = ["12:00-13:00"] }
"#;

/// A calendar now and then: the oracle counts working time minute by minute.
fn calendars() -> impl Strategy<Value = Option<&'static str>> {
    prop_oneof![39 => Just(None), 1 => select(vec![ONE, BY_STREAM]).prop_map(Some)]
}

fn flow(case: &Case, calendar: Option<&str>) -> streamgauge::Result<Flow> {
    let model = FlowModel::from_toml(&case.model)?;
    let (log, as_of) = (log_from_events(&case.events), case.as_of.map(Instant));
    match calendar {
        None => measure(&log, &model, as_of),
        Some(text) => measure_working(&log, &model, as_of, &Calendars::from_toml(text)?),
    }
}

fn check(case: &Case, calendar: Option<&str>) -> Result<(), TestCaseError> {
    match flow(case, calendar) {
        Err(Error::EmptyLog(_)) => Ok(()),
        flow => check_tables(case, &flow.unwrap(), calendar, &LEDGER),
    }
}

/// Whether tables of the flow of a case, however its log was made, are what the oracle makes of the events.
pub(crate) fn check_tables(
    case: &Case,
    flow: &Flow,
    calendar: Option<&str>,
    tables: &[Wanted],
) -> Result<(), TestCaseError> {
    let model = Model::parse(&case.model).unwrap();
    let asked = question(&case.windows, &case.by, &case.options).unwrap();
    for &wanted in tables {
        let calendars = calendar.map(|text| calendar::Calendars::parse(text).unwrap());
        let (events, windows, by) = (&case.events, Some(&case.windows), &case.by);
        let oracle = rows(wanted, events, &model, case.as_of, windows, by, &case.options, calendars);
        let actual = ledger_table(flow, wanted, &case.by, &asked);
        compare(wanted, oracle, actual.unwrap_or_else(|| panic!("{wanted:?} is no table of the ledger")))?;
    }
    Ok(())
}

type Rows = Vec<streamgauge_tests::table::Cells>;

fn compare(
    wanted: Wanted,
    oracle: Result<Rows, String>,
    actual: streamgauge::Result<Table>,
) -> Result<(), TestCaseError> {
    let (oracle, table) = match (oracle, actual) {
        (Ok(oracle), Ok(table)) => (oracle, table),
        // A field that no event sets is null to the oracle; the crate's users have mistyped it.
        (_, Err(Error::UnknownField { .. })) | (Err(_), Err(Error::Argument { .. })) => return Ok(()),
        // Where no windows are needed, wrong ones are not looked at.
        (Err(_), Ok(_))
            if matches!(wanted, Wanted::DaysInclusive | Wanted::Visits | Wanted::Episodes | Wanted::Ageing) =>
        {
            return Ok(());
        }
        // The oracle has no name for a field that shares one with a column; the crate calls it `field.NAME`.
        (Err(error), Ok(_)) if error.contains("is a column of the table already") => return Ok(()),
        (oracle, actual) => {
            prop_assert!(false, "{:?}\noracle {:?}\ncrate {:?}", wanted, oracle, actual);
            return Ok(());
        }
    };
    let actual = cells(&table);
    prop_assert_eq!(oracle.len(), actual.len(), "rows of {:?}", wanted);
    let names: BTreeSet<&String> = oracle.iter().flat_map(|row| row.keys()).collect();
    let has: BTreeSet<&String> = actual.iter().flat_map(|row| row.keys()).collect();
    prop_assert!(names.is_subset(&has), "{:?}: {:?} are missing", wanted, names.difference(&has));
    for (oracle, actual) in oracle.iter().zip(&actual) {
        let actual = actual.iter().filter(|(name, _)| names.contains(name));
        let actual: streamgauge_tests::table::Cells = actual.map(|(name, cell)| (name.clone(), cell.clone())).collect();
        prop_assert_eq!(oracle, &actual, "{:?}", wanted);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn the_ledger_agrees_with_the_oracle(case in cases(), calendar in calendars()) {
        check(&case, calendar)?;
    }
}
