//! An IANA time zone: where days, weeks and months are cut.

use std::fmt;

use chrono::{LocalResult, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeZone};
use chrono_tz::{GapInfo, TZ_VARIANTS, Tz};

use super::{Instant, Stamp};
use crate::error::{Error, Result, nearest};

pub(super) const SECOND_US: i64 = 1_000_000;
pub(super) const DAY_US: i64 = 86_400 * SECOND_US;

/// An IANA time zone.
///
/// ```
/// use streamgauge::Zone;
///
/// assert_eq!(Zone::named("Asia/Seoul")?.name(), "Asia/Seoul");
/// assert_eq!(Zone::UTC.name(), "UTC");
/// # Ok::<(), streamgauge::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Zone(Tz);

impl Zone {
    /// Coordinated Universal Time.
    pub const UTC: Self = Self(Tz::UTC);

    /// The zone of that name in the IANA database.
    ///
    /// # Errors
    /// [`Error::UnknownZone`], with the nearest name.
    pub fn named(name: &str) -> Result<Self> {
        name.parse().map(Self).map_err(|_| Error::UnknownZone {
            zone: name.to_owned(),
            hint: nearest(name, TZ_VARIANTS.iter().map(|zone| zone.name())),
        })
    }

    /// The zone's name.
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// The instant at which this zone's clock showed `local`.
    pub(crate) fn stamp_from_local(self, local: NaiveDateTime) -> Stamp {
        let (micros, guessed) = match self.0.from_local_datetime(&local) {
            LocalResult::Single(at) => (at.timestamp_micros(), false),
            LocalResult::Ambiguous(earlier, _) => (earlier.timestamp_micros(), true),
            LocalResult::None => (self.past_gap(local), true),
        };
        Stamp { instant: Instant(micros), guessed }
    }

    /// The instant at which this zone's clock showed the local time that lies `micros` after 1970-01-01T00:00:00; `None` outside the
    /// years 1 to 9999.
    ///
    /// A local time that exists twice is the earlier; one that does not exist is read with the offset before the gap.
    ///
    /// ```
    /// use streamgauge::Zone;
    ///
    /// let local = 1_714_555_800_000_000; // 2024-05-01T09:30:00
    /// let stamp = Zone::named("Europe/Berlin")?.stamp_from_local_micros(local);
    /// assert_eq!(stamp.map(|stamp| stamp.instant.to_string()).as_deref(), Some("2024-05-01T07:30:00Z"));
    /// assert_eq!(Zone::UTC.stamp_from_local_micros(i64::MAX), None);
    /// # Ok::<(), streamgauge::Error>(())
    /// ```
    pub fn stamp_from_local_micros(self, micros: i64) -> Option<Stamp> {
        if !(Instant::YEAR_1.0..Instant::YEAR_10000.0).contains(&micros) {
            return None;
        }
        chrono::DateTime::from_timestamp_micros(micros).map(|local| self.stamp_from_local(local.naive_utc()))
    }

    /// The first instant of a date. A date that has no midnight begins at its first instant; one that does not exist
    /// at all begins where the next one does.
    pub(crate) fn start_of(self, date: NaiveDate) -> Instant {
        let midnight = date.and_time(NaiveTime::MIN);
        let micros = match self.0.from_local_datetime(&midnight) {
            LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => at.timestamp_micros(),
            LocalResult::None => GapInfo::new(&midnight, &self.0)
                .and_then(|gap| gap.end)
                .map_or_else(|| midnight.and_utc().timestamp_micros(), |end| end.timestamp_micros()),
        };
        Instant(micros)
    }

    /// The date this zone's calendar showed at an instant; far outside the years 1 to 9999 it is the nearest that is not.
    pub(crate) fn date_at(self, at: Instant) -> NaiveDate {
        chrono::DateTime::from_timestamp_micros(self.near(at).0)
            .map_or(NaiveDate::MIN, |utc| utc.with_timezone(&self.0).date_naive())
    }

    /// The nearest instant that this zone's clock may show in the years 1 to 9999.
    pub(super) fn near(self, at: Instant) -> Instant {
        // A day more on either side, as offsets shift the ends; conversions that are not checked stay far from where they would panic.
        Instant(at.0.clamp(Instant::YEAR_1.0 - DAY_US, Instant::YEAR_10000.0 + DAY_US))
    }

    /// An instant in `(from, to]` at which this zone's clock is set, if it is ahead of UTC by other amounts at both ends, µs.
    pub(super) fn change_within(self, from: i64, to: i64) -> Option<i64> {
        let (mut before, mut after) = (from.div_euclid(SECOND_US), to.div_euclid(SECOND_US));
        let now = self.offset_at(after);
        if self.offset_at(before) == now {
            return None;
        }
        while after - before > 1 {
            let middle = before + (after - before) / 2;
            if self.offset_at(middle) == now { after = middle } else { before = middle }
        }
        Some(after * SECOND_US)
    }

    /// How many dates this zone's calendar shows from one instant to another, both ends included.
    pub(crate) fn days_inclusive(self, from: Instant, to: Instant) -> i64 {
        self.date_at(to).signed_duration_since(self.date_at(from)).num_days() + 1
    }

    /// How far this zone's clock was ahead of UTC, in seconds, at a second counted from 1970.
    pub(super) fn offset_at(self, second: i64) -> i32 {
        let utc = chrono::DateTime::from_timestamp(second, 0).unwrap_or_default().naive_utc();
        self.0.offset_from_utc_datetime(&utc).fix().local_minus_utc()
    }

    /// A local time inside a gap, read with the offset that was in force before it.
    fn past_gap(self, local: NaiveDateTime) -> i64 {
        let offset = GapInfo::new(&local, &self.0)
            .and_then(|gap| gap.begin)
            .map_or(0, |(_, offset)| offset.fix().local_minus_utc());
        local.and_utc().timestamp_micros() - i64::from(offset) * 1_000_000
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn instants_of_any_size() {
        for zone in ["Asia/Seoul", "America/New_York", "UTC"].map(|name| Zone::named(name).unwrap()) {
            let last = chrono::DateTime::<chrono::Utc>::MAX_UTC.timestamp_micros();
            for at in [i64::MIN, Instant::YEAR_1.0, Instant::YEAR_10000.0, last, i64::MAX] {
                let year = zone.date_at(Instant(at)).format("%Y").to_string();
                let nearest = if at < 0 { ["-0001", "0000", "0001"] } else { ["9999", "10000", "+10000"] };
                assert!(nearest.contains(&year.as_str()), "{at} in {zone}: {year}");
                assert_eq!(zone.stamp_from_local_micros(at).is_some(), at == Instant::YEAR_1.0);
            }
        }
    }

    #[test]
    fn days_without_midnight_and_days_that_are_not() {
        let sao_paulo = Zone::named("America/Sao_Paulo").unwrap();
        assert_eq!(sao_paulo.start_of(day("2018-11-04")).to_string(), "2018-11-04T03:00:00Z");
        let apia = Zone::named("Pacific/Apia").unwrap();
        assert_eq!(apia.start_of(day("2011-12-30")), apia.start_of(day("2011-12-31")));
        assert_eq!(apia.start_of(day("2011-12-31")).to_string(), "2011-12-30T10:00:00Z");
    }
}
