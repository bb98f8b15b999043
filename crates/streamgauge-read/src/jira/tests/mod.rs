//! Jira's shapes, histories, findings and bad input, and that no bytes make the reader panic.

use std::fs;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value as Json, json};
use streamgauge::FlowModel;

use super::*;

mod broken;

/// Reads files of these contents.
pub(super) fn read_all(contents: &[&[u8]], fields: &[&str]) -> Result<EventLog, ReadError> {
    let folder = tempfile::tempdir().unwrap();
    let path = |i: usize| folder.path().join(format!("{i}.json"));
    let paths: Vec<_> = (0..contents.len()).map(path).collect();
    paths.iter().zip(contents).for_each(|(path, content)| fs::write(path, content).unwrap());
    let fields = fields.iter().map(|name| (*name).to_owned()).collect();
    read_jira(&paths, &JiraOptions { fields, zone: None }, None)
}

fn read(content: impl ToString) -> Result<EventLog, ReadError> {
    read_all(&[content.to_string().as_bytes()], &[])
}

/// Events as `item day field value`, in the order of the log.
fn events(log: &EventLog) -> Vec<String> {
    let line =
        |line: &str| line.replace("2024-05-", "").replace("T00:00:00Z", "").replace(',', " ").trim_end().to_owned();
    log.events().unwrap().to_csv().lines().skip(1).map(line).collect()
}

fn day(day: u8) -> String {
    format!("2024-05-{day:02}T00:00:00.000+0000")
}

/// An issue of 1 May, with changes `(day, field, from, to)`.
pub(super) fn issue(key: &str, fields: Json, changes: &[(u8, &str, Json, Json)]) -> Json {
    let mut all = json!({"created": day(1), "status": {"name": "Open"}});
    fields.as_object().unwrap().iter().for_each(|(name, value)| all[name] = value.clone());
    let history = |(i, (on, field, from, to)): (usize, &(u8, &str, Json, Json))| {
        json!({"id": (i + 98).to_string(), "created": day(*on),
               "items": [{"field": field, "fieldtype": "jira", "fromString": from, "toString": to}]})
    };
    let histories: Vec<Json> = changes.iter().enumerate().map(history).collect();
    json!({"key": key, "fields": all, "changelog": {"total": histories.len(), "histories": histories}})
}

fn moved(key: &str) -> Json {
    issue(
        key,
        json!({"status": {"name": "Done"}, "issuetype": {"name": "Bug"}}),
        &[(2, "status", json!("Open"), json!("In Progress")), (3, "status", json!("In Progress"), json!("Done"))],
    )
}

pub(super) fn finding(log: &EventLog, code: FindingCode) -> Option<Finding> {
    log.findings().iter().find(|finding| finding.code == code).cloned()
}

#[test]
fn the_value_at_creation_is_where_the_first_change_came_from() {
    let log = read(moved("A-1")).unwrap();
    assert_eq!(
        events(&log),
        ["A-1 01 state Open", "A-1 01 type Bug", "A-1 01 stream A", "A-1 02 state In Progress", "A-1 03 state Done"]
    );
    assert!(log.findings().is_empty());
}

#[test]
fn one_issue_in_every_shape() {
    let [one, two] = ["A-1", "A-2"].map(moved);
    let expected = events(&read(format!("{one}\n{two}\n")).unwrap());
    assert_eq!(expected.len(), 10);
    let array = json!([one, two]);
    let answer = json!({"startAt": 0, "total": 2, "issues": [one, two]});
    let pretty = |value: &Json| serde_json::to_string_pretty(value).unwrap();
    for text in [
        array.to_string(),
        answer.to_string(),
        pretty(&array),
        pretty(&answer),
        format!("{}\n{}", pretty(&one), pretty(&two)),
        format!("\u{feff}\n\n{}\n\n{}", json!([one]), json!({"issues": [two]})),
        format!("{one}\r\n{two}\r\n"),
    ] {
        assert_eq!(events(&read(&text).unwrap()), expected, "{text}");
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        assert_eq!(events(&read_all(&[&encoder.finish().unwrap()], &[]).unwrap()), expected);
    }
    let files = [pretty(&one), two.to_string()];
    assert_eq!(events(&read_all(&[files[0].as_bytes(), files[1].as_bytes()], &[]).unwrap()), expected);
}

