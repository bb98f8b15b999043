//! Full hours on a zone's clock, also where the clock is set by a part of an hour.

use super::zone::SECOND_US;
use super::{Instant, Zone};

const HOUR_US: i64 = 3_600 * SECOND_US;

/// The last instant at or before `at` at which the zone's clock showed a full hour; far outside the years 1 to 9999 the nearest that is not.
pub(super) fn hour_at(at: Instant, zone: Zone) -> Instant {
    let mut at = zone.near(at).0;
    loop {
        let full = at - past_full_hour(at, zone);
        match zone.change_within(full, at) {
            None => return Instant(full),
            // Before the change the clock showed other minutes.
            Some(change) => at = change - 1,
        }
    }
}

/// The first instant after a full hour at which the zone's clock shows one again.
pub(super) fn hour_after(hour: Instant, zone: Zone) -> Instant {
    let mut at = hour.0;
    loop {
        let full = at + HOUR_US - past_full_hour(at, zone);
        match zone.change_within(at, full) {
            None => return Instant(full),
            Some(change) if past_full_hour(change, zone) == 0 => return Instant(change),
            Some(change) => at = change,
        }
    }
}

/// For how long the zone's clock, as it is set at `at`, has shown more than a full hour, µs.
fn past_full_hour(at: i64, zone: Zone) -> i64 {
    let offset = zone.offset_at(at.div_euclid(SECOND_US));
    (at + i64::from(offset) * SECOND_US).rem_euclid(HOUR_US)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{Cut, Every, Period};

    #[test]
    fn an_hour_is_the_same_whoever_asks() {
        let at = |text: String| Instant::parse(&text, None).unwrap().instant;
        for (zone, days) in [
            ("Australia/Lord_Howe", ["2024-04-06", "2024-10-05"]),
            ("America/St_Johns", ["2011-03-13", "2011-11-06"]),
            ("Asia/Pyongyang", ["2015-08-14", "2018-05-04"]),
            ("America/Caracas", ["2007-12-09", "2016-05-01"]),
            ("Africa/Monrovia", ["1972-01-07", "1972-01-06"]),
            ("Europe/Berlin", ["2024-03-31", "2024-10-27"]),
        ] {
            let cut = Cut { zone: Zone::named(zone).unwrap(), fiscal_year_start: 1 };
            for day in days {
                let first = at(format!("{day}T00:00:00Z")).0 - 24 * HOUR_US;
                let mut hour = Period::holding(Instant(first), Every::Hour, cut);
                for x in (first..first + 72 * HOUR_US).step_by(150 * SECOND_US as usize) {
                    while hour.end().0 <= x {
                        let next = hour.next();
                        assert_eq!((next.previous(), hour.end()), (hour, next.start()), "{zone}, {hour}");
                        hour = next;
                    }
                    for x in [x, x + 1, hour.end().0 - 1] {
                        assert_eq!(Period::holding(Instant(x), Every::Hour, cut), hour, "{zone}, {}", Instant(x));
                    }
                }
            }
        }
    }

    #[test]
    fn hours_of_any_instant() {
        for zone in ["UTC", "Asia/Kolkata", "Australia/Lord_Howe"] {
            let cut = Cut { zone: Zone::named(zone).unwrap(), fiscal_year_start: 1 };
            for at in [i64::MIN, Instant::YEAR_1.0, Instant::YEAR_10000.0, i64::MAX] {
                let hour = Period::holding(Instant(at), Every::Hour, cut);
                assert!(hour.previous().start() <= hour.start() && hour.start() <= hour.end());
            }
        }
    }
}
