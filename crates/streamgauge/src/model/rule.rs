//! Conditions by several fields at once, tried in order before the plain tables of a model.

use serde::{Deserialize, Serialize};

use super::{EventLog, Finding, FindingCode, FlowModel, Kind, Phase};
use crate::error::{Error, Result, nearest};

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

    /// Why the rule can never decide anything in a log: no event sets one of its fields, and a null meets no condition.
    fn idle(&self, number: usize, log: &EventLog) -> Option<String> {
        let field = self.when.keys().find(|field| log.field_code(field).is_none())?;
        let hint = nearest(field, log.fields()).map(|near| format!(". Did you mean {near:?}?")).unwrap_or_default();
        Some(format!("rule {number}: field {field:?} is not in the log{hint}"))
    }
}

/// The rules that ask for a field which no event sets. A listed value that does not occur is fine: it may yet come.
pub(crate) fn idle_rules(model: &FlowModel, log: &EventLog) -> Option<Finding> {
    let idle: Vec<_> = (1..).zip(model.rules()).filter_map(|(number, rule)| rule.idle(number, log)).collect();
    let finding = Finding::new(FindingCode::IdleRule, idle.len() as u64);
    (!idle.is_empty()).then(|| idle.into_iter().fold(finding, Finding::with_detail))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Instant;

    #[test]
    fn rules_on_fields_that_the_log_lacks() {
        let mut log = EventLog::builder();
        log.push("A", Instant(0), "state", Some("Closed"), None).unwrap();
        log.push("A", Instant(0), "resolution", Some("Fixed"), None).unwrap();
        let log = log.finish().unwrap();
        let found = |rules: &str| {
            let model = FlowModel::from_toml(&format!("[phases]\ndone = [\"Closed\"]\n{rules}")).unwrap();
            idle_rules(&model, &log)
        };
        let rule = |when: &str| format!("[[rule]]\nwhen = {{ {when} }}\nphase = \"cancelled\"\n");

        assert_eq!(found(""), None);
        let never_seen = rule("state = \"Closed\", resolution = \"Won't Fix\"");
        assert_eq!(found(&never_seen), None, "a value that does not occur is fine");
        let idle = [rule("state = \"Closed\", reslution = \"Won't Fix\""), rule("zzz = \"1\"")];
        let finding = found(&format!("{never_seen}{}{}", idle[0], idle[1])).unwrap();
        assert_eq!((finding.code.as_str(), finding.count), ("idle_rule", 2));
        assert_eq!(
            finding.details,
            [
                "rule 2: field \"reslution\" is not in the log. Did you mean \"resolution\"?",
                "rule 3: field \"zzz\" is not in the log"
            ]
        );
    }
}
