//! Which window an instant falls into, and rows gathered by cell.

use super::group::{Runs, group};

/// The index of the window `[starts[i], ends[i])` that holds `at`; windows stand in order and do not overlap.
pub(crate) fn window_of(at: i64, starts: &[i64], ends: &[i64]) -> Option<usize> {
    let after = starts.partition_point(|&start| start <= at);
    after.checked_sub(1).filter(|&i| at < ends[i])
}

/// Rows by cell: `cells[i]` is the cell of the row that stands at place `i`, or `None` if it is in none.
///
/// The runs hold places, in order.
pub(crate) fn gather(cells: &[Option<usize>], n_cells: usize) -> (Runs, Vec<u32>) {
    let (places, codes): (Vec<u32>, Vec<u32>) =
        cells.iter().enumerate().filter_map(|(place, cell)| cell.map(|cell| (place as u32, cell as u32))).unzip();
    (group(&codes, n_cells), places)
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
    fn rows_without_a_cell_are_left_out() {
        let (runs, places) = gather(&[Some(1), None, Some(0), Some(1)], 2);
        let of = |cell| runs.run(cell).map(|i| places[i as usize]).collect::<Vec<_>>();
        assert_eq!((of(0), of(1)), (vec![2], vec![0, 3]));
    }
}
