//! A value of a field, as Jira's changelog and its `fields` write it.

use serde_json::Value as Json;
use serde_json::value::RawValue;

use super::shape::Text;

/// A value: its text, and its id where it has one (a renamed status keeps its id). Nothing is no text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) text: Option<String>,
    pub(super) id: Option<String>,
    /// Whether it is written so that it can be compared with the changelog's text.
    pub(super) is_plain: bool,
}

impl Value {
    pub(super) fn of_text(text: Option<&str>) -> Self {
        Self { text: text.map(str::to_owned), id: None, is_plain: true }
    }

    /// One side of a change.
    pub(super) fn of_change(id: &Text, text: &Text) -> Self {
        let text = text.0.clone().or_else(|| id.0.clone());
        Self { text, id: id.0.clone(), is_plain: true }
    }

    /// A present value; `between` joins the parts of a list.
    pub(super) fn of_field(raw: &RawValue, between: &str) -> Self {
        let json: Json = serde_json::from_str(raw.get()).unwrap_or_default();
        let id = json.get("id").and_then(bare);
        match &json {
            Json::Array(parts) => {
                let texts: Vec<String> = parts.iter().filter_map(text_of).collect();
                Self { text: Some(texts.join(between)).filter(|text| !text.is_empty()), id, is_plain: true }
            }
            Json::Object(object) => {
                let is_plain = text_in(object).is_some() && !object.contains_key("child");
                Self { text: text_of(&json), id, is_plain }
            }
            _ => Self { text: bare(&json), id, is_plain: true },
        }
    }

    /// Whether two values are one: by id, by text, as numbers, or as the same words in another order.
    pub(super) fn is(&self, other: &Self) -> bool {
        if self.text == other.text || (self.id.is_some() && self.id == other.id) {
            return true;
        }
        let (Some(a), Some(b)) = (&self.text, &other.text) else { return false };
        let number = |text: &str| text.parse::<f64>().ok();
        let same_number = number(a).is_some() && number(a) == number(b);
        same_number || words(a) == words(b) || self.id.as_ref() == Some(b) || other.id.as_ref() == Some(a)
    }
}

fn words(text: &str) -> Vec<&str> {
    let mut words: Vec<_> = text.split([' ', ',']).filter(|word| !word.is_empty()).collect();
    words.sort_unstable();
    words
}

/// A text, number or truth value as text; `13.0` is `13`, as in the changelog.
pub(super) fn bare(json: &Json) -> Option<String> {
    match json {
        Json::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        Json::Number(number) => {
            let text = number.to_string();
            Some(text.strip_suffix(".0").map(str::to_owned).unwrap_or(text))
        }
        Json::Bool(truth) => Some(truth.to_string()),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}

/// What an object of Jira is called: an option, a status, a person, a project.
fn text_in(object: &serde_json::Map<String, Json>) -> Option<String> {
    ["displayName", "name", "value", "key"].iter().find_map(|key| bare(object.get(*key)?))
}

fn text_of(json: &Json) -> Option<String> {
    match json {
        Json::Null => None,
        Json::Object(object) => match (text_in(object), object.get("child").and_then(text_of)) {
            (Some(text), Some(child)) => Some(format!("{text} - {child}")),
            (Some(text), None) => Some(text),
            _ => Some(json.to_string()),
        },
        Json::Array(_) => Some(json.to_string()),
        _ => bare(json),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn present_values() {
        let text = |json: &str| Value::of_field(serde_json::from_str(json).unwrap(), ", ").text;
        assert_eq!(text("13.0").as_deref(), Some("13"));
        assert_eq!(text("0.5").as_deref(), Some("0.5"));
        assert_eq!(text(r#"[{"value": "Impediment", "id": "10019"}]"#).as_deref(), Some("Impediment"));
        assert_eq!(text(r#"[{"name": "Sprint 1"}, {"name": "Sprint 2"}]"#).as_deref(), Some("Sprint 1, Sprint 2"));
        assert_eq!(text(r#"{"value": "A", "child": {"value": "B"}}"#).as_deref(), Some("A - B"));
        assert_eq!((text("[]"), text("null"), text("\"\"")), (None, None, None));
        assert_eq!(text(r#"{"type":"doc"}"#).as_deref(), Some(r#"{"type":"doc"}"#));
    }

    #[test]
    fn one_value_written_in_two_ways() {
        let value = |text: &str, id: &str| Value { text: Some(text.into()), id: Some(id.into()), is_plain: true };
        let text = |text: &str| Value::of_text(Some(text));
        assert!(text("13").is(&text("13.00")));
        assert!(text("b a").is(&text("a b")));
        assert!(value("Old name", "3").is(&value("New name", "3")));
        assert!(!value("A", "3").is(&value("B", "4")));
        assert!(!text("Not A Problem").is(&text("Not a Problem")));
        assert!(!text("a").is(&Value::default()));
    }
}
