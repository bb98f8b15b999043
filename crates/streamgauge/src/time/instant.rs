//! A moment: whole microseconds since 1970-01-01T00:00:00Z.

use std::fmt;
use std::sync::LazyLock;

use chrono::format::{Item, ParseResult, Parsed, StrftimeItems, parse};
use chrono::{DateTime, NaiveDateTime, SecondsFormat};

use super::Zone;
use crate::error::{Error, Result};

/// A moment in time, in whole microseconds since the epoch, UTC.
///
/// ```
/// use streamgauge::Instant;
///
/// let at = Instant::parse("2014-01-06T06:23:45.841+0000", None)?.instant;
/// assert_eq!(at.to_string(), "2014-01-06T06:23:45.841Z");
/// assert_eq!(at, Instant(1_388_989_425_841_000));
/// # Ok::<(), streamgauge::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(pub i64);

/// What a stamp was read as.
///
/// ```
/// use streamgauge::{Instant, Zone};
///
/// // The clocks of Berlin showed this time twice.
/// let stamp = Instant::parse("2024-10-27 02:30:00", Some(Zone::named("Europe/Berlin")?))?;
/// assert!(stamp.guessed);
/// assert_eq!(stamp.instant.to_string(), "2024-10-27T00:30:00Z");
/// # Ok::<(), streamgauge::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// The moment.
    pub instant: Instant,
    /// True where the zone's clock showed that local time twice or never, so that a rule had to choose.
    pub guessed: bool,
}

/// A form of stamps, taken apart once and not for each stamp.
type Form = Vec<Item<'static>>;

static WITH_OFFSET: LazyLock<[Form; 6]> = LazyLock::new(|| {
    let forms = [
        "%Y-%m-%dT%H:%M:%S%.f%#z",
        "%Y-%m-%d %H:%M:%S%.f%#z",
        "%Y-%m-%d %H:%M:%S%.f %#z",
        "%Y-%m-%dT%H:%M%#z",
        "%Y-%m-%d %H:%M%#z",
        "%Y-%m-%d %H:%M %#z",
    ];
    forms.map(|form| StrftimeItems::new(form).collect())
});
static NAIVE: LazyLock<[Form; 4]> = LazyLock::new(|| {
    let forms = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"];
    forms.map(|form| StrftimeItems::new(form).collect())
});
static DATE: LazyLock<[Form; 1]> = LazyLock::new(|| [StrftimeItems::new("%Y-%m-%d").collect()]);

/// What a text is in the first of some forms in which it is anything.
fn read<T>(text: &str, forms: &[Form], what: impl Fn(&Parsed) -> ParseResult<T>) -> Option<T> {
    forms.iter().find_map(|form| {
        let mut parsed = Parsed::new();
        parse(&mut parsed, text, form.iter()).and_then(|()| what(&parsed)).ok()
    })
}

impl Instant {
    /// The first instant of 1970: events before it are implausible.
    pub const PLAUSIBLE_FROM: Self = Self(0);
    /// The first instant of 2100: events at or after it are implausible.
    pub const PLAUSIBLE_UNTIL: Self = Self(4_102_444_800_000_000);

    /// The first instant of the year 1: windows begin there at the earliest.
    pub(crate) const YEAR_1: Self = Self(-62_135_596_800_000_000);
    /// The first instant of the year 10000: windows end there at the latest.
    pub(crate) const YEAR_10000: Self = Self(253_402_300_800_000_000);

    /// Reads a stamp: RFC 3339, an offset without a colon, a blank for the `T`, no seconds, or a date alone (its
    /// first instant).
    ///
    /// `naive` is the zone whose clock a stamp without an offset was read from. A local time that exists twice is the
    /// earlier; one that does not exist is read with the offset before the gap.
    ///
    /// # Errors
    /// [`Error::Stamp`] if the text is no stamp, has a year outside 1 to 9999 (of four digits), or has no offset while `naive` is
    /// `None`.
    pub fn parse(text: &str, naive: Option<Zone>) -> Result<Stamp> {
        let text = text.trim();
        let wrong = |reason: &str| Error::Stamp { value: shortened(text), reason: reason.to_owned() };
        let no_instant = || wrong("is no instant; RFC 3339 is, such as 2024-05-01T09:30:00Z");
        match text.split_at_checked(4) {
            Some(("0000", _)) => return Err(wrong("lies outside the years 1 to 9999")),
            Some((year, rest)) if year.bytes().all(|b| b.is_ascii_digit()) && rest.starts_with('-') => {}
            _ => return Err(no_instant()),
        }
        let sure = |micros| Stamp { instant: Self(micros), guessed: false };
        if let Ok(at) = DateTime::parse_from_rfc3339(text) {
            return Ok(sure(at.timestamp_micros()));
        }
        if let Some(at) = read(text, &*WITH_OFFSET, Parsed::to_datetime) {
            return Ok(sure(at.timestamp_micros()));
        }
        let local = read(text, &*NAIVE, |parsed| parsed.to_naive_datetime_with_offset(0))
            .or_else(|| read(text, &*DATE, Parsed::to_naive_date).map(NaiveDateTime::from))
            .ok_or_else(no_instant)?;
        match naive {
            Some(zone) => Ok(zone.stamp_from_local(local)),
            None => Err(wrong("has no offset from UTC; declare the zone it was written in, such as Europe/Berlin")),
        }
    }

