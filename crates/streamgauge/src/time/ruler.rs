//! The ruler: how long it is from one instant to another.
//!
//! A ruler is handed to [`records`](crate::records) once; no other stage measures lengths of items. One reads the clock on the wall,
//! weekends included, as the Flow Framework does; the other counts the hours of a calendar.

use std::sync::Arc;

use super::spans::Spans;
use super::{Calendars, Instant};
use crate::error::{Error, Result};

/// Measures lengths between instants. Cheap to clone.
///
/// ```
/// use streamgauge::Ruler;
///
/// assert_eq!(Ruler::elapsed().span(1_000, 5_000), 4_000);
/// ```
#[derive(Debug, Clone)]
pub struct Ruler(Reading);

#[derive(Debug, Clone)]
enum Reading {
    Elapsed,
    Working(Arc<Working>),
}

/// Calendars, compiled.
#[derive(Debug)]
struct Working {
    calendars: Calendars,
    spans: Vec<Spans>,
    valid: (Instant, Instant),
}

impl Ruler {
    /// The clock on the wall.
    ///
    /// ```
    /// assert!(streamgauge::Ruler::elapsed().is_elapsed());
    /// ```
    pub const fn elapsed() -> Self {
        Self(Reading::Elapsed)
    }

    /// The hours of calendars.
    ///
    /// ```
    /// use streamgauge::{Calendars, Instant, Ruler};
    ///
    /// let calendars = Calendars::from_toml("zone = \"Asia/Seoul\"\nhours = { mon = [\"09:00-17:00\"] }")?;
    /// let ruler = Ruler::working(&calendars);
    /// let at = |text| Instant::parse(text, None).map(|stamp| stamp.instant.0);
    /// // Monday, 10:00 in Seoul, whoever writes it down.
    /// assert_eq!(ruler.span(at("2024-01-08T01:00:00Z")?, at("2024-01-09T00:00:00Z")?), 7 * 3_600_000_000);
    /// assert_eq!(ruler.span(at("2024-01-08T10:00:00+09:00")?, at("2024-01-09T00:00:00Z")?), 7 * 3_600_000_000);
    /// # Ok::<(), streamgauge::Error>(())
    /// ```
    pub fn working(calendars: &Calendars) -> Self {
        let spans = calendars.days().map(Spans::compile).collect();
        let bounds = |days: &super::working_days::WorkingDays| {
            let after = days.last.succ_opt().unwrap_or(days.last);
            (days.zone.start_of(days.first), days.zone.start_of(after))
        };
        let whole = (Instant(i64::MIN), Instant(i64::MAX));
        let valid = calendars.days().map(bounds).fold(whole, |all, one| (all.0.max(one.0), all.1.min(one.1)));
        Self(Reading::Working(Arc::new(Working { calendars: calendars.clone(), spans, valid })))
    }

    /// Whether this is the clock on the wall.
    ///
    /// ```
    /// use streamgauge::{Calendars, Ruler};
    ///
    /// let calendars = Calendars::from_toml("zone = \"UTC\"\nhours = { mon = [\"09:00-17:00\"] }")?;
    /// assert!(!Ruler::working(&calendars).is_elapsed());
    /// # Ok::<(), streamgauge::Error>(())
    /// ```
    pub const fn is_elapsed(&self) -> bool {
        matches!(self.0, Reading::Elapsed)
    }

    /// The field whose value chooses the calendar, if there is more than one.
    ///
    /// ```
    /// assert_eq!(streamgauge::Ruler::elapsed().field(), None);
    /// ```
    pub fn field(&self) -> Option<&str> {
        match &self.0 {
            Reading::Elapsed => None,
            Reading::Working(working) => working.calendars.field(),
        }
    }

    /// The length from `from` to `to`, in µs, by the only calendar or the first: additive, monotone, `span(a, a) = 0`.
    ///
    /// ```
    /// assert_eq!(streamgauge::Ruler::elapsed().span(0, 1), 1);
    /// ```
    pub fn span(&self, from: i64, to: i64) -> i64 {
        self.span_in(0, from, to)
    }

