//! Calendar periods: hours, days, ISO weeks, months, quarters and years, with names that people write.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, Days, IsoWeek, NaiveDate, Weekday};

use super::full_hours::{hour_after, hour_at};
use super::{Instant, Zone};
use crate::error::{Error, Result, nearest};

/// The length of calendar windows.
///
/// ```
/// use streamgauge::Every;
///
/// assert_eq!("quarter".parse::<Every>()?, Every::Quarter);
/// # Ok::<(), streamgauge::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Every {
    /// From one full hour on the zone's clock to the next.
    Hour,
    /// From midnight to midnight.
    Day,
    /// ISO weeks, which begin on Monday.
    Week,
    /// Calendar months.
    Month,
    /// Quarters of the fiscal year.
    Quarter,
    /// Fiscal years.
    Year,
}

/// Where calendar periods are cut: the zone of the days and the month in which the fiscal year begins.
///
/// ```
/// use streamgauge::{Cut, Every, Instant, Period, Zone};
///
/// let cut = Cut { zone: Zone::named("Asia/Seoul")?, fiscal_year_start: 4 };
/// assert_eq!(Period::holding(Instant(0), Every::Year, cut).to_string(), "1970");
/// # Ok::<(), streamgauge::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// The zone.
    pub zone: Zone,
    /// The month, 1 to 12, in which the fiscal year begins.
    pub fiscal_year_start: u32,
}

/// One calendar period, such as the fourth quarter of 2014.
///
/// A fiscal year is named by the calendar year in which it ends.
///
/// ```
/// use streamgauge::{Cut, Period, Zone};
///
/// let cut = Cut { zone: Zone::UTC, fiscal_year_start: 1 };
/// let quarter = Period::named("2014-Q4", cut)?;
/// assert_eq!(quarter.start().to_string(), "2014-10-01T00:00:00Z");
/// assert_eq!(quarter.end().to_string(), "2015-01-01T00:00:00Z");
/// assert_eq!(quarter.previous().to_string(), "2014-Q3");
/// # Ok::<(), streamgauge::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    every: Every,
    cut: Cut,
    first: NaiveDate,
    /// Where an hour begins; of longer periods the date tells.
    hour: Instant,
}

impl Every {
    const NAMES: [(&'static str, Self); 6] = [
        ("hour", Self::Hour),
        ("day", Self::Day),
        ("week", Self::Week),
        ("month", Self::Month),
        ("quarter", Self::Quarter),
        ("year", Self::Year),
    ];
}

impl FromStr for Every {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::NAMES.iter().find(|(name, _)| *name == text).map(|(_, every)| *every).ok_or_else(|| {
            let hint = nearest(text, Self::NAMES.iter().map(|(name, _)| *name));
            let hint = hint.map(|hint| format!(". Did you mean {hint:?}?")).unwrap_or_default();
            Error::Argument {
                argument: "every",
                value: format!("{text:?}"),
                wanted: format!("hour, day, week, month, quarter or year{hint}"),
            }
        })
    }
}

impl Period {
    /// The period of that length that holds an instant. An hour begins where the zone's clock shows a full hour; where the clock is set by a
    /// part of an hour, one is longer or shorter.
    pub fn holding(at: Instant, every: Every, cut: Cut) -> Self {
        let hour = if every == Every::Hour { hour_at(at, cut.zone) } else { Instant(0) };
        let date = cut.zone.date_at(if every == Every::Hour { hour } else { at });
        let first = match every {
            Every::Hour | Every::Day => date,
            Every::Week => date.week(Weekday::Mon).checked_first_day().unwrap_or(date),
            Every::Month => month_after(date, 0),
            Every::Quarter => month_after(date, -(months_into_year(date, cut) % 3)),
            Every::Year => month_after(date, -months_into_year(date, cut)),
        };
        Self { every, cut, first, hour }
    }

    /// The period that people write as `2014`, `2014-Q4`, `2014-10`, `2014-W40` or `2014-10-01`; an hour by its first instant, such as
    /// `2014-10-01T09:00:00Z`.
    ///
    /// # Errors
    /// [`Error::Argument`] if the text names no period.
    pub fn named(name: &str, cut: Cut) -> Result<Self> {
        parsed(name.trim(), cut).ok_or_else(|| Error::Argument {
            argument: "window",
            value: format!("{name:?}"),
            wanted: "a period such as 2014, 2014-Q4, 2014-10, 2014-W40, 2014-10-01 or 2014-10-01T09:00:00Z is needed"
                .to_owned(),
        })
    }

