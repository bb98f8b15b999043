//! Every kind of bad input of Jira, and that no bytes make the reader panic.

use super::*;

#[test]
fn histories_that_hold_no_changes_cost_only_themselves() {
    let mut odd = moved("A-2");
    let histories = odd["changelog"]["histories"].as_array_mut().unwrap();
    for items in [
        None,
        Some(Json::Null),
        Some(json!({"field": "status"})),
        Some(json!("status")),
        Some(json!([1])),
        Some(json!([])),
    ] {
        let mut history = json!({"created": day(2), "author": {"name": "<b>"}});
        items.into_iter().for_each(|items| history["items"] = items);
        histories.push(history);
    }
    histories[2]["id"] = json!("10077");
    odd["changelog"]["total"] = json!(histories.len());
    // One without changes needs no instant either.
    odd["changelog"]["histories"][3].as_object_mut().unwrap().remove("created");
    let log = read(format!("{}\n{odd}\n", moved("A-1"))).unwrap();
    let expected = events(&read(format!("{}\n{}\n", moved("A-1"), moved("A-2"))).unwrap());
    assert_eq!(events(&log), expected);
    assert_eq!(log.findings().len(), 1);
    let rejected = finding(&log, FindingCode::RejectedRow).unwrap();
    let expected = [
        "A-2: history 10077 has no \"items\"; the rest of the issue is read",
        "A-2: the history at place 4 has \"items\" that are no list of changes; the rest of the issue is read",
        "A-2: the history at place 5 has \"items\" that are no list of changes; the rest of the issue is read",
        "A-2: the history at place 6 has \"items\" that are no list of changes; the rest of the issue is read",
        "A-2: the history at place 7 has \"items\" that are no list of changes; the rest of the issue is read",
    ];
    assert_eq!((rejected.count, rejected.details.len()), (5, 5), "{:#?}", rejected.details);
    for (detail, expected) in rejected.details.iter().zip(expected) {
        assert!(detail.ends_with(&format!("0.json:2: {expected}")), "{expected}\n{detail}");
    }
}

#[test]
fn a_change_that_names_no_field_costs_only_itself() {
    let mut odd = moved("A-1");
    odd["changelog"]["histories"][0]["items"].as_array_mut().unwrap().push(json!({"toString": "high"}));
    let log = read(&odd).unwrap();
    assert_eq!(events(&log), events(&read(moved("A-1")).unwrap()));
    let rejected = finding(&log, FindingCode::RejectedRow).unwrap();
    assert_eq!((rejected.count, rejected.details.len()), (1, 1));
    assert!(rejected.details[0].contains("A-1: history"), "{:?}", rejected.details);
    assert!(rejected.details[0].contains("has a change that names no field"), "{:?}", rejected.details);
}

#[test]
fn an_issue_that_is_rejected_is_rejected_once() {
    let mut odd = moved("A-2");
    odd["changelog"]["histories"][0].as_object_mut().unwrap().remove("items");
    odd["changelog"]["histories"][1]["created"] = json!("soon");
    let log = read(json!([moved("A-1"), odd])).unwrap();
    assert_eq!((log.n_items(), finding(&log, FindingCode::RejectedRow).unwrap().count), (1, 1));
}

#[test]
fn issues_that_cannot_be_read() {
    let good = moved("A-1");
    let without = |path: &str| {
        let mut issue = moved("A-2");
        issue["fields"].as_object_mut().unwrap().remove(path);
        issue
    };
    let mut no_status = without("status");
    no_status["changelog"]["histories"] = json!([]);
    let mut bad_history = moved("A-3");
    bad_history["changelog"]["histories"][0]["created"] = json!("soon");
    let mut bad_shape = moved("A-4");
    bad_shape["changelog"]["histories"] = json!({"a": 1});
    let board = json!({"id": 1, "name": "SP board", "type": "kanban"});
    let lines = [
        good.to_string(),
        without("created").to_string(),
        no_status.to_string(),
        bad_history.to_string(),
        bad_shape.to_string(),
        board.to_string(),
        "{\"key\": \"A-5\", ".to_owned(),
        json!({"key": "A-6"}).to_string(),
        "\"text\"".to_owned(),
    ];
    let log = read(lines.join("\n")).unwrap();
    assert_eq!(log.n_items(), 1);
    let rejected = finding(&log, FindingCode::RejectedRow).unwrap();
    assert_eq!(rejected.count, 8, "{:#?}", rejected.details);
    let expected = [
        "0.json:2: is no issue that can be read: A-2 has no \"created\"",
        "0.json:3: is no issue that can be read: A-2 has no \"status\"",
        "0.json:4: column \"created\": \"soon\" is no instant",
        "0.json:5: is no issue: invalid type: map",
        "0.json:6: is no issue: it has neither \"key\" nor \"fields\"",
        "0.json:7: is broken JSON: EOF while parsing",
        "0.json:8: is no issue: A-6 has no \"fields\"",
        "0.json:9: is no issue: invalid type: string",
    ];
    for (detail, expected) in rejected.details.iter().zip(expected) {
        assert!(detail.contains(expected), "{expected}\n{detail}");
    }
    // In a document the line is that on which the issue begins.
    let pretty = serde_json::to_string_pretty(&json!({"issues": [good, without("created")]})).unwrap();
    let place = pretty.lines().enumerate().filter(|(_, line)| *line == "    {").map(|(i, _)| i + 1).last().unwrap();
    let log = read(pretty).unwrap();
    let detail = finding(&log, FindingCode::RejectedRow).unwrap().details.remove(0);
    assert!(detail.contains(&format!("0.json:{place}: ")), "{detail} {place}");
}

