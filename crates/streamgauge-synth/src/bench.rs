//! The log that the benchmarks measure.

use streamgauge::Phase;

use crate::spec::{Dirt, Rates, StateSpec, StreamSpec, TypeSpec};
use crate::synth::Synth;

/// Rows of the state log per item, by construction of the preset.
const ROWS_AN_ITEM: u32 = 8;

impl Synth {
    /// The log of the benchmarks, with about `n_events` rows as a state log.
    ///
    /// Eight rows an item, 10 states, 4 types, 50 streams, 3 years; 10 % of the items are reopened and 20 % are not finished. Few types and
    /// streams change (2 % and 1 %). No odd data, no blocked or removed items, no teams and no resolutions. [`bench_model`]
    /// is its model.
    ///
    /// ```
    /// use streamgauge_synth::Synth;
    ///
    /// let synth = Synth::bench(8_000);
    /// assert_eq!((synth.items, synth.streams.len(), synth.states.len()), (1_000, 50, 10));
    /// ```
    pub fn bench(n_events: u32) -> Self {
        let streams = (1..=50_u32).map(|i| StreamSpec {
            weight: 1.0 + f64::from(i % 5),
            pace: 0.7 + 0.02 * f64::from(i % 30),
            ..StreamSpec::new(&format!("Stream {i:02}"), &format!("S{i:02}"))
        });
        let state = |name, phase, median_days, skip| StateSpec { skip, ..StateSpec::new(name, phase, median_days) };
        let rates = Rates {
            reopen: 0.134,
            stuck: 0.177,
            cancelled: 0.05,
            removed: 0.0,
            backward: 0.04,
            type_change: 0.02,
            stream_move: 0.01,
            blocked: 0.0,
            off_hours: 0.04,
        };
        Self {
            seed: 20_240_229,
            items: n_events / ROWS_AN_ITEM,
            from: streamgauge::Instant(18_628 * crate::spec::DAY_US),
            days: 1_095,
            drift: 0.5,
            streams: streams.collect(),
            states: vec![
                state("Backlog", Phase::New, 4.0, 0.0),
                state("Selected", Phase::New, 1.5, 0.14),
                state("Analysis", Phase::Active, 1.0, 0.2),
                state("In Progress", Phase::Active, 2.2, 0.0),
                state("In Review", Phase::Active, 0.7, 0.12),
                state("Ready for Test", Phase::Waiting, 1.0, 0.1),
                state("In Test", Phase::Active, 0.7, 0.1),
                state("Ready for Release", Phase::Waiting, 1.8, 0.1),
                state("Released", Phase::Done, 6.0, 0.0),
                state("Rejected", Phase::Cancelled, 0.0, 0.0),
            ],
            types: vec![
                TypeSpec::new("Story", 0.5),
                TypeSpec { pace: 0.6, ..TypeSpec::new("Bug", 0.3) },
                TypeSpec::new("Vulnerability", 0.05),
                TypeSpec { pace: 1.3, ..TypeSpec::new("Tech Debt", 0.15) },
            ],
            rates,
            dirt: Dirt::default(),
            size_spread: 0.4,
            resolution: None,
            cancelled_as: Vec::new(),
            blocked_reasons: Vec::new(),
            grain_us: 1,
        }
    }
}

/// The flow model of [`Synth::bench`].
///
/// ```
/// use streamgauge::FlowModel;
///
/// assert_eq!(FlowModel::from_toml(streamgauge_synth::bench_model())?.states().len(), 10);
/// # Ok::<(), streamgauge::Error>(())
/// ```
pub const fn bench_model() -> &'static str {
    include_str!("bench.toml")
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[derive(Default)]
    struct Seen {
        rows: u64,
        last: String,
        reopened: bool,
    }

    /// What happened to each item, from the long form.
    fn items(synth: &Synth) -> HashMap<u32, Seen> {
        let mut items: HashMap<u32, Seen> = HashMap::new();
        for event in synth.events().unwrap().filter(|event| event.field == "state") {
            let seen = items.entry(event.item.number).or_default();
            seen.rows += 1;
            let state = event.value.unwrap();
            seen.reopened |= seen.last == "Released" && state != "Released";
            state.clone_into(&mut seen.last);
        }
        items
    }

    #[test]
    fn is_what_the_benchmarks_say_it_is() {
        let synth = Synth::bench(200_000);
        let items = items(&synth);
        let n = items.len() as f64;
        let share = |is: &dyn Fn(&Seen) -> bool| items.values().filter(|seen| is(seen)).count() as f64 / n;
        let rows = items.values().map(|seen| seen.rows).sum::<u64>() as f64;
        assert!((rows / n - 8.0).abs() < 0.1, "{} rows an item", rows / n);
        assert!((share(&|seen| seen.reopened) - 0.10).abs() < 0.01, "reopened {}", share(&|seen| seen.reopened));
        let open = share(&|seen| seen.last != "Released" && seen.last != "Rejected");
        assert!((open - 0.20).abs() < 0.01, "open {open}");
        let log = synth.log().unwrap();
        let counts = |field| log.values(field).unwrap().len();
        assert_eq!((counts("state"), counts("type"), counts("stream")), (10, 4, 50));
        assert_eq!(log.fields(), ["state", "stream", "type"]);
    }
}
