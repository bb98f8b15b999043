//! Conditions by several fields at once, tried in order before the plain tables of a model.

use serde::{Deserialize, Serialize};

use super::{Kind, Phase};
use crate::error::{Error, Result};

/// One `[[rule]]` of a model: where every field of `when` has one of the listed values, the phase or the kind is as said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    /// Field to values, in byte order of the fields.
    pub(crate) when: std::collections::BTreeMap<String, OneOrMany>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) phase: Option<Phase>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) kind: Option<Kind>,
}

/// `"Done"` or `["Done", "Closed"]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "a text or a list of texts is needed")]
pub(crate) enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    pub(crate) fn values(&self) -> &[String] {
        match self {
            Self::One(value) => std::slice::from_ref(value),
            Self::Many(values) => values,
        }
    }
}

impl Rule {
    /// Refuses a rule that could never decide anything.
    pub(super) fn check(&self, number: usize) -> Result<()> {
        let wrong = |what: &str| Err(Error::Model(format!("rule {number} {what}")));
        if self.when.is_empty() {
            return wrong("has an empty `when`; name at least one field and its values");
        }
        if let Some((field, _)) = self.when.iter().find(|(_, values)| values.values().is_empty()) {
            return wrong(&format!("lists no value for field {field:?}"));
        }
        if self.phase.is_none() && self.kind.is_none() {
            return wrong("decides nothing; give it `phase = …` or `kind = …`");
        }
        Ok(())
    }
}
