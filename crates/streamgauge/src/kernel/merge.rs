//! Two step functions of time walked together.

/// Visits each instant at which one of two step functions changes, with the index of the entry that holds then in each.
///
/// `a` and `b` are instants in order, of which repeated ones are steps of length zero: the last of them holds. Both must begin at the same
/// instant, but for a `b` of one entry, which holds for good and whose instant is not looked at.
pub(crate) fn merge(a: &[i64], b: &[i64], mut visit: impl FnMut(i64, usize, usize)) {
    if b.len() == 1 {
        // The common case: an item that is in one group for good.
        let last_of_instant = |i: &usize| a.get(i + 1) != Some(&a[*i]);
        return (0..a.len()).filter(last_of_instant).for_each(|i| visit(a[i], i, 0));
    }
    let (mut next_a, mut next_b) = (0, 0);
    while next_a < a.len() || next_b < b.len() {
        let at = match (a.get(next_a), b.get(next_b)) {
            (Some(&x), Some(&y)) => x.min(y),
            (Some(&x), None) | (None, Some(&x)) => x,
            (None, None) => return,
        };
        while a.get(next_a) == Some(&at) {
            next_a += 1;
        }
        while b.get(next_b) == Some(&at) {
            next_b += 1;
        }
        visit(at, next_a - 1, next_b - 1);
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_last_step_of_an_instant_holds() {
        let (mut seen, mut seen_alone) = (Vec::new(), Vec::new());
        super::merge(&[1, 1, 4, 6], &[1, 3, 4, 4], |at, a, b| seen.push((at, a, b)));
        super::merge(&[1, 1, 4, 6], &[1], |at, a, b| seen_alone.push((at, a, b)));
        assert_eq!(seen_alone, [(1, 1, 0), (4, 2, 0), (6, 3, 0)]);
        assert_eq!(seen, [(1, 1, 0), (3, 1, 1), (4, 2, 3), (6, 3, 3)]);
    }
}
