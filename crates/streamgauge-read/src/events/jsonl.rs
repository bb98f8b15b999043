//! Events in JSON Lines: one object a line, read line by line.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::io::BufRead;

use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use streamgauge::EventColumns;

use super::row::{STATE, required};
use crate::error::ReadError;
use crate::input::Input;
use crate::json::{cell_text, complaint, utf8};
use crate::sink::{Refusal, Sink};

pub(super) fn read(mut input: Input<'_>, columns: &EventColumns, sink: &mut Sink) -> Result<(), ReadError> {
    let mut bytes = Vec::new();
    let mut line = 0;
    let mut is_long = None;
    loop {
        bytes.clear();
        line += 1;
        let n = input.reader.read_until(b'\n', &mut bytes);
        if n.map_err(|error| ReadError::stream(&input.file, line, error))? == 0 {
            return Ok(());
        }
        if bytes.trim_ascii().is_empty() {
            continue;
        }
        let row = parse(&bytes).and_then(|row| {
            let is_long = match is_long {
                Some(is_long) => is_long,
                None => *is_long.insert(columns.is_long_form(&row.names())?),
            };
            row.push(line, is_long, columns, sink)
        });
        sink.settle(line, row)?;
    }
}

fn parse(bytes: &[u8]) -> Result<Row<'_>, Refusal> {
    let text = utf8(bytes).map_err(Refusal::Row)?;
    serde_json::from_str(text).map_err(|error| {
        Refusal::Row(match error.is_eof() {
            true => "the object does not end on its line; JSON Lines has one object a line".to_owned(),
            false => format!("is no JSON object: {}", complaint(&error)),
        })
    })
}

/// An object whose values are still JSON text, in the order in which they stand.
struct Row<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Row<'a> {
    fn names(&self) -> Vec<&str> {
        self.0.iter().map(|(name, _)| name.as_ref()).collect()
    }

    fn cell(&self, column: &str) -> Result<Option<Option<Cow<'a, str>>>, Refusal> {
        let raw = self.0.iter().find(|(name, _)| name == column).map(|(_, raw)| *raw);
        raw.map(|raw| text(column, raw)).transpose()
    }

    /// A cell that may be null, but must be there: a row without it says nothing.
    fn said(&self, column: &str) -> Result<Option<Cow<'a, str>>, Refusal> {
        self.cell(column)?.ok_or_else(|| Refusal::Row(format!("has no {column:?}")))
    }

    fn push(&self, line: u64, is_long: bool, columns: &EventColumns, sink: &mut Sink) -> Result<(), Refusal> {
        let item = self.said(&columns.item)?;
        let item = required(&columns.item, item.as_deref())?;
        let at = self.said(&columns.at)?;
        let known_at = self.cell(&columns.known_at)?.flatten();
        let (at, known_at) = sink.stamps(line, columns, at.as_deref(), known_at.as_deref())?;
        if is_long {
            let field = self.said(&columns.field)?;
            let value = self.said(&columns.value)?;
            let field = required(&columns.field, field.as_deref())?;
            sink.builder.push(item, at, field, value.as_deref(), known_at)?;
            let read = [&columns.item, &columns.at, &columns.field, &columns.value, &columns.known_at];
            self.others(&read).for_each(|(name, _)| sink.unread_column(name));
            return Ok(());
        }
        let state = self.said(&columns.state)?;
        let read = [&columns.item, &columns.at, &columns.state, &columns.known_at];
        if self.others(&read).any(|(name, _)| name == STATE) {
            sink.unread_column(STATE);
        }
        let attributes = self.others(&read).filter(|(name, _)| *name != STATE);
        let attributes = attributes.map(|(name, raw)| Ok((name, text(name, raw)?)));
        let attributes = attributes.collect::<Result<Vec<_>, Refusal>>()?;
        let attributes = attributes.iter().map(|(name, value)| (*name, value.as_deref()));
        Ok(sink.builder.push_state_row(item, at, state.as_deref(), attributes, known_at)?)
    }

    fn others(&self, read: &[&String]) -> impl Iterator<Item = (&str, &'a RawValue)> {
        let others = self.0.iter().filter(|(name, _)| !read.iter().any(|column| *column == name));
        others.map(|(name, raw)| (name.as_ref(), *raw))
    }
}

fn text<'a>(column: &str, raw: &'a RawValue) -> Result<Option<Cow<'a, str>>, Refusal> {
    cell_text(raw).map_err(|error| Refusal::Row(format!("column {column:?}: {}", complaint(&error))))
}

impl<'de> Deserialize<'de> for Row<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(RowVisitor)
    }
}

struct RowVisitor;

impl<'de> Visitor<'de> for RowVisitor {
    type Value = Row<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Row<'de>, M::Error> {
        let mut cells: Vec<(Cow<'de, str>, &'de RawValue)> = Vec::new();
        while let Some(Key(name)) = map.next_key()? {
            cells.push((name, map.next_value()?));
        }
        let mut seen = BTreeSet::new();
        match cells.iter().find(|(name, _)| !seen.insert(name)) {
            Some((name, _)) => Err(de::Error::custom(format_args!("key {name:?} stands twice"))),
            None => Ok(Row(cells)),
        }
    }
}

/// A key, borrowed where it holds no escape.
#[derive(serde::Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);
