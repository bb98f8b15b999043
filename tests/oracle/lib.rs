//! The oracle: every definition once more, the slow and obvious way.
//!
//! ```text
//! events ── event::clean ──> rows that exist for the answer
//!        ── history::histories ──> one step function per item
//!             ├── record::records    one row per item
//!             ├── metric::metrics    one row per window and group
//!             ├── stay::stays        unbroken stretches in load
//!             └── finding::findings  odd data, counted
//! ```
//!
//! Nothing here is shared with the library that it judges. Each function follows its sentence in the definitions as
//! literally as it can, and asks the whole log again for each answer: load at an instant is a count over all items,
//! an integral is a sum over every instant at which anything changed. It is good for hundreds of events, not millions.
//!
//! The casebook ([`casebook`], [`table`], [`engine`]) reads the pages of `tests/cases`, and asks any [`engine::Engine`].

pub mod casebook;
pub mod clock;
pub mod csv;
pub mod engine;
pub mod event;
pub mod finding;
pub mod history;
pub mod metric;
pub mod model;
pub mod number;
pub mod record;
pub mod stay;
pub mod table;
pub mod window;
pub mod word;

pub use engine::{Engine, Oracle};
pub use event::Event;
pub use finding::findings;
pub use metric::{Options, Row, Share, metrics};
pub use model::Model;
pub use record::{Record, records};
pub use stay::{Stay, stays};
pub use window::{Unit, Window, Windows};
