//! The event formats as they should be, and what both halves of the tests need.

mod broken;
mod until;

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

use flate2::Compression;
use flate2::write::GzEncoder;
use streamgauge::{EventColumns, EventLog, FindingCode, Instant, Zone};

use super::*;
use crate::write_parquet;

const CSV: &str = "item,at,state,team\n\
    A,2024-05-01T09:00:00Z,Open,red\n\
    A,2024-05-02T09:00:00+0200,Done,\n\
    B,2024-05-02 09:00:00Z,Open,red\n";
const JSONL: &str = r#"{"item": "A", "at": "2024-05-01T09:00:00Z", "state": "Open", "team": "red"}
{"item": "A", "at": "2024-05-02T09:00:00+0200", "state": "Done", "team": null}
{"state": "Open", "team": "red", "at": "2024-05-02 09:00:00Z", "item": "B"}
"#;

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, content).unwrap();
        path
    }
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn read(name: &str, content: impl AsRef<[u8]>) -> Result<EventLog, ReadError> {
    read_with(name, content, &EventOptions::default())
}

fn read_with(name: &str, content: impl AsRef<[u8]>, options: &EventOptions) -> Result<EventLog, ReadError> {
    let folder = Folder::new();
    read_events(&[folder.file(name, content)], options, None)
}

/// Events as text, in the order of the log.
fn events(log: &EventLog) -> String {
    log.events().unwrap().to_csv()
}

fn message(read: Result<EventLog, ReadError>) -> String {
    read.map(|log| format!("no error, {} events", log.n_events())).unwrap_err().to_string()
}

fn rejected(log: &EventLog) -> (u64, String) {
    let finding = log.findings().iter().find(|finding| finding.code == FindingCode::RejectedRow).unwrap();
    (finding.count, finding.details.join("\n"))
}

fn parquet_of(log: &EventLog) -> Vec<u8> {
    let folder = Folder::new();
    let path = folder.0.path().join("events.parquet");
    write_parquet(&log.events().unwrap().batch(), &path).unwrap();
    fs::read(path).unwrap()
}

#[test]
fn one_log_in_every_format() {
    let log = read("a.csv", CSV).unwrap();
    // Six values; the team of A is cleared by the empty cell.
    assert_eq!(log.n_events(), 6);
    let expected = events(&log);
    assert!(expected.contains("A,2024-05-02T07:00:00Z,team,\n"), "{expected}");
    assert_eq!(events(&read("a.csv", format!("\u{feff}{}", CSV.replace('\n', "\r\n"))).unwrap()), expected);
    assert_eq!(events(&read("a.csv", CSV.replace(',', ";")).unwrap()), expected);
    assert_eq!(events(&read("a.jsonl", JSONL).unwrap()), expected);
    assert_eq!(events(&read("a", gzip(CSV.as_bytes())).unwrap()), expected);
    assert_eq!(events(&read("a.jsonl.gz", gzip(format!("\u{feff}\n{JSONL}").as_bytes())).unwrap()), expected);
    let (head, tail) = CSV.split_at(30);
    let members = [gzip(head.as_bytes()), gzip(tail.as_bytes())].concat();
    assert_eq!(events(&read("members.gz", members).unwrap()), expected);
    let parquet = read("a.parquet", parquet_of(&log)).unwrap();
    assert_eq!(events(&parquet), expected);
    assert_eq!(events(&read("long.csv", &expected).unwrap()), expected);
    assert!(parquet.findings().is_empty());
}

#[test]
fn known_at_in_both_forms() {
    let long = "item,at,field,value,known_at\nA,2024-05-01T09:00:00Z,state,Open,2024-05-03T00:00:00Z\n";
    let state = "item,at,state,known_at\nA,2024-05-01T09:00:00Z,Open,2024-05-03T00:00:00Z\n";
    let jsonl = r#"{"item":"A","at":"2024-05-01T09:00:00Z","state":"Open","known_at":"2024-05-03T00:00:00Z"}"#;
    let expected = events(&read("a.csv", long).unwrap());
    assert!(expected.contains("2024-05-03"), "{expected}");
    assert_eq!(events(&read("a.csv", state).unwrap()), expected);
    assert_eq!(events(&read("a.jsonl", jsonl).unwrap()), expected);
    assert_eq!(events(&read("a", parquet_of(&read("a.csv", long).unwrap())).unwrap()), expected);
}

