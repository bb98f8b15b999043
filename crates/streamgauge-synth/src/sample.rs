//! The embedded sample: two years of an invented payments product, in which something happened.
//!
//! Four value streams, Checkout, Payouts, Ledger and Onboarding, observed from 2023-01-02 up to 2025-01-03. Three of them are
//! steady. In the fourth:
//!
//! 1. **From July 2024 Checkout's releases are frozen.** Work goes on, but what comes to *Ready for Release* stays there; only small
//!    items are let out. In 2024-Q3 velocity falls to less than half, and load grows with every week.
//! 2. **The clock of finished items does not show it.** Only small items finish, so the median flow time of 2024-Q3 is *better* than that of
//!    2024-Q2, while the work that waits grows older. Load tells first; flow time, read alone, misleads.
//! 3. **In October there is a rushed catch-up.** Within a week a part of those who wait is released at once. The median still looks well, but
//!    the tail (p85) of 2024-Q4 is twice as long as ever before, and flow efficiency is the lowest of the two years.
//! 4. **Then the bill comes.** Bugs arrive at more than twice the usual rate, and the share of defects in Checkout's velocity of 2024-Q4 is
//!    the highest of the two years. The queue is still frozen, load is the highest ever, and velocity is still below that of 2024-Q2.
//!
//! Checkout by quarter of 2024 (velocity, median and p85 of flow time in days, load at the end, share of defects):
//!
//! | | velocity | p50 | p85 | load | defects |
//! | --- | ---: | ---: | ---: | ---: | ---: |
//! | Q1 | 89 | 15.1 | 29.0 | 36 | 30 % |
//! | Q2 | 103 | 16.1 | 28.8 | 34 | 19 % |
//! | Q3 | 39 | 11.7 | 16.9 | 98 | 28 % |
//! | Q4 | 82 | 14.0 | 60.2 | 114 | 43 % |
//!
//! As real exports have it, there is some dirt: rows that are there twice, two moves at one instant, items without a type, items closed without ever
//! being started, epics, and, for the model to settle, closed items whose resolution says that nothing was delivered.

use streamgauge::{EventLog, Instant, Phase};

use crate::error::Result;
use crate::spec::{DAY_US, Dirt, Episode, Happening, Rates, StateSpec, StreamSpec, TypeSpec};
use crate::synth::Synth;

const fn day(days: i64) -> Instant {
    Instant(days * DAY_US)
}

/// 2023-01-02, a Monday.
const FROM: Instant = day(19_359);
/// 2024-07-01.
const FREEZE: Instant = day(19_905);
/// 2024-10-07, a Monday.
const CATCH_UP: Instant = day(20_003);
/// After the last day.
const NEVER: Instant = day(20_200);

/// The embedded sample.
///
/// ```
/// let log = streamgauge_synth::sample()?;
/// assert_eq!(log.values("stream")?.len(), 4);
/// assert!((2_400..2_600).contains(&log.n_items()));
/// # Ok::<(), streamgauge_synth::SynthError>(())
/// ```
///
/// # Errors
/// None in practice: the description is fixed and tested.
pub fn sample() -> Result<EventLog> {
    sample_synth().log()
}

/// The flow model of the embedded sample, with comments, as TOML.
///
/// ```
/// use streamgauge::{FlowModel, Phase};
///
/// let model = FlowModel::from_toml(streamgauge_synth::sample_model())?;
/// assert_eq!(model.phase_of("Ready for Release"), Some(Phase::Waiting));
/// # Ok::<(), streamgauge::Error>(())
/// ```
pub const fn sample_model() -> &'static str {
    include_str!("sample.toml")
}

