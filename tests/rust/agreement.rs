//! The crate against the oracle: ten thousand random logs, every table, every cell.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use streamgauge::{Error, Flow};
use streamgauge_tests::table::{Cells, metric_cells, record_cells};
use streamgauge_tests::{Event, Model, findings, metrics, records};

use crate::engine::{cells, flow, question};
use crate::strategies::{Case, cases};

/// The oracle's rows without the columns that the crate does not have, and the crate's without those that the oracle lacks.
fn shared(rows: &[Cells], others: &[Cells]) -> Vec<Cells> {
    let known: BTreeSet<&String> = others.iter().flat_map(|row| row.keys()).collect();
    rows.iter()
        .map(|row| row.iter().filter(|(name, _)| known.contains(name)).map(|(k, v)| (k.clone(), v.clone())).collect())
        .collect()
}

fn assert_same(of: &str, oracle: Vec<Cells>, actual: Vec<Cells>) -> Result<(), TestCaseError> {
    let (oracle, actual) = (shared(&oracle, &actual), shared(&actual, &oracle));
    prop_assert_eq!(oracle.len(), actual.len(), "rows of {}", of);
    for (oracle, actual) in oracle.iter().zip(&actual) {
        prop_assert_eq!(oracle, actual, "{}", of);
    }
    Ok(())
}

fn assert_same_findings(events: &[Event], model: &Model, as_of: Option<i64>, flow: &Flow) -> Result<(), TestCaseError> {
    let oracle = findings(events, model, as_of).unwrap();
    let table = cells(&flow.findings().unwrap());
    let counts: BTreeMap<&str, u64> =
        table.iter().map(|row| (row["code"].as_str(), row["count"].parse().unwrap())).collect();
    for code in streamgauge_tests::finding::CODES {
        prop_assert_eq!(oracle.get(code), counts.get(code), "{}", code);
    }
    Ok(())
}

pub(crate) fn check(case: &Case) -> Result<(), TestCaseError> {
    check_flow(case, flow(&case.events, &case.model, case.as_of))
}

/// Whether the flow of a case, however its log was made, is what the oracle makes of the events.
pub(crate) fn check_flow(case: &Case, flow: streamgauge::Result<Flow>) -> Result<(), TestCaseError> {
    let model = Model::parse(&case.model).unwrap();
    let flow = match flow {
        Err(Error::EmptyLog(_)) => {
            prop_assert!(records(&case.events, &model, case.as_of).unwrap().is_empty());
            return Ok(());
        }
        flow => flow.unwrap(),
    };
    let oracle = records(&case.events, &model, case.as_of).unwrap();
    assert_same("records", oracle.iter().map(record_cells).collect(), cells(&flow.records().unwrap()))?;
    assert_same_findings(&case.events, &model, case.as_of, &flow)?;
    let question = question(&case.windows, &case.by, &case.options).unwrap();
    match (metrics(&case.events, &model, case.as_of, &case.windows, &case.by, &case.options), flow.metrics(&question)) {
        (Ok(rows), Ok(table)) => {
            let rows = rows.iter().map(|row| metric_cells(row, &case.by, &case.options)).collect();
            assert_same("metrics", rows, cells(&table))
        }
        // A field that no event sets is null to the oracle; the crate's users have mistyped it.
        (Ok(_), Err(Error::UnknownField { .. })) | (Err(_), Err(Error::Argument { .. })) => Ok(()),
        (oracle, actual) => {
            prop_assert!(false, "oracle {:?}\ncrate {:?}", oracle, actual);
            Ok(())
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn the_crate_agrees_with_the_oracle(case in cases()) {
        check(&case)?;
    }
}
