//! Events in JSON Lines, one object a line: lines are read one after the other and become events side by side.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use streamgauge::EventColumns;

use super::lines::{Block, Lines};
use super::row::{STATE, required};
use crate::error::ReadError;
use crate::input::Input;
use crate::json::{cell_text, complaint, utf8};
use crate::sink::{Refusal, Sink};

/// How many bytes are taken together, and the rest of the last line.
const AT_ONCE: u64 = 1 << 20;

pub(super) fn read(input: Input<'_>, columns: &EventColumns, sink: &mut Sink) -> Result<(), ReadError> {
    read_blocks(input, columns, sink, AT_ONCE)
}

fn read_blocks(input: Input<'_>, columns: &EventColumns, sink: &mut Sink, at_once: u64) -> Result<(), ReadError> {
    let mut lines = Lines::new(input);
    let mut is_long = None;
    while is_long.is_none() {
        let Some(block) = lines.block(at_once)? else { return Ok(()) };
        push(&block, &mut is_long, columns, sink)?;
    }
    let blocks = std::iter::from_fn(|| lines.block(at_once).transpose());
    sink.take_blocks(blocks, |block, sink| push(block, &mut is_long.clone(), columns, sink))
}

/// Takes the rows of some lines. The first one that is an object decides whether they are in the long form.
fn push(block: &Block, is_long: &mut Option<bool>, columns: &EventColumns, sink: &mut Sink) -> Result<(), ReadError> {
    for (line, bytes) in block.lines() {
        let row = parse(bytes).and_then(|row| {
            let is_long = match *is_long {
                Some(is_long) => is_long,
                None => *is_long.insert(columns.is_long_form(&row.names())?),
            };
            row.push(line, is_long, columns, sink)
        });
        sink.settle(line, row)?;
    }
    Ok(())
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
        let mut attributes = Vec::with_capacity(self.0.len());
        for (name, raw) in self.others(&read).filter(|(name, _)| *name != STATE) {
            attributes.push((name, text(name, raw)?));
        }
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

/// So many keys are compared with each other; more are looked for in a set.
const FEW: usize = 16;

/// The first name that stands there for the second time.
fn second<'a, T>(cells: &'a [(Cow<'_, str>, T)]) -> Option<&'a str> {
    let names = || cells.iter().map(|(name, _)| name.as_ref());
    if cells.len() <= FEW {
        return names()
            .enumerate()
            .find(|(i, name)| names().take(*i).any(|before| before == *name))
            .map(|(_, name)| name);
    }
    let mut seen = BTreeSet::new();
    names().find(|name| !seen.insert(*name))
}

struct RowVisitor;

impl<'de> Visitor<'de> for RowVisitor {
    type Value = Row<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Row<'de>, M::Error> {
        let mut cells: Vec<(Cow<'de, str>, &'de RawValue)> = Vec::with_capacity(FEW);
        while let Some(Key(name)) = map.next_key()? {
            cells.push((name, map.next_value()?));
        }
        match second(&cells) {
            Some(name) => Err(de::Error::custom(format_args!("key {name:?} stands twice"))),
            None => Ok(Row(cells)),
        }
    }
}

/// A key, borrowed where it holds no escape.
#[derive(serde::Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

#[cfg(test)]
mod tests {
    use std::io::{self, BufRead, Read};
    use std::path::PathBuf;

    use streamgauge::EventLog;

    use super::*;
    use crate::input::Format;

    fn read_by(at_once: u64, reader: impl BufRead + Send) -> Result<EventLog, ReadError> {
        let mut sink = Sink::new(None, None);
        let input = Input { file: PathBuf::from("a.jsonl"), format: Format::JsonObject, reader: Box::new(reader) };
        read_blocks(input, &EventColumns::default(), &mut sink, at_once).and_then(|()| sink.finish())
    }

    /// Rows that are no objects, before any that is one; that lack a column, or have one more; blank lines.
    #[test]
    fn blocks_of_any_size_give_the_same() {
        let row = |row: usize| match row % 9 {
            0 => "[1]".to_owned(),
            1 => String::new(),
            8 => format!(r#"{{"item": "I{row}", "state": "Open"}}"#),
            3 => format!(
                r#"{{"item": "I{}", "at": "2024-05-01T09:00:{:02}Z", "state": null, "n{}": {row}}}"#,
                row % 5,
                row % 60,
                row % 7
            ),
            _ => format!(
                r#"{{"item": "é{}", "at": "2024-05-01T09:{:02}:00+0000", "state": "S{}", "team": "x"}}"#,
                row % 5,
                row % 60,
                row % 3
            ),
        };
        let text = (0..200).map(row).collect::<Vec<_>>().join("\n");
        let whole = read_by(1 << 20, text.as_bytes()).unwrap();
        assert!(!whole.findings().is_empty() && whole.n_events() > 100);
        for at_once in [1, 50, 64, 3_000] {
            let log = read_by(at_once, text.as_bytes()).unwrap();
            assert_eq!(log.findings(), whole.findings(), "{at_once}");
            assert_eq!(log.events().unwrap().to_csv(), whole.events().unwrap().to_csv(), "{at_once}");
        }
    }

    #[test]
    fn a_key_that_stands_twice_is_found_among_few_and_many() {
        for n in [2, FEW, FEW + 1, 3 * FEW] {
            let names: Vec<_> = (0..n).map(|i| (Cow::Owned(format!("n{i}")), ())).collect();
            assert_eq!(second(&names), None);
            for (twice, at) in [(0, n - 1), (n - 2, n - 1), (0, 1)] {
                let mut names = names.clone();
                names[at] = names[twice].clone();
                assert_eq!(second(&names), Some(format!("n{twice}").as_str()), "{twice} of {n}");
            }
        }
    }

    /// Fails when it is read to its end.
    struct Broken<'a>(&'a [u8]);

    impl Read for Broken<'_> {
        fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
            match self.0.read(to)? {
                0 => Err(io::ErrorKind::UnexpectedEof.into()),
                n => Ok(n),
            }
        }
    }

    #[test]
    fn the_first_error_is_told() {
        let row = |at: &str| format!(r#"{{"item": "A", "at": "{at}", "state": "Open"}}"#);
        let (good, bad) = (row("2024-05-01T09:00:00Z"), row("2024-05-01T09:00:00"));
        for (lines, expected) in [(vec![&good; 9], 9), (vec![&good, &good, &bad, &good], 3), (vec![&bad], 1)] {
            let text = lines.iter().map(|line| line.as_str()).collect::<Vec<_>>().join("\n");
            for at_once in [1, 100, 10_000] {
                let broken = io::BufReader::new(Broken(text.as_bytes()));
                let error = read_by(at_once, broken).unwrap_err();
                assert_eq!(error.line, Some(expected), "{at_once}: {error}");
            }
        }
    }

    /// Each block has few, all together too many; behind the line on which they become too many, another error stands.
    #[test]
    fn too_many_fields_are_told_on_their_line() {
        let row = |line: usize| {
            let at = if line == 271 { "2024-05-01T09:00:00" } else { "2024-05-01T09:00:00Z" };
            format!(r#"{{"item": "A", "at": "{at}", "state": "Open", "n{line}": 1}}"#)
        };
        let text = (1..=300).map(row).collect::<Vec<_>>().join("\n");
        for at_once in [1, 1_000, 5_000, 1 << 20] {
            let error = read_by(at_once, text.as_bytes()).unwrap_err();
            // The state is one of the 255.
            assert_eq!(error.line, Some(255), "{at_once}: {error}");
        }
    }
}
