//! Where the time goes on real data: published numbers, and identities that must hold on every item and every quarter.

use std::fs;
use std::path::PathBuf;

use streamgauge::{EventLog, Every, Flow, FlowModel, Instant, Question, Table, WindowsOf, Zone, measure};
use streamgauge_read::{JiraOptions, read_jira};
use streamgauge_tests::table::Cells;

use crate::engine::cells;

fn data(path: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data").join(path);
    if !path.exists() {
        eprintln!("skipped: shared/data is absent");
        return None;
    }
    Some(path)
}

fn at(text: &str) -> Instant {
    Instant::parse(text, Some(Zone::UTC)).unwrap().instant
}

fn one_window(from: &str, to: &str) -> Question {
    Question { windows: WindowsOf::List(vec![(at(from), at(to))]), by: vec![], ..Question::default() }
}

fn float(row: &Cells, column: &str) -> f64 {
    row[column].parse().unwrap()
}

/// Items with a start and perhaps an end, as two states.
fn intervals() -> Option<Flow> {
    let text = fs::read_to_string(data("intervals_samplepath_polaris/work_tracking.csv")?).unwrap();
    let mut log = EventLog::builder();
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let mut push = |stamp: &str, state| log.push(cells[0], at(stamp), "state", Some(state), None).unwrap();
        push(cells[1], "In progress");
        if !cells[2].is_empty() {
            push(cells[2], "Done");
        }
    }
    let model = FlowModel::from_toml("[phases]\nactive = [\"In progress\"]\ndone = [\"Done\"]").unwrap();
    Some(measure(&log.finish().unwrap(), &model, None).unwrap())
}

/// The origin's own analysis (the presence calculus) gives an average of 115.9 items; what departed explains 7.2 of them.
#[test]
fn the_gap_of_a_quarter_that_filled_up() {
    let Some(flow) = intervals() else { return };
    let quarter = one_window("2023-04-01T00:00:00Z", "2023-07-01T00:00:00Z");
    let length = float(&cells(&flow.load(&quarter).unwrap())[0], "load_avg");
    assert_eq!(format!("{length:.1}"), "115.9");
    let row = &cells(&flow.ledger(&quarter).unwrap())[0];
    assert_eq!(row["residual"], "0");
    let window = (at("2023-07-01T00:00:00Z").0 - at("2023-04-01T00:00:00Z").0) as f64;
    let gap = (float(row, "load_integral") - float(row, "departed")) / window;
    assert_eq!(format!("{gap:.1}"), "108.7");
    assert_eq!(format!("{:.3}", float(row, "unexplained")), "0.938");
    let behind = cells(&flow.ledger_items(&quarter).unwrap());
    let sum: i64 = behind.iter().map(|row| row["gap"].parse::<i64>().unwrap()).sum();
    assert_eq!(sum as f64 / window, gap);
    // An item that was open all quarter long grew by the whole of it: none can hold more.
    assert_eq!(float(&behind[0], "gap") / window, 1.0);
    assert!(behind.windows(2).all(|pair| float(&pair[0], "gap") >= float(&pair[1], "gap")));
}

/// Every identity of the definitions, on every item and every quarter, by stream and by state.
#[test]
fn identities_hold_on_apache_issues() {
    let Some(path) = data("jira_apache/issues_rest_sanitised.jsonl.gz") else { return };
    let log = read_jira(&[path], &JiraOptions::default(), None).unwrap();
    let model = FlowModel::from_toml(include_str!("../models/jira_apache.toml")).unwrap();
    let flow = measure(&log, &model, None).unwrap();
    let mut checked = 0;
    for by in [vec![], vec!["stream", "kind"], vec!["stream", "state"]] {
        let by: Vec<String> = by.into_iter().map(str::to_owned).collect();
        for every in [Every::Quarter, Every::Month, Every::Week] {
            let windows = WindowsOf::Every { every, from: None, to: None };
            let question = Question { windows, by: by.clone(), ..Question::default() };
            for row in cells(&flow.identities(&question).unwrap()) {
                assert_eq!((row["broken"].as_str(), row["residual"].as_str()), ("0", "0"), "{row:?}");
                checked += row["checked"].parse::<u64>().unwrap();
            }
            balanced(&flow.ledger(&question).unwrap());
            sums_agree(&flow, &question);
        }
    }
    assert!(checked > 50_000, "{checked}");
}

