//! Small things that every reader of JSON needs.

use std::borrow::Cow;

use serde_json::value::RawValue;

/// What is wrong with a JSON text, with the column (of its line) where it was seen.
pub(crate) fn complaint(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let reason = text.rsplit_once(" at line ").map_or(text.as_str(), |(reason, _)| reason);
    if error.column() == 0 { reason.to_owned() } else { format!("{reason}, column {}", error.column()) }
}

/// A JSON value as the text of a cell: texts as they are, numbers and truth values as they are written, `None` for null.
///
/// Arrays and objects stay JSON.
pub(crate) fn cell_text(raw: &RawValue) -> Result<Option<Cow<'_, str>>, serde_json::Error> {
    let text = raw.get();
    match text.as_bytes().first() {
        Some(b'n') => Ok(None),
        Some(b'"') if !text.contains('\\') => Ok(Some(Cow::Borrowed(&text[1..text.len() - 1]))),
        Some(b'"') => serde_json::from_str::<String>(text).map(|text| Some(Cow::Owned(text))),
        _ => Ok(Some(Cow::Borrowed(text))),
    }
}

/// A line as text, or why it is none.
pub(crate) fn utf8(line: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(line).map_err(|error| format!("is not UTF-8 (byte {})", error.valid_up_to() + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells() {
        let cell = |text: &'static str| cell_text(serde_json::from_str(text).unwrap()).unwrap();
        assert_eq!(cell("null"), None);
        assert_eq!(cell("1.0").as_deref(), Some("1.0"));
        assert_eq!(cell("true").as_deref(), Some("true"));
        assert_eq!(cell(r#""a\n\"b\"""#).as_deref(), Some("a\n\"b\""));
        assert_eq!(cell(r#"{"a": 1}"#).as_deref(), Some(r#"{"a": 1}"#));
        assert_eq!(cell(r#""""#).as_deref(), Some(""));
        assert!(cell_text(serde_json::from_str(r#""\ud800""#).unwrap()).is_err());
    }
}
