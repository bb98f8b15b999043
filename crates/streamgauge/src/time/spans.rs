//! Working time compiled: spans of UTC with prefix sums, so that a length is a difference of two numbers.
//!
//! Working time before an instant is a function that never falls, and every length is a difference of two of its values. So lengths
//! are additive and monotone by construction.

use super::hours::DAY_MIN;
use super::working_days::WorkingDays;
use super::zone::{DAY_US, SECOND_US};

const MINUTE_US: i64 = 60 * SECOND_US;

/// Further than the clocks of any zone are from UTC.
const MOST_OFFSET_US: i64 = 2 * DAY_US;

/// Working time as spans of UTC in order of time, none of which touch.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Spans {
    /// Each span's first instant and the working time before it; at the end the sum of all, at an instant that never comes.
    spans: Vec<(i64, i64)>,
    /// The first instant after the last span.
    end: i64,
    /// For each stretch of `1 << shift` µs from the first span on: the last span that begins at or before its first instant.
    index: Vec<u32>,
    shift: u32,
}

impl Spans {
    /// The working time of a calendar, exact for any change of its zone's clock.
    pub(super) fn compile(days: &WorkingDays) -> Self {
        let wall = on_the_wall(days);
        let (Some(first), Some(last)) = (wall.first(), wall.last()) else { return Self::indexed(&[]) };
        let (from, to) = (first.0 - MOST_OFFSET_US, last.1 + MOST_OFFSET_US);
        let mut spans = Vec::with_capacity(wall.len());
        for (start, end, offset) in stretches(days, from, to) {
            // While the offset stands still, the clock on the wall is UTC, moved.
            let (start, end) = (start + offset, end + offset);
            let at = wall.partition_point(|span| span.1 <= start);
            for &(a, b) in wall[at..].iter().take_while(|span| span.0 < end) {
                push(&mut spans, a.max(start) - offset, b.min(end) - offset);
            }
        }
        Self::indexed(&spans)
    }

    fn indexed(plain: &[(i64, i64)]) -> Self {
        let (Some(&(first, _)), Some(&(_, end))) = (plain.first(), plain.last()) else {
            return Self { spans: vec![(0, 0), (i64::MAX, 0)], end: 0, index: vec![0], shift: 62 };
        };
        let mut before = 0;
        let mut spans = Vec::with_capacity(plain.len() + 1);
        for &(a, b) in plain {
            spans.push((a, before));
            before += b - a;
        }
        spans.push((i64::MAX, before));
        // About two stretches for each span: most hold none or one beginning.
        let length = ((end - first) / (2 * plain.len() as i64)).max(1);
        let shift = length.ilog2();
        let mut at = 0;
        let index = (0..=(end - first) >> shift).map(|stretch| {
            while spans[at as usize + 1].0 <= first + (stretch << shift) {
                at += 1;
            }
            at
        });
        Self { index: index.collect(), spans, end, shift }
    }

    /// Whether there is no working time at all.
    pub(super) fn is_empty(&self) -> bool {
        self.spans.iter().all(|(_, before)| *before == 0)
    }

    /// The working time before an instant, in µs.
    #[inline]
    fn before(&self, at: i64) -> i64 {
        let first = self.spans[0].0;
        let at = at.clamp(first, self.end);
        let stretch = ((at - first) >> self.shift) as usize;
        let mut span = self.index[stretch] as usize;
        if self.spans[span + 1].0 <= at {
            span += 1;
            if self.spans[span + 1].0 <= at {
                span = self.search(stretch, at);
            }
        }
        let ((start, before), (_, next)) = (self.spans[span], self.spans[span + 1]);
        (before + (at - start)).min(next)
    }

    /// The last span that begins at or before an instant, in a stretch with many beginnings.
    #[cold]
    fn search(&self, stretch: usize, at: i64) -> usize {
        let low = self.index[stretch] as usize;
        let high = self.index.get(stretch + 1).map_or(self.spans.len() - 2, |next| *next as usize);
        low + self.spans[low + 1..=high].partition_point(|span| span.0 <= at)
    }

    /// The working time in `[from, to)`, in µs; below 0 where `to` lies before `from`.
    #[inline]
    pub(super) fn between(&self, from: i64, to: i64) -> i64 {
        self.before(to) - self.before(from)
    }
}

/// The hours of all dates on a clock that never changes, in µs of that clock from 1970 on; the last night is cut at its midnight.
fn on_the_wall(days: &WorkingDays) -> Vec<(i64, i64)> {
    let midnight = |date: chrono::NaiveDate| date.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_micros();
    let until = midnight(days.last) + i64::from(DAY_MIN) * MINUTE_US;
    let mut wall = Vec::new();
    for date in days.dates() {
        let start = midnight(date);
        for hours in days.hours_on(date) {
            let to = start + i64::from(hours.to) * MINUTE_US;
            push(&mut wall, start + i64::from(hours.from) * MINUTE_US, to.min(until));
        }
    }
    wall
}

/// Puts a span behind the others; one that begins where the last ends makes it longer.
fn push(spans: &mut Vec<(i64, i64)>, start: i64, end: i64) {
    match spans.last_mut() {
        Some(last) if start <= last.1 => last.1 = last.1.max(end),
        _ => spans.push((start, end)),
    }
}

