//! Percentiles of whole numbers, exactly.
//!
//! A percentile is given in millionths of a percent (`85 %` is `85_000_000`), so that ranks are integers and no rounding of
//! floats decides between two observations. Hyndman and Fan 1996, types 1 and 7.

/// One hundred percent.
pub(crate) const WHOLE: u64 = 100_000_000;

/// The smallest observation with at least `p · n` observations at or below it (type 1).
///
/// `values` are reordered and must not be empty; `0 < p <= WHOLE`.
pub(crate) fn inverted_cdf(values: &mut [i64], p: u64) -> i64 {
    let place = place(values.len(), p);
    *values.select_nth_unstable(place).1
}

/// As [`inverted_cdf`], of several percentiles: best in ascending order, as each is looked for only behind the one before.
pub(crate) fn inverted_cdfs(values: &mut [i64], percentiles: &[u64]) -> Vec<i64> {
    // What stands before this place is not above what stands there, and what stands behind it is not below.
    let mut known = 0;
    let mut of = |p: &u64| {
        let place = place(values.len(), *p);
        let (before, behind) = values.split_at_mut(known);
        let value = match place.checked_sub(known) {
            Some(place) => *behind.select_nth_unstable(place).1,
            None => *before.select_nth_unstable(place).1,
        };
        known = place;
        value
    };
    percentiles.iter().map(&mut of).collect()
}

/// Where in `n` observations in order the type 1 percentile stands.
const fn place(n: usize, p: u64) -> usize {
    let rank = (p as u128 * n as u128).div_ceil(WHOLE as u128) as usize;
    rank.saturating_sub(1)
}

/// Linear between the two observations around rank `(n − 1) p` (type 7), rounded to a whole number, half to even.
pub(crate) fn linear(values: &mut [i64], p: u64) -> i64 {
    let position = (values.len() as u128 - 1) * u128::from(p);
    let (rank, rest) = ((position / u128::from(WHOLE)) as usize, (position % u128::from(WHOLE)) as i128);
    let (_, &mut below, above) = values.select_nth_unstable(rank);
    let above = above.iter().min().copied().unwrap_or(below);
    let (below, above, whole) = (i128::from(below), i128::from(above), i128::from(WHOLE));
    half_to_even(below * whole + (above - below) * rest, whole) as i64
}

/// A percentile of ratios that stand in order, by type 1 or (`linear`) type 7; `None` of nothing.
pub(crate) fn of_sorted(values: &[f64], p: u64, linear: bool) -> Option<f64> {
    let last = values.len().checked_sub(1)?;
    if !linear {
        return Some(values[place(values.len(), p)]);
    }
    let position = last as u128 * u128::from(p);
    let (rank, rest) = ((position / u128::from(WHOLE)) as usize, (position % u128::from(WHOLE)) as f64 / WHOLE as f64);
    let above = values[(rank + 1).min(last)];
    Some(values[rank] + (above - values[rank]) * rest)
}

/// `numerator / denominator` to the nearest whole number, half to even; `denominator > 0`.
pub(crate) const fn half_to_even(numerator: i128, denominator: i128) -> i128 {
    let (quotient, rest) = (numerator.div_euclid(denominator), numerator.rem_euclid(denominator));
    if rest * 2 > denominator || (rest * 2 == denominator && quotient % 2 != 0) { quotient + 1 } else { quotient }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_exact() {
        let ten: Vec<i64> = (1..=10).collect();
        let p = |percent: u64| inverted_cdf(&mut ten.clone(), percent * 1_000_000);
        assert_eq!([p(1), p(10), p(11), p(50), p(85), p(95), p(100)], [1, 1, 2, 5, 9, 10, 10]);
        assert_eq!(inverted_cdf(&mut [7], 1), 7);
        // Several of many values, some of them equal, in any order of the percentiles.
        let values: Vec<i64> = (0..500_i64).map(|i| i * 7_919 % 271).collect();
        let percents = [95, 50, 85, 100, 1, 1, 99, 50].map(|percent| percent * 1_000_000);
        let each = percents.map(|p| inverted_cdf(&mut values.clone(), p));
        assert_eq!(inverted_cdfs(&mut values.clone(), &percents), each);
    }

    #[test]
    fn linear_rounds_half_to_even_after_interpolation() {
        assert_eq!(linear(&mut [3, 1, 2], 50_000_000), 2);
        assert_eq!(linear(&mut [1, 2], 50_000_000), 2); // 1.5
        assert_eq!(linear(&mut [2, 3], 50_000_000), 2); // 2.5, and 3 would be odd
        assert_eq!(linear(&mut [0, 10], 85_000_000), 8); // 8.5
        assert_eq!(linear(&mut [5], 99_000_000), 5);
    }

    #[test]
    fn halves_go_to_even() {
        let halves: Vec<_> = [-3, -1, 1, 3, 5].iter().map(|n| half_to_even(*n, 2)).collect();
        assert_eq!(halves, [-2, 0, 0, 2, 2]);
    }
}
