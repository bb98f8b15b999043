//! The description of streams, its defaults, and the doors to what is generated from it.

use streamgauge::{EventLog, Instant, Phase};

use crate::error::{Result, SynthError};
use crate::plan::Plan;
use crate::rows::{Form, Order, Rows, SynthEvent};
use crate::spec::{DAY_US, Dirt, HOUR_US, Rates, StateSpec, StreamSpec, TypeSpec};

/// 2023-01-02, a Monday.
const MONDAY: Instant = Instant(19_359 * DAY_US);
/// Texts are numbered in 16 bits.
const MOST_WORDS: usize = 60_000;

/// A seeded description of value streams, from which events are generated.
///
/// The same description gives the same events, whatever part of it is generated, in whatever order: each item has a random
/// generator of its own, made of the seed and the item's number.
///
/// ```
/// use streamgauge_synth::Synth;
///
/// let synth = Synth { seed: 7, items: 100, ..Synth::default() };
/// assert_eq!(synth.log()?.n_items(), 100);
/// assert!(synth.events()?.next().is_some_and(|event| event.item.number == 1 && event.at >= synth.from));
/// # Ok::<(), streamgauge_synth::SynthError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Synth {
    /// Chooses among the worlds that fit the description.
    pub seed: u64,
    /// How many items arrive.
    pub items: u32,
    /// When the first may arrive.
    pub from: Instant,
    /// How many days are observed; what would happen later is not in the log.
    pub days: u32,
    /// How much the rate of arrivals grows from the first day to the last: 0.3 is 30 % more.
    pub drift: f64,
    /// The streams; an item arrives in one by weight.
    pub streams: Vec<StreamSpec>,
    /// The states in workflow order: those before the first done state are passed one after another.
    pub states: Vec<StateSpec>,
    /// The types of items.
    pub types: Vec<TypeSpec>,
    /// How often what happens.
    pub rates: Rates,
    /// What odd data there are.
    pub dirt: Dirt,
    /// How much items differ in size: the sigma of a log-normal factor on all times of one item.
    pub size_spread: f64,
    /// The resolution of a finished item; `None` writes no resolutions.
    pub resolution: Option<String>,
    /// The resolutions of cancelled items.
    pub cancelled_as: Vec<String>,
    /// Why items are blocked.
    pub blocked_reasons: Vec<String>,
    /// Instants are whole multiples of this many µs.
    pub grain_us: i64,
}

impl Default for Synth {
    /// A thousand items of two streams over a year.
    fn default() -> Self {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        Self {
            seed: 1,
            items: 1_000,
            from: MONDAY,
            days: 364,
            drift: 0.2,
            streams: vec![StreamSpec::new("Alpha", "ALPHA"), StreamSpec::new("Beta", "BETA")],
            states: vec![
                StateSpec::new("Backlog", Phase::New, 5.0),
                StateSpec { skip: 0.1, ..StateSpec::new("Ready", Phase::Waiting, 2.0) },
                StateSpec::new("In Progress", Phase::Active, 3.0),
                StateSpec { skip: 0.2, ..StateSpec::new("In Review", Phase::Active, 1.0) },
                StateSpec::new("Done", Phase::Done, 6.0),
            ],
            types: vec![
                TypeSpec::new("Story", 0.5),
                TypeSpec { pace: 0.7, ..TypeSpec::new("Bug", 0.3) },
                TypeSpec::new("Vulnerability", 0.05),
                TypeSpec::new("Task", 0.15),
            ],
            rates: Rates::default(),
            dirt: Dirt::default(),
            size_spread: 0.4,
            resolution: Some("Done".to_owned()),
            cancelled_as: texts(&["Won't Do", "Duplicate"]),
            blocked_reasons: texts(&["Waiting for a decision", "Waiting for a supplier", "Environment is down"]),
            grain_us: 1,
        }
    }
}

impl Synth {
    /// When the observation ends: nothing happens at or after it.
    ///
    /// ```
    /// use streamgauge_synth::Synth;
    ///
    /// assert_eq!(Synth::default().until().to_string(), "2024-01-01T00:00:00Z");
    /// ```
    pub fn until(&self) -> Instant {
        Instant(self.from.0.saturating_add(i64::from(self.days).saturating_mul(DAY_US)))
    }

