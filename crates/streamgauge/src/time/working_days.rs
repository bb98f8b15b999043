//! One calendar: which hours each date has.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use chrono::{Datelike, NaiveDate};
use toml::{Spanned, Value};

use super::calendar_file::{CalendarSpec, Source, ValidSpec};
use super::hours::{HourSpan, overlap, overlap_at_midnight};
use super::spans::Spans;
use super::{Instant, Zone};
use crate::error::{Error, Result};

/// The most spans in one day's hours.
const MOST_SPANS: usize = 24;

const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// A zone, and the hours of each date from `first` to `last`.
#[derive(Debug, Clone)]
pub(super) struct WorkingDays {
    pub(super) zone: Zone,
    /// The first date of the validity.
    pub(super) first: NaiveDate,
    /// Its last date, included.
    pub(super) last: NaiveDate,
    week: [Vec<HourSpan>; 7],
    /// Holidays and exceptions: their own hours, in place of the weekday's.
    special: BTreeMap<NaiveDate, Special>,
}

#[derive(Debug, Clone)]
struct Special {
    hours: Vec<HourSpan>,
    is_holiday: bool,
    line: usize,
}

impl WorkingDays {
    /// Checks what a file says of one calendar, and compiles its working time; `name` is where it has one.
    pub(super) fn new(source: Source<'_>, spec: CalendarSpec, name: Option<&Spanned<String>>) -> Result<(Self, Spans)> {
        let CalendarSpec { zone, valid, hours, holiday, exception } = spec;
        let line = name.map(|name| source.line_of(name));
        let zone = zone.ok_or_else(|| Error::Calendar {
            line,
            message: "zone is missing; write zone = \"Europe/Berlin\"".to_owned(),
        })?;
        let zone = Zone::named(zone.get_ref()).map_err(|error| source.wrong(&zone, error.to_string()))?;
        let (first, last) = validity(source, valid.as_ref())?;
        let line = hours.as_ref().map(|hours| source.line_of(hours)).or(line);
        let mut week: [Vec<HourSpan>; 7] = Default::default();
        for (day, texts) in hours.map(|hours| hours.into_inner().week()).into_iter().flatten().enumerate() {
            week[day] = hours_of_a_day(source, WEEKDAYS[day], &texts)?;
        }
        let mut days = Self { zone, first, last, week, special: BTreeMap::new() };
        for day in &holiday {
            days.put(source, &day.date, Vec::new(), true)?;
        }
        for day in &exception {
            let hours = hours_of_a_day(source, "this date", &day.hours)?;
            days.put(source, &day.date, hours, false)?;
        }
        days.check_nights()?;
        let spans = Spans::compile(&days);
        if spans.is_empty() {
            let message = "there is no working time at all; give a weekday hours, such as mon = [\"09:00-17:00\"]";
            return Err(Error::Calendar { line, message: message.to_owned() });
        }
        Ok((days, spans))
    }

    /// The first instant of the validity, and the first after it.
    pub(super) fn bounds(&self) -> (Instant, Instant) {
        let after = self.last.succ_opt().unwrap_or(self.last);
        (self.zone.start_of(self.first), self.zone.start_of(after))
    }

    /// The hours of a date, in order; none outside the validity.
    pub(super) fn hours_on(&self, date: NaiveDate) -> &[HourSpan] {
        if date < self.first || date > self.last {
            return &[];
        }
        match self.special.get(&date) {
            Some(special) => &special.hours,
            None => &self.week[date.weekday().num_days_from_monday() as usize],
        }
    }

    /// The dates of the validity, in order.
    pub(super) fn dates(&self) -> impl Iterator<Item = NaiveDate> + use<> {
        let last = self.last;
        self.first.iter_days().take_while(move |date| *date <= last)
    }

    /// What the calendar says, in one form only.
    pub(super) fn write_canonical(&self, text: &mut String) {
        let list = |hours: &[HourSpan]| hours.iter().map(HourSpan::to_string).collect::<Vec<_>>().join(" ");
        let _ = writeln!(text, "{} {} {}", self.zone, self.first, self.last);
        for (day, hours) in WEEKDAYS.iter().zip(&self.week) {
            let _ = writeln!(text, "{day} {}", list(hours));
        }
        for (date, special) in &self.special {
            let _ = writeln!(text, "{date} {}", list(&special.hours));
        }
    }

