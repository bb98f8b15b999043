//! What finished items took, by cell, gathered in one look at them: they stand in the order of their facts, and cells do not.

use super::cells::Grid;
use super::efficiency::SpentSums;
use super::flow_time::FlowTimes;
use super::percentiles::Percentiles;
use crate::flow::{FlowRecords, Reading};
use crate::kernel::chunk;
use crate::kernel::group::scatter;

/// Every cell's finished items: how many, what was spent on them, and their flow times summed up.
pub(super) struct SpentInCells {
    pub(super) n_finished: Vec<i64>,
    pub(super) sums: Vec<SpentSums>,
    pub(super) flow_times: Vec<FlowTimes>,
}

/// The same of some items.
struct Part {
    n_finished: Vec<i64>,
    sums: Vec<SpentSums>,
    /// The cells of flow times, and these.
    times: (Vec<u32>, Vec<i64>),
}

impl SpentInCells {
    pub(super) fn new(records: &FlowRecords, grid: &Grid<'_>, reading: Reading<'_>, percentiles: &Percentiles) -> Self {
        let n_cells = grid.n_cells();
        // Each part has a place for each cell: it is worth its while where it has as many items.
        let parts = chunk::map_few(records.len(), chunk::SMALLEST.max(n_cells), |items| {
            let mut part = Part::new(n_cells, items.len());
            for item in items {
                if let Some(cell) = grid.cell_of(records, item) {
                    part.insert(cell, reading, item);
                }
            }
            part
        });
        let mut parts = parts.into_iter();
        let Part { mut n_finished, mut sums, times } = parts.next().unwrap_or_else(|| Part::new(n_cells, 0));
        let mut all_times = vec![times];
        for part in parts {
            n_finished.iter_mut().zip(&part.n_finished).for_each(|(n, more)| *n += more);
            sums.iter_mut().zip(&part.sums).for_each(|(sums, more)| sums.combine(*more));
            all_times.push(part.times);
        }
        let (offsets, mut times) = scatter(&all_times, n_cells);
        drop(all_times);
        let flow_times = chunk::map_runs(&mut times, &offsets, |_, times| FlowTimes::of(times, percentiles));
        Self { n_finished, sums, flow_times }
    }
}

impl Part {
    fn new(n_cells: usize, n_items: usize) -> Self {
        Self {
            n_finished: vec![0; n_cells],
            sums: vec![SpentSums::default(); n_cells],
            times: (Vec::with_capacity(n_items), Vec::with_capacity(n_items)),
        }
    }

    fn insert(&mut self, cell: u32, reading: Reading<'_>, item: usize) {
        let place = cell as usize;
        self.n_finished[place] += 1;
        if let Some(spent) = reading.spent(item) {
            self.sums[place].insert(spent);
            self.times.0.push(cell);
            self.times.1.push(spent.total());
        }
    }
}
