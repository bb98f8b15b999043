//! Random small logs, models and questions, made so that corners are common: instants that collide, rows that repeat,
//! rows out of order, zero-length steps, ignored states and types, days of 23 and 25 hours.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use streamgauge_tests::{Event, Options, Share, Unit, Windows};

const HOUR: i64 = 3_600_000_000;

/// Midnights (UTC) near which logs play: before the days of 23 and of 25 hours in Berlin, and before a new ISO year.
const ANCHORS: [i64; 3] = [1_711_670_400_000_000, 1_729_814_400_000_000, 1_735_344_000_000_000];

/// One question to put to two engines.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    /// The log.
    pub(crate) events: Vec<Event>,
    /// The model file.
    pub(crate) model: String,
    /// The instant of the answer.
    pub(crate) as_of: Option<i64>,
    /// The windows; they may lie wholly after `as_of`, which is an error.
    pub(crate) windows: Windows,
    /// The group's fields.
    pub(crate) by: Vec<&'static str>,
    /// Percentiles and shares.
    pub(crate) options: Options,
}

/// Any question, about any log, under any model that fits it.
pub(crate) fn cases() -> impl Strategy<Value = Case> {
    (select(ANCHORS.to_vec()), any::<bool>()).prop_flat_map(|(anchor, unknown)| {
        let as_of = prop_oneof![2 => Just(None), 1 => instants(anchor).prop_map(Some)];
        (logs(anchor, unknown), models(unknown), as_of, windows(anchor), groups(), options()).prop_map(
            |(events, model, as_of, windows, by, options)| Case { events, model, as_of, windows, by, options },
        )
    })
}

/// Instants on a coarse grid of six hours over four days; a few are a little later.
pub(crate) fn instants(anchor: i64) -> impl Strategy<Value = i64> {
    let late = prop_oneof![10 => Just(0), 1 => Just(30_000_000), 1 => Just(1)];
    (0..16_i64, late).prop_map(move |(place, late)| anchor + place * 6 * HOUR + late)
}

/// Up to six items, some busier than others, and forty events, some of them twice, in any order. `unknown` words are in no model's lists.
pub(crate) fn logs(anchor: i64, unknown: bool) -> impl Strategy<Value = Vec<Event>> {
    let again = vec((any::<Index>(), any::<Index>()), 0..4);
    (vec(event(anchor, unknown), 1..40), again).prop_map(|(mut events, again)| {
        for (from, to) in again {
            let copy = events[from.index(events.len())].clone();
            events.insert(to.index(events.len() + 1), copy);
        }
        events
    })
}

fn event(anchor: i64, unknown: bool) -> impl Strategy<Value = Event> {
    let item = select(vec!["A", "A", "A", "A", "B", "B", "B", "C", "C", "D", "E", "F"]);
    let implausible = select(vec![-1, 4_102_444_800_000_000_i64]);
    let at = prop_oneof![60 => instants(anchor), 1 => implausible];
    let known_at = prop_oneof![12 => Just(None), 1 => Just(Some(anchor))];
    (item, at, change(unknown), known_at).prop_map(|(item, at, (field, value), known_at)| Event {
        item: item.to_owned(),
        at,
        field: field.to_owned(),
        value: value.map(str::to_owned),
        known_at,
    })
}

fn change(unknown: bool) -> impl Strategy<Value = (&'static str, Option<&'static str>)> {
    let mut states = vec!["Open", "Doing", "Doing", "Review", "Queue", "Done", "Done", "Shipped", "Void", "Parked"];
    let mut types = vec!["Story", "Bug", "Epic"];
    if unknown {
        states.push("Limbo");
        types.push("Odd");
    }
    prop_oneof![
        16 => one_of("state", states, 1),
        4 => one_of("type", types, 1),
        3 => one_of("stream", vec!["web", "api"], 2),
        2 => one_of("blocked", vec!["true", "true", "false"], 4),
        1 => one_of("blocked_reason", vec!["licence", "supplier"], 3),
        2 => one_of("removed", vec!["true", "false"], 4),
        2 => one_of("resolution", vec!["Won't Fix", "Fixed"], 2),
        1 => one_of("team", vec!["a", "b"], 2),
    ]
}

/// A field with one of its values, or, so many times in a dozen, null.
fn one_of(
    field: &'static str,
    values: Vec<&'static str>,
    nulls: u32,
) -> impl Strategy<Value = (&'static str, Option<&'static str>)> {
    let value = prop_oneof![12 - nulls => select(values).prop_map(Some), nulls => Just(None)];
    value.prop_map(move |value| (field, value))
}