    fn put(&mut self, source: Source<'_>, at: &Spanned<Value>, hours: Vec<HourSpan>, is_holiday: bool) -> Result<()> {
        let date = source.date(at)?;
        let what = if is_holiday { "holiday" } else { "exception" };
        if date < self.first || date > self.last {
            let (first, last) = (self.first, self.last);
            let message =
                format!("{what} {date} lies outside the validity, {first} to {last}; extend `valid` or drop it");
            return Err(source.wrong(at, message));
        }
        let line = source.line_of(at);
        match self.special.insert(date, Special { hours, is_holiday, line }) {
            None => Ok(()),
            Some(before) if before.is_holiday == is_holiday => {
                Err(source.wrong(at, format!("{what} {date} stands twice, first on line {}; keep one", before.line)))
            }
            Some(before) => {
                let message = format!("{date} is both a holiday (line {}) and an exception; keep one", before.line);
                Err(source.wrong(at, message))
            }
        }
    }

    /// Hours past midnight may not reach into the hours of the next day.
    fn check_nights(&self) -> Result<()> {
        let week = WEEKDAYS.iter().zip(&self.week);
        for ((day, hours), (next_day, next_hours)) in week.clone().zip(week.cycle().skip(1)) {
            if let Some((evening, morning)) = overlap_at_midnight(hours, next_hours) {
                return Err(night(evening, day, morning, next_day, evening.line.max(morning.line)));
            }
        }
        for (&date, special) in &self.special {
            let pairs = [(date.pred_opt(), Some(date)), (Some(date), date.succ_opt())];
            for (day, next) in pairs.into_iter().filter_map(|(day, next)| Some((day?, next?))) {
                if let Some((evening, morning)) = overlap_at_midnight(self.hours_on(day), self.hours_on(next)) {
                    return Err(night(evening, &day.to_string(), morning, &next.to_string(), special.line));
                }
            }
        }
        Ok(())
    }
}

fn night(evening: HourSpan, day: &str, morning: HourSpan, next: &str, line: usize) -> Error {
    let message = format!("\"{evening}\" of {day} overlaps \"{morning}\" of {next}; end it where the next begins");
    Error::Calendar { line: Some(line), message }
}

fn hours_of_a_day(source: Source<'_>, day: &str, texts: &[Spanned<String>]) -> Result<Vec<HourSpan>> {
    if let Some(last) = texts.get(MOST_SPANS) {
        return Err(source.wrong(last, format!("{day} has {} spans of hours; at most {MOST_SPANS}", texts.len())));
    }
    let spans = source.spans(texts)?;
    match overlap(&spans) {
        Some((one, two)) => Err(Error::Calendar {
            line: Some(one.line.max(two.line)),
            message: format!(
                "\"{two}\" overlaps \"{one}\" on {day}; write them as one, or end one where the other begins"
            ),
        }),
        None => Ok(spans),
    }
}

/// The dates of the validity; without one, those of plausible events.
fn validity(source: Source<'_>, valid: Option<&Spanned<ValidSpec>>) -> Result<(NaiveDate, NaiveDate)> {
    let year = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default();
    let Some(valid) = valid else { return Ok((year(1970, 1, 1), year(2099, 12, 31))) };
    let ValidSpec { first, last } = valid.get_ref();
    let (from, to) = (source.date(first)?, source.date(last)?);
    // Past 2099 the zones' rules are not known.
    for (date, place) in [(from, first), (to, last)] {
        if !(1900..2100).contains(&date.year()) {
            return Err(source.wrong(place, format!("{date} lies outside the years 1900 to 2099")));
        }
    }
    if to < from {
        return Err(source.wrong(last, format!("valid.last {to} lies before valid.first {from}; exchange them")));
    }
    Ok((from, to))
}
