//! Working time is exact: the compiled ruler beside a walk minute by minute, around every change of every zone's clock.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use chrono::{DateTime, Datelike, Days, NaiveDate, Offset, TimeZone, Timelike};
use chrono_tz::{TZ_VARIANTS, Tz};
use rayon::prelude::*;
use streamgauge::{Calendars, Instant, Ruler};

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const DAY: i64 = 1_440 * MINUTE;

/// The first instants of 1970 and of 2038.
const YEARS: (i64, i64) = (0, 2_145_916_800 * SECOND);
const COMPARISONS: usize = 1_000_000;
const CALENDARS_OF_A_ZONE: usize = 6;
const AROUND_A_CHANGE: usize = 12;

/// Numbers as good as random, the same in every run.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, n: i64) -> i64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (((z ^ (z >> 31)) >> 1) % n as u64) as i64
    }

    /// From a microsecond to three days; short ones as likely as long ones. Some in whole minutes, some not.
    fn length(&mut self) -> i64 {
        let most = MINUTE << self.below(13);
        let length = 1 + self.below(most.min(3 * DAY));
        if self.below(2) == 0 { (length / MINUTE).max(1) * MINUTE } else { length }
    }
}

/// Minutes of a day, `(from, to)`; past 1,440 on the next day.
type Hours = Vec<(i64, i64)>;

/// A calendar as the walk knows it.
pub(crate) struct Plain {
    pub(crate) zone: Tz,
    first: NaiveDate,
    last: NaiveDate,
    week: [Hours; 7],
    special: BTreeMap<NaiveDate, Hours>,
}

impl Plain {
    /// A calendar of one of six shapes; some of its holidays and exceptions stand beside changes of the clock.
    pub(crate) fn rolled(zone: Tz, shape: usize, changes: &[i64], dice: &mut Dice) -> Self {
        let date = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap();
        let mut week: [Hours; 7] = Default::default();
        for (day, hours) in week.iter_mut().enumerate() {
            *hours = match shape {
                0 if day < 5 => vec![(540, 720), (780, 1_020)],
                1 => vec![(1_320, 1_800)],
                2 => vec![(0, 1_440)],
                0 => vec![],
                _ => Self::rolled_hours(dice),
            };
        }
        // Something is always open, and nothing on the next day begins before a night is over.
        if week.iter().all(Vec::is_empty) {
            week[2] = vec![(DAWN, 1_440)];
        }
        let mut special = BTreeMap::new();
        let some_dates = |dice: &mut Dice| match changes {
            [] => date(1970, 1, 5) + Days::new(dice.below(24_000) as u64),
            _ => {
                let at = changes[dice.below(changes.len() as i64) as usize] + (dice.below(5) - 2) * DAY / 2;
                local(zone, at).0.clamp(date(1970, 1, 2), date(2037, 12, 30))
            }
        };
        for _ in 0..if shape == 2 { 0 } else { 60 } {
            let hours = if dice.below(2) == 0 { vec![] } else { Self::rolled_hours(dice) };
            special.insert(some_dates(dice), hours);
        }
        Self { zone, first: date(1970, 1, 1), last: date(2037, 12, 31), week, special }
    }

    /// Up to four spans after dawn, the last perhaps until the next dawn.
    fn rolled_hours(dice: &mut Dice) -> Hours {
        let mut cuts: Vec<i64> = (0..2 * dice.below(5)).map(|_| DAWN + dice.below(1_440 - DAWN)).collect();
        cuts.sort_unstable();
        cuts.dedup();
        let mut hours: Hours = cuts.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
        if let (Some(last), 0) = (hours.last_mut(), dice.below(3)) {
            last.1 = 1_441 + dice.below(DAWN);
        }
        hours
    }

    pub(crate) fn toml(&self) -> String {
        let list = |hours: &Hours| {
            let clock = |minute: i64| format!("{:02}:{:02}", minute / 60, minute % 60);
            let each = hours.iter().map(|&(from, to)| match to {
                ..=1_440 => format!("\"{}-{}\"", clock(from), clock(to)),
                _ => format!("\"{}-{}+1\"", clock(from), clock(to - 1_440)),
            });
            format!("[{}]", each.collect::<Vec<_>>().join(", "))
        };
        let mut text = format!("zone = \"{}\"\n", self.zone.name());
        writeln!(text, "valid = {{ first = {}, last = {} }}\n[hours]", self.first, self.last).unwrap();
        for (day, hours) in ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].iter().zip(&self.week) {
            writeln!(text, "{day} = {}", list(hours)).unwrap();
        }
        for (date, hours) in &self.special {
            match hours.as_slice() {
                [] => writeln!(text, "[[holiday]]\ndate = {date}").unwrap(),
                _ => writeln!(text, "[[exception]]\ndate = {date}\nhours = {}", list(hours)).unwrap(),
            }
        }
        text
    }

    pub(crate) fn ruler(&self) -> Ruler {
        let text = self.toml();
        Ruler::working(&Calendars::from_toml(&text).unwrap_or_else(|error| panic!("{error}\n{text}")))
    }

    fn hours_on(&self, date: NaiveDate) -> &[(i64, i64)] {
        if date < self.first || self.last < date {
            return &[];
        }
        self.special.get(&date).unwrap_or_else(|| &self.week[date.weekday().num_days_from_monday() as usize])
    }

    /// Whether people work while the wall shows this minute of this date.
    fn is_open(&self, date: NaiveDate, minute: i64) -> bool {
        let holds = |date, minute| self.hours_on(date).iter().any(|&(from, to)| from <= minute && minute < to);
        date <= self.last && (holds(date, minute) || holds(date.pred_opt().unwrap(), minute + 1_440))
    }

    /// Working µs in `[a, b)`: minute by minute, or by seconds where a minute on the wall is not one of UTC.
    pub(crate) fn walked(&self, a: i64, b: i64) -> i64 {
        let (mut total, mut at) = (0, a.div_euclid(MINUTE) * MINUTE);
        let (mut now, mut date, mut minute) = shown(self.zone, at);
        while at < b {
            let next = at + MINUTE;
            let (after, next_date, next_minute) = shown(self.zone, next);
            let step = if now == after && now % 60 == 0 { MINUTE } else { SECOND };
            if step == MINUTE {
                total += if self.is_open(date, minute) { next.min(b) - at.max(a) } else { 0 };
            } else {
                for second in (at..next).step_by(SECOND as usize) {
                    let (_, date, minute) = shown(self.zone, second);
                    let inside = (second + SECOND).min(b) - second.max(a);
                    total += if self.is_open(date, minute) { inside.max(0) } else { 0 };
                }
            }
            (at, now, date, minute) = (next, after, next_date, next_minute);
        }
        total
    }
}

