//! Logs in which many items go few ways: what is found once for a way is what is found of each item alone, in a log of the same rows as events.

use streamgauge::{EventLog, Every, FlowModel, Instant, Question, WindowsOf, measure};

use crate::many_rows::with_threads;

const HOUR: i64 = 3_600_000_000;
const MODEL: &str = "[phases]\nnew = [\"Open\"]\nactive = [\"Doing\"]\nwaiting = [\"Queue\"]\nignored = [\"Parked\"]\ndone = [\"Done\"]\ncancelled = [\"Void\"]\n\
                     [kinds]\nfeature = [\"Story\"]\ndefect = [\"Bug\"]\nignored = [\"Epic\"]";

/// Ways, some of which end otherwise, go back, or are of items that move or change their type.
const WAYS: [&[&str]; 9] = [
    &["Open", "Queue", "Doing", "Done"],
    &["Open", "Doing", "Done", "Doing", "Done"],
    &["Open", "Doing"],
    &["Open", "Queue", "Doing", "Queue", "Void"],
    &["Open"],
    &["Open", "Done"],
    &["Open", "Doing", "Done|other"],
    &["Open", "Queue|Bug", "Done|Epic"],
    &["Open", "Doing", "Parked", "Done"],
];

/// Items go one of the ways each, at their own pace. A log with an event of the long form is one of events, in which nothing is found once for a way.
fn log(n_items: i64, are_rows: bool) -> EventLog {
    let mut log = EventLog::builder();
    for item in 0..n_items {
        let way = WAYS[(item * 7 % 11 % 9) as usize];
        let (mut team, mut r#type) =
            (["red", "blue"][(item % 2) as usize], ["Story", "Bug", "Epic"][(item % 3) as usize]);
        let blocked = if item % 5 == 0 { "true" } else { "false" };
        for (step, state) in (0..).zip(way) {
            let (state, other) = state.split_once('|').unwrap_or((state, ""));
            match other {
                "" => {}
                "other" => team = "green",
                _ => r#type = other,
            }
            let at = Instant((item * 13 % 400 + step * (1 + item % 50)) * HOUR);
            let fields = [("team", Some(team)), ("type", Some(r#type)), ("blocked", Some(blocked))];
            log.push_state_row(&format!("KEY-{item}"), at, Some(state), fields, None).unwrap();
        }
    }
    // One more item, as a row or as the one event that the row is.
    match are_rows {
        true => log.push_state_row("~", Instant(0), Some("Open"), [], None).unwrap(),
        false => log.push("~", Instant(0), "state", Some("Open"), None).unwrap(),
    }
    log.finish().unwrap()
}

/// All tables and findings.
fn everything(log: &EventLog) -> Vec<String> {
    let flow = measure(log, &FlowModel::from_toml(MODEL).unwrap(), None).unwrap();
    let asked = |by: &[&str]| {
        let windows = WindowsOf::Every { every: Every::Day, from: None, to: None };
        Question { windows, by: by.iter().map(|field| (*field).to_owned()).collect(), ..Question::default() }
    };
    let of = |by: &[&str]| {
        let asked = asked(by);
        [flow.metrics(&asked), flow.cfd(&asked), flow.states(&asked), flow.ledger(&asked)]
    };
    let tables = [of(&[]), of(&["team", "kind"]), of(&["blocked", "state"])].into_iter().flatten();
    tables.chain([flow.records(), flow.findings()]).map(|table| table.unwrap().to_csv()).collect()
}

#[test]
fn what_is_found_once_holds_for_all() {
    for (n_items, n) in [(40, 1), (3_000, 1), (9_000, 3)] {
        let [rows, events] = [true, false].map(|are_rows| with_threads(n, || everything(&log(n_items, are_rows))));
        for (rows, events) in rows.iter().zip(&events) {
            assert!(rows == events, "{n_items} items, {n} threads:\n{}", &rows[..rows.len().min(300)]);
        }
    }
}
