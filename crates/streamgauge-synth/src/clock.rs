//! When things happen: arrivals that drift, and people who work on weekdays.
//!
//! Days and hours are those of UTC and are counted in integers; no calendar and no locale takes part.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::spec::{DAY_US, HOUR_US};

/// From when to when people work, in µs of the day.
const OPEN_US: i64 = 8 * HOUR_US;
const CLOSE_US: i64 = 18 * HOUR_US;

/// 1970-01-05, the first Monday.
const MONDAY_US: i64 = 4 * DAY_US;

/// The day of the week of a day since the epoch, which was a Thursday: 0 is Monday.
pub(crate) const fn weekday(day: i64) -> i64 {
    (day + 3).rem_euclid(7)
}

/// The moment when somebody gets round to what is due `span` after `at`.
///
/// A share `off_hours` is done at that moment, whatever day and hour it is. For the others only weekdays count, and what is due at night is
/// done on the next working day.
pub(crate) fn settle(rng: &mut ChaCha8Rng, at: i64, span: i64, off_hours: f64) -> i64 {
    if rng.random::<f64>() < off_hours {
        return at.saturating_add(span);
    }
    let due = from_working(to_working(at).saturating_add(span));
    let (day, time) = (due.div_euclid(DAY_US), due.rem_euclid(DAY_US));
    if (OPEN_US..CLOSE_US).contains(&time) {
        return due;
    }
    let mut day = if time < OPEN_US { day } else { day + 1 };
    while weekday(day) >= 5 {
        day += 1;
    }
    // The mean of two draws: most of it around 13 o'clock.
    let share = f64::midpoint(rng.random::<f64>(), rng.random::<f64>());
    day * DAY_US + OPEN_US + (share * (CLOSE_US - OPEN_US) as f64) as i64
}

/// The moment at or after `at` when somebody notes what came up then: weekends are noted on any day of the week that follows.
pub(crate) fn noted(rng: &mut ChaCha8Rng, at: i64, off_hours: f64) -> i64 {
    let late = match weekday(at.div_euclid(DAY_US)) {
        5 | 6 => rng.random_range(0..5) * DAY_US,
        _ => 0,
    };
    settle(rng, at, late, off_hours)
}

/// Time as if there were no weekends: five days a week since a Monday. A weekend is the instant at which its Monday begins.
const fn to_working(at: i64) -> i64 {
    let since = at - MONDAY_US;
    let (week, rest) = (since.div_euclid(7 * DAY_US), since.rem_euclid(7 * DAY_US));
    week * 5 * DAY_US + if rest < 5 * DAY_US { rest } else { 5 * DAY_US }
}

/// The inverse of [`to_working`].
const fn from_working(at: i64) -> i64 {
    let (week, rest) = (at.div_euclid(5 * DAY_US), at.rem_euclid(5 * DAY_US));
    week * 7 * DAY_US + rest + MONDAY_US
}

/// The share of the time that has passed when a share `y` of the arrivals have come, while their rate grows by the factor `1 + drift`.
///
/// The rate is `1 + drift·x`; this is the inverse of its integral. It grows with `y`, so items arrive in the order of their numbers.
pub(crate) fn arrival(y: f64, drift: f64) -> f64 {
    if drift < 1e-9 {
        return y;
    }
    ((1.0 + 2.0 * drift * y * (1.0 + drift / 2.0)).sqrt() - 1.0) / drift
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn nights_and_weekends_move_to_the_next_working_day() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let monday = 19_359;
        assert_eq!(weekday(monday), 0);
        let hour = |day: i64, hour: i64| (monday + day) * DAY_US + hour * HOUR_US;
        assert_eq!(settle(&mut rng, hour(0, 12), 0, 0.0), hour(0, 12));
        // From Friday noon, one day on is Monday noon, and six days on is Monday noon a week later.
        assert_eq!(settle(&mut rng, hour(4, 12), DAY_US, 0.0), hour(7, 12));
        assert_eq!(settle(&mut rng, hour(4, 12), 6 * DAY_US, 0.0), hour(14, 12));
        for (at, day) in [(hour(0, 0), 0), (hour(0, 19), 1), (hour(4, 20), 7), (hour(5, 12), 7), (hour(6, 23), 7)] {
            let settled = settle(&mut rng, at, 0, 0.0);
            assert_eq!(settled.div_euclid(DAY_US), monday + day);
            assert!((OPEN_US..CLOSE_US).contains(&settled.rem_euclid(DAY_US)));
            assert_eq!(settle(&mut rng, at, DAY_US, 1.0), at + DAY_US);
            assert!(noted(&mut rng, at, 0.0) >= at);
        }
    }

    #[test]
    fn arrivals_cover_the_time_and_drift() {
        for drift in [0.0, 0.5, 3.0] {
            assert!(arrival(0.0, drift).abs() < 1e-12);
            assert!((arrival(1.0, drift) - 1.0).abs() < 1e-12);
        }
        // Rate 1 + 2x: a quarter plus a quarter of a half of 2 have come at half time.
        assert!((arrival(0.375, 2.0) - 0.5).abs() < 1e-12);
    }
}
