//! Which window an instant falls into, and rows gathered by cell.

use super::group::{Runs, offsets, places};
use super::place::Places;

/// The index of the window `[starts[i], ends[i])` that holds `at`; windows stand in order and do not overlap.
pub(crate) fn window_of(at: i64, starts: &[i64], ends: &[i64]) -> Option<usize> {
    let after = starts.partition_point(|&start| start <= at);
    after.checked_sub(1).filter(|&i| at < ends[i])
}

/// Windows in order that do not overlap, for many instants.
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

/// The cell of a row that is in none.
pub(crate) const NO_CELL: u32 = u32::MAX;

/// Rows by cell, of parts of the rows one after the other; those of one cell keep their order.
pub(crate) fn gather(parts: &[Vec<u32>], n_cells: usize) -> Runs {
    let cells = || parts.iter().flatten().copied().zip(0_u32..).filter(|(cell, _)| *cell != NO_CELL);
    let offsets = offsets(cells().map(|(cell, _)| cell), n_cells);
    let mut rows = vec![0; offsets[n_cells] as usize];
    for (place, (_, row)) in places(&offsets, cells().map(|(cell, _)| cell)).zip(cells()) {
        rows[place] = row;
    }
    Runs::of_rows(offsets, rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_half_open() {
        let (starts, ends) = ([10, 20, 40], [20, 30, 50]);
        let found: Vec<_> = [9, 10, 19, 20, 29, 30, 40, 50].iter().map(|&at| window_of(at, &starts, &ends)).collect();
        assert_eq!(found, [None, Some(0), Some(0), Some(1), Some(1), None, Some(2), None]);
    }

    #[test]
    fn many_instants_find_the_same_windows() {
        let (starts, ends) = ([10, 20, 40], [20, 30, 50]);
        let buckets = Buckets::new(&starts, &ends);
        assert!((0..60).all(|at| buckets.window_of(at) == window_of(at, &starts, &ends)));
    }

    #[test]
    fn rows_without_a_cell_are_left_out() {
        let runs = gather(&[vec![1, NO_CELL], vec![0, 1]], 2);
        let of = |cell| runs.run(cell).collect::<Vec<_>>();
        assert_eq!((of(0), of(1)), (vec![2], vec![0, 3]));
    }
}
