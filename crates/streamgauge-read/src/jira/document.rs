//! A file of JSON to the values in it, each with the line on which it begins.
//!
//! Jira's answers come as one object over many lines, as an array, as one object a line, and as several of these in one file.
//! If the first line is a whole value, the file is read line by line and a broken line costs only itself. Else it is one document.

use std::io::{BufRead, Read};

use serde_json::value::RawValue;

use super::Jira;
use super::shape::Element;
use crate::error::ReadError;
use crate::input::Input;
use crate::json::{complaint, utf8};

pub(super) fn read(mut input: Input<'_>, jira: &mut Jira) -> Result<(), ReadError> {
    let mut bytes = Vec::new();
    let mut line = 0;
    loop {
        line += 1;
        bytes.clear();
        let n = input.reader.read_until(b'\n', &mut bytes);
        if n.map_err(|error| ReadError::stream(&input.file, line, error))? == 0 {
            return Ok(());
        }
        if line_goes_on(&bytes) {
            return document(input, bytes, line, jira);
        }
        if !bytes.trim_ascii().is_empty() {
            break;
        }
    }
    loop {
        one_line(&bytes, line, jira)?;
        line += 1;
        bytes.clear();
        let n = input.reader.read_until(b'\n', &mut bytes);
        if n.map_err(|error| ReadError::stream(&input.file, line, error))? == 0 {
            return Ok(());
        }
    }
}

/// Whether a line begins a value and does not end it.
fn line_goes_on(bytes: &[u8]) -> bool {
    !bytes.trim_ascii().is_empty() && serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_err_and(|e| e.is_eof())
}

fn one_line(bytes: &[u8], line: u64, jira: &mut Jira) -> Result<(), ReadError> {
    if bytes.trim_ascii().is_empty() {
        return Ok(());
    }
    let value = utf8(bytes).and_then(|text| {
        serde_json::from_str::<&RawValue>(text).map_err(|error| format!("is broken JSON: {}", complaint(&error)))
    });
    match value {
        Ok(value) => jira.value(line, value),
        Err(reason) => {
            jira.sink.reject(line, reason);
            Ok(())
        }
    }
}

/// Values over many lines. `bytes` is what was read of them, from line `line` on.
fn document(mut input: Input<'_>, mut bytes: Vec<u8>, line: u64, jira: &mut Jira) -> Result<(), ReadError> {
    let lines_read = line;
    let n = input.reader.read_to_end(&mut bytes);
    n.map_err(|error| ReadError::stream(&input.file, lines_read + 1, error))?;
    let values = match std::str::from_utf8(&bytes) {
        Ok(text) => {
            let values: Result<Vec<&RawValue>, _> = serde_json::Deserializer::from_str(text).into_iter().collect();
            values.map(|values| (text, values)).map_err(|error| {
                let what = if error.is_eof() { "ends too early; the file may be cut short" } else { "is broken JSON" };
                (line + (error.line() as u64).saturating_sub(1), format!("{what}: {}", complaint(&error)))
            })
        }
        Err(error) => {
            let breaks = bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count();
            Err((line + breaks as u64, "is not UTF-8".to_owned()))
        }
    };
    match values {
        Ok((text, values)) => {
            let mut place = Place::new(text, line);
            values.into_iter().try_for_each(|value| jira.value(place.line_of(value), value))
        }
        Err(_) if bytes.split(|byte| *byte == b'\n').any(is_issue) => {
            let lines = bytes.split(|byte| *byte == b'\n').zip(line..);
            lines.into_iter().try_for_each(|(bytes, line)| one_line(bytes, line, jira))
        }
        Err((line, reason)) => Err(ReadError::data(&input.file, line, reason)),
    }
}

/// Whether a line is a whole issue: then a file that is no document is JSON Lines whose first line is broken.
fn is_issue(line: &[u8]) -> bool {
    line.starts_with(b"{")
        && utf8(line).is_ok_and(|text| serde_json::from_str::<Element<'_>>(text).is_ok_and(|value| value.is_issue()))
}

/// Counts lines up to parts of a text, which are asked for in order.
pub(super) struct Place<'a> {
    text: &'a str,
    offset: usize,
    line: u64,
}

impl<'a> Place<'a> {
    pub(super) const fn new(text: &'a str, line: u64) -> Self {
        Self { text, offset: 0, line }
    }

    pub(super) fn line_of(&mut self, part: &'a RawValue) -> u64 {
        let offset = (part.get().as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        let between = self.text.as_bytes().get(self.offset..offset).unwrap_or(&[]);
        self.line += between.iter().filter(|byte| **byte == b'\n').count() as u64;
        self.offset = offset.max(self.offset);
        self.line
    }
}
