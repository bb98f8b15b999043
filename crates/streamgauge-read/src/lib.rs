//! Files to events: exports of trackers, and event tables in CSV, JSON Lines and Parquet, become an
//! [`EventLog`](streamgauge::EventLog).
//!
//! ```text
//!  file ── gzip? ── what is it? ──┬── events: csv, jsonl, parquet ──┐
//!  (by its bytes, not its name)   └── jira: issues with changelog ──┴──> sink ──> EventLog + findings
//! ```
//!
//! Two habits hold for every reader. A row or an issue that cannot be read is set aside and told in the finding `rejected_row`, with file,
//! line and reason; the rest is read. What the *caller* has to change (a missing column, stamps without a zone, a file that is
//! cut short, a file that is something else) is a [`ReadError`] with file and line. Any bytes give one or the other, never a panic.
//!
//! ```
//! use streamgauge_read::{EventOptions, read_events};
//!
//! let folder = tempfile::tempdir()?;
//! let file = folder.path().join("moves.csv");
//! std::fs::write(&file, "item,at,state\nPAY-1,2024-05-01T09:00:00Z,Open\nPAY-1,yesterday,Done\n")?;
//!
//! let log = read_events(&[file], &EventOptions::default(), None)?;
//! assert_eq!(log.n_events(), 1);
//! assert!(log.findings()[0].details[0].contains("moves.csv:3: column \"at\": \"yesterday\" is no instant"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod error;
mod events;
mod input;
mod jira;
mod json;
mod parallel;
mod parquet_out;
mod progress;
mod recognise;
mod sink;

pub use error::{ReadError, ReadReason};
pub use events::{EventOptions, read_events};
pub use jira::{JiraOptions, read_jira};
pub use parquet_out::write_parquet;
pub use progress::Progress;
pub use recognise::{Source, recognise};
