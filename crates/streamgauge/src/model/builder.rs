//! From rows to an [`EventLog`](crate::EventLog): texts become codes. What becomes of them when all are there is told [elsewhere](super::finish).

use std::collections::{BTreeMap, BTreeSet};

use super::dictionary::{Dictionary, NULL_CODE};
use super::event_log::{Columns, Events, Field, NO_KNOWN_AT};
use super::state_rows::{ABSENT, CodeMap, NewRows, StateRows};
use super::{Finding, FindingCode, Phase};
use crate::error::{Error, Result};
use crate::time::Instant;

/// The most fields a log may have: their codes are bytes.
const MOST_FIELDS: usize = 255;

/// How many guessed times of one column, and how many implausible times, are shown.
const SHOWN: usize = 5;

/// Collects events, from one source or many, into an [`EventLog`](crate::EventLog).
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
    /// The names of items, in the order in which they were first seen.
    pub(super) items: Dictionary,
    /// Values, findings and hints.
    pub(super) columns: Columns,
    /// Events of the long form.
    pub(super) events: Events,
    /// Rows of the state log; what becomes of them is settled when all are there.
    pub(super) states: StateRows,
    /// How many rows of Arrow tables were pushed.
    pub(crate) rows: usize,
    /// The number of the first of them.
    first_row: usize,
    /// Columns of which it was told that nobody reads them.
    unread: BTreeSet<String>,
    /// How many guessed times of each column were shown.
    guesses: BTreeMap<String, usize>,
    /// How many implausible times were shown.
    implausible: usize,
    /// The attributes of a row, used again for each.
    coded: Vec<(u8, u32)>,
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
        let attributes = attributes.into_iter();
        let mut cells: Vec<(u8, Option<&str>)> = Vec::with_capacity(attributes.size_hint().0);
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
        let mut coded = std::mem::take(&mut self.coded);
        coded.clear();
        for (field, value) in cells {
            coded.push((field, self.value_code(field, value)?));
        }
        self.room_for(1 + coded.len())?;
        self.states.push(self.events.item.len(), (item, at.0, value), &coded, known_at.map(|at| at.0));
        self.coded = coded;
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

    /// How many events and rows were added.
    pub fn n_events(&self) -> usize {
        self.events.item.len() + self.states.len()
    }

    /// An empty builder for rows that stand `rows` behind those that are here: it tells the numbers that they have here. Such builders may be
    /// filled side by side, and then [combined](Self::combine) in their order.
    pub fn branch(&self, rows: usize) -> Self {
        Self { rows: self.rows + rows, first_row: self.rows + rows, ..Self::default() }
    }

    /// Adds all that another builder holds, as if it had been pushed here.
    ///
    /// ```
    /// use streamgauge::{EventLog, Instant};
    ///
    /// let (mut log, mut other) = (EventLog::builder(), EventLog::builder());
    /// log.push("A", Instant(0), "state", Some("Open"), None)?;
    /// other.push("A", Instant(1), "state", Some("Done"), None)?;
    /// log.combine(other)?;
    /// let log = log.finish()?;
    /// assert_eq!((log.n_items(), log.n_events()), (1, 2));
    /// # Ok::<(), streamgauge::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`push`](Self::push); where there are too many events or fields, nothing was added.
    pub fn combine(&mut self, other: Self) -> Result<()> {
        self.room_for(other.n_events())?;
        let is_new = |field: &&Field| self.columns.fields.iter().all(|known| known.name != field.name);
        if self.columns.fields.len() + other.columns.fields.iter().filter(is_new).count() > MOST_FIELDS {
            return Err(too_many_fields());
        }
        let Columns { fields: others, findings, hints, .. } = other.columns;
        let state = others.iter().position(|field| field.name == "state");
        let items = self.items.combine(other.items)?;
        let fields = others.iter().map(|field| self.field_code(&field.name)).collect::<Result<Vec<_>>>()?;
        let values = others.into_iter().zip(&fields).map(|(field, &code)| self.values(code).combine(field.values));
        let values = values.collect::<Result<Vec<_>>>()?;
        let codes = CodeMap { items, fields, values, state };
        if !other.states.is_empty() {
            self.states.combine(self.events.item.len(), other.states, &codes);
        }
        self.events.combine(&other.events, &codes);
        self.columns.hints.extend(hints);
        self.rows += other.rows - other.first_row;
        self.unread_columns(&other.unread.iter().map(String::as_str).collect::<Vec<_>>());
        let findings = findings.into_iter().filter(|finding| finding.code != FindingCode::UnreadColumn);
        let findings: Vec<Finding> = findings.map(|finding| self.shortened(finding, &other.guesses)).collect();
        self.columns.findings.extend(findings);
        Ok(())
    }

    /// A finding of another builder, without the details for which there is no room here.
    fn shortened(&mut self, mut finding: Finding, guesses: &BTreeMap<String, usize>) -> Finding {
        match finding.code {
            FindingCode::GuessedTime => finding.details.retain(|detail| {
                let column = guesses.keys().find(|column| detail.starts_with(&guess_in(column)));
                let Some(column) = column else { return true };
                let shown = self.guesses.entry(column.clone()).or_default();
                *shown += 1;
                *shown <= SHOWN
            }),
            FindingCode::ImplausibleTime => {
                finding.details.truncate(self.implausible_to_show());
                self.implausible += finding.details.len();
            }
            _ => {}
        }
        finding
    }

    pub(crate) fn item_code(&mut self, item: &str) -> Result<u32> {
        self.items.intern(item)
    }

    pub(crate) fn field_code(&mut self, name: &str) -> Result<u8> {
        let fields = &mut self.columns.fields;
        if let Some(code) = fields.iter().position(|field| field.name == name) {
            return Ok(code as u8);
        }
        if fields.len() == MOST_FIELDS {
            return Err(too_many_fields());
        }
        fields.push(Field { name: name.to_owned(), values: Dictionary::default() });
        Ok((fields.len() - 1) as u8)
    }

    pub(crate) fn value_code(&mut self, field: u8, value: Option<&str>) -> Result<u32> {
        value.map_or(Ok(NULL_CODE), |text| self.columns.fields[usize::from(field)].values.intern(text))
    }

    pub(crate) fn push_codes(&mut self, item: u32, at: i64, field: u8, value: u32, known_at: i64) -> Result<()> {
        self.room_for(1)?;
        self.events.push(item, at, field, value, known_at);
        Ok(())
    }

    /// Adds rows of the state log.
    pub(crate) fn push_state_rows(&mut self, rows: NewRows) -> Result<()> {
        self.room_for(rows.item.len() * (1 + rows.attributes.len()))?;
        self.states.extend(self.events.item.len(), rows);
        Ok(())
    }

    /// The texts of items, and of a field's values.
    pub(crate) const fn items(&mut self) -> &mut Dictionary {
        &mut self.items
    }

    pub(crate) fn values(&mut self, field: u8) -> &mut Dictionary {
        &mut self.columns.fields[usize::from(field)].values
    }

    pub(crate) fn room_for(&self, n: usize) -> Result<()> {
        if self.n_events() + n >= ABSENT as usize {
            return Err(Error::TooMany { what: "events", limit: u64::from(ABSENT) });
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
        let shown = self.guesses.get(column).copied().unwrap_or(0).min(SHOWN);
        for (row, at) in guesses {
            finding.count += 1;
            if shown + finding.details.len() < SHOWN {
                finding.details.push(format!("{}{row}: read as {at}", guess_in(column)));
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

/// How the detail of a guessed time begins.
fn guess_in(column: &str) -> String {
    format!("column {column:?}, row ")
}

const fn too_many_fields() -> Error {
    Error::TooMany { what: "fields", limit: MOST_FIELDS as u64 }
}

fn wrong_attribute(name: &str, wanted: &str) -> Error {
    Error::Argument { argument: "attributes", value: format!("{name:?}"), wanted: wanted.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::EventLog;

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
