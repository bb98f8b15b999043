//! State logs by item, by time and in no order, put into a log in every way: one log, and what the oracle makes of its events.

use std::collections::{BTreeMap, VecDeque};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use streamgauge::{EventLog, Flow, FlowModel, Instant, measure};
use streamgauge_tests::casebook::Wanted;

use crate::agreement::check_flow;
use crate::engine::{cells, question};
use crate::ledger_agreement::check_tables;
use crate::state_rows::{ATTRIBUTES, Cell, FEEDS, Row, events_of, order_of, told_events};
use crate::strategies::{Case, groups, instants, models, options, windows};

const ANCHORS: [i64; 3] = [1_711_670_400_000_000, 1_729_814_400_000_000, 1_735_344_000_000_000];

/// What rows may be beside plain ones, of which each says something of every attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rows {
    Plain,
    /// Most say of the attributes what the first row of their item says, so that they set nothing but the state.
    Steady,
    /// Items go one way, at other times, but for some rows of the last of them.
    Alike,
    /// Some say nothing of some attributes.
    Silent,
    /// Among them are events of the long form, and some tell when they became known.
    Mixed,
}

/// A text, or, so many times in a dozen, null.
fn cell(values: &[&'static str], nulls: u32) -> impl Strategy<Value = Cell> + use<> {
    let value = select(values.to_vec()).prop_map(|text| Some(text.to_owned()));
    prop_oneof![12 - nulls => value, nulls => Just(None)]
}

/// What a row says of an attribute.
fn said(kind: Rows, values: &[&'static str], nulls: u32) -> impl Strategy<Value = Option<Cell>> + use<> {
    let silent = if kind == Rows::Silent { 3 } else { 0 };
    prop_oneof![12 => cell(values, nulls).prop_map(Some), silent => Just(None)]
}

fn row(anchor: i64, unknown: bool, kind: Rows) -> impl Strategy<Value = Row> {
    let mut states = vec!["Open", "Doing", "Doing", "Review", "Queue", "Done", "Done", "Shipped", "Void", "Parked"];
    let mut types = vec!["Story", "Story", "Bug", "Epic"];
    if unknown {
        states.push("Limbo");
        types.push("Odd");
    }
    let item = select(vec!["B", "B", "B", "A", "A", "C", "C", "D", "E", "F"]);
    let implausible = select(vec![-1, -1, 4_102_444_800_000_000, 4_102_444_800_000_000, i64::MIN, i64::MAX]);
    let at = prop_oneof![40 => instants(anchor), 1 => implausible];
    let said = [
        said(kind, &types, 1).boxed(),
        said(kind, &["web", "api"], 2).boxed(),
        said(kind, &["true", "false", "yes"], 6).boxed(),
        said(kind, &["licence", "supplier"], 8).boxed(),
        said(kind, &["true", "false"], 10).boxed(),
        said(kind, &["Won't Fix", "Fixed"], 6).boxed(),
        said(kind, &["a", "b", ""], 2).boxed(),
    ];
    let rare = if kind == Rows::Mixed { 1 } else { 0 };
    let known_at = prop_oneof![12 => Just(None), rare => Just(Some(anchor))];
    let fields = select(vec!["state", "type", "stream", "blocked", "team", "team"]).prop_map(Some);
    let only = prop_oneof![3 => Just(None), rare => fields];
    let state = cell(&states, 1);
    (item, at, state, said, known_at, only).prop_map(|(item, at, state, said, known_at, only)| {
        let item = item.to_owned();
        Row { item, at, state, said, known_at, only }
    })
}

/// Rows in any order; some stand twice, and some of those differ in the state or in one attribute.
fn rows(anchor: i64, unknown: bool, kind: Rows) -> impl Strategy<Value = Vec<Row>> {
    let again = (any::<Index>(), any::<Index>(), 0..16_usize, row(anchor, unknown, kind));
    let most = if kind == Rows::Steady { 60 } else { 30 };
    (vec(row(anchor, unknown, kind), 1..most), vec(again, 0..8)).prop_map(move |(mut rows, again)| {
        for (from, to, other, source) in again {
            let mut copy = rows[from.index(rows.len())].clone();
            match other {
                0..=6 => copy.said[other] = source.said[other].clone(),
                7..=8 => copy.state = source.state,
                _ => {}
            }
            rows.insert(to.index(rows.len() + 1), copy);
        }
        if kind == Rows::Steady {
            // Two items each say the same, so that some begin alike.
            let mut first = BTreeMap::new();
            for (place, row) in rows.iter_mut().enumerate() {
                let said = first.entry(row.item.as_bytes()[0] % 3).or_insert_with(|| row.said.clone());
                row.said = if place % 9 == 8 { row.said.clone() } else { said.clone() };
            }
            for item in ["A", "D"] {
                let first = rows.iter_mut().filter(|row| row.item == item).min_by_key(|row| row.at);
                first.into_iter().for_each(|row| row.state = Some("Open".to_owned()));
            }
        }
        if kind == Rows::Alike {
            rows = alike(anchor, rows);
        }
        rows
    })
}

/// The first rows as the way that six items go, and the others as rows of the last of them.
fn alike(anchor: i64, mut rows: Vec<Row>) -> Vec<Row> {
    let way: Vec<Row> = rows.drain(..rows.len().min(6)).collect();
    let at = |hour: usize| anchor + hour as i64 * 3_600_000_000;
    let of_way = |number: usize, item: &str| {
        let row = |(step, row): (usize, &Row)| Row {
            item: item.to_owned(),
            at: at(6 * step + number),
            state: if step == 0 { Some("Open".to_owned()) } else { row.state.clone() },
            said: way[0].said.clone(),
            ..row.clone()
        };
        way.iter().enumerate().map(row).collect::<Vec<_>>()
    };
    rows.truncate(4);
    rows.iter_mut().for_each(|row| row.item = "F".to_owned());
    let items = ["A", "B", "C", "D", "E", "F"].into_iter().enumerate();
    items.flat_map(|(number, item)| of_way(number, item)).chain(rows).collect()
}

/// Items whose names are numbers, as many trackers have them.
fn numbered(mut rows: Vec<Row>) -> Vec<Row> {
    for row in &mut rows {
        let number = ["-3", "2", "10", "4", "71", "1"][usize::from(row.item.as_bytes()[0] - b'A')];
        row.item = number.to_owned();
    }
    rows
}

/// The same rows by item (items in some order, or half of the time, where they are numbers, in theirs), by time, and in no order. Those of one item
/// and instant keep theirs.
fn orders(rows: &[Row], shuffled: &[usize]) -> [Vec<Row>; 3] {
    let (mut by_item, mut by_time) = (rows.to_vec(), rows.to_vec());
    let first = |item: &str| shuffled.iter().position(|row| rows[*row].item == item).map(|place| place as i64);
    let place = |item: &str| item.parse().ok().filter(|_| shuffled[0].is_multiple_of(2)).or_else(|| first(item));
    by_item.sort_by_key(|row| (place(&row.item), row.at));
    by_time.sort_by_key(|row| row.at);
    let mut together: BTreeMap<(&str, i64), VecDeque<&Row>> = BTreeMap::new();
    rows.iter().for_each(|row| together.entry((&row.item, row.at)).or_default().push_back(row));
    let next = |row: &usize| together.get_mut(&(rows[*row].item.as_str(), rows[*row].at))?.pop_front().cloned();
    [by_item, by_time, shuffled.iter().filter_map(next).collect()]
}

/// Rows, their places in another order, the length of pieces, and the question.
fn cases(kind: Rows) -> impl Strategy<Value = (Vec<Row>, Vec<usize>, usize, Case)> {
    (select(ANCHORS.to_vec()), any::<bool>(), any::<bool>()).prop_flat_map(move |(anchor, unknown, are_numbers)| {
        let rows = rows(anchor, unknown, kind).prop_flat_map(move |rows| {
            let rows = if are_numbers { numbered(rows) } else { rows };
            let places: Vec<usize> = (0..rows.len()).collect();
            (Just(rows), Just(places).prop_shuffle())
        });
        let as_of = prop_oneof![2 => Just(None), 1 => instants(anchor).prop_map(Some)];
        let asked = (models(unknown), as_of, windows(anchor), groups(), options());
        (rows, 1..9_usize, asked).prop_map(|((rows, shuffled), piece, (model, as_of, windows, by, options))| {
            let (mut events, repeats) = events_of(&rows);
            // The oracle drops and counts them itself.
            events.extend(repeats);
            (rows, shuffled, piece, Case { events, model, as_of, windows, by, options })
        })
    })
}

/// Everything that is told of a log but where its rows stand.
fn everything(log: &EventLog, flow: &Flow, case: &Case) -> Vec<String> {
    let asked = question(&case.windows, &case.by, &case.options).unwrap();
    let tables = [flow.records(), flow.metrics(&asked), flow.states(&asked), flow.cfd(&asked), flow.visits()];
    let tables = tables.map(|table| table.map_or_else(|error| error.to_string(), |table| table.to_json(None)));
    let mut findings = cells(&flow.findings().unwrap());
    findings.iter_mut().for_each(|finding| drop(finding.remove("details")));
    let values = ["state"].into_iter().chain(ATTRIBUTES).map(|field| log.values(field)).collect::<Vec<_>>();
    let proposal = FlowModel::suggest(log).map(|model| model.to_toml());
    tables.into_iter().chain([format!("{findings:?}"), format!("{values:?}"), format!("{proposal:?}")]).collect()
}

/// Rows in several orders are one log, however they are put into it, and that of the oracle.
fn check(orders: &[Vec<Row>], piece: usize, case: &Case) -> Result<(), TestCaseError> {
    let (mut events, repeats) = events_of(&orders[0]);
    events.sort();
    let model = FlowModel::from_toml(&case.model).unwrap();
    let flow = |log: &EventLog| measure(log, &model, case.as_of.map(Instant));
    let first_log = FEEDS[0](&orders[0], piece);
    let first = flow(&first_log);
    check_flow(case, first.clone())?;
    let Ok(first) = first else { return Ok(()) };
    check_tables(case, &first, None, &[Wanted::States, Wanted::Cfd])?;
    let all = everything(&first_log, &first, case);
    for rows in orders {
        for (number, feed) in FEEDS.iter().enumerate() {
            let log = feed(rows, piece);
            let of = format!("{:?}, feed {number}", log.row_order());
            prop_assert_eq!(log.row_order(), order_of(rows), "{}", of);
            prop_assert_eq!(log.n_events(), events.len(), "{}", of);
            let duplicates = log.findings().iter().filter(|finding| finding.code.as_str() == "duplicate_event");
            prop_assert_eq!(duplicates.map(|finding| finding.count).sum::<u64>(), repeats.len() as u64, "{}", of);
            let flow = flow(&log).unwrap();
            prop_assert_eq!(flow.log_hash(), first.log_hash(), "{}", of);
            // All tables of one feed, of another one in the next case.
            if number == piece % FEEDS.len() {
                prop_assert_eq!(&everything(&log, &flow, case), &all, "{}", of);
            }
            let mut told = told_events(&log);
            told.sort();
            prop_assert_eq!(&told, &events, "{}", of);
            prop_assert_eq!(log.n_events(), events.len(), "{}", of);
        }
    }
    Ok(())
}

/// A case has many rows: one that fails is made smaller for a while only.
fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, max_shrink_iters: 1_000, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config(2_000))]

    #[test]
    fn rows_in_every_order_are_one_log((rows, shuffled, piece, case) in cases(Rows::Plain)) {
        check(&orders(&rows, &shuffled), piece, &case)?;
    }
}

