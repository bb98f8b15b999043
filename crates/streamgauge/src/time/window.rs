//! Windows: the half-open intervals `[start, end)` that metrics are asked for, cut at `as_of`.

use super::{Cut, Every, Instant, Period};
use crate::error::{Error, Result};

/// The most windows that are made from a length.
const MOST_WINDOWS: usize = 1_000_000;

/// The stretch of time a log lets one see: from its first event to `as_of`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Observed {
    /// The first event's instant.
    pub first: Instant,
    /// Events at or after it do not exist for the answer.
    pub as_of: Instant,
}

/// Windows in order of time that do not overlap.
///
/// A window that reaches past `as_of` is cut there and is *partial*. Windows that would begin at or after `as_of` are
/// not given.
///
/// ```
/// use streamgauge::{Cut, Every, Instant, Observed, Windows, Zone};
///
/// let at = |text| Instant::parse(text, None).map(|stamp| stamp.instant);
/// let observed = Observed { first: at("2024-02-10T00:00:00Z")?, as_of: at("2024-04-10T00:00:00Z")? };
/// let cut = Cut { zone: Zone::UTC, fiscal_year_start: 1 };
/// let windows = Windows::every(Every::Month, cut, observed, None, None)?;
/// assert_eq!(windows.len(), 3);
/// assert_eq!(windows.partial(), [false, false, true]);
/// # Ok::<(), streamgauge::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Windows {
    starts: Vec<i64>,
    ends: Vec<i64>,
    partial: Vec<bool>,
}

impl Windows {
    /// Calendar windows from the one that holds `from` to the one that holds the last instant before `to`.
    ///
    /// `from` is the first event where it is `None`, `to` is `as_of`; `to` never reaches past `as_of`.
    ///
    /// # Errors
    /// [`Error::Argument`] if `from` is not before `to`, or lies at or after `as_of`, or if a window would reach out of the years 1 to
    /// 9999; [`Error::TooMany`] at more than a million windows.
    pub fn every(
        every: Every,
        cut: Cut,
        observed: Observed,
        from: Option<Instant>,
        to: Option<Instant>,
    ) -> Result<Self> {
        let from_or_first = from.unwrap_or(observed.first);
        let to_or_as_of = to.unwrap_or(observed.as_of);
        if from_or_first >= to_or_as_of {
            return Err(reversed("span", from_or_first, to_or_as_of));
        }
        if from_or_first >= observed.as_of {
            return Err(unobserved("span", from_or_first, observed.as_of));
        }
        let until = to_or_as_of.min(observed.as_of);
        within_years("span", from_or_first, until)?;
        let last = Instant(until.0 - 1);
        let mut windows = Self { starts: vec![], ends: vec![], partial: vec![] };
        let mut period = Period::holding(from_or_first, every, cut);
        let mut start = period.start();
        while start <= last {
            period = period.next();
            let end = period.start();
            // A day that does not exist in a zone is no window.
            if start < end {
                if windows.len() == MOST_WINDOWS {
                    return Err(Error::TooMany { what: "windows", limit: MOST_WINDOWS as u64 });
                }
                within_years("span", start, end.min(observed.as_of))?;
                windows.push(start, end, observed.as_of);
            }
            start = end;
        }
        Ok(windows)
    }

    /// An explicit list of windows, in order of time and without overlap.
    ///
    /// # Errors
    /// [`Error::Argument`] if a window's end is not after its start, if two overlap or are out of order, if one
    /// reaches out of the years 1 to 9999, or if all begin at or after `as_of`; of others those that do are not given.
    pub fn list(windows: &[(Instant, Instant)], as_of: Instant) -> Result<Self> {
        let mut list = Self { starts: vec![], ends: vec![], partial: vec![] };
        let mut previous_end = Instant(i64::MIN);
        for &(start, end) in windows {
            if start >= end {
                return Err(reversed("windows", start, end));
            }
            within_years("windows", start, end)?;
            if start < previous_end {
                return Err(Error::Argument {
                    argument: "windows",
                    value: format!("[{start}, {end})"),
                    wanted: format!("windows stand in order and do not overlap; the one before ends at {previous_end}"),
                });
            }
            if start < as_of {
                list.push(start, end, as_of);
            }
            previous_end = end;
        }
        match windows.first() {
            Some(&(start, _)) if list.is_empty() => Err(unobserved("windows", start, as_of)),
            _ => Ok(list),
        }
    }

    fn push(&mut self, start: Instant, end: Instant, as_of: Instant) {
        self.starts.push(start.0);
        self.ends.push(end.min(as_of).0);
        self.partial.push(end > as_of);
    }

    /// The windows' first instants, µs.
    pub fn starts(&self) -> &[i64] {
        &self.starts
    }

    /// The first instants after the windows, µs, cut at `as_of`.
    pub fn ends(&self) -> &[i64] {
        &self.ends
    }

