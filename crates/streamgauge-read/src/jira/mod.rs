//! Jira: REST issue JSON with `changelog` to events.
//!
//! ```text
//!  file ── document ── values with lines ── shape ── issue ── history ──> events, hints, findings
//!                                                      named: custom fields, over all issues
//! ```
//!
//! Jira tells where an item *is* (`fields`) and how it came there (`changelog`). The value at creation is told by neither: it is the *from* of the
//! field's first change, or the present value if it never changed. Both are checked against each other, and what does not fit is told.

mod document;
mod history;
mod issue;
mod named;
mod pages;
mod shape;
mod track;
mod value;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use streamgauge::{EventLog, Finding, FindingCode, Phase, Zone};

use self::named::Named;
use self::pages::Pages;
use crate::error::ReadError;
use crate::input::{Format, Input, announce};
use crate::progress::Progress;
use crate::sink::{SHOWN, Sink};

/// Which further fields of Jira are read, and where naive stamps were written.
///
/// ```
/// use streamgauge_read::JiraOptions;
///
/// let options = JiraOptions { fields: vec!["Story Points".to_owned()], ..JiraOptions::default() };
/// assert!(options.zone.is_none());
/// ```
#[derive(Debug, Clone, Default)]
pub struct JiraOptions {
    /// Custom fields, by name (`Story Points`) or id (`customfield_10016`); each becomes a field of the log under the name given here.
    pub fields: Vec<String>,
    /// The zone of stamps without an offset. Jira's own have one.
    pub zone: Option<Zone>,
}

/// Reads issues of Jira with their changelogs, from one file or many.
///
/// A file holds one issue, an array of issues, an answer of the search with `issues`, or JSON Lines of these; plain or in gzip. An item is
/// called by its key. Its fields, with their history:
///
/// | field | from |
/// | --- | --- |
/// | `state` | status |
/// | `type` | issue type |
/// | `stream` | the project's key: what stands before the last `-` of the item's key, and of the keys it had before |
/// | `priority`, `resolution` | as they are |
/// | `labels` | joined by blanks, as the changelog has them |
/// | `blocked`, `blocked_reason` | the flag: `true` and its text, or null |
/// | each of [`JiraOptions::fields`] | the custom field of that name or id |
///
/// Status categories become hints for [`FlowModel::suggest`](streamgauge::FlowModel::suggest). The answers of Jira's `status` and `field` resources
/// may stand among the files: they are read for categories and names. Anything else is set aside as a `rejected_row`.
///
/// Findings: `rejected_row`, also for a history whose `items` are missing or no list, while the rest of the issue is read; `misnamed_file`, for
/// a file whose name says another format; `truncated_history`, naming every item whose changelog is missing or says that there is more of it;
/// `incomplete_export`, where a search found more issues than the pages given hold;
/// `gap`, where a move's *from* is not where the item was, or the history does not end at the present value; `no_creation` for changes before
/// the issue's creation.
///
/// ```
/// use streamgauge_read::{JiraOptions, read_jira};
///
/// let folder = tempfile::tempdir()?;
/// let file = folder.path().join("PAY-1.json");
/// std::fs::write(&file, r#"{
///     "key": "PAY-1",
///     "fields": {"created": "2024-05-01T09:00:00.000+0000", "status": {"name": "Done"}, "issuetype": {"name": "Story"}},
///     "changelog": {"total": 1, "histories": [
///         {"id": "7", "created": "2024-05-03T12:00:00.000+0000",
///          "items": [{"field": "status", "fromString": "In Progress", "toString": "Done"}]}
///     ]}
/// }"#)?;
///
/// let log = read_jira(&[file], &JiraOptions::default(), None)?;
/// assert_eq!(log.fields(), ["state", "stream", "type"]);
/// // It was created in progress: that is where its first move came from.
/// assert_eq!(log.values("state")?, [("Done", 1), ("In Progress", 1)]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// A [`ReadError`] with file and line: a file that cannot be opened, is empty, cut short, or no JSON; a stamp without an offset while no zone
/// is declared; files without a single issue that can be read; a field of [`JiraOptions::fields`] that no issue has, with the nearest that they have.
pub fn read_jira(paths: &[PathBuf], options: &JiraOptions, progress: Option<&Progress>) -> Result<EventLog, ReadError> {
    announce(paths, progress)?;
    let mut jira = Jira::new(options)?;
    for path in paths {
        jira.sink.begin(path);
        let input = Input::open(path, progress)?;
        let note = jira.sink.recognised(input.format);
        match input.format {
            Format::JsonObject | Format::JsonArray => document::read(input, &mut jira),
            other => Err(ReadError::data(path, 1, format!("is {}; Jira's issues are JSON", other.name()))),
        }
        .map_err(|error| error.with_note(note))?;
    }
    jira.finish()
}

