//! What the columns of an event table are called, and which form the table has.

use crate::error::{Error, Result, nearest};

/// What the columns of an event table are called.
///
/// A table with the columns `field` and `value` is in the long form; else it is a state log, and each column that is not named here is
/// an attribute. (Where another column is named as the state, a further column called `state` is not read, but told.)
///
/// ```
/// use streamgauge::EventColumns;
///
/// let columns = EventColumns { item: "Key".to_owned(), at: "Changed".to_owned(), ..EventColumns::default() };
/// assert_eq!(columns.state, "state");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventColumns {
    /// The item's id: text, not null.
    pub item: String,
    /// When it happened: a timestamp, a date or RFC 3339 text, not null.
    pub at: String,
    /// Long form: the field that changed.
    pub field: String,
    /// Long form: its new value; null clears it.
    pub value: String,
    /// State log: the new state.
    pub state: String,
    /// When the record became known; optional.
    pub known_at: String,
}

impl Default for EventColumns {
    fn default() -> Self {
        let [item, at, field, value, state, known_at] =
            ["item", "at", "field", "value", "state", "known_at"].map(str::to_owned);
        Self { item, at, field, value, state, known_at }
    }
}

impl EventColumns {
    /// Whether a table with these columns is in the long form.
    ///
    /// # Errors
    /// [`Error::MissingColumn`] if it is in neither form.
    pub fn is_long_form(&self, has: &[&str]) -> Result<bool> {
        for column in [&self.item, &self.at] {
            self.find(column, has)?;
        }
        match (
            has.contains(&self.field.as_str()),
            has.contains(&self.value.as_str()),
            has.contains(&self.state.as_str()),
        ) {
            (true, true, _) => Ok(true),
            (_, _, true) => Ok(false),
            (true, false, _) => self.find(&self.value, has).map(|()| true),
            _ => self.find(&self.state, has).map(|()| false),
        }
    }

    fn find(&self, column: &str, has: &[&str]) -> Result<()> {
        if has.contains(&column) {
            return Ok(());
        }
        Err(Error::MissingColumn {
            column: column.to_owned(),
            has: has.iter().map(|name| (*name).to_owned()).collect(),
            hint: nearest(column, has.iter().copied()),
        })
    }
}
