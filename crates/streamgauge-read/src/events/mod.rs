//! Event tables in files: the long form and the state-log form, in CSV, JSON Lines and Parquet.

mod csv;
mod jsonl;
mod lines;
mod parquet;
mod parquet_rows;
mod parquet_until;
mod record;
mod row;

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use streamgauge::{EventColumns, EventLog, Instant, Zone};

use crate::error::ReadError;
use crate::input::{Format, Input, announce};
use crate::progress::Progress;
use crate::sink::Sink;

/// What the columns of event files are called, where their clocks hung, and up to when they are read.
///
/// ```
/// use streamgauge::{EventColumns, Instant, Zone};
/// use streamgauge_read::EventOptions;
///
/// let options = EventOptions {
///     columns: EventColumns { item: "case_id".to_owned(), at: "timestamp".to_owned(), ..EventColumns::default() },
///     zone: Some(Zone::named("Europe/Berlin")?),
///     until: Some(Instant::parse("2024-10-01T00:00:00Z", None)?.instant),
/// };
/// assert_eq!(options.columns.state, "state");
/// # Ok::<(), streamgauge::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct EventOptions {
    /// The names of the columns.
    pub columns: EventColumns,
    /// The zone in which stamps without an offset were written; `None` refuses such stamps.
    pub zone: Option<Zone>,
    /// Rows at or after it are not read, as if the files had been exported then; `None` reads all.
    ///
    /// As of that instant or an earlier one every answer is the same as from the whole files. In the findings the rows left out are counted in
    /// `after_as_of`, and what only they hold is not there: a field, a word, a row that is odd. Row groups of Parquet that lie at or
    /// after it by their statistics are not even unpacked; nobody looks for rows in them that cannot be read, and all are counted as left out.
    ///
    /// There is no such option for the other end, because the start of a history decides what follows.
    pub until: Option<Instant>,
}

/// Reads event files, one or many, in any mix of formats.
///
/// Each file is recognised by its content: Parquet, JSON Lines (one object a line) or CSV (with a header; separated by commas, semicolons
/// or tabs), the last two also in gzip. A file with the columns `field` and `value` is in the long form, else it is a state log and each further
/// column is an attribute. (Where another column is named as the state, a further column called `state` is not read, but told.)
///
/// - **CSV**: an empty cell is null. A null in a further column of a state log clears the attribute.
/// - **JSON Lines**: the first row that is an object decides the form. A key that is missing in a row says nothing; `null` clears. Numbers and truth values
///   become text, arrays and objects stay JSON text.
/// - **Parquet**: any type that can be written as text; timestamps of any unit, dates, or text.
///
/// Rows that cannot be read are set aside with the finding `rejected_row`; local times that exist twice or never are counted in `guessed_time`,
/// columns that nobody reads in `unread_column`, files whose name says another format than their content in `misnamed_file`, rows at or after
/// [`until`](EventOptions::until) in `after_as_of`. `progress` is raised while reading, for a bar that another thread draws.
///
/// ```
/// use streamgauge_read::{EventOptions, read_events};
///
/// let folder = tempfile::tempdir()?;
/// let [csv, jsonl] = ["a.csv", "b.jsonl"].map(|name| folder.path().join(name));
/// std::fs::write(&csv, "item,at,field,value\nPAY-1,2024-05-01T09:00:00Z,state,Open\n")?;
/// std::fs::write(&jsonl, r#"{"item": "PAY-2", "at": "2024-05-01T09:00:00Z", "state": "Open", "team": "red"}"#)?;
///
/// let log = read_events(&[csv, jsonl], &EventOptions::default(), None)?;
/// assert_eq!((log.n_items(), log.n_events()), (2, 3));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// A [`ReadError`] with the file, and the line where there is one: a file that cannot be opened, is empty, cut short, or none of the
/// formats; a missing column, with what the table has; a stamp without an offset while no zone is declared; a file in which no row at all
/// can be read (rows that are left out can).
pub fn read_events(
    paths: &[PathBuf],
    options: &EventOptions,
    progress: Option<&Progress>,
) -> Result<EventLog, ReadError> {
    announce(paths, progress)?;
    let mut sink = Sink::new(options.zone, options.until);
    for path in paths {
        sink.begin(path);
        read_one(path, &options.columns, &mut sink, progress)?;
    }
    sink.finish()
}

fn read_one(
    path: &Path,
    columns: &EventColumns,
    sink: &mut Sink,
    progress: Option<&Progress>,
) -> Result<(), ReadError> {
    let done = progress.map(|progress| progress.done.load(Ordering::Relaxed));
    let input = Input::open(path, progress)?;
    let note = sink.recognised(input.format);
    let read = match input.format {
        Format::Csv => csv::read(input, columns, sink),
        Format::JsonObject => jsonl::read(input, columns, sink),
        Format::Parquet => {
            // Parquet is read from its end, by a reader of its own: what was read to recognise it does not count.
            if let (Some(progress), Some(done)) = (progress, done) {
                progress.done.store(done, Ordering::Relaxed);
            }
            parquet::read(path, columns, sink, progress)
        }
        Format::JsonArray => {
            let reason = "is a JSON array; events are read from JSON Lines, one object a line (a tracker's export has a reader of its own)";
            Err(ReadError::data(path, 1, reason.to_owned()))
        }
    };
    read.and_then(|()| sink.not_all_rejected()).map_err(|error| error.with_note(note))
}

#[cfg(test)]
mod tests;