    /// Refuses what cannot be, before the first item is made.
    pub(crate) fn check(&self) -> Result<()> {
        let wrong = |field, wanted: &str| Err(SynthError::Spec { field, wanted: wanted.to_owned() });
        if self.states.is_empty() {
            return wrong("states", "at least one state is needed");
        }
        if self.streams.is_empty() {
            return wrong("streams", "at least one stream is needed");
        }
        if self.types.is_empty() {
            return wrong("types", "at least one type is needed");
        }
        if self.streams.len() + self.states.len() + self.types.len() > MOST_WORDS {
            return wrong("streams", "at most 60,000 streams, states and types are possible");
        }
        if !self.from.is_plausible() || !self.until().is_plausible() {
            return wrong("from", "the days observed must lie within 1970 and 2100");
        }
        if self.grain_us < 1 || self.grain_us > HOUR_US {
            return wrong("grain_us", "a number of µs from 1 to one hour is needed");
        }
        if !(0.0..=100.0).contains(&self.drift) {
            return wrong("drift", "a number from 0 to 100 is needed");
        }
        if !self.weights().all(|weight| (0.0..=1e9).contains(&weight)) {
            return wrong("streams, states, types", "weights, paces, medians and spreads are numbers from 0 to 1e9");
        }
        if self.states.iter().all(|state| state.phase == Phase::Cancelled) {
            return wrong("states", "a state that is not cancelled is needed");
        }
        Ok(())
    }

    /// Every number that must be finite and not negative.
    fn weights(&self) -> impl Iterator<Item = f64> + '_ {
        let streams = self.streams.iter().flat_map(|stream| [stream.weight, stream.pace]);
        let states = self.states.iter().flat_map(|state| [state.median_days, state.spread, state.skip]);
        let types = self.types.iter().flat_map(|kind| [kind.weight, kind.pace]);
        streams.chain(states).chain(types).chain([self.size_spread])
    }
}