#[test]
fn newest_first_and_equal_instants() {
    let mut issue = moved("A-1");
    let histories = issue["changelog"]["histories"].as_array_mut().unwrap();
    // At one instant the number of the history decides: 98 before 99 before 100, as numbers.
    histories.iter_mut().for_each(|history| history["created"] = json!(day(2)));
    histories.push(json!({"id": "100", "created": day(2), "items": [
        {"field": "status", "fromString": "Done", "toString": "Open"}, {"field": "status", "fromString": "Open", "toString": "Done"}]}));
    issue["changelog"]["total"] = json!(3);
    let expected = events(&read(&issue).unwrap());
    assert_eq!(
        expected[3..],
        ["A-1 02 state In Progress", "A-1 02 state Done", "A-1 02 state Open", "A-1 02 state Done"]
    );
    issue["changelog"]["histories"].as_array_mut().unwrap().reverse();
    let log = read(&issue).unwrap();
    assert_eq!(events(&log), expected);
    assert!(log.findings().is_empty());
}

#[test]
fn newest_first_without_numbers() {
    let mut issue = moved("A-1");
    let third = json!({"created": day(3), "items": [{"field": "status", "fromString": "Done", "toString": "Open"}]});
    let histories = issue["changelog"]["histories"].as_array_mut().unwrap();
    histories.push(third);
    histories.reverse();
    histories.iter_mut().for_each(|history| _ = history.as_object_mut().unwrap().remove("id"));
    issue["fields"]["status"]["name"] = json!("Open");
    issue["changelog"]["total"] = json!(3);
    let log = read(&issue).unwrap();
    assert_eq!(events(&log)[3..], ["A-1 02 state In Progress", "A-1 03 state Done", "A-1 03 state Open"]);
    assert!(log.findings().is_empty());
}

#[test]
fn moves_between_projects() {
    let key = |on, from: &str, to: &str| (on, "Key", json!(from), json!(to));
    let project = |on, from: &str, to: &str| (on, "project", json!(from), json!(to));
    let both = issue("B-X-7", json!({}), &[key(2, "A-1", "C-9"), project(2, "Alpha", "Gamma"), key(3, "C-9", "B-X-7")]);
    let log = read(both).unwrap();
    assert_eq!(events(&log)[1..], ["B-X-7 01 stream A", "B-X-7 02 stream C", "B-X-7 03 stream B-X"]);
    assert!(log.findings().is_empty());
    let fields = json!({"project": {"id": "7", "key": "B", "name": "Beta"}});
    let log = read(issue("B-1", fields, &[project(2, "Alpha", "Beta")])).unwrap();
    assert_eq!(events(&log)[1..], ["B-1 01 stream Alpha", "B-1 02 stream B"]);
    assert!(log.findings().is_empty());
}

