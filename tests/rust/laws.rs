//! What must always hold (definitions, section 5), asked of the crate: ten thousand random logs for each law.
//!
//! Laws 1 and 2 hold item by item and window by window; they are checked here on the crate's own answers, and by agreement with the oracle.

use std::collections::BTreeMap;

use proptest::prelude::*;
use streamgauge::{EventLog, Flow, FlowModel, Instant, Question, WindowsOf, measure};
use streamgauge_tests::stay::{age, departed, time_inside};
use streamgauge_tests::table::Cells;
use streamgauge_tests::{Event, Model, Stay, stays};

use crate::engine::{cells, flow, log_from_events, question};
use crate::strategies::{Case, cases};

const DAY: i64 = 86_400_000_000;

/// The case's flow and the answer to its question, or nothing if the case is a wrong call.
fn answer(case: &Case) -> Option<(Flow, Vec<Cells>)> {
    let flow = flow(&case.events, &case.model, case.as_of).ok()?;
    let question = question(&case.windows, &case.by, &case.options).ok()?;
    let rows = cells(&flow.metrics(&question).ok()?);
    Some((flow, rows))
}

/// Everything that an answer says, findings aside, with the hashes of log and model.
fn everything(flow: &Flow, case: &Case) -> String {
    let question = question(&case.windows, &case.by, &case.options).unwrap();
    let metrics = flow.metrics(&question).map(|table| table.to_json(None)).map_err(|error| error.to_string());
    format!("{}\n{metrics:?}", flow.records().unwrap().to_json(None))
}

fn int(row: &Cells, column: &str) -> i128 {
    row[column].parse().unwrap_or_else(|_| panic!("{column}: {row:?}"))
}

fn instant(row: &Cells, column: &str) -> i64 {
    Instant::parse(&row[column], None).unwrap().instant.0
}