    /// The length from `from` to `to`, in µs, by the calendar that a value of [`field`](Self::field) uses; `None` where the file
    /// names none for it.
    ///
    /// ```
    /// use streamgauge::{Calendars, Ruler};
    ///
    /// let calendars = Calendars::from_toml(r#"
    ///     by = "team"
    ///     use = { red = "always" }
    ///     [calendar.always]
    ///     zone = "UTC"
    ///     hours = { thu = ["00:00-24:00"] }
    /// "#)?;
    /// let ruler = Ruler::working(&calendars);
    /// assert_eq!(ruler.span_of(Some("red"), 0, 5), Some(5));
    /// assert_eq!(ruler.span_of(Some("blue"), 0, 5), None);
    /// # Ok::<(), streamgauge::Error>(())
    /// ```
    pub fn span_of(&self, value: Option<&str>, from: i64, to: i64) -> Option<i64> {
        Some(self.span_in(self.calendar_of(value)?, from, to))
    }

    /// Which calendar a value of [`field`](Self::field) uses; `None` where the file names none for it.
    pub(crate) fn calendar_of(&self, value: Option<&str>) -> Option<u16> {
        match &self.0 {
            Reading::Elapsed => Some(0),
            Reading::Working(working) => working.calendars.place_of(value),
        }
    }

    /// The length from `from` to `to`, in µs, by one calendar; 0 where there is no such calendar.
    #[inline]
    pub(crate) fn span_in(&self, calendar: u16, from: i64, to: i64) -> i64 {
        match &self.0 {
            Reading::Elapsed => to - from,
            Reading::Working(working) => {
                working.spans.get(usize::from(calendar)).map_or(0, |spans| spans.between(from, to))
            }
        }
    }

    /// The fingerprint of the calendars: 16 hexadecimal digits; nothing for the clock on the wall.
    pub(crate) fn hash(&self) -> String {
        match &self.0 {
            Reading::Elapsed => String::new(),
            Reading::Working(working) => format!("{:016x}", working.calendars.hash()),
        }
    }

    /// How many calendars there are; the clock on the wall is one.
    pub(crate) fn n_calendars(&self) -> usize {
        match &self.0 {
            Reading::Elapsed => 1,
            Reading::Working(working) => working.spans.len(),
        }
    }

    /// The span in which all calendars are valid; `None` for the clock on the wall, which always is.
    pub(crate) fn valid(&self) -> Option<(Instant, Instant)> {
        match &self.0 {
            Reading::Elapsed => None,
            Reading::Working(working) => Some(working.valid),
        }
    }

    /// Refuses `[from, to)` where it leaves the validity: working time that is not known is never counted as none.
    ///
    /// # Errors
    /// [`Error::OutsideCalendar`], which says both spans.
    ///
    /// ```
    /// use streamgauge::{Calendars, Instant, Ruler};
    ///
    /// let calendars = Calendars::from_toml(r#"
    ///     zone = "UTC"
    ///     valid = { first = 2024-01-01, last = 2024-12-31 }
    ///     hours = { mon = ["09:00-17:00"] }
    /// "#)?;
    /// let at = |text| Instant::parse(text, None).map(|stamp| stamp.instant);
    /// let error = Ruler::working(&calendars).check(at("2024-06-01T00:00:00Z")?, at("2025-02-01T00:00:00Z")?).unwrap_err();
    /// assert!(error.to_string().starts_with("the calendar is valid from 2024-01-01T00:00:00Z to 2025-01-01T00:00:00Z"));
    /// # Ok::<(), streamgauge::Error>(())
    /// ```
    pub fn check(&self, from: Instant, to: Instant) -> Result<()> {
        match self.valid() {
            Some((first, end)) if from < first || to > end => Err(Error::OutsideCalendar {
                valid_from: first.to_string(),
                valid_to: end.to_string(),
                from: from.to_string(),
                to: to.to_string(),
            }),
            _ => Ok(()),
        }
    }
}
