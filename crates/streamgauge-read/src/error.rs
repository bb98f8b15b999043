//! What is wrong with a file or a call, with the file's name and the line.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// A file that cannot be read, or a call that must be changed.
///
/// Displays as `file:line: reason`. Rows of Parquet files, which have no lines, are counted from 1.
///
/// ```
/// use std::path::PathBuf;
/// use streamgauge_read::{EventOptions, ReadReason, read_events};
///
/// let folder = tempfile::tempdir()?;
/// let file = folder.path().join("moves.csv");
/// std::fs::write(&file, "item,time,state\nPAY-1,2024-05-01T09:00:00Z,Open\n")?;
///
/// let options = EventOptions::default();
/// let error = read_events(&[file.clone()], &options, None).unwrap_err();
/// assert_eq!(error.file, Some(file));
/// assert!(matches!(*error.reason, ReadReason::Call(streamgauge::Error::MissingColumn { .. })));
/// assert!(error.to_string().contains("column \"at\" is missing"));
///
/// let error = read_events(&[PathBuf::from("nowhere.csv")], &options, None).unwrap_err();
/// assert!(matches!(*error.reason, ReadReason::Io(_)));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[error("{}{reason}{note}", Place(.file.as_deref(), *.line))]
#[non_exhaustive]
pub struct ReadError {
    /// The file, if it is about one.
    pub file: Option<PathBuf>,
    /// The line, from 1; in Parquet files the row, from 1.
    pub line: Option<u64>,
    /// What is wrong.
    pub reason: Box<ReadReason>,
    /// That the file is not what its name says, where that is so.
    pub(crate) note: String,
}

/// What is wrong with a file or a call.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadReason {
    /// The operating system refused.
    #[error("{0}")]
    Io(io::Error),
    /// The core refused what the file holds; the call must be changed.
    #[error("{0}")]
    Call(streamgauge::Error),
    /// The file's content is broken, or is not what it should be.
    #[error("{0}")]
    Data(String),
}

impl ReadError {
    fn new(file: Option<&Path>, line: Option<u64>, reason: ReadReason) -> Self {
        Self { file: file.map(Path::to_owned), line, reason: Box::new(reason), note: String::new() }
    }

    pub(crate) fn io(file: &Path, error: io::Error) -> Self {
        Self::new(Some(file), None, ReadReason::Io(error))
    }

    /// An error while the bytes of an open file are read. A stream that ends too early or cannot be unpacked is the file's fault.
    pub(crate) fn stream(file: &Path, line: u64, error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => {
                Self::data(file, line, "the gzip stream ends too early; the file is cut short".to_owned())
            }
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
                Self::data(file, line, format!("the gzip stream is broken ({error})"))
            }
            _ => Self::io(file, error),
        }
    }

    pub(crate) fn data(file: &Path, line: impl Into<Option<u64>>, reason: String) -> Self {
        Self::new(Some(file), line.into(), ReadReason::Data(reason))
    }

    pub(crate) fn call(file: &Path, line: impl Into<Option<u64>>, error: streamgauge::Error) -> Self {
        Self::new(Some(file), line.into(), ReadReason::Call(error))
    }

    /// An error that is about the call as a whole.
    pub(crate) fn of_call(error: streamgauge::Error) -> Self {
        Self::new(None, None, ReadReason::Call(error))
    }

    /// Adds that the file is not what its name says.
    #[must_use]
    pub(crate) fn with_note(mut self, note: Option<String>) -> Self {
        self.note = note.map_or_else(String::new, |note| format!(" ({note})"));
        self
    }
}

/// `file:line: `, as far as they are known.
struct Place<'a>(Option<&'a Path>, Option<u64>);

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0, self.1) {
            (Some(file), Some(line)) => write!(f, "{}:{line}: ", file.display()),
            (Some(file), None) => write!(f, "{}: ", file.display()),
            (None, _) => Ok(()),
        }
    }
}

/// Enough of a text to recognise it by.
pub(crate) fn shortened(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
