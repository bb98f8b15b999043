//! The plainest CSV: a header, then rows; commas divide, blanks around a cell are nothing, an empty cell is null.
//!
//! Events stand in one of two forms. The long form has the columns `item, at, field, value` and perhaps `known_at`.
//! The state log has `item, at, state` and any further columns, each of which is an attribute.

use std::collections::{BTreeMap, BTreeSet};

use crate::event::{Event, PLAUSIBLE, STATE, parse_instant};

/// A header and its rows. Every row has a cell for every column.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sheet {
    /// Names of the columns.
    pub header: Vec<String>,
    /// Cells, row by row.
    pub rows: Vec<Vec<String>>,
}

impl Sheet {
    /// Reads a sheet; empty lines are skipped.
    pub fn parse(text: &str) -> Result<Sheet, String> {
        let cells = |line: &str| line.split(',').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
        let mut lines = text.lines().filter(|line| !line.trim().is_empty());
        let header = cells(lines.next().ok_or("a sheet has no header")?);
        let rows: Vec<Vec<String>> = lines.map(cells).collect();
        match rows.iter().find(|row| row.len() != header.len()) {
            Some(row) => Err(format!("{row:?} has {} cells, the header {header:?} has {}", row.len(), header.len())),
            None => Ok(Sheet { header, rows }),
        }
    }

    fn place(&self, column: &str) -> Option<usize> {
        self.header.iter().position(|name| name == column)
    }

    fn need(&self, column: &str) -> Result<usize, String> {
        self.place(column).ok_or_else(|| format!("column {column:?} is missing; the sheet has {:?}", self.header))
    }
}

/// The events of a sheet in either form.
pub fn events(text: &str) -> Result<Vec<Event>, String> {
    let sheet = Sheet::parse(text)?;
    if sheet.place("field").is_some() { long_form(&sheet) } else { state_log(&sheet) }
}

fn null_if_empty(cell: &str) -> Option<String> {
    (!cell.is_empty()).then(|| cell.to_owned())
}

fn known_at(sheet: &Sheet, row: &[String]) -> Result<Option<i64>, String> {
    let cell = sheet.place("known_at").map(|place| row[place].as_str()).filter(|cell| !cell.is_empty());
    cell.map(parse_instant).transpose()
}

fn long_form(sheet: &Sheet) -> Result<Vec<Event>, String> {
    let (item, at) = (sheet.need("item")?, sheet.need("at")?);
    let (field, value) = (sheet.need("field")?, sheet.need("value")?);
    let event = |row: &Vec<String>| {
        Ok(Event {
            item: row[item].clone(),
            at: parse_instant(&row[at])?,
            field: row[field].clone(),
            value: null_if_empty(&row[value]),
            known_at: known_at(sheet, row)?,
        })
    };
    sheet.rows.iter().map(event).collect()
}

/// Every row is an event of the state. A further column is an event where it differs from the item's value before it
/// in time; a null before any value is none. Those of one row come in byte order of their names. Of a row that repeats an earlier one, and of a row whose instant is not
/// plausible, only the event of the state is given: it is there to be counted, once, when it is dropped or set aside.
fn state_log(sheet: &Sheet) -> Result<Vec<Event>, String> {
    let (item, at, state) = (sheet.need("item")?, sheet.need("at")?, sheet.need(STATE)?);
    let known = sheet.place("known_at");
    let is_attribute = |place: &usize| ![item, at, state].contains(place) && Some(*place) != known;
    let mut attributes: Vec<usize> = (0..sheet.header.len()).filter(is_attribute).collect();
    attributes.sort_by_key(|place| &sheet.header[*place]);
    let mut in_order = Vec::new();
    for row in &sheet.rows {
        in_order.push((parse_instant(&row[at])?, row));
    }
    in_order.sort_by_key(|(at, _)| *at);
    let mut seen = BTreeSet::new();
    let mut before: BTreeMap<(&str, usize), Option<String>> = BTreeMap::new();
    let mut events = Vec::new();
    for (at, row) in in_order {
        let known_at = known_at(sheet, row)?;
        let event = |place: usize| Event {
            item: row[item].clone(),
            at,
            field: sheet.header[place].clone(),
            value: null_if_empty(&row[place]),
            known_at,
        };
        events.push(event(state));
        if !seen.insert(row) || !PLAUSIBLE.contains(&at) {
            continue;
        }
        for place in attributes.iter().copied() {
            let value = null_if_empty(&row[place]);
            if value != before.insert((&row[item], place), value.clone()).flatten() {
                events.push(event(place));
            }
        }
    }
    Ok(events)
}