#[test]
fn flags_become_blocked() {
    let flag = |on, from: Json, to: Json| (on, "Flagged", from, to);
    let changes = [flag(2, Json::Null, json!("Impediment")), flag(3, json!("Impediment"), json!(""))];
    let log = read(issue("A-1", json!({}), &changes)).unwrap();
    let expected =
        ["A-1 02 blocked true", "A-1 02 blocked_reason Impediment", "A-1 03 blocked", "A-1 03 blocked_reason"];
    assert_eq!(events(&log)[2..], expected);
    assert!(log.findings().is_empty());
    // The flag's own field is known by its name, or because the changelog names it.
    let mut named = issue("A-1", json!({"customfield_7": [{"value": "Impediment"}]}), &[]);
    named["names"] = json!({"customfield_7": "Flagged"});
    assert_eq!(events(&read(&named).unwrap())[2..], ["A-1 01 blocked true", "A-1 01 blocked_reason Impediment"]);
    assert_eq!(events(&read(issue("A-1", json!({"flagged": true}), &[])).unwrap())[2..], ["A-1 01 blocked true"]);
    let mut still = issue("A-1", json!({"customfield_7": [{"value": "Impediment"}]}), &changes);
    for history in still["changelog"]["histories"].as_array_mut().unwrap() {
        history["items"][0]["fieldId"] = json!("customfield_7");
    }
    assert_eq!(finding(&read(&still).unwrap(), FindingCode::Gap).unwrap().count, 1);
}

#[test]
fn custom_fields_by_name_and_by_id() {
    let points = json!({"field": "Story Points", "fieldtype": "custom", "fieldId": "customfield_3", "fromString": null, "toString": "5"});
    let mut changed = issue("A-1", json!({"customfield_3": 5.0}), &[(2, "x", Json::Null, Json::Null)]);
    changed["changelog"]["histories"][0]["items"] = json!([points]);
    // This one never changed: its name is known from the other, whichever is read first.
    let unchanged = issue("A-2", json!({"customfield_3": 8.0, "customfield_4": "x"}), &[]);
    let [changed, unchanged] = [changed, unchanged].map(|issue| issue.to_string());
    for field in ["Story Points", "story points", "customfield_3"] {
        for files in [[&changed, &unchanged], [&unchanged, &changed]] {
            let log = read_all(&files.map(|file| file.as_bytes()), &[field]).unwrap();
            let mut of_field = events(&log);
            of_field.retain(|event| event.contains(field));
            of_field.sort();
            assert_eq!(of_field, [format!("A-1 02 {field} 5"), format!("A-2 01 {field} 8")]);
            assert!(log.findings().is_empty());
        }
    }
    let described = json!([{"id": "customfield_4", "name": "Team"}]).to_string();
    let log = read_all(&[unchanged.as_bytes(), described.as_bytes()], &["Team"]).unwrap();
    assert_eq!(log.values("Team").unwrap(), [("x", 1)]);
    let answer =
        json!({"names": {"customfield_4": "Team"}, "issues": [issue("A-2", json!({"customfield_4": "x"}), &[])]});
    assert_eq!(read_all(&[answer.to_string().as_bytes()], &["Team"]).unwrap().values("Team").unwrap(), [("x", 1)]);
}

#[test]
fn fields_that_cannot_be_had() {
    let changed = issue("A-1", json!({}), &[(2, "Story Points", json!("1"), json!("2"))]).to_string();
    let text = read_all(&[changed.as_bytes()], &["Story Pointz"]).unwrap_err().to_string();
    assert!(text.contains("field \"Story Pointz\"") && text.contains("Did you mean \"Story Points\"?"), "{text}");
    for (field, expected) in [("Fix Version", "piece by piece"), ("state", "is read anyway"), ("", "is no name")] {
        let text = read_all(&[changed.as_bytes()], &[field]).unwrap_err().to_string();
        assert!(text.contains(expected), "{text}");
    }
    assert!(read_all(&[changed.as_bytes()], &["priority", "Labels"]).is_ok());
}

#[test]
fn histories_that_are_cut_short_name_every_item() {
    let mut issues: Vec<Json> = (1..=30).map(|n| moved(&format!("A-{n}"))).collect();
    issues.iter_mut().take(25).for_each(|issue| issue["changelog"]["total"] = json!(40));
    issues[25].as_object_mut().unwrap().remove("changelog");
    let log = read(json!(issues)).unwrap();
    let finding = finding(&log, FindingCode::TruncatedHistory).unwrap();
    assert_eq!((finding.count, finding.items.len(), finding.details.len()), (26, 26, 20));
    assert!(finding.details.contains(&"A-1: 2 of 40 histories".to_owned()), "{:?}", finding.details);
    assert!(finding.items.contains(&"A-26".to_owned()));
}

