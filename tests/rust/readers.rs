//! The readers on real files, with counts that were taken without them.
//!
//! The counts come from the files themselves, by a few lines of Python (`json`, `csv` and `gzip` of the standard library); each test says
//! which. The files are not in the repository: see `shared/data/README.md` beside the checkout.

#![allow(clippy::print_stdout, reason = "a test that is skipped says so")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::TimestampMicrosecondType;
use streamgauge::{EventColumns, EventLog, FindingCode, Instant, Zone};
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

/// `(item, at, value)` of one field, sorted.
type Moves = Vec<(String, i64, Option<String>)>;

fn moves(log: &EventLog, wanted: &str) -> Moves {
    let of_field = events(log).into_iter().filter(|(_, _, field, _)| field == wanted);
    of_field.map(|(item, at, _, value)| (item, at, value)).collect()
}

fn sorted(mut moves: Moves) -> Moves {
    moves.sort();
    moves
}

#[test]
fn apache_issues() {
    let Some(folder) = data("jira_apache") else { return };
    let file = folder.join("issues_rest_sanitised.jsonl.gz");
    assert_eq!(recognise(&file).unwrap(), Source::Jira);
    let progress = Progress::default();
    let log = read_jira(std::slice::from_ref(&file), &JiraOptions::default(), Some(&progress)).unwrap();
    assert_eq!(progress.done.into_inner(), file.metadata().unwrap().len());
    assert_eq!(log.n_items(), 501);
    // Python: per field, one value at creation unless it is null, and one for each changelog item of that field: 501 + 827 states, 22 `Key` items.
    let expected =
        [("labels", 58), ("priority", 536), ("resolution", 536), ("state", 1328), ("stream", 523), ("type", 513)];
    assert_eq!(per_field(&log), counts(expected));
    // `zcat | jq .key | sed 's/-[0-9]*"$//' | sort -u | wc -l` gives 21 projects; 11 issues were for some hours in FLEXSTAG.
    let streams = log.values("stream").unwrap();
    assert_eq!((streams.len(), streams[0]), (22, ("CB", 211)));
    assert!(streams.contains(&("FLEX", 43)) && streams.contains(&("FLEXSTAG", 11)));
    let states = log.values("state").unwrap();
    let expected = [
        ("Open", 529),
        ("Resolved", 479),
        ("Closed", 178),
        ("In Progress", 75),
        ("Patch Available", 47),
        ("Reopened", 20),
    ];
    assert_eq!(states, expected);
    // Nine issues end at the resolution "Not A Problem", which is called "Not a Problem" today; nothing else is odd.
    assert_eq!(findings(&log), [("gap", 9)]);
    assert!(log.findings()[0].details[0].contains("ends at \"Not A Problem\", but it is \"Not a Problem\""));
}

/// The flat pair beside the JSON Lines holds the same changes: both readers must tell the same events.
#[test]
fn apache_issues_as_flat_files() {
    let Some(folder) = data("jira_apache") else { return };
    let log = jira(&[folder.join("issues_rest_sanitised.jsonl.gz")], &[]);
    let flat = |file: &str, columns: EventColumns| {
        read_events(&[folder.join(file)], &EventOptions { columns, ..EventOptions::default() }, None).unwrap()
    };
    let columns = EventColumns { item: "key".into(), at: "created".into(), ..EventColumns::default() };
    let value = |name: &str| EventColumns { value: name.to_owned(), ..columns.clone() };
    let (to, from) = (flat("changelog.csv.gz", value("to_string")), flat("changelog.csv.gz", value("from_string")));
    assert_eq!((to.n_events(), moves(&to, "status").len()), (3433, 827));
    let issues = flat("issues.csv.gz", EventColumns { state: "status".into(), ..columns.clone() });
    assert_eq!(issues.n_items(), 501);
    let created: BTreeMap<String, i64> = moves(&issues, "state").into_iter().map(|(item, at, _)| (item, at)).collect();
    for (theirs, present, ours) in [
        ("status", "state", "state"),
        ("issuetype", "issue_type", "type"),
        ("priority", "priority", "priority"),
        ("resolution", "resolution", "resolution"),
    ] {
        // Where it was changed, the issue began at the first *from*; else at the present value.
        let mut first: BTreeMap<String, (i64, Option<String>)> = BTreeMap::new();
        for (item, at, value) in moves(&from, theirs) {
            let known = first.entry(item).or_insert((at, value.clone()));
            if at < known.0 {
                *known = (at, value);
            }
        }
        for (item, at, value) in moves(&issues, present) {
            first.entry(item).or_insert((at, value));
        }
        let at_creation = first.into_iter().map(|(item, (_, value))| (created[&item], item, value));
        let at_creation =
            at_creation.filter(|(_, _, value)| value.is_some()).map(|(at, item, value)| (item, at, value));
        let expected = sorted(at_creation.chain(moves(&to, theirs)).collect());
        assert_eq!(sorted(moves(&log, ours)), expected, "{theirs}");
    }
}

