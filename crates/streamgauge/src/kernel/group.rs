//! Rows by code: a stable counting sort into runs (CSR), and each run in order of time.

use super::chunk;

/// Rows in runs: those of code `c` are `rows[offsets[c]..offsets[c + 1]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Runs {
    pub(crate) offsets: Vec<u32>,
    pub(crate) rows: Vec<u32>,
}

impl Runs {
    /// The rows of one code.
    pub(crate) fn run(&self, code: usize) -> &[u32] {
        &self.rows[self.offsets[code] as usize..self.offsets[code + 1] as usize]
    }
}

/// Groups rows `0..codes.len()` by code, which is below `n_codes`. Rows of one code keep their order.
pub(crate) fn group(codes: &[u32], n_codes: usize) -> Runs {
    let mut offsets = vec![0_u32; n_codes + 1];
    for &code in codes {
        offsets[code as usize + 1] += 1;
    }
    for code in 0..n_codes {
        offsets[code + 1] += offsets[code];
    }
    if codes.is_sorted() {
        return Runs { offsets, rows: (0..codes.len() as u32).collect() };
    }
    let mut next = offsets.clone();
    let mut rows = vec![0_u32; codes.len()];
    for (row, &code) in codes.iter().enumerate() {
        let place = &mut next[code as usize];
        rows[*place as usize] = row as u32;
        *place += 1;
    }
    Runs { offsets, rows }
}

/// Puts each run in order of `at`; rows of one instant keep their order. Runs that are in order cost one look.
pub(crate) fn sort_runs(runs: &mut Runs, at: &[i64]) {
    chunk::for_each_run(&mut runs.rows, &runs.offsets, |run| {
        if !run.is_sorted_by_key(|&row| at[row as usize]) {
            run.sort_by_key(|&row| at[row as usize]);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stable_by_code_then_by_time() {
        let at = [50, 40, 30, 30, 10, 20];
        let mut runs = group(&[1, 0, 1, 1, 3, 1], 4);
        assert_eq!(runs.offsets, [0, 1, 5, 5, 6]);
        assert_eq!(runs.run(1), [0, 2, 3, 5]);
        sort_runs(&mut runs, &at);
        assert_eq!(runs.run(1), [5, 2, 3, 0]);
        assert_eq!(group(&[0, 0, 2], 3).rows, [0, 1, 2]);
    }
}
