//! Seeded, realistic value streams: the embedded [`sample`], and logs of any size for tests, benches and notebooks.
//!
//! Real exports cannot be given away, and hand-made ones are too tidy. A [`Synth`] describes streams as trackers show them: log-normal
//! times in states, people who work on weekdays, arrivals that drift, work that is reopened, skipped, sent back, blocked, cancelled,
//! removed, or that just stops. What it describes is generated event by event, to an [`EventLog`](streamgauge::EventLog) or straight to Parquet.
//!
//! ```
//! use streamgauge_synth::{StreamSpec, Synth};
//!
//! let synth = Synth {
//!     seed: 42,
//!     items: 200,
//!     streams: vec![StreamSpec::new("Search", "SRC"), StreamSpec { pace: 2.0, ..StreamSpec::new("Billing", "BIL") }],
//!     ..Synth::default()
//! };
//! let log = synth.log()?;
//! assert_eq!(log.n_items(), 200);
//! assert_eq!(log.values("stream")?.len(), 2);
//! # Ok::<(), streamgauge_synth::SynthError>(())
//! ```
//!
//! Invariants: the same description gives the same events; each item's life depends on the seed and its number only; an item's events
//! are in order of time; nothing happens before [`Synth::from`] or at or after [`Synth::until`].
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod bench;
mod clock;
mod error;
mod life;
mod parquet_file;
mod plan;
mod rows;
mod sample;
mod spec;
mod stay;
mod synth;

pub use bench::bench_model;
pub use error::{Result, SynthError};
pub use parquet_file::{Ids, Layout};
pub use rows::{Form, ItemId, Order, SynthEvent};
pub use sample::{sample, sample_model, sample_synth};
pub use spec::{Dirt, Episode, Happening, Rates, StateSpec, StreamSpec, TypeSpec};
pub use synth::Synth;
