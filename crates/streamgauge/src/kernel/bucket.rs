//! Which window an instant falls into.

use super::place::Places;

/// Windows `[starts[i], ends[i])` in order, which do not overlap, for many instants.
pub(crate) struct Buckets<'a> {
    starts: Places,
    ends: &'a [i64],
}

impl<'a> Buckets<'a> {
    pub(crate) fn new(starts: &[i64], ends: &'a [i64]) -> Self {
        Self { starts: Places::new(starts.to_vec()), ends }
    }

    /// The index of the window that holds `at`.
    pub(crate) fn window_of(&self, at: i64) -> Option<usize> {
        self.starts.until(at).checked_sub(1).filter(|&i| at < self.ends[i])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_half_open() {
        let (starts, ends) = ([10, 20, 40], [20, 30, 50]);
        let buckets = Buckets::new(&starts, &ends);
        let found: Vec<_> = [9, 10, 19, 20, 29, 30, 40, 50].iter().map(|&at| buckets.window_of(at)).collect();
        assert_eq!(found, [None, Some(0), Some(0), Some(1), Some(1), None, Some(2), None]);
    }
}