/// The windows and groups of one answer: `(start, end, group's values) -> row`.
fn by_key<'a>(rows: &'a [Cells], by: &[&str]) -> BTreeMap<(i64, i64, Vec<String>), &'a Cells> {
    let key = |row: &'a Cells| {
        let group = by.iter().map(|field| row[*field].clone()).collect();
        ((instant(row, "window_start"), instant(row, "window_end"), group), row)
    };
    rows.iter().map(key).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn law_1_flow_time_divides_exactly(case in cases()) {
        let Some((flow, rows)) = answer(&case) else { return Ok(()) };
        for record in cells(&flow.records().unwrap()) {
            let whole = if record["flow_time"].is_empty() { "age" } else { "flow_time" };
            if !record[whole].is_empty() {
                let parts = ["active", "waiting", "paused"].map(|part| int(&record, part));
                prop_assert_eq!(int(&record, whole), parts.iter().sum::<i128>());
                prop_assert!(parts.iter().all(|part| *part >= 0));
            }
        }
        for row in &rows {
            let parts = ["active", "waiting", "paused"].map(|part| int(row, part));
            prop_assert_eq!(int(row, "flow_time_sum"), parts.iter().sum::<i128>());
        }
    }

    #[test]
    fn law_2_little_holds_without_residual(case in cases()) {
        let model = Model::parse(&case.model).unwrap();
        let Ok(flow) = flow(&case.events, &case.model, case.as_of) else { return Ok(()) };
        for by in [case.by.clone(), vec!["state"]] {
            let all = stays(&case.events, &model, case.as_of, &by).unwrap();
            let question = question(&case.windows, &by, &case.options).unwrap();
            let Ok(table) = flow.load(&question) else { continue };
            for ((a, b, group), row) in by_key(&cells(&table), &by) {
                let is_here = |stay: &&Stay| {
                    stay.group.iter().zip(&group).all(|(x, y)| x.as_deref().unwrap_or_default() == y)
                };
                let here: Vec<Stay> = all.iter().filter(is_here).cloned().collect();
                prop_assert_eq!(int(row, "load_integral"), time_inside(&here, a, b));
                prop_assert_eq!(int(row, "load_integral"), departed(&here, a, b) + age(&here, b) - age(&here, a));
            }
        }
    }

    #[test]
    fn law_3_sums_over_a_partition_and_shares(case in cases()) {
        let Some((flow, rows)) = answer(&case) else { return Ok(()) };
        for ((a, b, group), row) in by_key(&rows, &case.by) {
            // Pieces of uneven length, the first of one µs.
            let mut cuts = [a, a + 1, a + (b - a) / 3, a + (b - a) / 2, b];
            cuts.sort_unstable();
            let pieces = cuts.windows(2).filter(|ends| ends[0] < ends[1]);
            let pieces = pieces.map(|ends| (Instant(ends[0]), Instant(ends[1]))).collect();
            let mut question = question(&case.windows, &case.by, &case.options).unwrap();
            question.windows = WindowsOf::List(pieces);
            let parts = cells(&flow.metrics(&question).unwrap());
            let parts: Vec<_> = by_key(&parts, &case.by).into_iter().filter(|((_, _, g), _)| *g == group).map(|(_, r)| r.clone()).collect();
            for column in ["velocity", "flow_time_n", "flow_time_sum", "active", "load_integral"] {
                let sum: i128 = parts.iter().map(|part| int(part, column)).sum();
                prop_assert_eq!(int(row, column), sum, "{} of [{}, {})", column, a, b);
            }
            let max = parts.iter().map(|part| int(part, "load_max")).max();
            prop_assert_eq!(Some(int(row, "load_max")), max);
        }
        let mut shares: BTreeMap<(i64, Vec<&String>), Vec<&String>> = BTreeMap::new();
        for row in &rows {
            let others = case.by.iter().filter(|field| **field != "kind").map(|field| &row[*field]).collect();
            shares.entry((instant(row, "window_start"), others)).or_default().push(&row["distribution"]);
        }
        for shares in shares.values() {
            let defined: Vec<f64> = shares.iter().filter_map(|share| share.parse().ok()).collect();
            prop_assert!(defined.is_empty() || defined.len() == shares.len());
            prop_assert!(defined.is_empty() || (defined.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn law_4_efficiency_is_a_share(case in cases()) {
        let Some((flow, _)) = answer(&case) else { return Ok(()) };
        let question = question(&case.windows, &case.by, &case.options).unwrap();
        for row in cells(&flow.efficiency(&question).unwrap()) {
            for (name, text) in row.iter().filter(|(name, _)| name.contains("efficiency") && !name.ends_with("_n")) {
                prop_assert!(text.is_empty() || (0.0..=1.0).contains(&text.parse::<f64>().unwrap()), "{} = {}", name, text);
            }
        }
    }

    #[test]
    fn law_5_the_future_and_repetitions_change_nothing(case in cases(), extra in 0..4_usize) {
        let Ok(flow) = flow(&case.events, &case.model, case.as_of) else { return Ok(()) };
        let as_of = flow.observed().as_of;
        let model = FlowModel::from_toml(&case.model).unwrap();
        let later = case.events.iter().take(extra).map(|event| Event { at: as_of.0 + extra as i64 * DAY, ..event.clone() });
        let longer: Vec<Event> = later.chain(case.events.iter().cloned()).collect();
        let seen = measure(&log_from_events(&longer), &model, Some(as_of)).unwrap();
        prop_assert_eq!(everything(&flow, &case), everything(&seen, &case));
        let twice: Vec<Event> = case.events.iter().chain(&case.events).cloned().collect();
        let twice = measure(&log_from_events(&twice), &model, Some(as_of)).unwrap();
        prop_assert_eq!(everything(&flow, &case), everything(&twice, &case));
        let without = |flow: &Flow| {
            let mut findings = cells(&flow.findings().unwrap());
            findings.retain(|finding| finding["code"] != "duplicate_event");
            findings
        };
        prop_assert_eq!(without(&flow), without(&twice));
    }

    #[test]
    fn law_6_order_of_rows_and_threads_change_nothing(case in cases(), seed in any::<u64>()) {
        let mut events = case.events.clone();
        // Rows of one instant keep their order; all others may stand anywhere.
        let key = |event: &Event| (event.at as u64 ^ seed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        events.sort_by_key(key);
        let Ok(flow) = flow(&case.events, &case.model, case.as_of) else { return Ok(()) };
        let model = FlowModel::from_toml(&case.model).unwrap();
        let shuffled = measure(&log_from_events(&events), &model, case.as_of.map(Instant)).unwrap();
        prop_assert_eq!(everything(&flow, &case), everything(&shuffled, &case));
        prop_assert_eq!(flow.findings().unwrap().to_json(None), shuffled.findings().unwrap().to_json(None));
    }
}

/// A log large enough to be divided among threads.
fn large() -> (EventLog, FlowModel) {
    let model = FlowModel::from_toml(streamgauge_synth::sample_model()).unwrap();
    (streamgauge_synth::sample().unwrap(), model)
}

#[test]
fn law_6_one_thread_is_many() {
    let everything = || {
        let (log, model) = large();
        let flow = measure(&log, &model, None).unwrap();
        let tables = [flow.metrics(&Question::default()), flow.records(), flow.findings()];
        tables.map(|table| table.unwrap().to_json(None)).concat()
    };
    let with = |n: usize| rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap().install(everything);
    let one = with(1);
    assert!(one == with(2) && one == with(7));
}
