//! Windows: the half-open intervals `[start, end)` that metrics are asked for, cut at `as_of`.

use super::{Cut, Every, Instant, Period};
use crate::error::{Error, Result};

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
    /// [`Error::Argument`] if `from` is not before `to`, or lies at or after `as_of`.
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
        let last = Instant(to_or_as_of.min(observed.as_of).0 - 1);
        let mut windows = Self { starts: vec![], ends: vec![], partial: vec![] };
        let mut period = Period::holding(from_or_first, every, cut);
        let mut start = period.start();
        while start <= last {
            period = period.next();
            let end = period.start();
            // A day that does not exist in a zone is no window; neither can the calendar's last day be passed.
            if start < end {
                windows.push(start, end, observed.as_of);
            } else if period.next() == period {
                break;
            }
            start = end;
        }
        Ok(windows)
    }

    /// An explicit list of windows, in order of time and without overlap.
    ///
    /// # Errors
    /// [`Error::Argument`] if a window's end is not after its start, if two overlap or are out of order, or if all
    /// begin at or after `as_of`; of others those that do are not given.
    pub fn list(windows: &[(Instant, Instant)], as_of: Instant) -> Result<Self> {
        let mut list = Self { starts: vec![], ends: vec![], partial: vec![] };
        let mut previous_end = Instant(i64::MIN);
        for &(start, end) in windows {
            if start >= end {
                return Err(reversed("windows", start, end));
            }
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
    fn refused() {
        let as_of = at("2024-01-01");
        assert!(Windows::list(&[(at("2023-02-01"), at("2023-01-01"))], as_of).is_err());
        assert!(Windows::list(&[(at("2024-02-01"), at("2024-03-01"))], as_of).is_err());
        let overlap = [(at("2023-01-01"), at("2023-03-01")), (at("2023-02-01"), at("2023-04-01"))];
        assert!(Windows::list(&overlap, as_of).unwrap_err().to_string().contains("do not overlap"));
    }
}