/// The stretches of `[from, to)` in which the zone's clock has one offset from UTC, with that offset; all in µs.
fn stretches(days: &WorkingDays, from: i64, to: i64) -> Vec<(i64, i64, i64)> {
    let offset = |second: i64| days.zone.offset_at(second);
    let (from, to) = (from.div_euclid(SECOND_US), to.div_euclid(SECOND_US) + 1);
    let mut found = Vec::new();
    let (mut start, mut seen, mut now) = (from, from, offset(from));
    while seen < to {
        let ahead = (seen + DAY_US / SECOND_US).min(to);
        if offset(ahead) == now {
            seen = ahead;
            continue;
        }
        // The change lies in (same, other]; a day may hold more than one, so the search goes on from there.
        let (mut same, mut other) = (seen, ahead);
        while other - same > 1 {
            let middle = same + (other - same) / 2;
            if offset(middle) == now { same = middle } else { other = middle }
        }
        found.push((start * SECOND_US, other * SECOND_US, i64::from(now) * SECOND_US));
        (start, seen, now) = (other, other, offset(other));
    }
    found.push((start * SECOND_US, to * SECOND_US, i64::from(now) * SECOND_US));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Calendars;

    fn compiled(text: &str) -> Spans {
        Spans::compile(Calendars::from_toml(text).unwrap().days().next().unwrap())
    }

    /// The working time before an instant, one span after the other.
    fn walked(plain: &[(i64, i64)], at: i64) -> i64 {
        plain.iter().map(|&(a, b)| at.clamp(a, b) - a).sum()
    }

    #[test]
    fn crowds_and_deserts() {
        // Spans of all lengths: many beginnings in one stretch of the index, and stretches with none.
        let crowd = (0..60).map(|n| (10 * n, 10 * n + 3));
        let desert = [(100_000, 100_001), (100_002, 400_000)];
        let again = (0..40).map(|n| (500_000 + 2 * n, 500_001 + 2 * n));
        let plain: Vec<_> = crowd.chain(desert).chain(again).collect();
        let spans = Spans::indexed(&plain);
        for at in (-5..700).chain(99_990..100_010).chain(399_990..400_010).chain(499_990..500_100) {
            assert_eq!(spans.before(at), walked(&plain, at), "{at}");
        }
        let whole = walked(&plain, i64::MAX);
        assert_eq!((spans.before(i64::MIN), spans.before(i64::MAX)), (0, whole));
        assert_eq!(spans.between(i64::MAX, i64::MIN), -whole);
    }

    #[test]
    fn nothing_at_all() {
        let none = Spans::indexed(&[]);
        assert_eq!(none.between(i64::MIN, i64::MAX), 0);
        assert_eq!(none.between(0, 1), 0);
    }

    #[test]
    fn always_open_is_one_span() {
        let week = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].map(|day| format!("{day} = [\"00:00-24:00\"]\n"));
        let open = compiled(&format!("zone = \"America/New_York\"\n[hours]\n{}", week.concat()));
        assert_eq!(open.spans.len(), 2);
    }

    #[test]
    fn a_date_that_does_not_exist_takes_no_time() {
        let apia = "zone = \"Pacific/Apia\"\nvalid = { first = 2011-12-29, last = 2011-12-31 }\n[hours]\n";
        // Thursday and Saturday; there was no Friday.
        let all = ["thu", "fri", "sat"].map(|day| format!("{day} = [\"09:00-17:00\"]\n")).concat();
        assert_eq!(compiled(&format!("{apia}{all}")).between(i64::MIN, i64::MAX), 16 * 60 * MINUTE_US);
        // The wall shows Saturday morning, which is Friday's night by the rule.
        let night = format!("{apia}fri = [\"22:00-06:00+1\"]");
        assert_eq!(compiled(&night).between(i64::MIN, i64::MAX), 6 * 60 * MINUTE_US);
    }

    #[test]
    fn a_time_that_exists_twice_counts_twice_and_one_that_does_not_counts_nothing() {
        let berlin = |date: &str| {
            let text = format!("zone = \"Europe/Berlin\"\nvalid = {{ first = {date}, last = {date} }}\n");
            let hours = "hours = { sun = [\"02:15-02:45\", \"05:00-05:01\"] }";
            compiled(&format!("{text}{hours}")).between(i64::MIN, i64::MAX) / MINUTE_US
        };
        assert_eq!((berlin("2024-10-27"), berlin("2024-03-31"), berlin("2024-06-02")), (61, 1, 31));
    }

    #[test]
    fn offsets_that_are_no_whole_minutes() {
        // Until 7 January 1972 the clocks of Liberia were 44 minutes and 30 seconds behind UTC; they were moved to UTC at 00:44:30 UTC.
        let text = "zone = \"Africa/Monrovia\"\nvalid = { first = 1972-01-06, last = 1972-01-07 }\n";
        let spans = compiled(&format!("{text}hours = {{ thu = [\"23:00-24:00\"], fri = [\"00:00-01:00\"] }}"));
        let moved = (2 * 365 + 6) * DAY_US + 2_670 * SECOND_US;
        assert_eq!(spans.between(moved - 3_600 * SECOND_US, moved), 3_600 * SECOND_US);
        assert_eq!(spans.between(i64::MIN, i64::MAX), 3_600 * SECOND_US + 930 * SECOND_US);
    }
}
