//! Every kind of bad input of the event formats, and that no bytes make the reader panic.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

use flate2::Compression;
use flate2::write::GzEncoder;
use streamgauge::{Error, EventColumns, EventLog, FindingCode, Instant, Zone};

use super::*;
use crate::{ReadReason, write_parquet};

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
    write_parquet(log.events().unwrap().batch(), &path).unwrap();
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
fn bad_rows_are_told_and_the_rest_is_read() {
    let text = "item,at,state,title\n\
        A,2024-05-01T09:00:00Z,Open,\"two\nlines\"\n\
        A,2024-05-01T09:00:00Z\n\
        ,2024-05-01T09:00:00Z,Open,x\n\
        B,yesterday,Open,x\n\
        B,,Open,x\n\
        B,2024-05-01T09:00:00Z,Open,x,y\n\n\
        B,2024-05-01T09:00:00Z,Open,<script>alert(1)</script>\n";
    for end in ["\n", "\r\n"] {
        let log = read("a.csv", text.replace('\n', end)).unwrap();
        assert_eq!(log.n_events(), 4);
        assert_eq!(log.values("title").unwrap()[0].0, "<script>alert(1)</script>");
        let (count, details) = rejected(&log);
        assert_eq!(count, 5);
        for (line, reason) in [
            (4, "has 2 cells; the header has 4"),
            (5, "column \"item\" is empty"),
            (6, "column \"at\": \"yesterday\" is no instant"),
            (7, "column \"at\" is empty"),
            (8, "has 5 cells"),
        ] {
            assert!(details.contains(&format!("a.csv:{line}: {reason}")), "{line} {reason}\n{details}");
        }
    }
}