/// No day's hours begin before it, and no night ends after it.
const DAWN: i64 = 360;

/// The offset, date and minute of the day that the wall of a zone shows at an instant.
fn shown(zone: Tz, at: i64) -> (i32, NaiveDate, i64) {
    let (date, minute, offset) = local(zone, at);
    (offset, date, minute)
}

fn local(zone: Tz, at: i64) -> (NaiveDate, i64, i32) {
    let local = zone.from_utc_datetime(&DateTime::from_timestamp_micros(at).unwrap().naive_utc());
    let time = local.naive_local();
    (time.date(), i64::from(time.hour() * 60 + time.minute()), local.offset().fix().local_minus_utc())
}

/// Every instant in the years at which a zone's clock is moved, looked for in steps of three hours.
pub(crate) fn changes(zone: Tz) -> Vec<i64> {
    let offset = |at: i64| local(zone, at).2;
    let mut found = Vec::new();
    let (mut at, step) = (YEARS.0, 180 * MINUTE);
    while at < YEARS.1 {
        let (mut same, mut other) = (at, at + step);
        if offset(same) != offset(other) {
            while other - same > SECOND {
                let middle = same + (other - same) / SECOND / 2 * SECOND;
                if offset(middle) == offset(at) { same = middle } else { other = middle }
            }
            found.push(other);
        }
        at += step;
    }
    found
}

/// Compares one length and says how many minutes were walked.
fn compare(plain: &Plain, ruler: &Ruler, a: i64, b: i64) -> i64 {
    let (fast, slow) = (ruler.span(a, b), plain.walked(a, b));
    assert_eq!(fast, slow, "[{}, {}) by\n{}", Instant(a), Instant(b), plain.toml());
    (b - a) / MINUTE
}

#[test]
fn equal_to_a_walk_minute_by_minute() {
    let zones: Vec<_> = TZ_VARIANTS.par_iter().map(|zone| (*zone, changes(*zone))).collect();
    let n_changes: usize = zones.iter().map(|(_, changes)| changes.len()).sum();
    let anywhere = COMPARISONS.saturating_sub(n_changes * AROUND_A_CHANGE).div_ceil(zones.len());
    let done = zones.par_iter().enumerate().map(|(seed, (zone, changes))| {
        let mut dice = Dice(seed as u64);
        let calendars: Vec<_> = (0..CALENDARS_OF_A_ZONE)
            .map(|shape| Plain::rolled(*zone, shape, changes, &mut dice))
            .map(|plain| (plain.ruler(), plain))
            .collect();
        let around = changes.iter().flat_map(|at| [Some(*at); AROUND_A_CHANGE]);
        let (mut n, mut minutes) = (0, 0);
        for (turn, change) in around.chain(std::iter::repeat_n(None, anywhere)).enumerate() {
            let (ruler, plain) = &calendars[(turn + turn / AROUND_A_CHANGE) % CALENDARS_OF_A_ZONE];
            let (a, b) = match change {
                // From the change itself, up to it, and across it.
                Some(at) if turn % 4 == 0 => (at, at + dice.length()),
                Some(at) if turn % 4 == 1 => (at - dice.length(), at),
                Some(at) => (at - dice.length(), at + dice.length()),
                None => {
                    let a = YEARS.0 + dice.below(YEARS.1 - YEARS.0 - 4 * DAY);
                    (a, a + dice.length())
                }
            };
            minutes += compare(plain, ruler, a, b);
            n += 1;
        }
        (n, minutes)
    });
    let (n, minutes) = done.reduce(|| (0, 0), |one, two| (one.0 + two.0, one.1 + two.1));
    let (n_zones, n_calendars) = (zones.len(), zones.len() * CALENDARS_OF_A_ZONE);
    eprintln!(
        "working time: {n} comparisons, {minutes} minutes walked; {n_zones} zones, {n_changes} changes of their clocks, {n_calendars} calendars"
    );
    assert!(n >= COMPARISONS && n_changes > 30_000 && n_zones > 500);
}
