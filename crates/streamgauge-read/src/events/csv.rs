//! Events in CSV: records are split one after the other, and become events side by side; some are held at a time.

use std::collections::BTreeSet;

use ::csv::{ByteRecord, StringRecord};
use streamgauge::{Error, EventColumns};

use super::record::{Block, Record, Records};
use super::row::{STATE, required};
use crate::error::{ReadError, shortened};
use crate::input::Input;
use crate::sink::{Refusal, Sink};

/// How many bytes of records are taken together, about.
const AT_ONCE: usize = 1 << 20;

pub(super) fn read(input: Input<'_>, columns: &EventColumns, sink: &mut Sink) -> Result<(), ReadError> {
    read_blocks(input, columns, sink, AT_ONCE)
}

fn read_blocks(input: Input<'_>, columns: &EventColumns, sink: &mut Sink, at_once: usize) -> Result<(), ReadError> {
    let mut records = Records::new(input)?;
    let mut record = ByteRecord::new();
    let line = records.read(&mut record)?.unwrap_or(1);
    let header = match StringRecord::from_byte_record(record) {
        Ok(names) => header(&names, columns, sink),
        Err(_) => Err(Wrong::Data(format!("the header {NOT_TEXT}"))),
    };
    let header = header.map_err(|reason| reason.at(&records.file, line))?;
    let blocks = std::iter::from_fn(|| records.block(at_once).transpose());
    sink.take_blocks(blocks, |block, sink| header.push_all(block, columns, sink))
}

const NOT_TEXT: &str = "is not UTF-8";

/// Where the cells of a row belong.
struct Header {
    n: usize,
    item: usize,
    at: usize,
    known_at: Option<usize>,
    form: Form,
}

enum Form {
    Long { field: usize, value: usize },
    State { state: usize, attributes: Vec<(usize, String)> },
}

enum Wrong {
    Call(Error),
    Data(String),
}

impl Wrong {
    fn at(self, file: &std::path::Path, line: u64) -> ReadError {
        match self {
            Self::Call(error) => ReadError::call(file, line, error),
            Self::Data(reason) => ReadError::data(file, line, reason),
        }
    }
}

/// Reads the header. A column without a name (row numbers, mostly) is not read, nor is a column `state` beside the one that is named as
/// the state; a name that stands twice is an error.
fn header(record: &StringRecord, columns: &EventColumns, sink: &mut Sink) -> Result<Header, Wrong> {
    let names: Vec<&str> = record.iter().map(str::trim).collect();
    let mut seen = BTreeSet::new();
    if let Some(name) = names.iter().find(|name| !name.is_empty() && !seen.insert(**name)) {
        return Err(Wrong::Data(format!("column {:?} stands twice in the header", shortened(name))));
    }
    let find = |column: &str| names.iter().position(|name| *name == column);
    let is_long = columns.is_long_form(&names).map_err(|error| Wrong::Call(brief(error)))?;
    let place = |column: &str| find(column).ok_or_else(|| Wrong::Data(format!("column {column:?} is missing")));
    let (item, at, known_at) = (place(&columns.item)?, place(&columns.at)?, find(&columns.known_at));
    let others = |taken: &[usize]| -> Vec<(usize, String)> {
        let taken = |i: usize| taken.contains(&i) || Some(i) == known_at;
        names.iter().enumerate().filter(|(i, _)| !taken(*i)).map(|(i, name)| (i, (*name).to_owned())).collect()
    };
    let (form, unread) = if is_long {
        let (field, value) = (place(&columns.field)?, place(&columns.value)?);
        (Form::Long { field, value }, others(&[item, at, field, value]))
    } else {
        let state = place(&columns.state)?;
        let (unread, attributes) =
            others(&[item, at, state]).into_iter().partition(|(_, name)| name.is_empty() || name == STATE);
        (Form::State { state, attributes }, unread)
    };
    for (i, name) in unread {
        sink.unread_column(&if name.is_empty() { format!("column {} without a name", i + 1) } else { name });
    }
    Ok(Header { n: names.len(), item, at, known_at, form })
}

/// In a file that is no CSV at all, the "columns" may be a megabyte long.
fn brief(error: Error) -> Error {
    match error {
        Error::MissingColumn { column, has, hint } => {
            let has = has.iter().take(100).map(|name| shortened(name)).collect();
            Error::MissingColumn { column, has, hint: hint.map(|name| shortened(&name)) }
        }
        other => other,
    }
}

impl Header {
    fn push_all(&self, block: &Block, columns: &EventColumns, sink: &mut Sink) -> Result<(), ReadError> {
        for (line, record) in block.records() {
            let row = match record {
                Some(record) => self.push(record, line, columns, sink),
                None => Err(Refusal::Row(NOT_TEXT.to_owned())),
            };
            sink.settle(line, row)?;
        }
        Ok(())
    }