/// What is known over all issues of a call.
struct Jira {
    sink: Sink,
    named: Named,
    n_issues: u64,
    /// The phase of each state by its status category; `None` where two issues disagree.
    hints: BTreeMap<String, Option<Phase>>,
    truncated: BTreeMap<String, String>,
    pages: Pages,
    gaps: Oddity,
    before_creation: Oddity,
}

impl Jira {
    fn new(options: &JiraOptions) -> Result<Self, ReadError> {
        Ok(Self {
            sink: Sink::new(options.zone, None),
            named: Named::new(&options.fields).map_err(ReadError::of_call)?,
            n_issues: 0,
            hints: BTreeMap::new(),
            truncated: BTreeMap::new(),
            pages: Pages::default(),
            gaps: Oddity::default(),
            before_creation: Oddity::default(),
        })
    }

    fn hint(&mut self, state: &str, category: &str) {
        let phase = match category {
            "new" => Phase::New,
            "indeterminate" => Phase::Active,
            "done" => Phase::Done,
            _ => return,
        };
        match self.hints.get_mut(state) {
            Some(known) if *known != Some(phase) => *known = None,
            Some(_) => {}
            None => _ = self.hints.insert(state.to_owned(), Some(phase)),
        }
    }

    fn finish(mut self) -> Result<EventLog, ReadError> {
        if self.n_issues == 0 {
            return Err(self.nothing_read());
        }
        self.named.finish(&mut self.sink.builder).map_err(ReadError::of_call)?;
        for (state, phase) in &self.hints {
            if let Some(phase) = phase {
                self.sink.builder.state_hint(state, *phase);
            }
        }
        if !self.truncated.is_empty() {
            let mut finding = Finding::new(FindingCode::TruncatedHistory, self.truncated.len() as u64);
            finding.details = self.truncated.values().take(SHOWN).cloned().collect();
            // All of them: whoever exports again needs the names.
            finding.items = self.truncated.into_keys().collect();
            self.sink.builder.finding(finding);
        }
        if let Some(finding) = self.pages.finding() {
            self.sink.builder.finding(finding);
        }
        let odd = [(self.gaps, FindingCode::Gap), (self.before_creation, FindingCode::NoCreation)];
        for finding in odd.into_iter().filter_map(|(odd, code)| odd.finding(code)) {
            self.sink.builder.finding(finding);
        }
        self.sink.finish()
    }

    fn nothing_read(&self) -> ReadError {
        let reason = match (self.sink.n_rejected(), self.sink.rejections().first()) {
            (n, Some(first)) => format!("no issue can be read; {n} rejected, the first: {first}"),
            _ => "holds no issue".to_owned(),
        };
        ReadError::data(&self.sink.file, None, reason)
    }
}

/// Counts one kind of odd thing, with the first items in byte order.
#[derive(Debug, Default)]
struct Oddity {
    count: u64,
    shown: BTreeSet<(String, String)>,
}

impl Oddity {
    fn insert(&mut self, item: &str, detail: String) {
        self.count += 1;
        self.shown.insert((item.to_owned(), format!("{item}: {detail}")));
        if self.shown.len() > SHOWN {
            self.shown.pop_last();
        }
    }

    fn finding(self, code: FindingCode) -> Option<Finding> {
        let items: BTreeSet<String> = self.shown.iter().map(|(item, _)| item.clone()).collect();
        let details = self.shown.into_iter().map(|(_, detail)| detail).collect();
        (self.count > 0).then(|| Finding { code, count: self.count, items: items.into_iter().collect(), details })
    }
}

#[cfg(test)]
mod tests;