#[test]
fn a_name_that_promises_something_else_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("issues.csv");
    fs::write(&path, json!([moved("A-1")]).to_string()).unwrap();
    let log = read_jira(&[path], &JiraOptions::default(), None).unwrap();
    let finding = finding(&log, FindingCode::MisnamedFile).unwrap();
    assert_eq!((log.findings().len(), finding.count, finding.details.len()), (1, 1, 1));
    let said = "issues.csv: its name says CSV; its content begins as a JSON array and was read as that";
    assert!(finding.details[0].ends_with(said), "{:?}", finding.details);
}

#[test]
fn gaps() {
    let status = |on, from: &str, to: &str| (on, "status", json!(from), json!(to));
    let hole =
        issue("A-1", json!({"status": {"name": "Done"}}), &[status(2, "Open", "Doing"), status(3, "Review", "Done")]);
    let end = issue("A-2", json!({"status": {"name": "Closed"}}), &[status(2, "Open", "Done")]);
    // A renamed status keeps its id: nothing is missing.
    let mut renamed = issue("A-3", json!({"status": {"name": "Finished", "id": "5"}}), &[status(2, "Open", "Done")]);
    renamed["changelog"]["histories"][0]["items"][0]["to"] = json!("5");
    let labels = issue("A-4", json!({"labels": ["b", "a"]}), &[(2, "labels", json!(""), json!("a b"))]);
    let log = read(json!([hole, end, renamed, labels])).unwrap();
    let finding = finding(&log, FindingCode::Gap).unwrap();
    assert_eq!((finding.count, finding.items), (2, vec!["A-1".to_owned(), "A-2".to_owned()]));
    assert_eq!(
        finding.details[0],
        "A-1: state was \"Doing\", but at 2024-05-03T00:00:00Z it is changed from \"Review\""
    );
    assert_eq!(finding.details[1], "A-2: the history of state ends at \"Done\", but it is \"Closed\"");
    assert_eq!(log.values("labels").unwrap(), [("a b", 1)]);
}

#[test]
fn changes_before_the_creation() {
    let mut imported = moved("A-1");
    imported["fields"]["created"] = json!(day(3));
    let log = read(imported).unwrap();
    assert_eq!(events(&log)[0], "A-1 02 state Open");
    assert_eq!(finding(&log, FindingCode::NoCreation).unwrap().count, 1);
}

#[test]
fn categories_become_hints() {
    let category = |key: &str| json!({"key": key});
    let issue = issue("A-1", json!({"status": {"name": "Drafting", "statusCategory": category("indeterminate")}}), &[]);
    let done = json!({"id": "3", "name": "Shipped", "statusCategory": category("done")});
    let moved = json!({"id": "4", "name": "Odd", "statusCategory": category("undefined")});
    let more = super::tests::issue("A-2", json!({}), &[(2, "status", json!("Shipped"), json!("Open"))]);
    let contents = [json!([issue, more]).to_string(), json!([done, moved]).to_string()];
    let log = read_all(&[contents[0].as_bytes(), contents[1].as_bytes()], &[]).unwrap();
    assert!(log.findings().is_empty());
    let model = FlowModel::suggest(&log).unwrap().to_toml();
    let line = |phase: &str| model.lines().find(|line| line.starts_with(phase)).unwrap_or("").to_owned();
    assert!(line("active").contains("Drafting") && line("done").contains("Shipped"), "{model}");
}

#[test]
fn odd_texts_are_kept() {
    let title = "x".repeat(1 << 20);
    let log = read(issue("A-1", json!({"summary": title, "priority": {"name": "<script>"}}), &[])).unwrap();
    assert_eq!(log.values("priority").unwrap(), [("<script>", 1)]);
}
