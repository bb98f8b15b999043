//! Events in CSV, record by record; the file is never held as a whole.

use std::collections::BTreeSet;

use ::csv::{ByteRecord, StringRecord};
use streamgauge::{Error, EventColumns};

use super::record::{Records, cell};
use super::row::{STATE, required};
use crate::error::{ReadError, shortened};
use crate::input::Input;
use crate::sink::{Refusal, Sink};

pub(super) fn read(input: Input<'_>, columns: &EventColumns, sink: &mut Sink) -> Result<(), ReadError> {
    let mut records = Records::new(input)?;
    let mut record = ByteRecord::new();
    let line = records.read(&mut record)?.unwrap_or(1);
    let header = match StringRecord::from_byte_record(record) {
        Ok(names) => header(&names, columns, sink),
        Err(_) => Err(Wrong::Data(format!("the header {NOT_TEXT}"))),
    };
    let header = header.map_err(|reason| reason.at(&records.file, line))?;
    record = ByteRecord::new();
    while let Some(line) = records.read(&mut record)? {
        // A record is text or bytes, in the same buffer.
        let row = match StringRecord::from_byte_record(record) {
            Ok(text) => {
                let row = header.push(&text, line, columns, sink);
                record = text.into_byte_record();
                row
            }
            Err(error) => {
                record = error.into_byte_record();
                Err(Refusal::Row(NOT_TEXT.to_owned()))
            }
        };
        sink.settle(line, row)?;
    }
    Ok(())
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
    fn push(&self, record: &StringRecord, line: u64, columns: &EventColumns, sink: &mut Sink) -> Result<(), Refusal> {
        if record.len() != self.n {
            let (cells, n) = (record.len(), self.n);
            return Err(Refusal::Row(format!("has {cells} cells; the header has {n}")));
        }
        let cell = |i: usize| cell(record, i);
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