#[test]
fn a_broken_first_line_costs_only_itself() {
    let good = moved("A-1").to_string();
    for first in ["{\"key\": \"A-0\", \"fields\": {", "{\"key\" \"A-0\"}", "{\"key\": \"A\u{0}\"}"] {
        let log = read(format!("{first}\n{good}\n")).unwrap();
        assert_eq!((log.n_items(), finding(&log, FindingCode::RejectedRow).unwrap().count), (1, 1), "{first}");
    }
}

#[test]
fn files_that_are_no_export() {
    let pretty = serde_json::to_string_pretty(&json!([moved("A-1")])).unwrap();
    let broken = pretty.replacen("\"fields\":", "\"fields\"", 1);
    let line = broken.lines().position(|line| line.contains("\"fields\"")).unwrap() + 1;
    for (text, expected) in [
        (String::new(), "is empty".to_owned()),
        (
            "key,status\nA-1,Open\n".to_owned(),
            "0.json:1: is CSV; Jira's issues are JSON (its name says JSON".to_owned(),
        ),
        ("[]".to_owned(), "holds no issue".to_owned()),
        (json!([{"id": "1", "self": "x"}]).to_string(), "no issue can be read; 1 rejected, the first: ".to_owned()),
        (pretty[..pretty.len() / 2].to_owned(), "ends too early; the file may be cut short".to_owned()),
        (broken, format!("0.json:{line}: is broken JSON: expected `:`, column ")),
        (
            moved("A-1").to_string().replace("+0000", ""),
            "0.json:1: \"2024-05-01T00:00:00.000\" has no offset".to_owned(),
        ),
        ("[".repeat(100_000), "ends too early".to_owned()),
        (format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)), "no issue can be read".to_owned()),
    ] {
        let error = read(&text).unwrap_err().to_string();
        assert!(error.contains(&expected), "{expected}: {error}");
    }
}

#[test]
fn any_truncation_is_an_error_or_fewer_issues() {
    let issues = ["A-1", "A-2", "A-3"].map(moved);
    let lines = issues.iter().map(Json::to_string).collect::<Vec<_>>().join("\n");
    let pretty = serde_json::to_string_pretty(&json!({"issues": issues})).unwrap();
    for (whole, must_fail) in [(lines, false), (json!(issues).to_string(), true), (pretty, true)] {
        for part in 0..50 {
            match read(&whole[..whole.len() * part / 50]) {
                Ok(log) => assert!(!must_fail && log.n_items() < 3),
                Err(error) => assert!(error.file.is_some(), "{error}"),
            }
        }
    }
}

mod any_bytes {
    use super::*;
    use proptest::prelude::*;

    fn mutated(whole: String) -> impl Strategy<Value = Vec<u8>> {
        let n = whole.len();
        proptest::collection::vec((0..n, any::<u8>()), 1..6).prop_map(move |edits| {
            let mut bytes = whole.clone().into_bytes();
            edits.into_iter().for_each(|(place, byte)| bytes[place] = byte);
            bytes
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn never_panic(bytes in prop_oneof![
            mutated(format!("{}\n{}", moved("A-1"), moved("A-2"))),
            mutated(serde_json::to_string_pretty(&json!({"names": {"a": "b"}, "issues": [moved("A-1")]})).unwrap()),
        ]) {
            let _ = read_all(&[&bytes], &["b"]);
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("a");
            fs::write(&file, &bytes).unwrap();
            let _ = crate::recognise(&file);
        }
    }
}
