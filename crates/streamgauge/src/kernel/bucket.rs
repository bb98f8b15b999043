//! Which window an instant falls into, and rows gathered by cell.

use super::group::{Runs, offsets, places};
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
        let buckets = Buckets::new(&starts, &ends);
        let found: Vec<_> = [9, 10, 19, 20, 29, 30, 40, 50].iter().map(|&at| buckets.window_of(at)).collect();
        assert_eq!(found, [None, Some(0), Some(0), Some(1), Some(1), None, Some(2), None]);
    }

    #[test]
    fn rows_without_a_cell_are_left_out() {
        let runs = gather(&[vec![1, NO_CELL], vec![0, 1]], 2);
        let of = |cell| runs.run(cell).collect::<Vec<_>>();
        assert_eq!((of(0), of(1)), (vec![2], vec![0, 3]));
    }
}