impl Synth {
    /// All events, item by item, each item's in order of time.
    ///
    /// ```
    /// use streamgauge_synth::Synth;
    ///
    /// let synth = Synth { items: 10, ..Synth::default() };
    /// let fields: Vec<_> = synth.events()?.take(3).map(|event| event.field).collect();
    /// assert_eq!(fields, ["type", "stream", "state"]);
    /// # Ok::<(), streamgauge_synth::SynthError>(())
    /// ```
    ///
    /// # Errors
    /// [`SynthError::Spec`] if the description cannot be.
    pub fn events(&self) -> Result<impl Iterator<Item = SynthEvent<'_>>> {
        let mut rows = Rows::new(Plan::new(self)?, Form::Long, Order::ByItem);
        Ok(std::iter::from_fn(move || rows.next().map(|row| rows.event(&row))))
    }

    /// The events as a log.
    ///
    /// # Errors
    /// [`SynthError::Spec`] if the description cannot be; [`SynthError::Log`] if there are more than 2³² − 1 events.
    pub fn log(&self) -> Result<EventLog> {
        let mut log = EventLog::builder();
        let (mut item, mut text) = (None, String::new());
        for event in self.events()? {
            if item.replace(event.item) != Some(event.item) {
                text = event.item.to_string();
            }
            log.push(&text, event.at, event.field, event.value, None)?;
        }
        Ok(log.finish()?)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::clock::weekday;
    use crate::spec::Dirt;

    fn events(synth: &Synth) -> Vec<SynthEvent<'_>> {
        synth.events().unwrap().collect()
    }

    #[test]
    fn a_seed_is_a_world() {
        let synth = Synth { items: 300, ..Synth::default() };
        assert_eq!(events(&synth), events(&synth.clone()));
        let other = Synth { seed: 2, ..synth.clone() };
        assert_ne!(events(&synth), events(&other));
        assert_eq!(synth.log().unwrap().n_events(), events(&synth).len());
    }

    #[test]
    fn an_item_depends_on_its_number_only() {
        let plan = Plan::new(&SOME).unwrap();
        let life = |item| {
            let mut history = crate::life::History::default();
            crate::life::live(&plan, item, &mut history);
            history.steps
        };
        let seventh = life(7);
        let _ = life(3);
        assert_eq!(life(7), seventh);
    }

    static SOME: std::sync::LazyLock<Synth> = std::sync::LazyLock::new(Synth::default);

    #[test]
    fn everything_happens_and_in_order() {
        let synth = Synth { items: 4_000, ..Synth::default() };
        let events = events(&synth);
        assert!(events.windows(2).all(|pair| pair[0].item != pair[1].item || pair[0].at <= pair[1].at));
        assert!(events.iter().all(|event| synth.from <= event.at && event.at < synth.until()));
        let share = |is: &dyn Fn(&SynthEvent<'_>) -> bool| {
            let items: HashSet<_> = events.iter().filter(|event| is(event)).map(|event| event.item).collect();
            items.len() as f64 / 4_000.0
        };
        let with = |field: &'static str, value: &'static str| share(&|e| e.field == field && e.value == Some(value));
        for (what, found, wanted) in [
            ("cancelled", with("resolution", "Won't Do") + with("resolution", "Duplicate"), 0.055),
            ("removed", with("removed", "true"), 0.005),
            ("blocked", with("blocked", "true"), 0.10),
            ("reopened", share(&|e| e.field == "resolution" && e.value.is_none()), 0.065),
        ] {
            assert!((found - wanted).abs() < 0.35 * wanted, "{what}: {found}, not {wanted}");
        }
        let types = events.windows(2).filter(|pair| pair[0].item == pair[1].item && pair[1].field == "type").count();
        assert!((80..160).contains(&types), "{types} changes of type");
    }

    #[test]
    fn weekends_and_nights_are_quiet() {
        let synth = Synth { items: 4_000, ..Synth::default() };
        let events = events(&synth);
        let share = |is: &dyn Fn(i64) -> bool| {
            events.iter().filter(|event| is(event.at.0)).count() as f64 / events.len() as f64
        };
        let weekend = share(&|at| weekday(at.div_euclid(DAY_US)) >= 5);
        let night = share(&|at| !(8 * HOUR_US..18 * HOUR_US).contains(&at.rem_euclid(DAY_US)));
        assert!((0.001..0.02).contains(&weekend), "weekend {weekend}");
        assert!((0.005..0.05).contains(&night), "night {night}");
        for day in 0..5 {
            let share = share(&|at| weekday(at.div_euclid(DAY_US)) == day);
            assert!((0.17..0.23).contains(&share), "weekday {day}: {share}");
        }
    }

    #[test]
    fn arrivals_drift() {
        let synth = Synth { items: 4_000, drift: 1.0, ..Synth::default() };
        let half = synth.from.0 + 182 * DAY_US;
        let mut seen = HashSet::new();
        let events = events(&synth);
        let early = events.iter().filter(|event| seen.insert(event.item) && event.at.0 < half).count();
        // Rate 1 + x over [0, 1]: 5/12 of the arrivals come in the first half.
        assert!((1_600..1_720).contains(&early), "{early}");
    }

    #[test]
    fn dirt_is_there_when_it_is_asked_for() {
        let dirt = Dirt { duplicate: 0.5, same_instant: 0.5, no_type: 0.5, without_start: 0.2 };
        let synth = Synth { items: 400, dirt, ..Synth::default() };
        let events = events(&synth);
        let pairs = || events.windows(2).filter(|pair| pair[0].item == pair[1].item);
        assert!((150..250).contains(&pairs().filter(|pair| pair[0] == pair[1]).count()));
        let at_once = |pair: &&[SynthEvent<'_>]| {
            pair[0].at == pair[1].at && pair.iter().all(|e| e.field == "state") && pair[0].value != pair[1].value
        };
        assert!(pairs().filter(at_once).count() > 80);
        let straight = |pair: &&[SynthEvent<'_>]| pair[0].value == Some("Backlog") && pair[1].value == Some("Done");
        assert!((50..110).contains(&pairs().filter(straight).count()));
    }

    #[test]
    fn refused_with_what_is_wrong() {
        let some = Synth::default;
        for (synth, wanted) in [
            (Synth { streams: vec![], ..some() }, "streams: at least one"),
            (Synth { types: vec![], ..some() }, "types: at least one"),
            (Synth { from: Instant(-1), ..some() }, "from: the days"),
            (Synth { days: u32::MAX, ..some() }, "from: the days"),
            (Synth { grain_us: 0, ..some() }, "grain_us: a number"),
            (Synth { drift: f64::NAN, ..some() }, "drift: a number"),
            (Synth { size_spread: f64::INFINITY, ..some() }, "weights, paces"),
            (Synth { states: vec![StateSpec::new("Void", Phase::Cancelled, 1.0)], ..some() }, "not cancelled"),
        ] {
            let error = synth.log().unwrap_err().to_string();
            assert!(error.contains(wanted), "{error}");
        }
        assert_eq!(Synth { items: 0, ..some() }.log().unwrap().n_events(), 0);
    }
}
