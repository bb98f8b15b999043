//! The oracle: every definition once more, the slow and obvious way.
//!
//! ```text
//! events ── event::clean ──> rows that exist for the answer
//!        ── history::histories ──> one step function per item
//!             ├── record::records    one row per item
//!             ├── metric::metrics    one row per window and group
//!             ├── stay::stays        unbroken stretches in load
//!             ├── finding::findings  odd data, counted
//!             └── asked::Asked       a question of any other table, prepared
//!                  └── visits, states, blocked, cfd, net_flow, ledger, rework, efficiencies, working
//! ```
//!
//! Nothing here is shared with the library that it judges. Each function follows its sentence in the definitions as
//! literally as it can, and asks the whole log again for each answer: load at an instant is a count over all items,
//! an integral is a sum over every instant at which anything changed. It is good for hundreds of events, not millions.
//!
//! The casebook ([`casebook`], [`table`], [`engine`]) reads the pages of `tests/cases`, and asks any [`engine::Engine`].

pub mod asked;
#[cfg(test)]
mod balance;
pub mod blocked;
pub mod calendar;
pub mod casebook;
pub mod cfd;
pub mod clock;
pub mod csv;
pub mod days;
pub mod efficiencies;
pub mod engine;
pub mod event;
pub mod finding;
pub mod history;
pub mod ledger;
pub mod metric;
pub mod model;
pub mod net_flow;
pub mod number;
pub mod record;
pub mod rework;
pub mod states;
pub mod stay;
pub mod table;
pub mod visits;
pub mod window;
pub mod word;
pub mod working;

pub use asked::{Asked, Reading};
pub use calendar::{Calendar, Calendars};
pub use engine::{Engine, Oracle, rows};
pub use event::Event;
pub use finding::findings;
pub use metric::{Options, Row, Share, metrics};
pub use model::Model;
pub use record::{Record, records};
pub use stay::{Stay, stays};
pub use window::{Unit, Window, Windows};
