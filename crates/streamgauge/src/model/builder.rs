//! From rows to an [`EventLog`]: texts become codes, and state-log rows become events.

use std::sync::Arc;

use super::dictionary::{Dictionary, NULL_CODE};
use super::event_log::{Columns, Field, NO_KNOWN_AT};
use super::{EventLog, Finding, FindingCode, Phase, state_log};
use crate::error::{Error, Result};
use crate::time::Instant;

/// The most fields a log may have: their codes are bytes.
const MOST_FIELDS: usize = 255;

/// Collects events, from one source or many, into an [`EventLog`].
///
/// Both forms may be mixed. The attributes of state-log rows are events only where they differ from the item's previous
/// value *in time*; this is settled in [`finish`](Self::finish), over all rows, so that neither their order nor their division into
/// files matters.
///
/// ```
/// use streamgauge::{EventLog, Instant};
///
/// let day = |n: i64| Instant(n * 86_400_000_000);
/// let mut log = EventLog::builder();
/// log.push_state_row("A", day(2), Some("Done"), [("team", Some("red"))])?;
/// log.push_state_row("A", day(1), Some("Open"), [("team", Some("red"))])?;
/// // Two states, and one team: it did not change.
/// assert_eq!(log.finish()?.n_events(), 3);
/// # Ok::<(), streamgauge::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct EventLogBuilder {
    columns: Columns,
    /// Per event, whether it is an attribute of a state-log row; empty where there is none.
    soft: Vec<bool>,
    /// How many rows of Arrow tables were pushed.
    pub(crate) rows: usize,
}

impl EventLogBuilder {
    /// Adds one event of the long form. A null `value` clears the field.
    ///
    /// # Errors
    /// [`Error::TooMany`] at more than 255 fields, or more than 2³² − 1 events or distinct texts.
    pub fn push(
        &mut self,
        item: &str,
        at: Instant,
        field: &str,
        value: Option<&str>,
        known_at: Option<Instant>,
    ) -> Result<()> {
        let item = self.item_code(item)?;
        let field = self.field_code(field)?;
        let value = self.value_code(field, value)?;
        self.push_codes(item, at.0, field, value)?;
        self.set_known_at(known_at);
        Ok(())
    }

    /// Adds one row of the state log: the state, and the attributes as they were at that row.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    pub fn push_state_row<'a>(
        &mut self,
        item: &str,
        at: Instant,
        state: Option<&str>,
        attributes: impl IntoIterator<Item = (&'a str, Option<&'a str>)>,
    ) -> Result<()> {
        let item = self.item_code(item)?;
        let field = self.field_code("state")?;
        let value = self.value_code(field, state)?;
        self.push_codes(item, at.0, field, value)?;
        for (name, value) in attributes {
            let field = self.field_code(name)?;
            let value = self.value_code(field, value)?;
            self.push_soft_codes(item, at.0, field, value)?;
        }
        Ok(())
    }

    /// Adds something odd that the reader saw; it travels with the log.
    pub fn finding(&mut self, finding: Finding) {
        self.columns.findings.push(finding);
    }

    /// Tells what the tracker itself says that a state means; [`FlowModel::suggest`](crate::FlowModel::suggest) listens.
    pub fn state_hint(&mut self, state: &str, phase: Phase) {
        self.columns.hints.insert(state.to_owned(), phase);
    }

    /// How many events were added.
    pub fn n_events(&self) -> usize {
        self.columns.item.len()
    }

    /// The log.
    ///
    /// # Errors
    /// None today; the result leaves room for logs that cannot be told apart from mistakes.
    pub fn finish(mut self) -> Result<EventLog> {
        if self.soft.contains(&true) {
            let repeated = state_log::settle(&mut self.columns, &self.soft);
            self.columns.findings.extend(repeated);
        }
        self.columns.findings = Finding::merged(std::mem::take(&mut self.columns.findings));
        Ok(EventLog(Arc::new(self.columns)))
    }

    pub(crate) fn item_code(&mut self, item: &str) -> Result<u32> {
        self.columns.items.intern(item)
    }

    pub(crate) fn field_code(&mut self, name: &str) -> Result<u8> {
        let fields = &mut self.columns.fields;
        if let Some(code) = fields.iter().position(|field| field.name == name) {
            return Ok(code as u8);
        }
        if fields.len() == MOST_FIELDS {
            return Err(Error::TooMany { what: "fields", limit: MOST_FIELDS as u64 });
        }
        fields.push(Field { name: name.to_owned(), values: Dictionary::default() });
        Ok((fields.len() - 1) as u8)
    }

    pub(crate) fn value_code(&mut self, field: u8, value: Option<&str>) -> Result<u32> {
        value.map_or(Ok(NULL_CODE), |text| self.columns.fields[usize::from(field)].values.intern(text))
    }

    pub(crate) fn push_codes(&mut self, item: u32, at: i64, field: u8, value: u32) -> Result<()> {
        let columns = &mut self.columns;
        if columns.item.len() >= NULL_CODE as usize {
            return Err(Error::TooMany { what: "events", limit: u64::from(NULL_CODE) });
        }
        columns.item.push(item);
        columns.at.push(at);
        columns.field.push(field);
        columns.value.push(value);
        if let Some(known_at) = &mut columns.known_at {
            known_at.push(NO_KNOWN_AT);
        }
        if !self.soft.is_empty() {
            self.soft.push(false);
        }
        Ok(())
    }

    /// Adds an attribute of a state-log row, which is an event only where it differs from the value before it.
    pub(crate) fn push_soft_codes(&mut self, item: u32, at: i64, field: u8, value: u32) -> Result<()> {
        self.push_codes(item, at, field, value)?;
        self.soft.resize(self.columns.item.len(), false);
        if let Some(last) = self.soft.last_mut() {
            *last = true;
        }
        Ok(())
    }

    /// Sets when the event that was added last became known.
    pub(crate) fn set_known_at(&mut self, known_at: Option<Instant>) {
        let n = self.columns.item.len();
        match (&mut self.columns.known_at, known_at) {
            (Some(column), Some(at)) => {
                if let Some(last) = column.last_mut() {
                    *last = at.0;
                }
            }
            (None, Some(at)) => {
                let mut column = vec![NO_KNOWN_AT; n - 1];
                column.push(at.0);
                self.columns.known_at = Some(column);
            }
            (_, None) => {}
        }
    }

    /// Counts columns that nobody will read.
    pub(crate) fn unread_columns(&mut self, names: &[&str]) {
        if !names.is_empty() {
            let finding = Finding::new(FindingCode::UnreadColumn, names.len() as u64);
            self.finding(finding.with_detail(names.join(", ")));
        }
    }
}