/// The description that the embedded sample is generated from; change it to see what a review would show.
///
/// ```
/// use streamgauge_synth::sample_synth;
///
/// // The same product without its trouble.
/// let mut calm = sample_synth();
/// calm.streams.iter_mut().for_each(|stream| stream.episodes.clear());
/// assert_ne!(calm.log()?.n_events(), sample_synth().log()?.n_events());
/// # Ok::<(), streamgauge_synth::SynthError>(())
/// ```
pub fn sample_synth() -> Synth {
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    Synth {
        seed: 2_024,
        items: 2_500,
        from: FROM,
        days: 732,
        drift: 0.25,
        streams: streams(),
        states: states(),
        types: types(),
        rates: Rates { stuck: 0.03, ..Rates::default() },
        dirt: Dirt { duplicate: 0.012, same_instant: 0.01, no_type: 0.008, without_start: 0.008 },
        size_spread: 0.5,
        resolution: Some("Done".to_owned()),
        cancelled_as: texts(&["Won't Do", "Duplicate", "Cannot Reproduce"]),
        blocked_reasons: texts(&[
            "Waiting for another team",
            "Waiting for the card scheme",
            "Test environment is down",
            "Decision needed",
        ]),
        grain_us: 1_000_000,
    }
}

fn streams() -> Vec<StreamSpec> {
    let stream = |name, key, weight, pace, teams: [&str; 2]| StreamSpec {
        weight,
        pace,
        teams: teams.map(str::to_owned).into(),
        ..StreamSpec::new(name, key)
    };
    let mut checkout = stream("Checkout", "CHK", 1.4, 0.9, ["Alder", "Birch"]);
    let episode = |from, what| Episode { from, until: NEVER, what };
    checkout.episodes = vec![
        episode(
            FREEZE,
            Happening::Freeze {
                state: "Ready for Release".to_owned(),
                admits: 0.75,
                catch_up: CATCH_UP,
                share: 0.3,
                hot: vec!["Bug".to_owned()],
            },
        ),
        episode(CATCH_UP, Happening::MoreOf("Bug".to_owned(), 2.5)),
    ];
    vec![
        checkout,
        stream("Payouts", "PAY", 1.0, 1.0, ["Cedar", "Elm"]),
        stream("Ledger", "LED", 0.8, 1.3, ["Hazel", "Juniper"]),
        stream("Onboarding", "ONB", 0.9, 0.8, ["Maple", "Rowan"]),
    ]
}

fn states() -> Vec<StateSpec> {
    let state = |name, phase, median_days, skip| StateSpec { skip, ..StateSpec::new(name, phase, median_days) };
    vec![
        state("Backlog", Phase::New, 5.0, 0.0),
        state("Ready for Development", Phase::Waiting, 1.8, 0.15),
        state("In Progress", Phase::Active, 2.5, 0.0),
        state("In Review", Phase::Active, 0.6, 0.1),
        state("Ready for Test", Phase::Waiting, 1.0, 0.15),
        state("In Test", Phase::Active, 0.8, 0.1),
        state("Ready for Release", Phase::Waiting, 2.0, 0.05),
        state("Released", Phase::Done, 5.0, 0.0),
        // Some tidy up after a release.
        state("Closed", Phase::Done, 10.0, 0.8),
    ]
}

fn types() -> Vec<TypeSpec> {
    let kind = |name, weight, pace| TypeSpec { pace, ..TypeSpec::new(name, weight) };
    vec![
        kind("Story", 0.48, 1.0),
        kind("Bug", 0.24, 0.6),
        kind("Vulnerability", 0.05, 0.5),
        kind("Tech Debt", 0.10, 1.2),
        kind("Task", 0.10, 0.8),
        kind("Epic", 0.03, 4.0),
    ]
}

#[cfg(test)]
mod tests {
    use arrow_array::RecordBatch;
    use arrow_array::cast::AsArray;
    use arrow_array::types::{DurationMicrosecondType, Float64Type, Int64Type};
    use streamgauge::{FlowModel, Question, WindowsOf, measure};

    use super::*;

    /// What the story says of a quarter of Checkout.
    #[derive(Debug)]
    struct Quarter {
        velocity: i64,
        p50_days: f64,
        p85_days: f64,
        load_end: i64,
        defects: f64,
    }

    /// 2024-Q1 … Q4.
    fn quarters() -> Vec<(Instant, Instant)> {
        [19_723, 19_814, 19_905, 19_997, 20_089].windows(2).map(|days| (day(days[0]), day(days[1]))).collect()
    }

