//! Working time between two instants: how many intervals a second on one core.
//!
//! ```text
//! cargo bench -p streamgauge-benches --bench working_time
//! ```
//!
//! A million intervals in no order, of up to 30 days, somewhere in the years that are named. `working_time.py` measures the same
//! calendar beside pandas and numpy. Each bench checks its sum against another way to the same number.
#![allow(clippy::expect_used)]

use divan::{Bencher, black_box, counter::ItemsCount};
use streamgauge::{Calendars, Instant, Ruler};

const N: usize = 1_000_000;
const DAY_US: i64 = 86_400_000_000;

const OFFICE: &str = r#"
zone = "Europe/Berlin"
[hours]
mon = ["09:00-12:00", "13:00-17:00"]
tue = ["09:00-12:00", "13:00-17:00"]
wed = ["09:00-12:00", "13:00-17:00"]
thu = ["09:00-12:00", "13:00-17:00"]
fri = ["09:00-15:00"]
[[holiday]]
date = 2024-12-25
"#;

const SHIFTS: &str = r#"
zone = "America/New_York"
hours = { mon = ["22:00-06:00+1"], tue = ["22:00-06:00+1"], wed = ["22:00-06:00+1"], sat = ["06:00-14:00", "14:30-20:15"] }
"#;

fn main() {
    divan::main();
}

fn ruler(text: &str) -> Ruler {
    Ruler::working(&Calendars::from_toml(text).expect("a calendar"))
}

fn at(text: &str) -> i64 {
    Instant::parse(text, None).expect("an instant").instant.0
}

/// Intervals in no order, the same in every run.
fn intervals(years: [&str; 2]) -> Vec<(i64, i64)> {
    let (from, until) = (at(years[0]), at(years[1]) - 30 * DAY_US);
    let mut seed = 1_u64;
    let mut below = |n: i64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((seed >> 16) as i64) % n
    };
    (0..N).map(|_| (from + below(until - from), below(30 * DAY_US))).map(|(a, length)| (a, a + length)).collect()
}

fn spans(bencher: Bencher<'_, '_>, ruler: &Ruler, years: [&str; 2]) {
    let intervals = intervals(years);
    // Additive: the parts of an interval are the whole.
    let halves = |(a, b): &(i64, i64)| ruler.span(*a, (a + b) / 2) + ruler.span((a + b) / 2, *b);
    let wanted: i64 = intervals.iter().map(halves).sum();
    bencher.counter(ItemsCount::new(N)).bench_local(|| {
        let sum: i64 = black_box(&intervals).iter().map(|(a, b)| ruler.span(*a, *b)).sum();
        assert_eq!(sum, wanted);
        sum
    });
}

const FOUR_YEARS: [&str; 2] = ["2024-01-01T00:00:00Z", "2028-01-01T00:00:00Z"];
const ALL_YEARS: [&str; 2] = ["1970-01-02T00:00:00Z", "2099-12-31T00:00:00Z"];

#[divan::bench(sample_count = 30, sample_size = 1)]
fn office_2024_to_2027(bencher: Bencher<'_, '_>) {
    spans(bencher, &ruler(OFFICE), FOUR_YEARS);
}

#[divan::bench(sample_count = 30, sample_size = 1)]
fn office_1970_to_2099(bencher: Bencher<'_, '_>) {
    spans(bencher, &ruler(OFFICE), ALL_YEARS);
}

#[divan::bench(sample_count = 30, sample_size = 1)]
fn shifts_2024_to_2027(bencher: Bencher<'_, '_>) {
    spans(bencher, &ruler(SHIFTS), FOUR_YEARS);
}

#[divan::bench(sample_count = 30, sample_size = 1)]
fn elapsed(bencher: Bencher<'_, '_>) {
    spans(bencher, &Ruler::elapsed(), FOUR_YEARS);
}

/// What it costs to read and to compile a calendar of 130 years.
#[divan::bench(sample_count = 10, sample_size = 1)]
fn compile_1970_to_2099() -> Ruler {
    ruler(black_box(OFFICE))
}