proptest! {
    #![proptest_config(config(500))]

    #[test]
    fn rows_that_set_nothing_but_the_state((rows, shuffled, piece, case) in cases(Rows::Steady)) {
        check(&orders(&rows, &shuffled), piece, &case)?;
    }

    #[test]
    fn items_that_go_alike((rows, shuffled, piece, case) in cases(Rows::Alike)) {
        check(&orders(&rows, &shuffled), piece, &case)?;
    }

    /// "Shuffling rows whose instants differ never changes a result": nor does it where the first rows say nothing of some attributes.
    #[test]
    fn rows_that_say_nothing_of_some_attributes((rows, shuffled, piece, case) in cases(Rows::Silent)) {
        check(&orders(&rows, &shuffled), piece, &case)?;
    }

    #[test]
    fn rows_among_events_of_the_long_form((rows, shuffled, piece, case) in cases(Rows::Mixed)) {
        check(&orders(&rows, &shuffled), piece, &case)?;
    }
}

/// The smallest example of that: whether the type or the team is told first decides which of them the first step of the third hour has.
#[test]
fn the_first_two_rows_change_places() {
    let row = |hour: i64, state: &str, told: &[(&str, &str)]| {
        let mut row =
            Row { item: "A".to_owned(), at: hour * 3_600_000_000, state: Some(state.to_owned()), ..Row::default() };
        for (name, value) in told {
            let place = ATTRIBUTES.iter().position(|attribute| attribute == name).unwrap();
            row.said[place] = Some(Some((*value).to_owned()));
        }
        row
    };
    let rows = [
        row(1, "Open", &[("type", "Story")]),
        row(2, "Open", &[("team", "z")]),
        row(3, "Doing", &[("team", "a")]),
        row(3, "Doing", &[("type", "Bug"), ("team", "b")]),
    ];
    let model = "[phases]\nnew = [\"Open\"]\nactive = [\"Doing\"]\ndone = [\"Done\"]\n\
                 [[rule]]\nwhen = { type = [\"Bug\"], team = [\"a\"] }\nphase = \"done\"";
    let model = FlowModel::from_toml(model).unwrap();
    let answers = [[0, 1, 2, 3], [1, 0, 2, 3]].map(|order: [usize; 4]| {
        let log = FEEDS[0](&order.map(|row| rows[row].clone()), 1);
        let flow = measure(&log, &model, None).unwrap();
        (flow.records().unwrap().to_csv(), flow.log_hash().to_owned())
    });
    assert_eq!(answers[0], answers[1]);
}