    /// The period's length.
    pub const fn every(&self) -> Every {
        self.every
    }

    /// Its first instant.
    pub fn start(&self) -> Instant {
        if self.every == Every::Hour { self.hour } else { self.cut.zone.start_of(self.first) }
    }

    /// The first instant after it.
    pub fn end(&self) -> Instant {
        self.next().start()
    }

    /// The period after this one.
    #[must_use]
    pub fn next(&self) -> Self {
        self.moved(1)
    }

    /// The period before this one.
    #[must_use]
    pub fn previous(&self) -> Self {
        self.moved(-1)
    }

    fn moved(&self, by: i32) -> Self {
        let days = |n: i32| {
            let n = i64::from(n * by);
            if n >= 0 {
                self.first.checked_add_days(Days::new(n as u64))
            } else {
                self.first.checked_sub_days(Days::new(-n as u64))
            }
        };
        if self.every == Every::Hour {
            let at = if by > 0 { hour_after(self.hour, self.cut.zone) } else { Instant(self.hour.0 - 1) };
            return Self::holding(at, Every::Hour, self.cut);
        }
        let first = match self.every {
            Every::Hour | Every::Day => days(1).unwrap_or(self.first),
            Every::Week => days(7).unwrap_or(self.first),
            Every::Month => month_after(self.first, by),
            Every::Quarter => month_after(self.first, 3 * by),
            Every::Year => month_after(self.first, 12 * by),
        };
        Self { first, ..*self }
    }

    fn fiscal_year(&self) -> i32 {
        month_after(self.first, 11 - months_into_year(self.first, self.cut)).year()
    }
}

/// The name that [`Period::named`] reads.
impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.every {
            Every::Hour => write!(f, "{}", self.hour),
            Every::Day => write!(f, "{}", self.first.format("%Y-%m-%d")),
            Every::Week => {
                let week: IsoWeek = self.first.iso_week();
                write!(f, "{:04}-W{:02}", week.year(), week.week())
            }
            Every::Month => write!(f, "{}", self.first.format("%Y-%m")),
            Every::Quarter => {
                write!(f, "{:04}-Q{}", self.fiscal_year(), months_into_year(self.first, self.cut) / 3 + 1)
            }
            Every::Year => write!(f, "{:04}", self.fiscal_year()),
        }
    }
}

fn parsed(name: &str, cut: Cut) -> Option<Period> {
    if name.contains('T') {
        let at = Instant::parse(name, None).ok()?.instant;
        return Some(Period::holding(at, Every::Hour, cut)).filter(|hour| hour.start() == at);
    }
    let period = |every, first| Some(Period { every, cut, first, hour: Instant(0) });
    let (year, rest) = name.split_at_checked(4)?;
    let year: i32 = year.bytes().all(|b| b.is_ascii_digit()).then(|| year.parse().ok())?.filter(|year| *year > 0)?;
    let fiscal_start = |months: i32| {
        let start_year = if cut.fiscal_year_start == 1 { year } else { year - 1 };
        Some(month_after(NaiveDate::from_ymd_opt(start_year, cut.fiscal_year_start, 1)?, months))
    };
    if rest.is_empty() {
        return period(Every::Year, fiscal_start(0)?);
    }
    let rest = rest.strip_prefix('-')?;
    if let Some(quarter) = rest.strip_prefix(['Q', 'q']) {
        let quarter = number(quarter).filter(|q| (1..=4).contains(q))?;
        return period(Every::Quarter, fiscal_start(3 * (quarter as i32 - 1))?);
    }
    if let Some(week) = rest.strip_prefix(['W', 'w']) {
        return period(Every::Week, NaiveDate::from_isoywd_opt(year, number(week)?, Weekday::Mon)?);
    }
    match rest.split_once('-') {
        None if rest.len() == 2 => period(Every::Month, NaiveDate::from_ymd_opt(year, number(rest)?, 1)?),
        None => None,
        Some((month, day)) => period(Every::Day, NaiveDate::from_ymd_opt(year, number(month)?, number(day)?)?),
    }
}