#[test]
fn jira_cloud_samples() {
    let Some(folder) = data("jira_jirametrics_samples") else { return };
    // Python counts the items of these six issues: 14 moves from 6 first states, 2 changes of priority, 4 of resolution less the null at first …
    let issues = |sub: &str| -> Vec<PathBuf> {
        let mut paths = files(&folder.join(sub));
        paths.retain(|path| path.file_name().unwrap().to_string_lossy().starts_with("SP-"));
        assert_eq!(paths.len(), 6);
        paths
    };
    let log = jira(&issues("testdata"), &["Story Points"]);
    let expected = [
        ("Story Points", 3),
        ("blocked", 4),
        ("blocked_reason", 4),
        ("priority", 8),
        ("resolution", 3),
        ("state", 20),
        ("stream", 6),
        ("type", 6),
    ];
    assert_eq!(per_field(&log), counts(expected));
    assert!(log.findings().is_empty());
    // SP-15 was cloned with 13 points; SP-13 and SP-14 got theirs later.
    let points = moves(&log, "Story Points");
    let points: BTreeMap<&str, &str> =
        points.iter().map(|(item, _, value)| (item.as_str(), value.as_deref().unwrap())).collect();
    assert_eq!(points, BTreeMap::from([("SP-13", "13"), ("SP-14", "14"), ("SP-15", "13")]));
    let by_id = jira(&issues("testdata"), &["customfield_10036"]);
    assert_eq!(moves(&by_id, "customfield_10036"), moves(&log, "Story Points"));
    let flags: Vec<_> = moves(&log, "blocked").into_iter().filter(|(item, _, _)| item == "SP-10").collect();
    assert_eq!(flags.iter().map(|(_, _, value)| value.as_deref()).collect::<Vec<_>>(), [Some("true"), None]);
    let log = jira(&issues("complete_sample/sample_issues"), &[]);
    assert_eq!((log.n_items(), per_field(&log)["state"]), (6, 21));
    assert!(log.findings().is_empty());
}

/// With `*.json`, what stands beside the issues comes along: statuses help, the rest is told.
#[test]
fn jira_cloud_samples_by_glob() {
    let Some(folder) = data("jira_jirametrics_samples") else { return };
    let paths = files(&folder.join("testdata"));
    assert_eq!(paths.len(), 10);
    let log = jira(&paths, &[]);
    assert_eq!(log.n_items(), 6);
    assert_eq!(findings(&log), [("rejected_row", 3)]);
    for name in ["jira-config.json:1", "sample_board_1_configuration.json:1", "sample_meta.json:1"] {
        assert!(log.findings()[0].details.iter().any(|detail| detail.contains(name)), "{name}");
    }
}

#[test]
fn jira_agile_metrics_sample() {
    let Some(folder) = data("expected_jira_agile_metrics") else { return };
    let file = folder.join("jira/search_issues.json");
    assert_eq!(recognise(&file).unwrap(), Source::Jira);
    let log = jira(&[file], &[]);
    assert_eq!(log.n_items(), 20);
    // `grep -c '"status", "fromString"'` gives 62 moves; each of the 20 issues began somewhere. 14 resolutions are there from the first:
    // this export has no history of them.
    let expected =
        [("blocked", 2), ("blocked_reason", 2), ("resolution", 14), ("state", 82), ("stream", 20), ("type", 20)];
    assert_eq!(per_field(&log), counts(expected));
    // `grep -o '"issuetype": { "name": "[A-Za-z]*"' | sort | uniq -c`.
    assert_eq!(log.values("type").unwrap(), [("Story", 14), ("Bug", 4), ("Task", 2)]);
    // `expected/impediments.csv`: I-2 is flagged from 14 to 17 January 2021.
    let at = |text: &str| Instant::parse(text, None).unwrap().instant.0;
    let expected = [("2021-01-14T10:00:00Z", Some("true")), ("2021-01-17T10:00:00Z", None)];
    let expected: Moves = expected.map(|(text, value)| ("I-2".to_owned(), at(text), value.map(str::to_owned))).to_vec();
    assert_eq!(moves(&log, "blocked"), expected);
    assert_eq!(log.findings(), []);
}