#[test]
fn a_missing_key_says_nothing_and_null_clears() {
    let row =
        |day: u8, rest: &str| format!("{{\"item\":\"A\",\"at\":\"2024-05-0{day}T09:00:00Z\",\"state\":\"s\"{rest}}}");
    let rows = [row(1, ",\"n\":1.50,\"ok\":true"), row(2, ""), row(3, ",\"n\":null"), row(4, ",\"l\":[1, \"a\"]")];
    let log = read("a.jsonl", rows.join("\n")).unwrap();
    assert_eq!(log.values("n").unwrap(), [("1.50", 1)]);
    assert_eq!(log.values("ok").unwrap(), [("true", 1)]);
    assert_eq!(log.values("l").unwrap(), [("[1, \"a\"]", 1)]);
    // Four states, n = 1.50 and its end, ok, l.
    assert_eq!(log.n_events(), 8);
}

#[test]
fn a_header_alone_is_no_event_and_no_error() {
    assert_eq!(read("a.csv", "item,at,state\n").unwrap().n_events(), 0);
}

#[test]
fn years_far_away_and_large_cells_are_read() {
    let title = "x".repeat(1 << 20);
    let text = format!(
        "item,at,state,title\nA,0001-01-01T00:00:00Z,o,\nA,9999-12-31T23:59:59Z,o,\nA,2024-01-01T00:00:00Z,o,{title}\n"
    );
    let log = read("a.csv", text).unwrap();
    assert_eq!(log.values("state").unwrap(), [("o", 3)]);
    assert_eq!(log.values("title").unwrap()[0].0.len(), 1 << 20);
}

#[test]
fn names_and_zones_by_argument() {
    let columns = EventColumns {
        item: "case".to_owned(),
        at: "when".to_owned(),
        state: "activity".to_owned(),
        ..EventColumns::default()
    };
    let options = EventOptions { columns, zone: Some(Zone::named("Europe/Berlin").unwrap()), until: None };
    let text = ",case,activity,when\n1,A,Open,2024-10-27 02:30:00\n2,A,Done,2024-11-01\n";
    let log = read_with("a.csv", text, &options).unwrap();
    assert_eq!(events(&log).lines().nth(1), Some("A,2024-10-27T00:30:00Z,state,Open"));
    let codes: Vec<_> = log.findings().iter().map(|finding| (finding.code, finding.count)).collect();
    assert_eq!(codes, [(FindingCode::UnreadColumn, 1), (FindingCode::GuessedTime, 1)]);
    assert!(log.findings()[1].details[0].contains("a.csv:2: 2024-10-27 02:30:00 in Europe/Berlin"));
}

#[test]
fn columns_that_nobody_reads_are_told_once() {
    let csv = "item,at,field,value,note\nA,2024-05-01T09:00:00Z,state,Open,x\n";
    let jsonl = r#"{"item":"A","at":"2024-05-01T09:00:00Z","field":"state","value":"Open","note":{"a":1},"who":"x"}"#;
    let folder = Folder::new();
    let paths = [folder.file("a.csv", csv), folder.file("a.jsonl", jsonl)];
    let log = read_events(&paths, &EventOptions::default(), None).unwrap();
    assert_eq!(log.n_events(), 2);
    assert_eq!((log.findings()[0].count, log.findings()[0].details[0].as_str()), (2, "note, who"));
}

