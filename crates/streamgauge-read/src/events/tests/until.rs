//! Rows at or after `until`: the same answers without them, all of them counted, and row groups that are not even unpacked.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use ::parquet::arrow::ArrowWriter;
use ::parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use ::parquet::file::properties::WriterProperties;
use arrow_array::{
    ArrayRef, Date32Array, RecordBatch, StringArray, TimestampMicrosecondArray, TimestampMillisecondArray,
    TimestampNanosecondArray,
};
use streamgauge::{Finding, FlowModel, measure};

use super::*;

const MINUTE: i64 = 60_000_000;
const DAY: i64 = 24 * 60 * MINUTE;
const N_ROWS: usize = 300;
/// Rows of a row group; and so few that several of them are read into one part.
const GROUP: usize = 64;
const FEW: usize = 3;
const PARQUET: [&str; 7] = ["us", "ms", "ns", "text", "naive", "naive ns", "date"];

fn at(text: &str) -> Instant {
    Instant::parse(text, None).unwrap().instant
}

fn berlin() -> Zone {
    Zone::named("Europe/Berlin").unwrap()
}

fn options(until: Option<Instant>) -> EventOptions {
    EventOptions { zone: Some(berlin()), until, ..EventOptions::default() }
}

/// A row each twenty minutes: item, count of µs, state, team.
type Row = (String, i64, &'static str, Option<&'static str>);

/// Rows over four days, in order of time or in none.
fn rows(first: &str, in_order: bool) -> Vec<Row> {
    let row = |i: usize| {
        let state = ["Open", "Doing", "Done"][i / 17 % 3];
        let team = [Some("red"), Some("blue"), None][i / 5 % 3];
        (format!("A-{}", i % 17), at(first).0 + i as i64 * 20 * MINUTE, state, team)
    };
    (0..N_ROWS).map(|i| row(if in_order { i } else { i * 7 % N_ROWS })).collect()
}

/// What the stamp of a row is read as, if the file holds counts of that kind.
fn stamp(kind: &str, count: i64) -> Instant {
    let local = match kind {
        "naive" | "naive ns" => count,
        "date" => count.div_euclid(DAY) * DAY,
        _ => return Instant(count),
    };
    berlin().stamp_from_local_micros(local).unwrap().instant
}

fn parquet_file(path: &Path, kind: &str, rows: &[Row]) {
    grouped_file(path, kind, rows, GROUP);
}

/// A file with so many rows in each row group.
fn grouped_file(path: &Path, kind: &str, rows: &[Row], group: usize) {
    let counts = || rows.iter().map(|row| row.1);
    let stamps: ArrayRef = match kind {
        "us" => Arc::new(TimestampMicrosecondArray::from_iter_values(counts()).with_timezone("UTC")),
        "ms" => {
            Arc::new(TimestampMillisecondArray::from_iter_values(counts().map(|at| at / 1_000)).with_timezone("UTC"))
        }
        "ns" => {
            Arc::new(TimestampNanosecondArray::from_iter_values(counts().map(|at| at * 1_000)).with_timezone("UTC"))
        }
        "naive" => Arc::new(TimestampMicrosecondArray::from_iter_values(counts())),
        "naive ns" => Arc::new(TimestampNanosecondArray::from_iter_values(counts().map(|at| at * 1_000))),
        "date" => Arc::new(Date32Array::from_iter_values(counts().map(|at| (at / DAY) as i32))),
        _ => Arc::new(StringArray::from_iter_values(counts().map(|at| Instant(at).to_string()))),
    };
    let batch = RecordBatch::try_from_iter_with_nullable([
        ("item", Arc::new(StringArray::from_iter_values(rows.iter().map(|row| &row.0))) as ArrayRef, true),
        ("at", stamps, true),
        ("state", Arc::new(StringArray::from_iter_values(rows.iter().map(|row| row.2))), true),
        ("team", Arc::new(StringArray::from_iter(rows.iter().map(|row| row.3))), true),
    ])
    .unwrap();
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(group)).build();
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    assert_eq!(writer.close().unwrap().num_row_groups(), N_ROWS.div_ceil(group));
}

