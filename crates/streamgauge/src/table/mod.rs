//! Floor 4: schemas and column names, said once; Arrow in and out.

mod coding;
mod columns;
mod events;
mod few;
mod gathered;
mod items;
mod keys;
mod receipt;
mod rows;
mod stamps;
mod text;
mod texts;
mod words;

pub use columns::EventColumns;
pub(crate) use gathered::{Cells, Counts, Gathered, NULL, Numbers};
pub use receipt::DEFINITIONS_VERSION;
pub(crate) use receipt::Receipt;
pub use rows::Table;
pub(crate) use rows::{TableBuilder, shown_name};