fn balanced(ledger: &Table) {
    for row in cells(ledger) {
        assert_eq!(row["residual"], "0", "{row:?}");
        assert!(["", "0"].contains(&row["arrival_residual"].as_str()), "{row:?}");
    }
}

/// What the tables say of one cell agrees: residence of the finished with their flow time, clipped residence with load, net flow with what is open.
fn sums_agree(flow: &Flow, question: &Question) {
    let number = |row: &Cells, column: &str| row[column].parse::<i64>().unwrap();
    let key = |row: &Cells| -> Vec<String> {
        let group = question.by.iter().map(|field| row.get(&format!("field.{field}")).unwrap_or(&row[field]).clone());
        std::iter::once(row["window_start"].clone()).chain(group).collect()
    };
    let metrics = cells(&flow.metrics(question).unwrap());
    let mut sums = std::collections::HashMap::<_, [i64; 2]>::new();
    for row in cells(&flow.states(question).unwrap()) {
        let sums = sums.entry(key(&row)).or_default();
        match (row["population"].as_str(), row["phase"].as_str()) {
            ("finished", _) => sums[0] += number(&row, "residence"),
            (_, "active" | "waiting") => sums[1] += number(&row, "residence"),
            _ => {}
        }
    }
    for row in &metrics {
        assert_eq!(sums[&key(row)], [number(row, "flow_time_sum"), number(row, "load_integral")], "{row:?}");
    }
    for row in cells(&flow.net_flow(question).unwrap()) {
        assert_eq!(number(&row, "net_flow"), number(&row, "open_end") - number(&row, "open_start"), "{row:?}");
        assert_eq!(number(&row, "net_flow"), number(&row, "arrivals") - number(&row, "departures"), "{row:?}");
    }
}

/// The cumulative flow that jira-agile-metrics publishes for 20 issues, day by day.
///
/// Its rules, followed by the model: the column of a state counts the items that have reached it or a later one by the end of the day, in
/// UTC; `Next` is its `Committed`, `QA` its `Test`. Rules that a model cannot follow: it counts an item from its first move on, so that one
/// that never moved is nowhere (I-18 and I-19, which are in our Backlog); it keeps an item that went back in the columns that it had
/// reached (no item of this log goes back, and `counters` give that reading).
#[test]
fn cumulative_flow_as_another_tool_publishes_it() {
    let Some(path) = data("expected_jira_agile_metrics/jira/search_issues.json") else { return };
    let published = fs::read_to_string(data("expected_jira_agile_metrics/expected/cfd.csv").unwrap()).unwrap();
    let log = read_jira(&[path], &JiraOptions::default(), None).unwrap();
    let model = "[phases]\nnew = [\"Backlog\"]\nwaiting = [\"Next\"]\nactive = [\"Build\", \"QA\"]\ndone = [\"Done\"]";
    let states = ["Backlog", "Next", "Build", "QA", "Done"];
    let flow = measure(&log, &FlowModel::from_toml(model).unwrap(), Some(at("2021-04-05T00:00:00Z"))).unwrap();
    let question = Question {
        windows: WindowsOf::Every { every: Every::Day, from: None, to: None },
        by: vec![],
        ..Question::default()
    };
    let rows = cells(&flow.cfd(&question).unwrap());
    let mut days = 0;
    for line in published.lines().skip(1) {
        let (date, reached) = line.split_once(',').unwrap();
        let end = Instant(at(&format!("{date}T00:00:00Z")).0 + 86_400_000_000).to_string();
        let n = |state: &str| -> f64 {
            let is_it = |row: &&Cells| row["at"] == end && row["state"] == state;
            rows.iter().find(is_it).map_or(0.0, |row| float(row, "n"))
        };
        let mut ours: Vec<f64> = (0..states.len()).map(|i| states[i..].iter().map(|state| n(state)).sum()).collect();
        let theirs: Vec<f64> = reached.split(',').map(|cell| cell.parse().unwrap()).collect();
        let never_moved = ["2021-03-25", "2021-03-28"].iter().filter(|created| **created <= date).count();
        ours[0] -= never_moved as f64;
        assert_eq!(ours, theirs, "{date}");
        days += 1;
    }
    assert_eq!(days, 93);
}
