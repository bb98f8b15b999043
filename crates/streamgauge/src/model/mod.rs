//! Floor 3: the framework's words. Phases, kinds, the flow model, the event log and findings.

mod builder;
mod codes;
mod compiled;
mod dictionary;
mod event_log;
mod finding;
mod flow_model;
mod names;
mod ordered_rows;
mod row_block;
mod rule;
mod state_log;
mod state_rows;
mod suggest;
mod survey;
mod text_index;
mod text_key;
mod words;

pub use builder::EventLogBuilder;
pub(crate) use codes::Codes;
pub(crate) use compiled::{Compiled, NO_KIND, NO_PLACE, UNKNOWN, kind_from_byte};
pub(crate) use dictionary::{Dictionary, NULL_CODE};
pub use event_log::EventLog;
pub(crate) use event_log::{Columns, Events, Field, NO_KNOWN_AT};
pub(crate) use finding::Tally;
pub use finding::{Finding, FindingCode};
pub use flow_model::FlowModel;
pub(crate) use names::{MOST_TEXT, Names};
pub(crate) use ordered_rows::OrderedRows;
pub use ordered_rows::RowOrder;
pub(crate) use row_block::{RowBlock, Told};
pub(crate) use rule::idle_rules;
pub(crate) use state_rows::NewRows;
pub(crate) use survey::plausible_ends;
pub(crate) use text_key::{IN_VIEW, Key, SPREAD, short_key, short_key_of_view, told};
pub use words::{Clock, Finish, Kind, OnUnknown, Outcome, Phase, Start, WhenBlocked};