#[test]
fn a_column_called_state_beside_the_state_is_not_read() {
    let columns = EventColumns { state: "activity".to_owned(), ..EventColumns::default() };
    let options = EventOptions { columns, ..EventOptions::default() };
    let csv = "item,at,activity,state\nA,2024-05-01T09:00:00Z,NEW,Closed\n";
    let jsonl = r#"{"item":"A","at":"2024-05-01T09:00:00Z","activity":"NEW","state":"Closed"}"#;
    let folder = Folder::new();
    let parquet = folder.0.path().join("a.parquet");
    let column = |text: &str| std::sync::Arc::new(arrow_array::StringArray::from(vec![text])) as arrow_array::ArrayRef;
    let cells = [("item", "A"), ("at", "2024-05-01T09:00:00Z"), ("activity", "NEW"), ("state", "Closed")];
    let batch = arrow_array::RecordBatch::try_from_iter(cells.map(|(name, text)| (name, column(text))));
    write_parquet(&batch.unwrap(), &parquet).unwrap();
    for path in [folder.file("a.csv", csv), folder.file("a.jsonl", jsonl), parquet] {
        let log = read_events(&[path], &options, None).unwrap();
        assert_eq!((log.n_events(), log.values("state").unwrap()), (1, vec![("NEW", 1)]));
        assert_eq!(log.findings()[0].details, ["state"]);
    }
}

#[test]
fn progress_ends_at_the_whole() {
    let folder = Folder::new();
    let log = read("a.csv", CSV).unwrap();
    let paths = [
        folder.file("a.csv", CSV),
        folder.file("a.jsonl.gz", gzip(JSONL.as_bytes())),
        folder.file("a.parquet", parquet_of(&log)),
    ];
    let progress = Progress::default();
    read_events(&paths, &EventOptions::default(), Some(&progress)).unwrap();
    let size: u64 = paths.iter().map(|path| path.metadata().unwrap().len()).sum();
    assert_eq!(progress.total.load(Ordering::Relaxed), size);
    assert_eq!(progress.done.load(Ordering::Relaxed), size);
}

#[test]
fn instants_are_those_of_the_text() {
    let log = read("a.csv", "item,at,state\nA,2014-01-06T06:23:45.841+0000,Open\n").unwrap();
    assert!(events(&log).contains(&Instant(1_388_989_425_841_000).to_string()));
}

#[test]
fn implausible_times_are_told_with_their_place() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("old.csv");
    std::fs::write(&file, "item,at,state\nA,0001-01-01T00:00:00Z,Open\nA,2024-01-01T00:00:00Z,Open\n").unwrap();
    let log = read_events(&[file], &EventOptions::default(), None).unwrap();
    let model = streamgauge::FlowModel::from_toml("[phases]\nnew = [\"Open\"]").unwrap();
    let csv = streamgauge::measure(&log, &model, None).unwrap().findings().unwrap().to_csv();
    let told = csv.lines().find(|line| line.starts_with("implausible_time,1,A,")).unwrap();
    assert!(told.contains("old.csv:2: 0001-01-01T00:00:00Z lies outside 1970 to 2100"), "{told}");
}

/// The line of `implausible_time` when the files are measured.
fn implausible(paths: &[PathBuf]) -> String {
    let log = read_events(paths, &EventOptions::default(), None).unwrap();
    let model = streamgauge::FlowModel::from_toml("[phases]\nnew = [\"Open\"]\ndone = [\"Done\"]").unwrap();
    let csv = streamgauge::measure(&log, &model, None).unwrap().findings().unwrap().to_csv();
    csv.lines().find(|line| line.starts_with("implausible_time,")).unwrap_or_default().to_owned()
}

