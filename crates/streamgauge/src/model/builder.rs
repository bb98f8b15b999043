//! From rows to an [`EventLog`]: texts become codes, and state-log rows become events.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::dictionary::{Dictionary, NULL_CODE};
use super::event_log::{Columns, Field, NO_KNOWN_AT};
use super::state_log::{self, StateRows};
use super::{EventLog, Finding, FindingCode, Phase};
use crate::error::{Error, Result};
use crate::time::Instant;

/// The most fields a log may have: their codes are bytes.
const MOST_FIELDS: usize = 255;

/// How many guessed times of one column, and how many implausible times, are shown.
const SHOWN: usize = 5;

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
/// log.push_state_row("A", day(2), Some("Done"), [("team", Some("red"))], None)?;
/// log.push_state_row("A", day(1), Some("Open"), [("team", Some("red"))], None)?;
/// // Two states, and one team: it did not change.
/// assert_eq!(log.finish()?.n_events(), 3);
/// # Ok::<(), streamgauge::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct EventLogBuilder {
    /// Events of the long form.
    columns: Columns,
    /// Rows of the state log, which become events when all are there.
    states: StateRows,
    /// How many rows of Arrow tables were pushed.
    pub(crate) rows: usize,
    /// Columns of which it was told that nobody reads them.
    unread: BTreeSet<String>,
    /// How many guessed times of each column were shown.
    guesses: BTreeMap<String, usize>,
    /// How many implausible times were shown.
    implausible: usize,
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
        self.push_codes(item, at.0, field, value, known_at.map_or(NO_KNOWN_AT, |at| at.0))
    }

    /// Adds one row of the state log: the state, and the attributes as they were at that row.
    ///
    /// # Errors
    /// As [`push`](Self::push), and [`Error::Argument`] if an attribute stands twice or is called `state`.
    pub fn push_state_row<'a>(
        &mut self,
        item: &str,
        at: Instant,
        state: Option<&str>,
        attributes: impl IntoIterator<Item = (&'a str, Option<&'a str>)>,
        known_at: Option<Instant>,
    ) -> Result<()> {
        let state_field = self.field_code("state")?;
        let mut cells: Vec<(u8, Option<&str>)> = Vec::new();
        for (name, value) in attributes {
            let field = self.field_code(name)?;
            if field == state_field {
                return Err(wrong_attribute(name, "the state is told apart; give the attribute another name"));
            }
            if cells.iter().any(|(known, _)| *known == field) {
                return Err(wrong_attribute(name, "an attribute stands once in a row"));
            }
            cells.push((field, value));
        }
        let item = self.item_code(item)?;
        let value = self.value_code(state_field, state)?;
        let cells = cells.into_iter().map(|(field, value)| Ok((field, vec![self.value_code(field, value)?])));
        let columns = cells.collect::<Result<Vec<_>>>()?;
        self.push_state_rows(
            std::iter::once((item, at.0, value)),
            columns,
            known_at.map(|at| at.0).into_iter().collect(),
        )
    }

    /// Adds something odd that the reader saw; it travels with the log.
    pub fn finding(&mut self, finding: Finding) {
        self.columns.findings.push(finding);
    }

    /// Tells what the tracker itself says that a state means; [`FlowModel::suggest`](crate::FlowModel::suggest) listens.
    pub fn state_hint(&mut self, state: &str, phase: Phase) {
        self.columns.hints.insert(state.to_owned(), phase);
    }

    /// How many events and rows were added.
    pub fn n_events(&self) -> usize {
        self.columns.item.len() + self.states.item.len()
    }

    /// The log.
    ///
    /// # Errors
    /// [`Error::TooMany`] if rows and attributes are more than 2³² − 1 events.
    pub fn finish(mut self) -> Result<EventLog> {
        if !self.states.is_empty() {
            let state_field = self.field_code("state")?;
            let repeated = state_log::settle(&mut self.columns, self.states, state_field);
            self.columns.findings.extend(repeated);
        }
        if self.columns.item.len() >= NULL_CODE as usize {
            return Err(Error::TooMany { what: "events", limit: u64::from(NULL_CODE) });
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

    pub(crate) fn push_codes(&mut self, item: u32, at: i64, field: u8, value: u32, known_at: i64) -> Result<()> {
        self.room_for(1)?;
        self.columns.push(item, at, field, value, known_at);
        Ok(())
    }

    /// Adds rows of the state log: `(item, at, state)`, the values of each attribute, and `known_at` if the source has it.
    pub(crate) fn push_state_rows(
        &mut self,
        rows: impl ExactSizeIterator<Item = (u32, i64, u32)>,
        attributes: Vec<(u8, Vec<u32>)>,
        known_at: Vec<i64>,
    ) -> Result<()> {
        self.room_for(rows.len() * (1 + attributes.len()))?;
        self.states.extend(self.columns.item.len(), rows, attributes.into_iter(), known_at);
        Ok(())
    }

    fn room_for(&self, n: usize) -> Result<()> {
        if self.n_events() + n >= state_log::ABSENT as usize {
            return Err(Error::TooMany { what: "events", limit: u64::from(state_log::ABSENT) });
        }
        Ok(())
    }

    /// Counts columns that nobody will read, each once.
    pub(crate) fn unread_columns(&mut self, names: &[&str]) {
        let new: Vec<&str> = names.iter().copied().filter(|name| self.unread.insert((*name).to_owned())).collect();
        if !new.is_empty() {
            let finding = Finding::new(FindingCode::UnreadColumn, new.len() as u64);
            self.finding(finding.with_detail(new.join(", ")));
        }
    }

    /// Counts instants of a column that a rule had to choose: rows, and what was chosen. The first are shown.
    pub(crate) fn guessed_times(&mut self, column: &str, guesses: impl Iterator<Item = (usize, Instant)>) {
        let mut finding = Finding::new(FindingCode::GuessedTime, 0);
        let shown = self.guesses.get(column).copied().unwrap_or(0);
        for (row, at) in guesses {
            finding.count += 1;
            if shown + finding.details.len() < SHOWN {
                finding.details.push(format!("column {column:?}, row {row}: read as {at}"));
            }
        }
        if finding.count > 0 {
            self.guesses.insert(column.to_owned(), shown + finding.details.len());
            self.finding(finding);
        }
    }

    /// How many more implausible times are shown.
    pub(crate) const fn implausible_to_show(&self) -> usize {
        SHOWN.saturating_sub(self.implausible)
    }

    /// Tells in which rows implausible times stand, as people count rows; the events are counted when the log is measured.
    pub(crate) fn implausible_times(&mut self, rows: &[(usize, Instant)]) {
        self.implausible += rows.len();
        if !rows.is_empty() {
            let mut finding = Finding::new(FindingCode::ImplausibleTime, 0);
            finding.details =
                rows.iter().map(|(row, at)| format!("row {}: {at} lies outside 1970 to 2100", row + 1)).collect();
            self.finding(finding);
        }
    }
}

fn wrong_attribute(name: &str, wanted: &str) -> Error {
    Error::Argument { argument: "attributes", value: format!("{name:?}"), wanted: wanted.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attribute_twice_or_called_state_is_refused() {
        let mut log = EventLog::builder();
        for attributes in [&[("team", Some("red")), ("team", None)][..], &[("state", Some("Open"))]] {
            let row = log.push_state_row("A", Instant(0), Some("Open"), attributes.iter().copied(), None);
            assert!(matches!(row, Err(Error::Argument { argument: "attributes", .. })), "{row:?}");
        }
        // Nothing of such a row is kept.
        let log = log.finish().unwrap();
        assert_eq!((log.n_events(), log.n_items()), (0, 0));
    }

    #[test]
    fn rows_at_the_first_of_all_instants() {
        let mut log = EventLog::builder();
        for state in ["Open", "Open", "Done"] {
            log.push_state_row("A", Instant(i64::MIN), Some(state), [], None).unwrap();
        }
        assert_eq!(log.finish().unwrap().n_events(), 2);
    }
}