#[test]
fn bad_lines_are_told_and_the_rest_is_read() {
    let good = r#"{"item":"A","at":"2024-05-01T09:00:00Z","state":"Open"}"#;
    let mut text = format!("{good}\n\n").into_bytes();
    for line in [
        &b"{\"item\":\"A\""[..],
        b"[1]",
        b"{\"item\":\"A\",\"item\":\"B\",\"at\":\"2024-05-01T09:00:00Z\",\"state\":\"x\"}",
        b"{\"item\":\"A\",\"at\":\"2024-05-01T09:00:00Z\",\"state\":\"\xff\"}",
        b"{\"item\":\"A\",\"at\":\"2024-05-01T09:00:00Z\"}",
        b"{\"item\":null,\"at\":\"2024-05-01T09:00:00Z\",\"state\":\"x\"}",
        b"{\"item\":\"A\",\"at\":1714554000,\"state\":\"x\"}",
        b"{\"item\":\"A\",\"at\":\"2024-05-01T09:00:00Z\",\"state\":\"\\ud800\"}",
    ] {
        text.extend_from_slice(line);
        text.push(b'\n');
    }
    text.extend_from_slice(good.replace('A', "B").as_bytes());
    let log = read("a.jsonl", text).unwrap();
    assert_eq!(log.n_items(), 2);
    let (count, details) = rejected(&log);
    assert_eq!(count, 8);
    for (line, reason) in [
        (3, "the object does not end on its line"),
        (4, "is no JSON object: invalid type: sequence, expected an object"),
        (5, "is no JSON object: key \"item\" stands twice"),
        (6, "is not UTF-8 (byte"),
        (7, "has no \"state\""),
        (8, "column \"item\" is empty"),
        (9, "column \"at\": \"1714554000\" is no instant"),
        (10, "column \"state\": "),
    ] {
        assert!(details.contains(&format!("a.jsonl:{line}: {reason}")), "{line} {reason}\n{details}");
    }
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
fn at_most_twenty_details_but_all_are_counted() {
    let text = format!("{CSV}{}", "short\n".repeat(1000));
    let finding = read("a.csv", text).unwrap().findings()[0].clone();
    assert_eq!((finding.count, finding.details.len()), (1000, 20));
}

#[test]
fn calls_to_change() {
    let text = message(read("a.csv", "item,time,state\nA,2024-05-01T09:00:00Z,Open\n"));
    assert!(
        text.contains("a.csv:1: column \"at\" is missing; the table has [\"item\", \"time\", \"state\"]"),
        "{text}"
    );
    let text = message(read("a.csv", "item,at,status\nA,2024-05-01T09:00:00Z,Open\n"));
    assert!(text.contains("Did you mean \"status\"?"), "{text}");
    let text = message(read("a.jsonl", "{\"key\":\"A\",\"fields\":{}}"));
    assert!(text.contains("a.jsonl:1: column \"item\" is missing"), "{text}");
    let text = message(read("a.csv", "item,at,state,team,team\n"));
    assert!(text.contains("column \"team\" stands twice"), "{text}");
    let error = read("a.csv", "item,at,state\nA,2024-05-01T09:00:00Z,o\nA,2024-05-01 09:00,o\n").unwrap_err();
    assert_eq!(error.line, Some(3));
    assert!(matches!(*error.reason, ReadReason::Call(Error::Stamp { .. })));
    assert!(error.to_string().contains("declare the zone"), "{error}");
    let text = message(read("a.csv", "item,at,state\nA,7.6.2025 14:59,o\nB,x,o\n"));
    assert!(
        text.contains("a.csv:2: none of 2 rows can be read; the first: column \"at\": \"7.6.2025 14:59\""),
        "{text}"
    );
    assert!(message(read_events(&[], &EventOptions::default(), None)).contains("at least one file"));
}

#[test]
fn files_that_are_something_else() {
    for (name, content, expected) in [
        ("a.csv", &b""[..], "is empty"),
        ("a.csv", b"\xef\xbb\xbf \n", "is empty"),
        ("a.xlsx", b"PK\x03\x04....", "a workbook"),
        ("a.csv", b"\xff\xfei\0t\0", "is UTF-16"),
        ("a.csv", b"\x00\x01\x02", "is binary"),
        ("a.parquet", b"not,parquet\n1,2\n", "its name says Parquet; its content is not"),
        ("a.parquet", b"PAR1PAR1", "no whole Parquet file"),
        ("a.jsonl", b"hello\n", "its name says JSON"),
        ("a.json", b"[{\"item\":\"A\"}]", "is a JSON array"),
        ("a.csv", b"item,at,state\nA,2024-05-01T09:00:00Z,\"Open\nB,1,2\n", "a.csv:2: a quoted cell begins"),
        ("a.csv", b"it\xffem,at,state\n", "the header is not UTF-8"),
        (
            "a.jsonl",
            b"{\n \"item\": 1\n}",
            "none of 3 rows can be read; the first: the object does not end on its line",
        ),
    ] {
        let text = message(read(name, content));
        assert!(text.contains(expected), "{expected}: {text}");
    }
    let folder = Folder::new();
    let error = read_events(&[folder.0.path().join("absent.csv")], &EventOptions::default(), None).unwrap_err();
    assert!(error.to_string().contains("absent.csv: No such file"), "{error}");
    let error = read_events(&[folder.0.path().to_owned()], &EventOptions::default(), None).unwrap_err();
    assert!(matches!(*error.reason, ReadReason::Io(_)), "{error}");
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
    let options = EventOptions { columns, zone: Some(Zone::named("Europe/Berlin").unwrap()) };
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
    let options = EventOptions { columns, zone: None };
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
fn parquet_rows_that_cannot_be_read() {
    use arrow_array::{Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
    use std::sync::Arc;
    let folder = Folder::new();
    let path = folder.0.path().join("a.parquet");
    let texts = |cells: [Option<&str>; 4]| Arc::new(StringArray::from(cells.to_vec()));
    let at = texts([Some("2024-05-01T09:00:00Z"), Some("yesterday"), None, Some("2024-05-02T09:00:00Z")]);
    let write = |at: arrow_array::ArrayRef| {
        let batch = RecordBatch::try_from_iter([
            ("item", texts([Some("A"), Some("B"), Some("C"), None]) as arrow_array::ArrayRef),
            ("at", at),
            ("state", texts([Some("Open"); 4])),
            ("points", Arc::new(Int64Array::from(vec![Some(3), None, None, None]))),
        ]);
        write_parquet(&batch.unwrap(), &path).unwrap();
    };
    write(at);
    let log = read_events(std::slice::from_ref(&path), &EventOptions::default(), None).unwrap();
    assert_eq!((log.n_events(), log.values("points").unwrap()), (2, vec![("3", 1)]));
    let (count, details) = rejected(&log);
    assert_eq!(count, 3);
    assert!(details.contains("a.parquet:2: column \"at\": \"yesterday\""), "{details}");
    assert!(details.contains("a.parquet:3: column \"at\" is null"), "{details}");
    assert!(details.contains("a.parquet:4: column \"item\" is null"), "{details}");
    write(Arc::new(TimestampMicrosecondArray::from(vec![0; 4])));
    let text = message(read_events(std::slice::from_ref(&path), &EventOptions::default(), None));
    assert!(text.contains("column \"at\" has type Timestamp") && text.contains("zone declared"), "{text}");
    let zoned = EventOptions { zone: Some(Zone::UTC), ..EventOptions::default() };
    assert_eq!(read_events(&[path], &zoned, None).unwrap().n_items(), 3);
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
fn any_truncation_is_an_error_or_fewer_events() {
    let log = read("a.csv", CSV).unwrap();
    let (n, parquet) = (log.n_events(), parquet_of(&log));
    let files = [
        ("a.csv", CSV.as_bytes().to_vec(), false),
        ("a.jsonl", JSONL.as_bytes().to_vec(), false),
        ("a.csv.gz", gzip(CSV.as_bytes()), true),
        ("a.parquet", parquet, true),
    ];
    for (name, whole, must_fail) in files {
        for part in 0..50 {
            let cut = whole.len() * part / 50;
            match read(name, &whole[..cut]) {
                Ok(log) => assert!(!must_fail && log.n_events() <= n, "{name} cut at {cut}"),
                Err(error) => assert!(error.to_string().contains(name), "{error}"),
            }
        }
    }
}

#[test]
fn instants_are_those_of_the_text() {
    let log = read("a.csv", "item,at,state\nA,2014-01-06T06:23:45.841+0000,Open\n").unwrap();
    assert!(events(&log).contains(&Instant(1_388_989_425_841_000).to_string()));
}

mod any_bytes {
    use super::*;
    use proptest::prelude::*;

    fn mutated(whole: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
        let n = whole.len();
        proptest::collection::vec((0..n, any::<u8>()), 1..6).prop_map(move |edits| {
            let mut bytes = whole.clone();
            edits.into_iter().for_each(|(place, byte)| bytes[place] = byte);
            bytes
        })
    }

    fn seeds() -> impl Strategy<Value = Vec<u8>> {
        let log = read("a.csv", CSV).unwrap();
        prop_oneof![
            mutated(CSV.as_bytes().to_vec()),
            mutated(JSONL.as_bytes().to_vec()),
            mutated(gzip(CSV.as_bytes())),
            mutated(parquet_of(&log)),
            proptest::collection::vec(any::<u8>(), 0..200),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn never_panic(bytes in seeds()) {
            let _ = read("a", &bytes);
        }
    }
}
