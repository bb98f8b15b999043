//! Whether a file holds a tracker's export or events.

use std::collections::BTreeMap;
use std::io::BufRead;
use std::path::Path;

use serde::de::IgnoredAny;

use crate::error::ReadError;
use crate::input::{Format, Input};

/// What a file holds, and so which reader reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Issues of Jira, for [`read_jira`](crate::read_jira).
    Jira,
    /// Events, for [`read_events`](crate::read_events).
    Events,
}

/// Tells by its content what a file holds.
///
/// Parquet and CSV hold events. JSON holds issues of Jira if it is an array, if it has an object over many lines, or if its first object
/// has `fields`, `issues` or `changelog`; else it is JSON Lines of events.
///
/// ```
/// use streamgauge_read::{Source, recognise};
///
/// let folder = tempfile::tempdir()?;
/// let file = folder.path().join("export");
/// std::fs::write(&file, r#"{"key": "PAY-1", "fields": {}, "changelog": {}}"#)?;
/// assert_eq!(recognise(&file)?, Source::Jira);
/// std::fs::write(&file, r#"{"item": "PAY-1", "at": "2024-05-01T09:00:00Z", "state": "Open"}"#)?;
/// assert_eq!(recognise(&file)?, Source::Events);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If the file cannot be opened, is empty, or is neither text nor Parquet.
pub fn recognise(path: &Path) -> Result<Source, ReadError> {
    let mut input = Input::open(path, None)?;
    match input.format {
        Format::Csv | Format::Parquet => Ok(Source::Events),
        Format::JsonArray => Ok(Source::Jira),
        Format::JsonObject => {
            let mut line = Vec::new();
            while line.trim_ascii().is_empty() {
                let n = input.reader.read_until(b'\n', &mut line).map_err(|error| ReadError::stream(path, 1, error))?;
                if n == 0 {
                    break;
                }
            }
            Ok(source_of(&line))
        }
    }
}

/// What the first line that is not blank says.
fn source_of(line: &[u8]) -> Source {
    match serde_json::from_slice::<BTreeMap<String, IgnoredAny>>(line) {
        Ok(object) if ["fields", "issues", "changelog"].iter().any(|key| object.contains_key(*key)) => Source::Jira,
        Err(error) if error.is_eof() => Source::Jira,
        _ => Source::Events,
    }
}