/// State logs of other trades. `zcat | wc -l` less the header gives the rows, Python's `csv` the cases and the rows without a case (the case "NA").
#[test]
fn state_logs_of_other_trades() {
    let Some(folder) = data("process_logs_eventdataR") else { return };
    for (name, rows, items, without_case) in
        [("hospital_billing", 49_951, 9_999, 1), ("traffic_fines", 34_724, 10_000, 0), ("sepsis", 15_214, 1_049, 24)]
    {
        let file = folder.join(format!("{name}.csv.gz"));
        assert_eq!(recognise(&file).unwrap(), Source::Events);
        let columns = EventColumns {
            item: "case_id".into(),
            at: "timestamp".into(),
            state: "activity".into(),
            ..EventColumns::default()
        };
        let naive = EventOptions { columns, ..EventOptions::default() };
        let error = read_events(std::slice::from_ref(&file), &naive, None).unwrap_err().to_string();
        assert!(error.contains(&format!("{name}.csv.gz:2: ")) && error.contains("declare the zone"), "{error}");
        let options = EventOptions { zone: Some(Zone::UTC), ..naive };
        let log = read_events(&[file], &options, None).unwrap();
        assert_eq!((log.n_items(), moves(&log, "state").len() as u64), (items, rows - without_case), "{name}");
        let rejected = log.findings().iter().find(|finding| finding.code == FindingCode::RejectedRow);
        assert_eq!(rejected.map_or(0, |finding| finding.count), without_case, "{name}");
    }
}

/// Columns of an Azure DevOps export: it has no event table's shape, and the error says what it has.
#[test]
fn a_table_that_is_no_event_log() {
    let Some(folder) = data("csv_azuredevops_lighthouse") else { return };
    let columns =
        EventColumns { item: "ID".into(), at: "Closed Date".into(), state: "State".into(), ..EventColumns::default() };
    let options =
        |columns: &EventColumns| EventOptions { columns: columns.clone(), zone: Some(Zone::UTC), until: None };
    let file = [folder.join("adodata.csv")];
    let error = read_events(&file, &EventOptions::default(), None).unwrap_err().to_string();
    // The byte-order mark is no part of the first column's name.
    assert!(error.contains(r#"column "item" is missing; the table has ["ID", "Work Item Type", "#), "{error}");
    // Its stamps have the day first, which nobody can guess: the file is refused with the first of them.
    let error = read_events(&file, &options(&columns), None).unwrap_err().to_string();
    assert!(
        error.contains("adodata.csv:2: none of 117 rows can be read; the first: column \"Closed Date\""),
        "{error}"
    );
}

#[test]
fn a_log_survives_parquet_and_any_split() {
    let Some(folder) = data("jira_apache") else { return };
    let log = jira(&[folder.join("issues_rest_sanitised.jsonl.gz")], &[]);
    let scratch = tempfile::tempdir().unwrap();
    let file = scratch.path().join("events.parquet");
    write_parquet(&log.events().unwrap().batch(), &file).unwrap();
    let again = read_events(&[file], &EventOptions::default(), None).unwrap();
    assert_eq!(events(&again), events(&log));
    // The same as CSV, dealt out to seven files.
    let csv = log.events().unwrap().to_csv();
    let (header, rows) = csv.split_once('\n').unwrap();
    let mut parts = vec![format!("{header}\n"); 7];
    rows.split_inclusive('\n').enumerate().for_each(|(i, row)| parts[i % 7].push_str(row));
    let paths: Vec<PathBuf> = (0..7).map(|i| scratch.path().join(format!("{i}.csv"))).collect();
    paths.iter().zip(parts).for_each(|(path, part)| fs::write(path, part).unwrap());
    let split = read_events(&paths, &EventOptions::default(), None).unwrap();
    let set = |log: &EventLog| events(log).into_iter().collect::<BTreeSet<_>>();
    assert_eq!((set(&split), split.n_events()), (set(&log), log.n_events()));
}
