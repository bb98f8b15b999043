//! The fields that are followed, and which changes are changes of them.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::named::Asked;
use super::shape::{Context, Item};
use super::value::Value;

/// What a track follows.
#[derive(Debug, Clone, Copy)]
pub(super) enum What<'a> {
    /// A field of Jira's own, by its id; the name in the log stands beside it.
    Own { id: &'static str, field: &'static str, between: &'static str },
    /// The project: by the keys that an issue had.
    Stream,
    /// The flag.
    Flag,
    /// A field that the caller named.
    Named(&'a Asked),
}

/// Jira's own fields that are always read.
pub(super) const OWN: [What<'static>; 5] = [
    What::Own { id: "status", field: "state", between: ", " },
    What::Own { id: "issuetype", field: "type", between: ", " },
    What::Own { id: "priority", field: "priority", between: ", " },
    What::Own { id: "resolution", field: "resolution", between: ", " },
    What::Own { id: "labels", field: "labels", between: " " },
];

/// One issue, as far as it matters for telling which change belongs to which field.
pub(super) struct Scene<'a> {
    pub(super) key: &'a str,
    pub(super) fields: &'a BTreeMap<String, &'a RawValue>,
    pub(super) contexts: [&'a Context; 2],
    /// Whether the changelog has keys: then moves between projects are read from them alone.
    pub(super) has_keys: bool,
}

impl Scene<'_> {
    /// Whether the item changes what is followed.
    pub(super) fn changes(&self, what: What<'_>, item: &Item) -> bool {
        let id = item.field_id.get();
        match what {
            What::Own { id, .. } => !item.is_custom() && item.is_of(id),
            What::Stream if self.has_keys => !item.is_custom() && item.is_of("key"),
            What::Stream => !item.is_custom() && item.is_of("project"),
            What::Flag => {
                let mut flags = self.contexts.iter().flat_map(|context| &context.flags);
                item.is_of("flagged") || flags.any(|flag| id == Some(flag.as_str()))
            }
            What::Named(asked) => {
                item.is_of(&asked.name)
                    || self.contexts.iter().flat_map(|context| context.ids(&asked.name)).any(|known| id == Some(known))
                    || self.contexts.iter().any(|context| {
                        // Older servers write no ids: a field that was asked for by its id is known by its name.
                        let name = context.names.get(&asked.name);
                        item.is_custom() && name.is_some() && name.map(String::as_str) == item.field.get()
                    })
            }
        }
    }

    /// Both sides of a change.
    pub(super) fn sides(&self, what: What<'_>, item: &Item) -> [Value; 2] {
        let sides = [Value::of_change(&item.from, &item.from_string), Value::of_change(&item.to, &item.to_string)];
        match what {
            What::Stream => sides.map(|side| self.stream(&side)),
            _ => sides,
        }
    }

    /// The present value; `None` where the export does not tell. `ids` are those that the field's own changes gave.
    pub(super) fn present(&self, what: What<'_>, ids: &[String]) -> Option<Value> {
        let field = |id: &str, between| self.fields.get(id).map(|raw| Value::of_field(raw, between));
        match what {
            What::Own { id, between, .. } => field(id, between),
            What::Stream => Some(Value::of_text(Some(project_of(self.key)))),
            What::Flag => {
                let known = self.contexts.iter().flat_map(|context| &context.flags).chain(ids);
                known.map(String::as_str).chain(["flagged"]).find_map(|id| field(id, ", "))
            }
            What::Named(asked) => {
                let own = self.fields.keys().find(|id| id.eq_ignore_ascii_case(&asked.name)).map(String::as_str);
                let called = self.contexts.iter().flat_map(|context| context.ids(&asked.name));
                own.into_iter().chain(called).chain(ids.iter().map(String::as_str)).find_map(|id| field(id, ", "))
            }
        }
    }

    /// A key as its project; a project's name or id as the key of the present project, if it is that one.
    fn stream(&self, side: &Value) -> Value {
        if self.has_keys {
            return Value::of_text(side.text.as_deref().map(project_of));
        }
        let project = self.fields.get("project").map(|raw| Value::of_field(raw, ", "));
        match project {
            Some(project) if side.text.is_some() && project.is(side) => Value::of_text(Some(project_of(self.key))),
            _ => Value::of_text(side.text.as_deref()),
        }
    }
}

/// What stands before the last `-`: project keys may hold one themselves.
fn project_of(key: &str) -> &str {
    key.rsplit_once('-').map_or(key, |(project, _)| project)
}