/// Model files with every option of the clock. Under `unknown`, one that does not make unknown words an error.
pub(crate) fn models(unknown: bool) -> impl Strategy<Value = String> {
    let start = select(vec!["first_commit", "first_active", "last_commit", "created"]);
    let finish = select(vec!["last", "first"]);
    let blocked = select(vec!["waiting", "active"]);
    let on_unknown = select(if unknown { vec!["waiting", "ignored"] } else { vec!["error", "waiting", "ignored"] });
    let zone = select(vec!["UTC", "Europe/Berlin", "America/Sao_Paulo"]);
    let parts = (select(PHASES.to_vec()), select(KINDS.to_vec()), select(RULES.to_vec()));
    (start, finish, blocked, on_unknown, zone, parts).prop_map(
        |(start, finish, blocked, on_unknown, zone, (phases, kinds, rules))| {
            format!(
                "zone = {zone:?}\nfiscal_year_start = 4\non_unknown = {on_unknown:?}\n{phases}\n{kinds}\n{rules}\n\
                 [clock]\nstart = {start:?}\nfinish = {finish:?}\nblocked = {blocked:?}\n"
            )
        },
    )
}

const PHASES: [&str; 4] = [
    r#"
blocked_states = ["Queue", "Parked", "Review"]
[phases]
new = ["Open"]
active = ["Doing", "Review"]
waiting = ["Queue"]
done = ["Done", "Shipped"]
cancelled = ["Void"]
ignored = ["Parked"]
"#,
    r#"
[phases]
new = ["Open"]
active = ["Doing", "Review"]
waiting = ["Queue"]
done = ["Done", "Shipped"]
cancelled = ["Void"]
ignored = ["Parked"]
"#,
    r#"
order = ["Open", "Queue", "Doing", "Review", "Void", "Done", "Shipped"]
[phases]
new = ["Open"]
active = ["Doing", "Review"]
waiting = ["Queue"]
done = ["Done", "Shipped"]
cancelled = ["Void"]
ignored = ["Parked"]
"#,
    r#"
[phases]
waiting = ["Open", "Queue"]
active = ["Review", "Doing"]
cancelled = ["Void", "Parked"]
done = ["Shipped", "Done"]
"#,
];

const KINDS: [&str; 2] = [
    "",
    r#"
[kinds]
feature = ["Story"]
defect = ["Bug"]
ignored = ["Epic"]
"#,
];

const RULES: [&str; 5] = [
    "",
    r#"
[[rule]]
when = { state = ["Review"] }
kind = "ignored"
[[rule]]
when = { state = ["Queue", "Done"], type = ["Story"] }
kind = "risk"
[[rule]]
when = { state = ["Queue"] }
kind = "debt"
[[rule]]
when = { type = ["Bug", "Story", "Epic"] }
kind = "defect"
"#,
    r#"
[[rule]]
when = { state = ["Done", "Shipped"], resolution = ["Won't Fix"] }
phase = "cancelled"
"#,
    r#"
[[rule]]
when = { blocked = ["true"], state = ["Doing"] }
phase = "ignored"
[[rule]]
when = { state = ["Review"], stream = ["api"] }
phase = "new"
"#,
    r#"
[[rule]]
when = { type = ["Bug"], stream = ["web"] }
kind = "ignored"
[[rule]]
when = { type = ["Bug", "Story", "Epic"] }
kind = "risk"
[[rule]]
when = { type = ["Odd"] }
kind = "debt"
phase = "waiting"
"#,
];

/// Regular windows with or without a span, or a list of windows in order, with gaps.
pub(crate) fn windows(anchor: i64) -> impl Strategy<Value = Windows> {
    let unit = prop_oneof![
        4 => Just(Unit::Day),
        2 => Just(Unit::Week),
        1 => select(vec![Unit::Month, Unit::Quarter, Unit::Year]),
    ];
    let whole = unit.clone().prop_map(|unit| Windows::Every { unit, from: None, to: None });
    let span = (unit, instants(anchor - 48 * HOUR), 1..120_i64).prop_map(|(unit, from, hours)| Windows::Every {
        unit,
        from: Some(from),
        to: Some(from + hours * HOUR),
    });
    let list = vec(instants(anchor), 2..8).prop_map(|mut edges| {
        edges.sort_unstable();
        edges.dedup();
        let pairs = edges.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect::<Vec<_>>();
        let one = vec![(edges[0], edges[0] + 24 * HOUR)];
        Windows::List(if pairs.is_empty() { one } else { pairs })
    });
    prop_oneof![3 => whole, 2 => span, 2 => list]
}

/// A handful of groupings.
pub(crate) fn groups() -> impl Strategy<Value = Vec<&'static str>> {
    select(vec![
        vec![],
        vec!["kind"],
        vec!["stream", "kind"],
        vec!["stream"],
        vec!["state"],
        vec!["type", "stream"],
        vec!["kind", "resolution"],
        vec!["blocked"],
        vec!["removed", "kind"],
    ])
}

/// Percentiles, method and shares.
pub(crate) fn options() -> impl Strategy<Value = Options> {
    let percentiles = select(vec![vec![50.0, 85.0, 95.0], vec![25.0, 75.0], vec![100.0]]);
    let share = select(vec![Share::Velocity, Share::Load]);
    (percentiles, any::<bool>(), share).prop_map(|(percentiles, linear, distribution_of)| Options {
        percentiles,
        linear,
        distribution_of,
    })
}
