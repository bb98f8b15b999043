//! The ruler: how long it is from one instant to another.
//!
//! A ruler is handed to [`records`](crate::records), which keeps it: whatever is asked of them later is measured by it too. One reads the
//! clock on the wall, weekends included, as the Flow Framework does; the other counts the hours of a calendar.

use std::sync::Arc;

use super::working_days::WorkingDays;
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

/// Calendars, and from when to when each is valid.
#[derive(Debug)]
struct Working {
    calendars: Calendars,
    valid: Vec<(Instant, Instant)>,
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
        let valid = calendars.days().map(WorkingDays::bounds).collect();
        Self(Reading::Working(Arc::new(Working { calendars: calendars.clone(), valid })))
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

    /// The length from `from` to `to`, in µs, by the only calendar or the first: additive, monotone, `span(a, a) = 0`. A length that does
    /// not fit is the greatest that does.
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
            Reading::Elapsed => to.saturating_sub(from),
            Reading::Working(working) => {
                working.calendars.spans().get(usize::from(calendar)).map_or(0, |spans| spans.between(from, to))
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
            Reading::Working(working) => working.valid.len(),
        }
    }

    /// From where on the first of the calendars is valid to where the last ceases to be; `None` for the clock on the wall, which always is.
    ///
    /// Before its beginning no calendar counts any time: an origin for sums of all of them.
    pub(crate) fn valid(&self) -> Option<(Instant, Instant)> {
        let Reading::Working(working) = &self.0 else { return None };
        working.valid.iter().copied().reduce(|all, one| (all.0.min(one.0), all.1.max(one.1)))
    }

    /// Refuses `[from, to)` where it leaves the validity of all calendars: working time that is not known is never counted as none.
    ///
    /// # Errors
    /// [`Error::OutsideCalendar`], which names the calendar that reaches furthest, and both spans.
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
    /// assert!(error.to_string().starts_with("the calendar is valid from 2024-01-01 to 2024-12-31 (UTC); the answer needs"));
    /// # Ok::<(), streamgauge::Error>(())
    /// ```
    pub fn check(&self, from: Instant, to: Instant) -> Result<()> {
        let Reading::Working(working) = &self.0 else { return Ok(()) };
        let places = 0..working.valid.len();
        let first = places.clone().min_by_key(|place| working.valid[*place].0);
        let last = places.max_by_key(|place| working.valid[*place].1);
        let too_early = first.filter(|place| from < working.valid[*place].0);
        let too_late = last.filter(|place| to > working.valid[*place].1);
        too_early.or(too_late).map_or(Ok(()), |place| Err(working.outside(place, from, to)))
    }

    /// Refuses `[from, to)` where it leaves the validity of the calendar that a value of [`field`](Self::field) uses; nothing where the
    /// file names none for it.
    ///
    /// # Errors
    /// [`Error::OutsideCalendar`], which names the calendar, and both spans.
    ///
    /// ```
    /// use streamgauge::{Calendars, Instant, Ruler};
    ///
    /// let calendars = Calendars::from_toml(r#"
    ///     by = "team"
    ///     use = { red = "old", blue = "always" }
    ///     [calendar.old]
    ///     zone = "UTC"
    ///     valid = { first = 1970-01-01, last = 1970-12-31 }
    ///     hours = { thu = ["09:00-17:00"] }
    ///     [calendar.always]
    ///     zone = "UTC"
    ///     hours = { thu = ["00:00-24:00"] }
    /// "#)?;
    /// let ruler = Ruler::working(&calendars);
    /// let at = |text| Instant::parse(text, None).map(|stamp| stamp.instant);
    /// let (from, to) = (at("1970-12-01T00:00:00Z")?, at("1971-02-01T00:00:00Z")?);
    /// assert!(ruler.check_of(Some("blue"), from, to).is_ok());
    /// assert!(ruler.check_of(Some("red"), from, to).unwrap_err().to_string().starts_with("the calendar old is valid from"));
    /// # Ok::<(), streamgauge::Error>(())
    /// ```
    pub fn check_of(&self, value: Option<&str>, from: Instant, to: Instant) -> Result<()> {
        self.calendar_of(value).map_or(Ok(()), |calendar| self.check_in(calendar, from, to))
    }

    /// Refuses `[from, to)` where it leaves the validity of one calendar.
    pub(crate) fn check_in(&self, calendar: u16, from: Instant, to: Instant) -> Result<()> {
        let Reading::Working(working) = &self.0 else { return Ok(()) };
        let place = usize::from(calendar);
        match working.valid.get(place) {
            Some(valid) if from < valid.0 || to > valid.1 => Err(working.outside(place, from, to)),
            _ => Ok(()),
        }
    }
}

impl Working {
    fn outside(&self, place: usize, from: Instant, to: Instant) -> Error {
        let named = self.calendars.field().and_then(|_| self.calendars.names().get(place).copied());
        let valid = |days: &WorkingDays| format!("{} to {} ({})", days.first, days.last, days.zone);
        Error::OutsideCalendar {
            calendar: named.unwrap_or_default().to_owned(),
            valid: self.calendars.days().nth(place).map(valid).unwrap_or_default(),
            from: from.to_string(),
            to: to.to_string(),
        }
    }
}