#[test]
fn implausible_times_of_parquet_name_file_and_row() {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, RecordBatch, StringArray, TimestampMillisecondArray};
    let folder = Folder::new();
    // The first row is set aside; those behind it keep their numbers.
    let texts = |cells: [Option<&str>; 4]| Arc::new(StringArray::from(cells.to_vec())) as ArrayRef;
    let millis = TimestampMillisecondArray::from(vec![0, 1, -1_000, 4_102_444_800_000]).with_timezone("UTC");
    let written = ["1970-01-01T00:00:00Z", "1970-01-01T00:00:00.001Z", "1969-12-31T23:59:59Z", "2100-01-01T00:00:00Z"];
    // When a row became known is not when it happened.
    let known_at = texts([Some("9999-12-31T00:00:00Z"); 4]);
    for (name, at) in [("a.parquet", Arc::new(millis) as ArrayRef), ("b.parquet", texts(written.map(Some)))] {
        let items = texts([None, Some("A"), Some("A"), Some("B")]);
        let columns =
            [("item", items), ("at", at), ("state", texts([Some("Open"); 4])), ("known_at", known_at.clone())];
        write_parquet(&RecordBatch::try_from_iter(columns).unwrap(), &folder.0.path().join(name)).unwrap();
    }
    let paths = ["a.parquet", "b.parquet"].map(|name| folder.0.path().join(name));
    for path in &paths {
        let (told, place) = (implausible(std::slice::from_ref(path)), path.display());
        assert!(told.starts_with("implausible_time,2,"), "{told}");
        assert!(told.contains(&format!("{place}:3: 1969-12-31T23:59:59Z lies outside 1970 to 2100")), "{told}");
        assert!(told.contains(&format!("{place}:4: 2100-01-01T00:00:00Z lies outside 1970 to 2100")), "{told}");
        assert_eq!(told.matches("Z lies outside").count(), 2, "{told}");
    }
    // No place is lost, and none is told twice.
    assert_eq!(implausible(&paths).matches("Z lies outside").count(), 4);
    let stamps = TimestampMillisecondArray::from(vec![-1; 1000]).with_timezone("UTC");
    let cells = |text: &str| Arc::new(StringArray::from(vec![text; 1000])) as ArrayRef;
    let columns = [("item", cells("A")), ("at", Arc::new(stamps) as ArrayRef), ("state", cells("Open"))];
    let path = folder.0.path().join("many.parquet");
    write_parquet(&RecordBatch::try_from_iter(columns).unwrap(), &path).unwrap();
    let plain = folder.file("a.csv", CSV);
    assert_eq!(implausible(&[path, plain]).matches("Z lies outside").count(), 20);
}

#[test]
fn implausible_times_beside_those_that_became_known() {
    let row = |at: &str| format!("A,{at}-01-01T00:00:00Z,Open,9999-12-31T00:00:00Z\n");
    let text = format!("item,at,state,known_at\n{}{}", row("2024"), row("1899"));
    let folder = Folder::new();
    let told = implausible(&[folder.file("a.csv", text)]);
    assert!(told.contains("a.csv:3: 1899-01-01T00:00:00Z") && !told.contains("9999"), "{told}");
}

#[test]
fn files_that_are_not_what_their_names_say() {
    let folder = Folder::new();
    let log = read("a.csv", CSV).unwrap();
    let paths = [
        folder.file("a.parquet", CSV),
        folder.file("b.csv", parquet_of(&log)),
        folder.file("c.csv.gz", gzip(JSONL.as_bytes())),
        folder.file("d.jsonl", CSV),
        folder.file("e.csv", CSV),
        folder.file("f.txt", JSONL),
    ];
    let log = read_events(&paths, &EventOptions::default(), None).unwrap();
    let misnamed = |log: &EventLog| {
        let mut findings = log.findings().iter().cloned();
        findings.find(|finding| finding.code == FindingCode::MisnamedFile).unwrap()
    };
    let finding = misnamed(&log);
    assert_eq!((finding.count, finding.items.len()), (4, 0));
    let said = [("Parquet", "CSV"), ("CSV", "Parquet"), ("CSV", "JSON objects"), ("JSON", "CSV")];
    let said = said.iter().zip(&paths).map(|((promised, found), path)| {
        format!("{}: its name says {promised}; its content begins as {found} and was read as that", path.display())
    });
    assert_eq!(finding.details, said.collect::<Vec<_>>());
    let many: Vec<PathBuf> = (0..30).map(|i| folder.file(&format!("{i}.parquet"), CSV)).collect();
    let log = read_events(&many, &EventOptions::default(), None).unwrap();
    assert_eq!((misnamed(&log).count, misnamed(&log).details.len()), (30, 20));
}
