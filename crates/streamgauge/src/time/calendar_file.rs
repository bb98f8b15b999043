//! A calendar file word for word, with the place of each word: what is wrong is said with its line.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Deserialize;
use toml::value::{Date, Datetime};
use toml::{Spanned, Value};

use super::hours::HourSpan;
use crate::error::{Error, Result, nearest};

/// A file of one calendar, or of several and of what chooses among them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileSpec {
    pub(super) by: Option<Spanned<String>>,
    pub(super) default: Option<Spanned<String>>,
    #[serde(default, rename = "use")]
    pub(super) uses: BTreeMap<Spanned<String>, Spanned<String>>,
    #[serde(default)]
    pub(super) calendar: BTreeMap<Spanned<String>, CalendarSpec>,
    // The keys of `CalendarSpec`; serde cannot flatten it and still refuse unknown keys and tell places.
    zone: Option<Spanned<String>>,
    valid: Option<Spanned<ValidSpec>>,
    hours: Option<Spanned<HoursSpec>>,
    #[serde(default)]
    holiday: Vec<DaySpec>,
    #[serde(default)]
    exception: Vec<ExceptionSpec>,
}

/// One calendar.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CalendarSpec {
    pub(super) zone: Option<Spanned<String>>,
    pub(super) valid: Option<Spanned<ValidSpec>>,
    pub(super) hours: Option<Spanned<HoursSpec>>,
    #[serde(default)]
    pub(super) holiday: Vec<DaySpec>,
    #[serde(default)]
    pub(super) exception: Vec<ExceptionSpec>,
}

/// The dates of which a calendar knows the hours, both included.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ValidSpec {
    pub(super) first: Spanned<Value>,
    pub(super) last: Spanned<Value>,
}

/// The hours of each weekday; one that is not named is closed.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct HoursSpec {
    mon: Vec<Spanned<String>>,
    tue: Vec<Spanned<String>>,
    wed: Vec<Spanned<String>>,
    thu: Vec<Spanned<String>>,
    fri: Vec<Spanned<String>>,
    sat: Vec<Spanned<String>>,
    sun: Vec<Spanned<String>>,
}

/// A date without hours.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DaySpec {
    pub(super) date: Spanned<Value>,
    #[serde(rename = "name")]
    _name: Option<String>,
}

/// A date with hours of its own.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExceptionSpec {
    pub(super) date: Spanned<Value>,
    pub(super) hours: Vec<Spanned<String>>,
    #[serde(rename = "name")]
    _name: Option<String>,
}

impl FileSpec {
    /// The calendar at the head of the file, if there is one.
    pub(super) fn single(&mut self) -> Option<CalendarSpec> {
        let said = self.zone.is_some() || self.valid.is_some() || self.hours.is_some();
        let said = said || !self.holiday.is_empty() || !self.exception.is_empty();
        said.then(|| CalendarSpec {
            zone: self.zone.take(),
            valid: self.valid.take(),
            hours: self.hours.take(),
            holiday: std::mem::take(&mut self.holiday),
            exception: std::mem::take(&mut self.exception),
        })
    }
}

impl HoursSpec {
    /// The weekdays from Monday on.
    pub(super) fn week(self) -> [Vec<Spanned<String>>; 7] {
        [self.mon, self.tue, self.wed, self.thu, self.fri, self.sat, self.sun]
    }
}

/// The text of a file, for telling lines.
#[derive(Clone, Copy)]
pub(super) struct Source<'a>(pub(super) &'a str);

impl Source<'_> {
    /// The file word for word.
    pub(super) fn read(self) -> Result<FileSpec> {
        toml::from_str(self.0).map_err(|error: toml::de::Error| {
            let line = error.span().map(|span| self.line(span.start));
            Error::Calendar { line, message: said(error.message()) }
        })
    }

    /// The line of a place, from 1.
    pub(super) fn line(self, at: usize) -> usize {
        1 + self.0.bytes().take(at).filter(|byte| *byte == b'\n').count()
    }

    /// The line on which a value begins.
    pub(super) fn line_of<T>(self, value: &Spanned<T>) -> usize {
        self.line(value.span().start)
    }

    /// What is wrong with a value.
    pub(super) fn wrong<T>(self, value: &Spanned<T>, message: impl Into<String>) -> Error {
        Error::Calendar { line: Some(self.line_of(value)), message: message.into() }
    }

    /// A date, as TOML has it or in quotes.
    pub(super) fn date(self, value: &Spanned<Value>) -> Result<NaiveDate> {
        let read = match value.get_ref() {
            Value::Datetime(Datetime { date: Some(Date { year, month, day }), time: None, offset: None }) => {
                NaiveDate::from_ymd_opt(i32::from(*year), u32::from(*month), u32::from(*day))
            }
            Value::String(text) => NaiveDate::parse_from_str(text, "%Y-%m-%d").ok(),
            _ => None,
        };
        read.ok_or_else(|| self.wrong(value, format!("{} is no date; 2024-12-24 is", value.get_ref())))
    }

    /// The hours of a day, in order.
    pub(super) fn spans(self, texts: &[Spanned<String>]) -> Result<Vec<HourSpan>> {
        let read = texts.iter().map(|text| {
            HourSpan::parse(text.get_ref(), self.line_of(text)).map_err(|message| self.wrong(text, message))
        });
        let mut spans: Vec<_> = read.collect::<Result<_>>()?;
        spans.sort_by_key(|span| span.from);
        Ok(spans)
    }
}

/// What the parser says, in plain words where it speaks of types; of a key that it does not know, with the nearest one that it does.
fn said(message: &str) -> String {
    let message = message.trim_end().replace('\n', "; ");
    let mut quoted = message.split('`').skip(1).step_by(2);
    if let Some(plain) = plain(&message) {
        return plain;
    }
    let hint = match (message.starts_with("unknown field"), quoted.next()) {
        (true, Some(word)) => nearest(word, quoted),
        _ => None,
    };
    hint.map_or_else(|| message.clone(), |hint| format!("{message}. Did you mean {hint:?}?"))
}

fn plain(message: &str) -> Option<String> {
    let weekday = |word: &&str| ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].contains(word);
    let mut quoted = message.split('`').skip(1).step_by(2);
    let nameless_hours = message.starts_with("unknown field") && quoted.next().filter(weekday).is_some();
    if nameless_hours && message.contains("`hours`") || message.ends_with("expected struct CalendarSpec") {
        let words =
            "[calendar] has no name; write [calendar.NAME], or drop it: one calendar stands at the head of the file";
        return Some(words.to_owned());
    }
    if message == "missing field `hours`" {
        let words =
            "an exception needs hours, such as hours = [\"09:00-13:00\"]; a date without hours is a [[holiday]]";
        return Some(words.to_owned());
    }
    let alone = message.strip_prefix("invalid type: string ")?.strip_suffix(", expected a sequence")?;
    let is_hours = HourSpan::parse(alone.trim_matches('"'), 0).is_ok();
    let wanted = if is_hours { format!(": [{alone}]") } else { String::new() };
    Some(format!("{alone} stands alone; a list is needed{wanted}"))
}