    /// The instant of a number of `units_per_second` counted from the epoch; sub-microseconds are cut off downwards.
    ///
    /// `None` where the result does not fit.
    pub(crate) fn from_units(count: i64, units_per_second: i64) -> Option<Self> {
        match units_per_second {
            1_000_000 => Some(Self(count)),
            n if n < 1_000_000 => count.checked_mul(1_000_000 / n).map(Self),
            n => Some(Self(count.div_euclid(n / 1_000_000))),
        }
    }

    /// Whether an event may plausibly have happened then: from 1970 up to 2100.
    pub const fn is_plausible(self) -> bool {
        Self::PLAUSIBLE_FROM.0 <= self.0 && self.0 < Self::PLAUSIBLE_UNTIL.0
    }

    /// Whether all of many are, given in µs. What lies outside has a sign in one of the two differences, also where that one overflows.
    pub(crate) fn are_plausible(at: &[i64]) -> bool {
        let (from, last) = (Self::PLAUSIBLE_FROM.0, Self::PLAUSIBLE_UNTIL.0 - 1);
        at.iter().fold(0, |signs, &at| signs | at.wrapping_sub(from) | last.wrapping_sub(at)) >= 0
    }
}

/// RFC 3339 with `Z`, with fractions only where there are some.
impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match DateTime::from_timestamp_micros(self.0) {
            Some(at) => f.write_str(&at.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
            None => write!(f, "{}us", self.0),
        }
    }
}

/// Enough of a text to recognise it by.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_one_instant() {
        for text in [
            "2014-01-06T06:23:45Z",
            "2014-01-06T06:23:45+0000",
            "2014-01-06 06:23:45+00:00",
            "2014-01-06T15:23:45+09:00",
            "2014-01-06T06:23:45-00:00",
            "2014-01-06 06:23:45 +0000",
        ] {
            assert_eq!(Instant::parse(text, None).unwrap().instant, Instant(1_388_989_425_000_000), "{text}");
        }
        for text in ["2024-05-01T09:30Z", "2024-05-01 11:30+02:00", "2024-05-01T11:30+0200", "2024-05-01 09:30 +0000"] {
            assert_eq!(Instant::parse(text, None).unwrap().instant.to_string(), "2024-05-01T09:30:00Z", "{text}");
        }
    }

    #[test]
    fn local_times() {
        let berlin = Zone::named("Europe/Berlin").unwrap();
        let twice = Instant::parse("2024-10-27 02:30:00", Some(berlin)).unwrap();
        assert!(twice.guessed);
        assert_eq!(twice.instant.to_string(), "2024-10-27T00:30:00Z");
        let never = Instant::parse("2024-03-31T02:30", Some(berlin)).unwrap();
        assert!(never.guessed);
        assert_eq!(never.instant.to_string(), "2024-03-31T01:30:00Z");
        let date = Instant::parse("2024-03-31", Some(berlin)).unwrap();
        assert_eq!((date.guessed, date.instant.to_string().as_str()), (false, "2024-03-30T23:00:00Z"));
    }

    #[test]
    fn the_years_1_to_9999() {
        let read = |text| Instant::parse(text, None).map(|stamp| stamp.instant);
        assert_eq!(read("0001-01-01T00:00:00Z"), Ok(Instant::YEAR_1));
        assert_eq!(read("9999-12-31T23:59:59.999999Z"), Ok(Instant(Instant::YEAR_10000.0 - 1)));
        for text in ["+262142-12-31T23:59:59Z", "+2024-05-01", "-0001-05-01", "12024-05-01", "0000-05-01", "24-05-01"] {
            assert!(Instant::parse(text, Some(Zone::UTC)).is_err(), "{text}");
        }
        let error = Instant::parse("0000-05-01", Some(Zone::UTC)).unwrap_err().to_string();
        assert!(error.contains("years 1 to 9999"), "{error}");
    }

    #[test]
    fn one_implausible_of_many() {
        let (first, last) = (Instant::PLAUSIBLE_FROM.0, Instant::PLAUSIBLE_UNTIL.0 - 1);
        assert!(Instant::are_plausible(&[]) && Instant::are_plausible(&[first, 5, last]));
        let far = [i64::MIN, i64::MIN + 1, -last, first - 1, last + 1, i64::MAX - 1, i64::MAX];
        for odd in far.into_iter().chain((0..63).flat_map(|bit| [-1 << bit, i64::MAX - (1 << bit)])) {
            let (is_plausible, at) = (Instant(odd).is_plausible(), [first, odd, last]);
            assert_eq!(Instant::are_plausible(&at), is_plausible, "{odd}");
        }
    }

    #[test]
    fn refused() {
        for text in ["", "yesterday", "2024-13-01T00:00:00Z", "1714554000", "7.6.2025 14:59:28"] {
            assert!(Instant::parse(text, Some(Zone::UTC)).is_err(), "{text}");
        }
        let error = Instant::parse("2024-05-01T09:30:00", None).unwrap_err().to_string();
        assert!(error.contains("has no offset"), "{error}");
    }
}
