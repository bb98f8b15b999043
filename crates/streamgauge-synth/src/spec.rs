//! What the streams are like: the parts of the description that a [`Synth`](crate::Synth) is.
//!
//! Everything is a plain field with a sensible default, so that a test says only what matters to it.

use streamgauge::{Instant, Phase};

/// One day in µs.
pub(crate) const DAY_US: i64 = 86_400_000_000;
/// One hour in µs.
pub(crate) const HOUR_US: i64 = DAY_US / 24;
/// A value stream.
#[derive(Debug, Clone, PartialEq)]
pub struct StreamSpec {
    /// The value of the field `stream`.
    pub name: String,
    /// What the ids of its items begin with.
    pub key: String,
    /// Its teams; none writes no teams.
    pub teams: Vec<String>,
    /// Its share of the arrivals, relative to the other streams'.
    pub weight: f64,
    /// A factor on all times.
    pub pace: f64,
    /// What happens to it.
    pub episodes: Vec<Episode>,
}

/// A state of the workflow.
#[derive(Debug, Clone, PartialEq)]
pub struct StateSpec {
    /// The value of the field `state`.
    pub name: String,
    /// What it means. Cancelled states take no part in the workflow: cancelled items go to the first of them.
    pub phase: Phase,
    /// The median of the log-normal time in it, in days; for most moves, weekends do not count.
    pub median_days: f64,
    /// The sigma of the log-normal time in it.
    pub spread: f64,
    /// The share of items that pass it by.
    pub skip: f64,
}

/// A type of item.
#[derive(Debug, Clone, PartialEq)]
pub struct TypeSpec {
    /// The value of the field `type`.
    pub name: String,
    /// Its share, relative to the other types'.
    pub weight: f64,
    /// A factor on all times.
    pub pace: f64,
}

/// Something that happens to a stream for a while.
#[derive(Debug, Clone, PartialEq)]
pub struct Episode {
    /// When it begins.
    pub from: Instant,
    /// When it is over.
    pub until: Instant,
    /// What happens.
    pub what: Happening,
}

/// What can happen to a stream.
#[derive(Debug, Clone, PartialEq)]
pub enum Happening {
    /// The stream's share of the arrivals is this many times larger.
    Arrivals(f64),
    /// Arrivals of this type are this many times as likely.
    MoreOf(String, f64),
    /// Who comes into a state stays until the episode is over, but for small items, and for those that are caught up with.
    Freeze {
        /// The state.
        state: String,
        /// Items whose factor of size is below this are let through at their usual pace.
        admits: f64,
        /// On this day, and the four after it, some of those who wait are let go.
        catch_up: Instant,
        /// How many of them: a share.
        share: f64,
        /// Types that are let through from that day on.
        hot: Vec<String>,
    },
}

/// How often what happens: shares of items, but for `off_hours` and `backward`, which are shares of moves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rates {
    /// Finished items that are taken up again, once.
    pub reopen: f64,
    /// Items that stop somewhere and stay there.
    pub stuck: f64,
    /// Items that are cancelled on their way.
    pub cancelled: f64,
    /// Items that are deleted on their way.
    pub removed: f64,
    /// Moves that go back one state.
    pub backward: f64,
    /// Items whose type is changed.
    pub type_change: f64,
    /// Items that are moved to another stream.
    pub stream_move: f64,
    /// Stays in active states with a blocked stretch.
    pub blocked: f64,
    /// Moves that happen at any hour of any day; all others happen on a weekday from 8 to 18 o'clock, UTC.
    pub off_hours: f64,
}

/// What odd data there are, as shares of items.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Dirt {
    /// Items with a row that is there twice.
    pub duplicate: f64,
    /// Items with a state that is entered and left at one instant.
    pub same_instant: f64,
    /// Items without a type.
    pub no_type: f64,
    /// Items that go from their first state straight to done.
    pub without_start: f64,
}

impl StreamSpec {
    /// A stream of ordinary weight and pace to which nothing happens.
    ///
    /// ```
    /// use streamgauge_synth::StreamSpec;
    ///
    /// let stream = StreamSpec { pace: 0.8, ..StreamSpec::new("Checkout", "CHK") };
    /// assert_eq!(stream.weight, 1.0);
    /// ```
    pub fn new(name: &str, key: &str) -> Self {
        let (name, key) = (name.to_owned(), key.to_owned());
        Self { name, key, teams: Vec::new(), weight: 1.0, pace: 1.0, episodes: Vec::new() }
    }
}

impl StateSpec {
    /// A state that everybody passes.
    ///
    /// ```
    /// use streamgauge::Phase;
    /// use streamgauge_synth::StateSpec;
    ///
    /// let state = StateSpec { skip: 0.3, ..StateSpec::new("In Review", Phase::Active, 0.5) };
    /// assert_eq!(state.median_days, 0.5);
    /// ```
    pub fn new(name: &str, phase: Phase, median_days: f64) -> Self {
        Self { name: name.to_owned(), phase, median_days, spread: 0.8, skip: 0.0 }
    }
}

impl TypeSpec {
    /// A type of ordinary pace.
    ///
    /// ```
    /// use streamgauge_synth::TypeSpec;
    ///
    /// assert_eq!(TypeSpec::new("Bug", 0.3).pace, 1.0);
    /// ```
    pub fn new(name: &str, weight: f64) -> Self {
        Self { name: name.to_owned(), weight, pace: 1.0 }
    }
}

impl Default for Rates {
    /// What ordinary teams show.
    fn default() -> Self {
        Self {
            reopen: 0.08,
            stuck: 0.05,
            cancelled: 0.06,
            removed: 0.005,
            backward: 0.04,
            type_change: 0.03,
            stream_move: 0.01,
            blocked: 0.06,
            off_hours: 0.04,
        }
    }
}
