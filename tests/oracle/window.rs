//! Windows: half-open intervals `[start, end)`, cut in the model's zone and at `as_of`.

use chrono::{DateTime, Datelike, Days, LocalResult, Months, NaiveDate, NaiveDateTime, TimeZone, Timelike};
use chrono_tz::Tz;

use crate::event::write_instant;
use crate::model::Model;

/// The length of regular windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// From a full hour on the zone's clock to the next.
    Hour,
    /// A day of the zone.
    Day,
    /// An ISO week, from Monday.
    Week,
    /// A calendar month.
    Month,
    /// Three months, from the fiscal year's first.
    Quarter,
    /// A fiscal year.
    Year,
}

impl Unit {
    /// The unit of a word.
    pub fn parse(word: &str) -> Result<Unit, String> {
        match word {
            "hour" => Ok(Unit::Hour),
            "day" => Ok(Unit::Day),
            "week" => Ok(Unit::Week),
            "month" => Ok(Unit::Month),
            "quarter" => Ok(Unit::Quarter),
            "year" => Ok(Unit::Year),
            _ => Err(format!("every = {word:?}; it is one of hour, day, week, month, quarter, year")),
        }
    }
}

/// Which windows are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Windows {
    /// Every day, week …, over the log or over a span of instants.
    Every {
        /// Their length.
        unit: Unit,
        /// The span's start; the first event when it is not given.
        from: Option<i64>,
        /// The span's end; `as_of` when it is not given.
        to: Option<i64>,
    },
    /// These intervals, in this order.
    List(Vec<(i64, i64)>),
}

/// One window, cut at `as_of`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Its first instant.
    pub start: i64,
    /// Its end, not included.
    pub end: i64,
    /// Whether `as_of` cut it.
    pub partial: bool,
}

/// The windows of an answer at `as_of` for a log whose first event is at `first`.
pub fn windows(asked: &Windows, model: &Model, first: Option<i64>, as_of: i64) -> Result<Vec<Window>, String> {
    let whole = match asked {
        Windows::List(list) => list.clone(),
        Windows::Every { unit, from, to } => {
            let Some(low) = from.or(first) else { return Ok(Vec::new()) };
            let high = to.unwrap_or(as_of.max(low + 1));
            if low >= high {
                return Err(format!("the span {} to {} is empty", write_instant(low), write_instant(high)));
            }
            match unit {
                Unit::Hour => overlapping_hours(model.zone, low, high),
                _ => overlapping(*unit, model, low, high)?,
            }
        }
    };
    if let Some((start, end)) = whole.iter().find(|(start, end)| start >= end) {
        return Err(format!("the window {} to {} is empty", write_instant(*start), write_instant(*end)));
    }
    let given: Vec<Window> = whole
        .iter()
        .filter(|(start, _)| *start < as_of)
        .map(|(start, end)| Window { start: *start, end: (*end).min(as_of), partial: as_of < *end })
        .collect();
    let wholly_after = match asked {
        Windows::Every { from, .. } => from.is_some_and(|from| from >= as_of),
        Windows::List(_) => given.is_empty(),
    };
    if wholly_after {
        return Err(format!("nothing is asked for before as_of, {}", write_instant(as_of)));
    }
    Ok(given)
}

/// All whole windows of a unit that overlap `[low, high)`.
fn overlapping(unit: Unit, model: &Model, low: i64, high: i64) -> Result<Vec<(i64, i64)>, String> {
    let out_of_range = || "a date is out of range".to_owned();
    let local = DateTime::from_timestamp_micros(low).ok_or_else(out_of_range)?.with_timezone(&model.zone);
    // Two days earlier is before any offset of any zone.
    let near = local.date_naive().checked_sub_days(Days::new(2)).ok_or_else(out_of_range)?;
    let mut date = first_date(near, unit, model.fiscal_year_start).ok_or_else(out_of_range)?;
    let mut found = Vec::new();
    loop {
        let next = next_date(date, unit).ok_or_else(out_of_range)?;
        let (start, end) = (start_of(date, model.zone)?, start_of(next, model.zone)?);
        if start >= high {
            return Ok(found);
        }
        // A day that the zone skipped begins where the next one does: it is no window.
        if start < end && low < end {
            found.push((start, end));
        }
        date = next;
    }
}

/// All hours that overlap `[low, high)`: from one second at which the clock shows a full hour to the next.
fn overlapping_hours(zone: Tz, low: i64, high: i64) -> Vec<(i64, i64)> {
    let is_full = |second: i64| {
        let shown = DateTime::from_timestamp(second, 0).unwrap_or_default().with_timezone(&zone);
        shown.minute() == 0 && shown.second() == 0
    };
    let mut start = low.div_euclid(1_000_000);
    while !is_full(start) {
        start -= 1;
    }
    let mut found = Vec::new();
    while start * 1_000_000 < high {
        let mut end = start + 1;
        while !is_full(end) {
            end += 1;
        }
        found.push((start * 1_000_000, end * 1_000_000));
        start = end;
    }
    found
}

/// The date on which the unit that holds `date` begins.
fn first_date(date: NaiveDate, unit: Unit, fiscal_year_start: u32) -> Option<NaiveDate> {
    let month = date.with_day(1)?;
    // Months since the fiscal year began, 0 to 11.
    let since = (12 + date.month() - fiscal_year_start) % 12;
    match unit {
        Unit::Hour | Unit::Day => Some(date),
        Unit::Week => date.checked_sub_days(Days::new(u64::from(date.weekday().num_days_from_monday()))),
        Unit::Month => Some(month),
        Unit::Quarter => month.checked_sub_months(Months::new(since % 3)),
        Unit::Year => month.checked_sub_months(Months::new(since)),
    }
}

fn next_date(date: NaiveDate, unit: Unit) -> Option<NaiveDate> {
    match unit {
        Unit::Hour | Unit::Day => date.checked_add_days(Days::new(1)),
        Unit::Week => date.checked_add_days(Days::new(7)),
        Unit::Month => date.checked_add_months(Months::new(1)),
        Unit::Quarter => date.checked_add_months(Months::new(3)),
        Unit::Year => date.checked_add_months(Months::new(12)),
    }
}

/// The instant at which a date begins in a zone: its midnight, the earlier of two, or the first instant after a gap.
pub fn start_of(date: NaiveDate, zone: Tz) -> Result<i64, String> {
    let midnight = date.and_hms_opt(0, 0, 0).ok_or("no midnight")?;
    match zone.from_local_datetime(&midnight) {
        LocalResult::Single(instant) | LocalResult::Ambiguous(instant, _) => Ok(instant.timestamp_micros()),
        LocalResult::None => first_instant_from(midnight, zone),
    }
}

/// The clock jumped over `midnight`: halve the time around it until the second is found at which it did.
fn first_instant_from(midnight: NaiveDateTime, zone: Tz) -> Result<i64, String> {
    let reached = |second: i64| {
        let instant = DateTime::from_timestamp(second, 0).unwrap_or_default();
        instant.with_timezone(&zone).naive_local() >= midnight
    };
    let two_days = 2 * 24 * 60 * 60;
    let as_utc = midnight.and_utc().timestamp();
    let (mut before, mut after) = (as_utc - two_days, as_utc + two_days);
    while after - before > 1 {
        let middle = before + (after - before) / 2;
        if reached(middle) {
            after = middle;
        } else {
            before = middle;
        }
    }
    Ok(after * 1_000_000)
}
