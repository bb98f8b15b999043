//! What a value at the top of a file is: an issue, an answer with issues, a status, the description of a field, or nothing of ours.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::Jira;
use super::document::Place;
use super::shape::{Context, Element, Text};
use crate::error::ReadError;
use crate::json::complaint;
use crate::sink::Refusal;

impl Jira {
    /// Reads an issue, an array of issues, or an answer of the search.
    pub(super) fn value(&mut self, line: u64, value: &RawValue) -> Result<(), ReadError> {
        let text = value.get();
        let mut place = Place::new(text, line);
        if text.starts_with('[') {
            let Ok(parts) = serde_json::from_str::<Vec<&RawValue>>(text) else { return Ok(()) };
            return parts.into_iter().try_for_each(|part| self.part(place.line_of(part), part, &Context::default()));
        }
        match serde_json::from_str::<Element<'_>>(text) {
            Ok(mut answer) if answer.is_answer() => {
                let issues = answer.issues.take().unwrap_or_default();
                self.pages.insert(&self.sink.file, line, &answer, issues.len() as u64);
                let context = Context::new(&answer);
                self.named.learn(&context);
                issues.into_iter().try_for_each(|issue| self.part(place.line_of(issue), issue, &context))
            }
            element => self.element(line, element, &Context::default()),
        }
    }

    fn part(&mut self, line: u64, part: &RawValue, answer: &Context) -> Result<(), ReadError> {
        self.element(line, serde_json::from_str(part.get()), answer)
    }

    fn element(
        &mut self,
        line: u64,
        element: serde_json::Result<Element<'_>>,
        answer: &Context,
    ) -> Result<(), ReadError> {
        let taken = match element {
            Ok(element) if element.is_issue() => {
                let taken = self.issue(line, &element, answer);
                self.n_issues += u64::from(taken.is_ok());
                taken
            }
            Ok(element) => self.other(&element),
            Err(error) => Err(Refusal::Row(format!("is no issue: {}", complaint(&error)))),
        };
        self.sink.settle(line, taken)
    }

    /// The answers of the resources `status` and `field` help to read issues.
    fn other(&mut self, element: &Element<'_>) -> Result<(), Refusal> {
        match (element.name.get(), element.id.get(), element.status_category) {
            (Some(state), _, Some(category)) => self.status(state, category),
            (Some(name), Some(id), None)
                if element.fields.is_none() && !id.starts_with(|c: char| c.is_ascii_digit()) =>
            {
                self.named.learn_field(name, id);
            }
            _ => {
                let missing: Cow<'_, str> = match (element.key.get(), &element.fields) {
                    (Some(key), _) => format!("{key} has no \"fields\"").into(),
                    (None, Some(_)) => "it has no \"key\"".into(),
                    (None, None) => "it has neither \"key\" nor \"fields\"".into(),
                };
                return Err(Refusal::Row(format!("is no issue: {missing}")));
            }
        }
        Ok(())
    }

    /// Remembers what the tracker says that a state means.
    pub(super) fn status(&mut self, state: &str, category: &RawValue) {
        #[derive(Deserialize)]
        struct Category {
            key: Text,
        }
        if let Ok(Category { key: Text(Some(key)) }) = serde_json::from_str(category.get()) {
            self.hint(state, &key);
        }
    }
}
