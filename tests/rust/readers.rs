//! The readers on real files, with counts that were taken without them.
//!
//! The counts come from the files themselves, by a few lines of Python (`json`, `csv` and `gzip` of the standard library); each test says
//! which. The files are not in the repository: see `shared/data/README.md` beside the checkout.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::TimestampMicrosecondType;
use streamgauge::{EventColumns, EventLog, FindingCode, FlowModel, Instant, Zone};
use streamgauge_read::{EventOptions, JiraOptions, Progress, Source, read_events, read_jira, recognise, write_parquet};

/// A folder of the real data, or none and a word about it.
fn data(folder: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data").join(folder);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: ../shared/data is absent");
    None
}

fn jira(paths: &[PathBuf], fields: &[&str]) -> EventLog {
    let fields = fields.iter().map(|name| (*name).to_owned()).collect();
    read_jira(paths, &JiraOptions { fields, zone: None }, None).unwrap()
}

/// All files of a folder, as a glob gives them.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    files
}

/// `(item, at, field, value)` of every event, in the order of the log.
fn events(log: &EventLog) -> Vec<(String, i64, String, Option<String>)> {
    let table = log.events().unwrap();
    let text = |name: &str| table.column(name).unwrap().as_string::<i32>().clone();
    let at = table.column("at").unwrap().as_primitive::<TimestampMicrosecondType>().clone();
    let (item, field, value) = (text("item"), text("field"), text("value"));
    let value = |row: usize| (!value.is_null(row)).then(|| value.value(row).to_owned());
    (0..log.n_events())
        .map(|row| (item.value(row).to_owned(), at.value(row), field.value(row).to_owned(), value(row)))
        .collect()
}

/// How many events each field has.
fn per_field(log: &EventLog) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for (_, _, field, _) in events(log) {
        *counts.entry(field).or_insert(0) += 1;
    }
    counts
}

fn counts<const N: usize>(counts: [(&str, usize); N]) -> BTreeMap<String, usize> {
    counts.into_iter().map(|(field, n)| (field.to_owned(), n)).collect()
}

fn findings(log: &EventLog) -> Vec<(&'static str, u64)> {
    log.findings().iter().map(|finding| (finding.code.as_str(), finding.count)).collect()
}

/// Rows of a CSV file of the data, by a parser that is not the reader's: none of these two has a quoted line break.
fn csv_rows(path: &Path) -> Vec<BTreeMap<String, String>> {
    let columns = EventColumns { item: "key".into(), at: "created".into(), state: "key".into(), ..EventColumns::default() };
    drop(columns);
    let mut text = String::new();
    let file = fs::File::open(path).unwrap();
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(file), &mut text).unwrap();
    let mut lines = text.lines();
    let header: Vec<String> = cells(lines.next().unwrap());
    lines.map(|line| header.iter().cloned().zip(cells(line)).collect()).collect()
}

fn cells(line: &str) -> Vec<String> {
    let (mut cells, mut quoted) = (vec![String::new()], false);
    for character in line.chars() {
        match character {
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            other => cells.last_mut().unwrap().push(other),
        }
    }
    cells
}
