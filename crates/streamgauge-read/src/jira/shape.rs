//! The shapes of Jira's answers, as far as they are read. Fields stay JSON until somebody asks for one.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::value::bare;

/// An object at the top of a file or of an array: an issue, an answer of the search, a status, or the description of a field.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Element<'a> {
    #[serde(default)]
    pub(super) key: Text,
    #[serde(borrow)]
    pub(super) fields: Option<BTreeMap<String, &'a RawValue>>,
    pub(super) changelog: Option<Changelog>,
    /// With `expand=names`: what each field is called.
    #[serde(borrow)]
    pub(super) names: Option<&'a RawValue>,
    /// With `expand=schema`: what each field holds.
    #[serde(borrow)]
    pub(super) schema: Option<&'a RawValue>,
    /// Of a search's answer.
    #[serde(borrow)]
    pub(super) issues: Option<Vec<&'a RawValue>>,
    /// Of a search's answer: how many issues it found, and where among them this page begins.
    #[serde(default)]
    pub(super) total: Text,
    #[serde(default)]
    pub(super) start_at: Text,
    /// Of an answer that is paged by tokens.
    #[serde(default)]
    pub(super) is_last: Text,
    #[serde(default)]
    pub(super) next_page_token: Text,
    /// Of a status or a field's description.
    #[serde(default)]
    pub(super) id: Text,
    #[serde(default)]
    pub(super) name: Text,
    #[serde(borrow)]
    pub(super) status_category: Option<&'a RawValue>,
}

impl Element<'_> {
    pub(super) const fn is_issue(&self) -> bool {
        self.key.0.is_some() && self.fields.is_some()
    }

    pub(super) const fn is_answer(&self) -> bool {
        self.issues.is_some() && self.fields.is_none()
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Changelog {
    pub(super) total: Option<u64>,
    #[serde(alias = "values")]
    pub(super) histories: Option<Vec<History>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct History {
    #[serde(default)]
    pub(super) id: Text,
    #[serde(default)]
    pub(super) created: Text,
    #[serde(default)]
    pub(super) items: Items,
}

/// The changes of a history. What is none of these costs the history, not the issue.
#[derive(Debug, Default)]
pub(super) enum Items {
    Read(Vec<Item>),
    /// Some of them name no field; the others are read.
    Nameless(Vec<Item>),
    #[default]
    Missing,
    Broken,
}

impl Items {
    pub(super) fn get(&self) -> &[Item] {
        match self {
            Self::Read(items) | Self::Nameless(items) => items,
            Self::Missing | Self::Broken => &[],
        }
    }

    /// Whether there is nothing to read in them.
    pub(super) const fn is_lost(&self) -> bool {
        matches!(self, Self::Missing | Self::Broken)
    }

    /// What is wrong with them.
    pub(super) const fn complaint(&self) -> Option<&'static str> {
        match self {
            Self::Read(_) => None,
            Self::Nameless(_) => Some("has a change that names no field"),
            Self::Missing => Some("has no \"items\""),
            Self::Broken => Some("has \"items\" that are no list of changes"),
        }
    }
}

impl<'de> Deserialize<'de> for Items {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?;
        let is_nameless = |item: &Item| item.field.get().is_none() && item.field_id.get().is_none();
        Ok(match serde_json::from_str::<Vec<Item>>(raw.get()) {
            Ok(items) if items.iter().any(is_nameless) => Self::Nameless(items),
            Ok(items) => Self::Read(items),
            Err(_) => Self::Broken,
        })
    }
}

/// One change of one field.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Item {
    pub(super) field: Text,
    pub(super) field_id: Text,
    pub(super) fieldtype: Text,
    pub(super) from: Text,
    pub(super) from_string: Text,
    pub(super) to: Text,
    pub(super) to_string: Text,
}

impl Item {
    pub(super) fn is_custom(&self) -> bool {
        self.fieldtype.get() == Some("custom")
    }

    /// Whether it is a change of the field that is called so, in the changelog or by its id.
    pub(super) fn is_of(&self, name: &str) -> bool {
        let is = |text: &Text| text.get().is_some_and(|text| text.eq_ignore_ascii_case(name));
        is(&self.field_id) || is(&self.field)
    }
}

/// A text, or a number or truth value that is written as one; empty texts, arrays and objects are nothing.
#[derive(Debug, Default)]
pub(super) struct Text(pub(super) Option<String>);

impl Text {
    pub(super) fn get(&self) -> Option<&str> {
        self.0.as_deref()
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(bare(&serde_json::Value::deserialize(deserializer)?)))
    }
}

/// What an answer says about fields: their names and what they hold.
#[derive(Debug, Default)]
pub(super) struct Context {
    /// Name by id.
    pub(super) names: BTreeMap<String, String>,
    /// Ids of fields that hold the flag.
    pub(super) flags: Vec<String>,
}

impl Context {
    pub(super) fn new(element: &Element<'_>) -> Self {
        #[derive(Deserialize)]
        struct Schema {
            #[serde(default)]
            custom: Text,
        }
        let names: BTreeMap<String, Text> = parsed(element.names);
        let names: BTreeMap<String, String> = names.into_iter().filter_map(|(id, name)| Some((id, name.0?))).collect();
        let schema: BTreeMap<String, Schema> = parsed(element.schema);
        let is_flag =
            |schema: &Schema| schema.custom.get().is_some_and(|kind| kind.to_lowercase().ends_with("flagged"));
        let by_schema = schema.iter().filter(|(_, schema)| is_flag(schema)).map(|(id, _)| id.clone());
        let by_name = names.iter().filter(|(_, name)| name.eq_ignore_ascii_case("flagged")).map(|(id, _)| id.clone());
        let flags = by_name.chain(by_schema).collect();
        Self { names, flags }
    }

    /// The ids of the fields that are called so.
    pub(super) fn ids<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let called = self.names.iter().filter(move |(_, other)| other.eq_ignore_ascii_case(name));
        called.map(|(id, _)| id.as_str())
    }
}

/// Names are a help; broken ones are none.
fn parsed<'a, T: Default + Deserialize<'a>>(raw: Option<&'a RawValue>) -> T {
    raw.and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default()
}
