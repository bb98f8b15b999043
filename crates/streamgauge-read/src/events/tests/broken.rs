//! Every kind of bad input of the event formats, and that no bytes make the reader panic.

use streamgauge::Error;

use super::*;
use crate::ReadReason;

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
fn a_row_that_is_no_text_costs_only_itself() {
    let text = b"item,at,state,title\nA,2024-05-01T09:00:00Z,Open,\"\n\xff\"\n\nA,2024-05-02T09:00:00Z,\xc3,\xa9\nB,2024-05-01T09:00:00Z,Open,x";
    let log = read("a.csv", text).unwrap();
    assert_eq!(log.n_items(), 1);
    let (count, details) = rejected(&log);
    assert!(
        count == 2 && details.contains("a.csv:2: is not UTF-8") && details.contains("a.csv:5: is not"),
        "{details}"
    );
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
        ("a.parquet", b"not,parquet\n1,2\n", "its name says Parquet; its content begins as CSV and was read as that"),
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
