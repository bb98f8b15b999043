//! What must always hold (definitions, section 5), asked of the oracle itself.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use streamgauge_tests::event::clean;
use streamgauge_tests::record::Outcome;
use streamgauge_tests::stay::{age, departed, time_inside};
use streamgauge_tests::{Event, Model, Row, Stay, Windows, findings, metrics, records, stays};

use crate::strategies::{Case, cases};

fn model(case: &Case) -> Model {
    Model::parse(&case.model).unwrap_or_else(|error| panic!("{error}\n{}", case.model))
}

/// The rows of a case. Windows wholly after `as_of` are an error, and then there is nothing to hold.
fn rows(case: &Case, by: &[&str]) -> Vec<Row> {
    match metrics(&case.events, &model(case), case.as_of, &case.windows, by, &case.options) {
        Err(error) if error.contains("as_of") => Vec::new(),
        answer => answer.unwrap_or_else(|error| panic!("{error}")),
    }
}

/// Every answer to a case as one text, for laws that say "changes nothing".
fn everything(case: &Case) -> String {
    let model = model(case);
    let by = &case.by;
    let table = metrics(&case.events, &model, case.as_of, &case.windows, by, &case.options);
    let items = records(&case.events, &model, case.as_of);
    let stays = stays(&case.events, &model, case.as_of, by);
    format!("{table:?}\n{items:?}\n{stays:?}")
}

fn counts(case: &Case) -> BTreeMap<&'static str, u64> {
    findings(&case.events, &model(case), case.as_of).unwrap_or_default()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn law_1_flow_time_divides_exactly(case in cases()) {
        for record in records(&case.events, &model(&case), case.as_of).unwrap_or_else(|error| panic!("{error}")) {
            let parts = [record.active, record.waiting, record.paused];
            let sum = parts.into_iter().flatten().sum::<i64>();
            let n_defined = parts.iter().flatten().count();
            match record.flow_time.or(record.age) {
                Some(whole) => prop_assert_eq!((whole, 3), (sum, n_defined)),
                None => prop_assert_eq!(n_defined, 0),
            }
            prop_assert_eq!(record.age.is_some(), record.outcome == Outcome::Open);
            prop_assert!(record.flow_time.is_none() || record.outcome == Outcome::Done);
        }
        for row in rows(&case, &case.by) {
            prop_assert_eq!(row.flow_time_sum, row.active + row.waiting + row.paused);
        }
    }

    #[test]
    fn law_2_little_holds_without_residual(case in cases()) {
        for by in [case.by.clone(), vec!["state"]] {
            let all = stays(&case.events, &model(&case), case.as_of, &by).unwrap_or_else(|error| panic!("{error}"));
            let rows = rows(&case, &by);
            for row in &rows {
                let here: Vec<Stay> = all.iter().filter(|stay| stay.group == row.group).cloned().collect();
                let (a, b) = (row.window.start, row.window.end);
                prop_assert_eq!(row.load_integral, time_inside(&here, a, b));
                prop_assert_eq!(row.load_integral, departed(&here, a, b) + age(&here, b) - age(&here, a));
                prop_assert!(row.load_max >= row.load_end);
            }
            let groups: BTreeSet<_> = rows.iter().map(|row| row.group.clone()).collect();
            prop_assert!(rows.is_empty() || all.iter().all(|stay| groups.contains(&stay.group)));
        }
    }

    #[test]
    fn law_3_windows_partition_and_shares_sum_to_one(case in cases()) {
        let daily = rows(&case, &case.by);
        let mut wholes: BTreeMap<_, f64> = BTreeMap::new();
        let kind = case.by.iter().position(|field| *field == "kind");
        for row in &daily {
            let mut others = row.group.clone();
            if let Some(place) = kind {
                others.remove(place);
            }
            if let Some(share) = row.distribution {
                prop_assert!(kind.is_some());
                *wholes.entry((row.window.start, others)).or_default() += share;
            }
        }
        prop_assert!(wholes.values().all(|sum| (sum - 1.0).abs() < 1e-9));
        let (Some(first), Some(last)) = (daily.first(), daily.last()) else { return Ok(()) };
        // Between windows of a list there may be gaps; only neighbours can be joined.
        if matches!(case.windows, Windows::List(_)) {
            return Ok(());
        }
        let one = Windows::List(vec![(first.window.start, last.window.end)]);
        for whole in rows(&Case { windows: one, ..case.clone() }, &case.by) {
            let parts: Vec<&Row> = daily.iter().filter(|row| row.group == whole.group).collect();
            prop_assert_eq!(whole.velocity, parts.iter().map(|row| row.velocity).sum::<u64>());
            prop_assert_eq!(whole.load_integral, parts.iter().map(|row| row.load_integral).sum::<i128>());
            prop_assert_eq!(Some(whole.load_max), parts.iter().map(|row| row.load_max).max());
        }
    }

    #[test]
    fn law_4_efficiency_is_a_share(case in cases()) {
        for row in rows(&case, &case.by) {
            prop_assert!(row.efficiency.is_none_or(|efficiency| (0.0..=1.0).contains(&efficiency)));
            prop_assert_eq!(row.efficiency.is_none(), row.flow_time_sum == 0);
        }
    }

    #[test]
    fn law_5_the_future_changes_nothing(case in cases(), more in cases()) {
        let Some(as_of) = clean(&case.events, case.as_of).as_of else { return Ok(()) };
        let now = Case { as_of: Some(as_of), ..case };
        let mut later = now.clone();
        later.events.extend(more.events.into_iter().filter(|event| event.at >= as_of));
        prop_assert_eq!(everything(&now), everything(&later));
    }

    #[test]
    fn law_5_the_same_file_twice_changes_only_the_count_of_duplicates(case in cases()) {
        let mut twice = case.clone();
        twice.events.extend(case.events.iter().cloned());
        prop_assert_eq!(everything(&case), everything(&twice));
        let (mut before, mut after) = (counts(&case), counts(&twice));
        let n_before = before.remove("duplicate_event").unwrap_or(0);
        let n_after = after.remove("duplicate_event").unwrap_or(0);
        prop_assert_eq!(before, after);
        prop_assert_eq!(n_after, n_before + case.events.len() as u64);
    }

    #[test]
    fn order_of_rows_at_differing_instants_changes_nothing(case in cases(), salt in any::<u64>()) {
        let shuffled = |by: &dyn Fn(&Event) -> u64| {
            let mut other = case.clone();
            other.events.sort_by_key(by);
            other
        };
        // A stable sort by any function of the instant, or of the item, keeps the rows of one item and instant in order.
        let by_instant = shuffled(&|event| (event.at as u64 ^ salt).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let by_item = shuffled(&|event| u64::from(event.item.as_bytes()[0]) ^ (salt & 7));
        for other in [by_instant, by_item] {
            prop_assert_eq!(everything(&case), everything(&other));
            prop_assert_eq!(counts(&case), counts(&other));
        }
    }
}