    /// Which windows were cut.
    pub fn partial(&self) -> &[bool] {
        &self.partial
    }

    /// How many windows there are.
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }
}

/// Refuses bounds outside the years 1 to 9999, so that every length between two of them fits in 64 bits.
fn within_years(argument: &'static str, start: Instant, end: Instant) -> Result<()> {
    if Instant::YEAR_1 <= start && end <= Instant::YEAR_10000 {
        return Ok(());
    }
    Err(Error::Argument {
        argument,
        value: format!("[{start}, {end})"),
        wanted: "windows lie in the years 1 to 9999 (UTC)".to_owned(),
    })
}

fn reversed(argument: &'static str, start: Instant, end: Instant) -> Error {
    Error::Argument {
        argument,
        value: format!("[{start}, {end})"),
        wanted: "the end must be after the start".to_owned(),
    }
}

fn unobserved(argument: &'static str, start: Instant, as_of: Instant) -> Error {
    Error::Argument {
        argument,
        value: start.to_string(),
        wanted: format!("nothing is known at or after as_of, {as_of}; begin before it"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Zone;

    fn at(text: &str) -> Instant {
        Instant::parse(text, Some(Zone::UTC)).unwrap().instant
    }

    fn hours(windows: &Windows) -> Vec<i64> {
        windows.starts().iter().zip(windows.ends()).map(|(a, b)| (b - a) / 3_600_000_000).collect()
    }

    fn days(zone: &str, from: &str, to: &str) -> Windows {
        let cut = Cut { zone: Zone::named(zone).unwrap(), fiscal_year_start: 1 };
        let observed = Observed { first: at(from), as_of: at("2030-01-01") };
        Windows::every(Every::Day, cut, observed, None, Some(at(to))).unwrap()
    }

    #[test]
    fn days_of_23_and_25_hours() {
        assert_eq!(hours(&days("Europe/Berlin", "2024-03-30T00:00:00Z", "2024-04-01T12:00:00Z")), [24, 23, 24]);
        assert_eq!(hours(&days("Europe/Berlin", "2024-10-26T00:00:00Z", "2024-10-28T12:00:00Z")), [24, 25, 24]);
    }

    #[test]
    fn a_day_that_does_not_exist_is_no_window() {
        assert_eq!(hours(&days("Pacific/Apia", "2011-12-29T12:00:00Z", "2012-01-01T09:00:00Z")), [24, 24, 24]);
    }

    #[test]
    fn bounds_outside_the_years_1_to_9999() {
        let as_of = at("2024-01-01");
        let ends = [Instant(i64::MIN), at("2023-01-01"), Instant(i64::MAX)];
        let is_argument = |windows: Result<Windows>| matches!(windows, Err(Error::Argument { .. }));
        assert!(is_argument(Windows::list(&[(ends[0], ends[1])], as_of)));
        assert!(is_argument(Windows::list(&[(ends[1], ends[2])], ends[2])));
        for zone in ["UTC", "Asia/Seoul"] {
            let cut = Cut { zone: Zone::named(zone).unwrap(), fiscal_year_start: 1 };
            let every = |from, as_of| Windows::every(Every::Year, cut, Observed { first: ends[1], as_of }, from, None);
            assert!(is_argument(every(Some(ends[0]), as_of)));
            assert!(is_argument(every(None, ends[2])));
            assert!(every(None, ends[0]).is_err());
            assert_eq!(every(Some(at("9999-06-01")), at("9999-12-31")).unwrap().partial(), [true]);
        }
        let seoul = Cut { zone: Zone::named("Asia/Seoul").unwrap(), fiscal_year_start: 1 };
        let observed = Observed { first: at("0001-01-01"), as_of };
        assert!(is_argument(Windows::every(Every::Year, seoul, observed, None, None)));
    }

    #[test]
    fn a_million_windows_at_most() {
        let cut = Cut { zone: Zone::UTC, fiscal_year_start: 1 };
        let observed = Observed { first: at("0001-01-01"), as_of: at("9999-12-31") };
        let error = Windows::every(Every::Day, cut, observed, None, None).unwrap_err();
        assert_eq!(error, Error::TooMany { what: "windows", limit: 1_000_000 });
    }

    #[test]
    fn refused() {
        let as_of = at("2024-01-01");
        assert!(Windows::list(&[(at("2023-02-01"), at("2023-01-01"))], as_of).is_err());
        assert!(Windows::list(&[(at("2024-02-01"), at("2024-03-01"))], as_of).is_err());
        let overlap = [(at("2023-01-01"), at("2023-03-01")), (at("2023-02-01"), at("2023-04-01"))];
        assert!(Windows::list(&overlap, as_of).unwrap_err().to_string().contains("do not overlap"));
    }
}
