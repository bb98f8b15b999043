//! Fields that the caller named, over all issues.
//!
//! An issue that never changed a field tells only `customfield_10016: 5`, and not that this is "Story Points"; another issue's changelog, or the
//! names in an answer, do. So what cannot be told yet waits until everything is read, and the order of the files does not matter.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::value::RawValue;
use streamgauge::{Error, EventLogBuilder, Instant};

use super::shape::{Context, Item};
use super::value::Value;

/// How many names of fields an error lists.
const LISTED: usize = 200;

/// A field that the caller named.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) name: String,
}

/// What is known of the fields that were asked for.
#[derive(Debug, Default)]
pub(super) struct Named {
    pub(super) asked: Vec<Asked>,
    /// Per field: its ids.
    ids: Vec<BTreeSet<String>>,
    /// Per field: whether any issue has it.
    seen: Vec<bool>,
    /// What the fields of the export are called.
    names: BTreeSet<String>,
    waiting: Vec<Waiting>,
}

/// An issue of which some fields could not be told.
#[derive(Debug)]
struct Waiting {
    item: String,
    at: Instant,
    fields: Vec<usize>,
    values: BTreeMap<String, String>,
}

impl Named {
    pub(super) fn new(names: &[String]) -> Result<Self, Error> {
        let mut named = Self::default();
        for name in names {
            let lower = name.to_lowercase();
            let wanted = match lower.as_str() {
                // These come anyway.
                "priority" | "resolution" | "labels" => continue,
                "state" | "status" | "type" | "issuetype" | "issue type" | "stream" | "project" | "key" | "blocked"
                | "flagged" => "is read anyway, as state, type, stream or blocked",
                "blocked_reason" | "removed" => "is a name that means something else in a log; ask by the field's id",
                "fix version" | "fixversions" | "version" | "versions" | "component" | "components" | "link"
                | "issuelinks" | "attachment" | "comment" | "worklog" => {
                    "is told in the changelog piece by piece and not as a value; it cannot be followed"
                }
                "" => "is no name; give a field's name or its id, such as customfield_10016",
                _ => {
                    if !named.asked.iter().any(|asked| asked.name == *name) {
                        named.asked.push(Asked { name: name.clone() });
                    }
                    continue;
                }
            };
            return Err(Error::Argument { argument: "fields", value: format!("{name:?}"), wanted: wanted.to_owned() });
        }
        named.ids = vec![BTreeSet::new(); named.asked.len()];
        named.seen = vec![false; named.asked.len()];
        Ok(named)
    }

    /// Learns from the names in an answer.
    pub(super) fn learn(&mut self, context: &Context) {
        context.names.iter().for_each(|(id, name)| self.learn_field(name, id));
    }

    /// Learns what a field is called.
    pub(super) fn learn_field(&mut self, name: &str, id: &str) {
        if self.asked.is_empty() {
            return;
        }
        self.list(name);
        for (i, asked) in self.asked.iter().enumerate() {
            if asked.name.eq_ignore_ascii_case(name) || asked.name.eq_ignore_ascii_case(id) {
                self.ids[i].insert(id.to_owned());
                self.seen[i] = true;
            }
        }
    }

    pub(super) fn learn_item(&mut self, item: &Item) {
        match (item.field.get(), item.field_id.get()) {
            (Some(name), Some(id)) => self.learn_field(name, id),
            (Some(name), None) if !self.asked.is_empty() => self.list(name),
            _ => {}
        }
    }

    fn list(&mut self, name: &str) {
        if self.names.len() < LISTED && !self.names.contains(name) {
            self.names.insert(name.to_owned());
        }
    }

    pub(super) fn saw(&mut self, i: usize) {
        self.seen[i] = true;
    }

    /// Keeps an issue's custom fields until their names are known.
    pub(super) fn wait(&mut self, item: &str, at: Instant, fields: Vec<usize>, present: &BTreeMap<String, &RawValue>) {
        let custom = present.iter().filter(|(id, _)| id.starts_with("customfield_"));
        let values: BTreeMap<_, _> =
            custom.filter_map(|(id, raw)| Some((id.clone(), Value::of_field(raw, ", ").text?))).collect();
        if !values.is_empty() {
            self.waiting.push(Waiting { item: item.to_owned(), at, fields, values });
        }
    }

    /// Adds what waited, now that all names are known.
    pub(super) fn finish(&mut self, builder: &mut EventLogBuilder) -> Result<(), Error> {
        if let Some(missing) = self.seen.iter().position(|seen| !seen) {
            let field = self.asked[missing].name.clone();
            let likeness = |name: &&String| strsim::jaro_winkler(&field.to_lowercase(), &name.to_lowercase());
            let nearest = self.names.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
            let hint = nearest.filter(|name| likeness(name) > 0.75).cloned();
            return Err(Error::UnknownField { field, has: self.names.iter().cloned().collect(), hint });
        }
        for issue in std::mem::take(&mut self.waiting) {
            for i in issue.fields {
                if let Some(value) = self.ids[i].iter().find_map(|id| issue.values.get(id)) {
                    builder.push(&issue.item, issue.at, &self.asked[i].name, Some(value), None)?;
                }
            }
        }
        Ok(())
    }
}