/// A number of one or two digits, without a sign.
fn number(text: &str) -> Option<u32> {
    let is_number = matches!(text.len(), 1..=2) && text.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| text.parse().ok())?
}

/// How many whole months of the fiscal year have passed at a date: 0 to 11.
fn months_into_year(date: NaiveDate, cut: Cut) -> i32 {
    (date.month() as i32 - cut.fiscal_year_start as i32).rem_euclid(12)
}

/// The first day of the month that lies `months` after the month of `date`.
fn month_after(date: NaiveDate, months: i32) -> NaiveDate {
    let index = date.year() * 12 + date.month0() as i32 + months;
    NaiveDate::from_ymd_opt(index.div_euclid(12), index.rem_euclid(12) as u32 + 1, 1).unwrap_or(date)
}

#[cfg(test)]
mod tests {
    use super::*;

    const JANUARY: Cut = Cut { zone: Zone::UTC, fiscal_year_start: 1 };
    const APRIL: Cut = Cut { zone: Zone::UTC, fiscal_year_start: 4 };

    #[test]
    fn names_go_there_and_back() {
        for name in ["2014", "2014-Q1", "2014-Q4", "2014-10", "2014-W40", "2020-W53", "2014-10-01"] {
            for cut in [JANUARY, APRIL] {
                let period = Period::named(name, cut).unwrap();
                assert_eq!(period.to_string(), name);
                assert_eq!(Period::holding(period.start(), period.every(), cut), period);
                assert_eq!(period.next().previous(), period);
                assert_eq!(Period::holding(Instant(period.end().0 - 1), period.every(), cut), period);
            }
        }
    }

    #[test]
    fn fiscal_years_are_named_by_their_end() {
        let period = Period::named("2014-Q4", APRIL).unwrap();
        assert_eq!(period.start().to_string(), "2014-01-01T00:00:00Z");
        assert_eq!(Period::named("2014", APRIL).unwrap().start().to_string(), "2013-04-01T00:00:00Z");
    }

    #[test]
    fn hours_follow_the_zones_clock() {
        let cut = Cut { zone: Zone::named("Asia/Kolkata").unwrap(), fiscal_year_start: 1 };
        let at = |text| Instant::parse(text, None).unwrap().instant;
        let hour = Period::holding(at("2024-03-01T10:29:59Z"), Every::Hour, cut);
        assert_eq!((hour.start(), hour.end()), (at("2024-03-01T09:30:00Z"), at("2024-03-01T10:30:00Z")));
        assert_eq!(hour.previous().next(), hour);
        // Lord Howe sets its clock back by half an hour at 2:00: the hour that shows 1 takes 90 minutes.
        let cut = Cut { zone: Zone::named("Australia/Lord_Howe").unwrap(), fiscal_year_start: 1 };
        let hour = Period::holding(at("2024-04-06T14:00:00Z"), Every::Hour, cut);
        assert_eq!((hour.start(), hour.end()), (at("2024-04-06T14:00:00Z"), at("2024-04-06T15:30:00Z")));
        assert_eq!(Period::holding(at("2024-04-06T15:29:59Z"), Every::Hour, cut), hour);
        // And forth at 2:00, to 2:30: the hour that shows 1 ends where the clock shows 3.
        let hour = Period::holding(at("2024-10-05T15:59:59Z"), Every::Hour, cut);
        assert_eq!((hour.start(), hour.end()), (at("2024-10-05T14:30:00Z"), at("2024-10-05T16:00:00Z")));
        assert_eq!(Period::named(&hour.to_string(), cut), Ok(hour));
        assert!(Period::named("2024-10-05T15:00:00Z", cut).is_err());
    }

    #[test]
    fn refused() {
        for name in ["", "14", "2014-Q5", "2014-13", "2014-W54", "Q4-2014", "2014-10-32", "last quarter", "+201"] {
            assert!(Period::named(name, JANUARY).is_err(), "{name}");
        }
        for name in
            ["2024-Q+1", "2024-+1", "2024-W+1", "2024-Q01x", "2024-10- 1", "2024-10-+1", "2024-", "0000", "0000-Q1"]
        {
            assert!(Period::named(name, JANUARY).is_err(), "{name}");
        }
        let error = "qarter".parse::<Every>().unwrap_err().to_string();
        assert!(error.ends_with(r#"Did you mean "quarter"?"#), "{error}");
    }
}