    /// The row of a window and a group.
    fn row(table: &RecordBatch, window: usize, group: &[(&str, &str)]) -> usize {
        let is = |row: usize| {
            group
                .iter()
                .all(|(name, value)| table.column_by_name(name).unwrap().as_string::<i32>().value(row) == *value)
        };
        (0..table.num_rows()).filter(|row| is(*row)).nth(window).unwrap()
    }

    fn checkout() -> Vec<Quarter> {
        let model = FlowModel::from_toml(sample_model()).unwrap();
        let flow = measure(&sample().unwrap(), &model, None).unwrap();
        let ask = |by: &[&str]| {
            let by = by.iter().map(|name| (*name).to_owned()).collect();
            flow.metrics(&Question { windows: WindowsOf::List(quarters()), by, ..Question::default() }).unwrap().batch()
        };
        let (streams, kinds) = (ask(&["stream"]), ask(&["stream", "kind"]));
        let quarter = |window| {
            let at = row(&streams, window, &[("stream", "Checkout")]);
            let int = |name| streams.column_by_name(name).unwrap().as_primitive::<Int64Type>().value(at);
            let days = |name| {
                streams.column_by_name(name).unwrap().as_primitive::<DurationMicrosecondType>().value(at) as f64
                    / DAY_US as f64
            };
            let shares = kinds.column_by_name("distribution").unwrap().as_primitive::<Float64Type>();
            Quarter {
                velocity: int("velocity"),
                p50_days: days("flow_time_p50"),
                p85_days: days("flow_time_p85"),
                load_end: int("load_end"),
                defects: shares.value(row(&kinds, window, &[("stream", "Checkout"), ("kind", "defect")])),
            }
        };
        (0..4).map(quarter).collect()
    }

    #[test]
    fn the_story_shows() {
        let quarters = checkout();
        let [_, q2, q3, q4] = quarters.as_slice() else { panic!("four quarters") };
        let says = |what: &str, is: bool| assert!(is, "{what}: {quarters:#?}");
        says("the freeze halves velocity", 2 * q3.velocity < q2.velocity);
        says("and load more than doubles", q3.load_end > 2 * q2.load_end);
        says("while the median looks better", q3.p50_days < 0.85 * q2.p50_days);
        says("until the catch-up", q4.p85_days > 1.5 * q2.p85_days);
        says("and its defects", q4.defects > 1.5 * q2.defects);
        says("with still more load", q4.load_end > 3 * q2.load_end);
        says("and velocity still low", 10 * q4.velocity < 9 * q2.velocity);
    }

    #[test]
    fn dirt_is_found() {
        let model = FlowModel::from_toml(sample_model()).unwrap();
        let flow = measure(&sample().unwrap(), &model, None).unwrap();
        let table = flow.findings().unwrap().batch();
        let codes: Vec<_> = table.column_by_name("code").unwrap().as_string::<i32>().iter().flatten().collect();
        for code in ["duplicate_event", "same_instant", "no_type", "finished_without_start", "reopened", "ignored_type"]
        {
            assert!(codes.contains(&code), "{code} is not in {codes:?}");
        }
    }

    #[test]
    fn two_years_of_whole_seconds_with_a_model() {
        let log = sample().unwrap();
        let model = FlowModel::from_toml(sample_model()).unwrap();
        assert!(log.values("state").unwrap().iter().all(|(state, _)| model.phase_of(state).is_some()));
        assert!(log.values("type").unwrap().iter().all(|(name, _)| model.kind_of(name).is_some()));
        let synth = sample_synth();
        assert!(synth.events().unwrap().all(|event| event.at.0 % 1_000_000 == 0));
        assert_eq!(synth.from.to_string(), "2023-01-02T00:00:00Z");
        assert_eq!(synth.until().to_string(), "2025-01-03T00:00:00Z");
        assert_eq!(FREEZE.to_string(), "2024-07-01T00:00:00Z");
        assert_eq!(CATCH_UP.to_string(), "2024-10-07T00:00:00Z");
    }
}
