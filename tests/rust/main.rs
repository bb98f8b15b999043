//! All Rust tests that look at the project from outside: the casebook, the laws, and whatever stands beside them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test says what differs"
)]

mod agreement;
mod bad_calendars;
mod borders;
mod casebook;
mod column_types;
mod column_widths;
mod engine;
mod few_ways;
mod field_names;
mod floors;
mod jira_apache;
mod laws;
mod laws_oracle;
mod ledger_agreement;
mod many_items;
mod many_rows;
mod numbers_and_instants;
mod one_item;
mod readers;
mod row_orders;
mod state_log;
mod state_rows;
mod strategies;
mod where_time_goes;
mod working_laws;
mod working_time;
