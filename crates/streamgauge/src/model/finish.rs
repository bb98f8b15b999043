//! What was pushed becomes a log: items are numbered by their names, rows are put by item or become events.

use std::sync::Arc;

use super::builder::EventLogBuilder;
use super::dictionary::{Dictionary, NULL_CODE};
use super::item_codes::ItemCodes;
use super::names::{self, Names};
use super::ordered_rows::OrderedRows;
use super::state_rows::StateRows;
use super::survey::Survey;
use super::{EventLog, Finding, state_log};
use crate::error::{Error, Result};
use crate::kernel::chunk;
use crate::kernel::order::places;

impl EventLogBuilder {
    /// The log.
    ///
    /// # Errors
    /// [`Error::TooMany`] if events of the long form, and rows beside them, are more than 2³² − 1 events, or the names of items longer than 2³¹ − 1
    /// bytes together.
    pub fn finish(mut self) -> Result<EventLog> {
        let names = std::mem::take(&mut self.items);
        let by_name = names::by_name(&names);
        let state_field = if self.states.is_empty() { None } else { Some(self.field_code("state")?) };
        let mut rows = std::mem::take(&mut self.states);
        // Which column was seen first must not show, where an instant has several rows.
        let fields = &self.columns.fields;
        rows.attributes.sort_by(|a, b| fields[usize::from(a.0)].name.cmp(&fields[usize::from(b.0)].name));
        let repeated = match state_field {
            Some(field) if self.events.item.is_empty() && rows.known_at.is_empty() => {
                self.put_by_item(rows, field, names, by_name)?
            }
            field => {
                self.columns.items = Names::new(names, by_name.as_deref())?;
                self.make_events(rows, field, by_name.as_deref())
            }
        };
        self.columns.findings.extend(repeated);
        if self.events.item.len() >= NULL_CODE as usize {
            return Err(Error::TooMany { what: "events", limit: u64::from(NULL_CODE) });
        }
        if self.columns.ordered.is_none() {
            self.columns.events = self.events.into();
        }
        self.columns.findings = Finding::merged(std::mem::take(&mut self.columns.findings));
        Ok(EventLog(Arc::new(self.columns)))
    }

    /// Rows alone are put by item.
    fn put_by_item(
        &mut self,
        mut rows: StateRows,
        state_field: u8,
        names: Dictionary,
        by_name: Option<Vec<u32>>,
    ) -> Result<Option<Finding>> {
        let seen = Survey::new(&mut rows);
        let order = (names.len(), by_name.as_deref());
        // To write names and to move rows both leave room for others.
        let (items, mut rows) =
            chunk::both(|| Names::new(names, by_name.as_deref()), || OrderedRows::new(rows, &seen, order, state_field));
        self.columns.items = items?;
        let repeated = rows.name_items(&seen, &self.columns.items, by_name);
        self.columns.ordered = Some(rows);
        Ok(repeated)
    }

    /// Rows beside events, or that tell when they became known, become events.
    fn make_events(
        &mut self,
        mut rows: StateRows,
        state_field: Option<u8>,
        by_name: Option<&[u32]>,
    ) -> Option<Finding> {
        let mut item = std::mem::take(&mut rows.item).into_each();
        renumber(&mut [&mut self.events.item, &mut item], by_name);
        rows.item = ItemCodes::Each(item);
        // Where there are no rows, events stay what they are.
        let state_field = state_field?;
        let (events, repeated) = state_log::settle(&self.columns.items, &self.events, rows, state_field);
        self.events = events;
        repeated
    }
}

/// Gives items their places by name as codes.
fn renumber(columns: &mut [&mut Vec<u32>], by_name: Option<&[u32]>) {
    let Some(places) = by_name.map(places) else { return };
    for items in columns {
        chunk::for_each_piece(items, |items| items.iter_mut().for_each(|item| *item = places[*item as usize]));
    }
}
