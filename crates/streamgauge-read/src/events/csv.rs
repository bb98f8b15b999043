//! Events in CSV, record by record; the file is never held as a whole.

use std::collections::BTreeSet;

use streamgauge::{Error, EventColumns};

use super::record::{Cells, Record, Records};
use super::row::{STATE, StateRow, required};
use crate::error::{ReadError, shortened};
use crate::input::Input;
use crate::sink::{Refusal, Sink};

pub(super) fn read(input: Input<'_>, columns: &EventColumns, sink: &mut Sink) -> Result<(), ReadError> {
    let file = input.file;
    let mut records = Records::new(input.reader);
    let mut record = Record::default();
    let failed = |error, line| ReadError::stream(&file, line, error);
    records.read_header(&mut record).map_err(|error| failed(error, 1))?;
    let header = header(&record, columns, sink).map_err(|reason| reason.at(&file, record.line))?;
    loop {
        let read = records.read(&mut record);
        if !read.map_err(|error| failed(error, records.lines + 1))? {
            return Ok(());
        }
        if !record.is_whole {
            let reason = "a quoted cell begins in this row and does not end; the rest of the file cannot be told apart";
            return Err(ReadError::data(&file, record.line, reason.to_owned()));
        }
        let row = header.push(&record, columns, sink);
        sink.settle(record.line, row)?;
    }
}

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
fn header(record: &Record, columns: &EventColumns, sink: &mut Sink) -> Result<Header, Wrong> {
    let cells = record.text().map_err(|reason| Wrong::Data(format!("the header {reason}")))?;
    let names: Vec<&str> = cells.iter().map(|cell| cell.unwrap_or("").trim()).collect();
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
    fn push(&self, record: &Record, columns: &EventColumns, sink: &mut Sink) -> Result<(), Refusal> {
        if record.len() != self.n {
            let (cells, n) = (record.len(), self.n);
            return Err(Refusal::Row(format!("has {cells} cells; the header has {n}")));
        }
        let cells = record.text().map_err(Refusal::Row)?;
        let item = required(&columns.item, cells.get(self.item))?;
        let known_at = self.known_at.and_then(|i| cells.get(i));
        let (at, known_at) = sink.stamps(record.line, columns, cells.get(self.at), known_at)?;
        match &self.form {
            Form::Long { field, value } => {
                let field = required(&columns.field, cells.get(*field))?;
                Ok(sink.builder.push(item, at, field, cells.get(*value), known_at)?)
            }
            Form::State { state, attributes } => {
                let row = StateRow { item, at, state: cells.get(*state), known_at };
                sink.state_row(columns, &row, texts(attributes, cells))
            }
        }
    }
}

fn texts<'a>(attributes: &'a [(usize, String)], cells: Cells<'a>) -> impl Iterator<Item = (&'a str, Option<&'a str>)> {
    attributes.iter().map(move |(i, name)| (name.as_str(), cells.get(*i)))
}