    fn push(&self, record: Record<'_>, line: u64, columns: &EventColumns, sink: &mut Sink) -> Result<(), Refusal> {
        if record.len() != self.n {
            let (cells, n) = (record.len(), self.n);
            return Err(Refusal::Row(format!("has {cells} cells; the header has {n}")));
        }
        let cell = |i: usize| record.cell(i);
        let item = required(&columns.item, cell(self.item))?;
        let known_at = self.known_at.and_then(cell);
        let (at, known_at) = sink.stamps(line, columns, cell(self.at), known_at)?;
        match &self.form {
            Form::Long { field, value } => {
                let field = required(&columns.field, cell(*field))?;
                sink.builder.push(item, at, field, cell(*value), known_at)?;
            }
            Form::State { state, attributes } => {
                let attributes = attributes.iter().map(|(i, name)| (name.as_str(), cell(*i)));
                sink.builder.push_state_row(item, at, cell(*state), attributes, known_at)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use streamgauge::{EventLog, Instant, Zone};

    use super::*;
    use crate::input::Format;

    fn opened(text: &str, until: Option<Instant>) -> (Input<'_>, Sink) {
        let (file, mut sink) = (PathBuf::from("a.csv"), Sink::new(Zone::named("Europe/Berlin").ok(), until));
        sink.begin(&file);
        (Input { file, format: Format::Csv, reader: Box::new(text.as_bytes()) }, sink)
    }

    fn read_by(at_once: usize, text: &str, until: Option<Instant>) -> Result<EventLog, ReadError> {
        let (input, mut sink) = opened(text, until);
        read_blocks(input, &EventColumns::default(), &mut sink, at_once).and_then(|()| sink.finish())
    }

    /// Record by record, with no branch.
    fn read_plainly(text: &str, until: Option<Instant>) -> EventLog {
        let (input, mut sink) = opened(text, until);
        let (mut records, mut names, columns) =
            (Records::new(input).unwrap(), ByteRecord::new(), EventColumns::default());
        records.read(&mut names).unwrap();
        let header = header(&StringRecord::from_byte_record(names).unwrap(), &columns, &mut sink).ok().unwrap();
        while let Some(block) = records.block(1).unwrap() {
            header.push_all(&block, &columns, &mut sink).unwrap();
        }
        sink.finish().unwrap()
    }

    /// Rows that are set aside, guessed, implausible, repeated or late; few tell when they became known. The state log and the long form.
    #[test]
    fn blocks_of_any_size_give_the_same() {
        let stamps =
            ["2024-10-27 02:30:00", "2024-05-01T09:00:00Z", "1969-12-31T23:59:59Z", "2024-05-02T09:00:00+0200"];
        let row = |row: usize| match row % 11 {
            7 => format!("I{row},yesterday,Open,red,"),
            9 => "one cell".to_owned(),
            _ => {
                let (state, known) =
                    (["Open", "Done", "\"a\nb\""][row % 3], if row % 50 == 20 { stamps[1] } else { "" });
                format!("I{},{},{state},{},{known}", row % 13, stamps[row % 4], row % 5)
            }
        };
        let rows = (0..300).map(row).collect::<Vec<_>>().join("\n");
        for header in ["item,at,state,team,known_at", "item,at,field,value,known_at", "item,at,state,team,note"] {
            let text = format!("{header}\n{rows}");
            for until in [None, Some(Instant::parse("2024-05-02", Some(Zone::UTC)).unwrap().instant)] {
                let plain = read_plainly(&text, until);
                assert!(plain.findings().len() > 2 && plain.n_events() > 100);
                for at_once in [1, 100, 1_000, 9_000, 1 << 20] {
                    let log = read_by(at_once, &text, until).unwrap();
                    assert_eq!(log.findings(), plain.findings(), "{at_once}");
                    assert_eq!(log.events().unwrap().to_csv(), plain.events().unwrap().to_csv(), "{at_once}");
                }
            }
        }
    }

    /// The first error of the file is the one that is told, whatever lies in one block with it.
    #[test]
    fn the_first_error_is_told() {
        let mut rows = vec!["A,2024-05-01T09:00:00Z,Open,x".to_owned(); 40];
        rows[30] = "A,2024-05-01T09:00:00Z,\"Open,x".to_owned();
        let text = format!("item,at,state,team\n{}", rows.join("\n"));
        for at_once in [1, 200, 10_000] {
            assert_eq!(read_by(at_once, &text, None).unwrap_err().line, Some(32), "{at_once}");
        }
        let text = text.replacen("09:00:00Z", "09:00:00", 5);
        let sink = || {
            (
                Sink::new(None, None),
                Input { file: PathBuf::from("a.csv"), format: Format::Csv, reader: Box::new(text.as_bytes()) },
            )
        };
        for at_once in [1, 200, 10_000] {
            let (mut sink, input) = sink();
            let error = read_blocks(input, &EventColumns::default(), &mut sink, at_once).unwrap_err();
            assert_eq!(error.line, Some(2), "{at_once}");
        }
    }
}