fn texts(rows: &[Row]) -> [(&'static str, String); 2] {
    let (mut csv, mut jsonl) = ("item,at,state,team\n".to_owned(), String::new());
    for (item, at, state, team) in rows {
        let at = Instant(*at);
        writeln!(csv, "{item},{at},{state},{}", team.unwrap_or_default()).unwrap();
        let team = team.map_or("null".to_owned(), |team| format!("{team:?}"));
        writeln!(jsonl, r#"{{"item": "{item}", "at": "{at}", "state": "{state}", "team": {team}}}"#).unwrap();
    }
    [("a.csv", csv), ("a.jsonl", jsonl)]
}

/// Records and the fingerprint of the events.
fn answer(log: &EventLog, as_of: Instant) -> (String, String) {
    let model = FlowModel::from_toml("[phases]\nnew = [\"Open\"]\nactive = [\"Doing\"]\ndone = [\"Done\"]").unwrap();
    let flow = measure(log, &model, Some(as_of)).unwrap();
    (flow.records().unwrap().to_csv(), flow.log_hash().to_owned())
}

fn left_out(log: &EventLog) -> Option<&Finding> {
    log.findings().iter().find(|finding| finding.code == FindingCode::AfterAsOf)
}

/// The file read until an instant answers as the whole file does, and tells how many rows it left out.
fn assert_same(path: &Path, kind: &str, rows: &[Row], until: Instant) {
    let read = |until| read_events(&[path.to_owned()], &options(until), None).unwrap();
    let (whole, part) = (read(None), read(Some(until)));
    assert_eq!(left_out(&whole), None);
    for as_of in [until, Instant(until.0 - 60 * MINUTE)] {
        assert_eq!(answer(&part, as_of), answer(&whole, as_of), "{kind} until {until} as of {as_of}");
    }
    let early: Vec<&Row> = rows.iter().filter(|row| stamp(kind, row.1) < until).collect();
    let items: BTreeSet<&str> = early.iter().map(|row| row.0.as_str()).collect();
    assert_eq!(part.n_items(), items.len(), "{kind} until {until}");
    let n_late = rows.len() - early.len();
    let finding = left_out(&part).unwrap();
    assert_eq!(finding.count, n_late as u64, "{kind} until {until}");
    assert_eq!(finding.details, [format!("{n_late} rows at or after {until} were not read (until)")]);
}

#[test]
fn every_format_answers_as_the_whole_file() {
    let folder = Folder::new();
    for (first, untils) in [
        // The clocks of Berlin skip an hour, and show one twice.
        ("2024-03-29T00:00:00Z", ["2024-03-29T01:40:00Z", "2024-03-31T01:10:00Z", "2024-03-31T01:30:00Z"]),
        ("2024-10-25T00:00:00Z", ["2024-10-27T00:20:00Z", "2024-10-27T01:10:00Z", "2024-10-28T00:00:00.000007Z"]),
    ] {
        for rows in [rows(first, true), rows(first, false)] {
            for until in untils.map(at) {
                for kind in PARQUET {
                    let path = folder.0.path().join("a.parquet");
                    for group in [GROUP, FEW] {
                        grouped_file(&path, kind, &rows, group);
                        assert_same(&path, kind, &rows, until);
                    }
                }
                for (name, text) in texts(&rows) {
                    assert_same(&folder.file(name, text), name, &rows, until);
                }
            }
        }
    }
}

#[test]
fn row_groups_of_any_size_are_one_log() {
    let folder = Folder::new();
    let path = folder.0.path().join("a.parquet");
    for kind in PARQUET {
        for mut rows in [rows("2024-10-25T00:00:00Z", true), rows("2024-10-25T00:00:00Z", false)] {
            // Twice as they are, and too late.
            rows[200] = rows[20].clone();
            rows[150].1 = at("2100-01-01T00:00:00Z").0;
            let told = [N_ROWS, GROUP, FEW, 1].map(|group| {
                grouped_file(&path, kind, &rows, group);
                let log = read_events(std::slice::from_ref(&path), &options(None), None).unwrap();
                (log.events().unwrap().to_csv(), format!("{:?}", log.findings()))
            });
            assert!(told.iter().all(|one| *one == told[0]), "{kind}: {:?}", told.map(|one| one.1));
        }
    }
}

/// Spoils the pages of a row group.
fn spoil(path: &Path, group: usize) {
    let opened = ArrowReaderMetadata::load(&File::open(path).unwrap(), ArrowReaderOptions::new()).unwrap();
    let mut bytes = fs::read(path).unwrap();
    for column in opened.metadata().row_group(group).columns() {
        let (start, size) = column.byte_range();
        bytes[start as usize..(start + size) as usize].fill(0xff);
    }
    fs::write(path, bytes).unwrap();
}

#[test]
fn row_groups_that_are_late_are_not_unpacked() {
    let folder = Folder::new();
    let path = folder.0.path().join("a.parquet");
    let rows = rows("2024-05-01T00:00:00Z", true);
    let start_of = |group: usize| stamp("us", rows[group * GROUP].1);
    for kind in PARQUET {
        parquet_file(&path, kind, &rows);
        (2..5).for_each(|group| spoil(&path, group));
        let read = |until| read_events(std::slice::from_ref(&path), &options(until), None);
        assert!(message(read(None)).contains("is no whole Parquet file"), "{kind}");
        let is_zoned = ["us", "ms", "ns"].contains(&kind);
        // In the group before some rows are late, or none.
        for until in [Instant(start_of(2).0 - DAY / 4), start_of(2)] {
            match read(Some(until)) {
                Ok(log) => {
                    let n_late = rows.iter().filter(|row| row.1 >= until.0).count() as u64;
                    assert!(is_zoned && left_out(&log).unwrap().count == n_late, "{kind} until {until}");
                }
                Err(error) => assert!(!is_zoned, "{kind} until {until}: {error}"),
            }
        }
        // The first row of the spoilt group lies before it.
        assert!(read(Some(Instant(start_of(2).0 + 1))).is_err(), "{kind}");
    }
}

#[test]
fn progress_ends_at_the_whole_whatever_is_left_out() {
    let folder = Folder::new();
    let path = folder.0.path().join("a.parquet");
    parquet_file(&path, "us", &rows("2024-05-01T00:00:00Z", true));
    let progress = Progress::default();
    read_events(std::slice::from_ref(&path), &options(Some(at("2024-05-02T00:00:00Z"))), Some(&progress)).unwrap();
    assert_eq!(progress.done.load(Ordering::Relaxed), path.metadata().unwrap().len());
}

#[test]
fn files_of_late_rows_alone_are_no_error() {
    let folder = Folder::new();
    let rows = rows("2024-05-01T00:00:00Z", true);
    let mut paths: Vec<PathBuf> = texts(&rows).map(|(name, text)| folder.file(name, text)).into();
    for kind in PARQUET {
        let path = folder.0.path().join(format!("{kind}.parquet"));
        parquet_file(&path, kind, &rows);
        paths.push(path);
    }
    let early = options(Some(at("2024-01-01T00:00:00Z")));
    for path in &paths {
        let log = read_events(std::slice::from_ref(path), &early, None).unwrap();
        assert_eq!((log.n_events(), log.n_items(), log.findings().len()), (0, 0, 1), "{}", path.display());
    }
    // All files are told in one sentence.
    let log = read_events(&paths, &early, None).unwrap();
    assert_eq!(left_out(&log).unwrap().details, ["2700 rows at or after 2024-01-01T00:00:00Z were not read (until)"]);
    let empty = read_with("a.csv", "item,at,state\n", &early).unwrap();
    assert_eq!((empty.n_events(), empty.findings().len()), (0, 0));
}

#[test]
fn rows_that_cannot_be_read_stay_rejected_and_late_ones_are_not_guessed() {
    let text = "item,at,state\nA,2024-10-27 02:30:00,Open\n,2024-10-28T00:00:00Z,Open\nA,yesterday,Done\n";
    let jsonl = r#"{"item": "A", "at": "2024-10-27 02:30:00", "state": "Open"}
{"item": null, "at": "2024-10-28T00:00:00Z", "state": "Open"}
{"item": "A", "at": "yesterday", "state": "Done"}"#;
    let column = |cells: [Option<&str>; 3]| Arc::new(StringArray::from(cells.to_vec())) as ArrayRef;
    let batch = RecordBatch::try_from_iter([
        ("item", column([Some("A"), None, Some("A")])),
        ("at", column([Some("2024-10-27 02:30:00"), Some("2024-10-28T00:00:00Z"), Some("yesterday")])),
        ("state", column([Some("Open"), Some("Open"), Some("Done")])),
    ]);
    let folder = Folder::new();
    let parquet = folder.0.path().join("a.parquet");
    write_parquet(&batch.unwrap(), &parquet).unwrap();
    let until = at("2024-10-27T00:30:00Z");
    for path in [folder.file("a.csv", text), folder.file("a.jsonl", jsonl), parquet] {
        let log = read_events(&[path], &options(Some(until)), None).unwrap();
        let found: Vec<_> = log.findings().iter().map(|finding| (finding.code, finding.count)).collect();
        assert_eq!(found, [(FindingCode::RejectedRow, 2), (FindingCode::AfterAsOf, 1)]);
        assert_eq!(left_out(&log).unwrap().details, ["1 row at or after 2024-10-27T00:30:00Z was not read (until)"]);
    }
}
