//! Numbers: exact integers up to the last division, and how that one rounds.

/// `num / den` to the nearest whole number, half to even. `den` is positive.
pub fn div_half_even(num: i128, den: i128) -> i128 {
    let (floor, rest) = (num.div_euclid(den), num.rem_euclid(den));
    let up = 2 * rest > den || (2 * rest == den && floor % 2 != 0);
    if up { floor + 1 } else { floor }
}

/// One division of two whole numbers, each made a 64-bit float first; null when there is nothing to divide by.
pub fn ratio(num: i128, den: i128) -> Option<f64> {
    (den != 0).then(|| num as f64 / den as f64)
}

/// A percentage in millionths of a percent, so that the rest is exact.
const WHOLE: i128 = 100 * 1_000_000;

fn parts(percent: f64) -> i128 {
    (percent * 1e6).round() as i128
}

/// The smallest observed value with at least `percent` of all values at or below it.
pub fn percentile_inverted(values: &[i64], percent: f64) -> Option<i64> {
    let n = values.len() as i128;
    let enough = |value: i64| {
        let at_or_below = values.iter().filter(|other| **other <= value).count() as i128;
        at_or_below * WHOLE >= parts(percent) * n
    };
    values.iter().copied().filter(|value| enough(*value)).min()
}

/// The linear percentile (type 7): a point between two neighbours in order, to whole numbers, half to even.
pub fn percentile_linear(values: &[i64], percent: f64) -> Option<i64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let place = (sorted.len() as i128 - 1).max(0) * parts(percent);
    let (below, rest) = ((place / WHOLE) as usize, place % WHOLE);
    let low = i128::from(*sorted.get(below)?);
    let high = sorted.get(below + 1).map_or(low, |value| i128::from(*value));
    Some(div_half_even(low * WHOLE + rest * (high - low), WHOLE) as i64)
}

/// The exact sum divided by the count, half to even.
pub fn mean(values: &[i64]) -> Option<i64> {
    let sum: i128 = values.iter().map(|value| i128::from(*value)).sum();
    (!values.is_empty()).then(|| div_half_even(sum, values.len() as i128) as i64)
}
