//! Rows by code: a stable counting sort into runs (CSR), and each run in order of time.

use std::ops::Range;

use super::chunk;
use super::near::bring_near;

/// How many stretches codes are divided into at most: all rows are looked through for each.
const MOST_STRETCHES: usize = 8;

/// How many codes are looked through at a time.
const AT_ONCE: usize = 1_024;

/// Rows in runs: those of code `c` stand in places `offsets[c]..offsets[c + 1]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Runs {
    pub(crate) offsets: Vec<u32>,
    /// The row of each place; `None` where every row is in its place already.
    rows: Option<Vec<u32>>,
}

impl Runs {
    /// How many rows some codes have.
    pub(crate) fn n_rows(&self, codes: Range<usize>) -> usize {
        (self.offsets[codes.end] - self.offsets[codes.start]) as usize
    }

    /// Puts the rows of a code into `to`.
    pub(crate) fn copy_rows(&self, code: usize, to: &mut Vec<u32>) {
        to.clear();
        let places = self.offsets[code] as usize..self.offsets[code + 1] as usize;
        match &self.rows {
            Some(rows) => to.extend_from_slice(&rows[places]),
            None => to.extend(places.start as u32..places.end as u32),
        }
    }
}

/// Groups rows `0..codes.len()` by code, which is below `n_codes`. Rows of one code keep their order.
pub(crate) fn group(codes: &[u32], n_codes: usize) -> Runs {
    if is_sorted(codes) {
        return Runs { offsets: offsets_of_sorted(codes, n_codes), rows: None };
    }
    // Each of a few threads has a stretch of codes, looks through all rows, and puts those of its own in their places.
    let stretches = chunk::ranges(n_codes, MOST_STRETCHES);
    let own = |stretch: &Range<usize>| {
        let (first, n) = (stretch.start as u32, stretch.len() as u32);
        let of = move |(row, code): (u32, &u32)| Some((row, code.wrapping_sub(first))).filter(|(_, code)| *code < n);
        let near = move |(i, codes)| {
            bring_near(codes);
            (i * AT_ONCE as u32..).zip(codes).filter_map(of)
        };
        (0..).zip(codes.chunks(AT_ONCE)).flat_map(near)
    };
    let ends =
        chunk::map_each(stretches.len(), |i| offsets(own(&stretches[i]).map(|(_, code)| code), stretches[i].len()));
    let mut rows = vec![0_u32; codes.len()];
    let mut rest = &mut rows[..];
    let n_rows = |offsets: &Vec<u32>| offsets[offsets.len() - 1] as usize;
    let pieces = ends.iter().map(|offsets| rest.split_off_mut(..n_rows(offsets)).unwrap_or_default());
    let pieces: Vec<_> = stretches.iter().zip(&ends).zip(pieces).collect();
    chunk::map_owned(pieces, |((stretch, offsets), places)| {
        let mut next = offsets.clone();
        own(stretch).for_each(|(row, code)| {
            let next = &mut next[code as usize];
            places[*next as usize] = row;
            *next += 1;
        });
    });
    let mut offsets = Vec::with_capacity(n_codes + 1);
    offsets.push(0);
    for stretch in ends {
        let before = offsets[offsets.len() - 1];
        offsets.extend(stretch[1..].iter().map(|end| before + end));
    }
    Runs { offsets, rows: Some(rows) }
}

/// Whether codes ascend.
fn is_sorted(codes: &[u32]) -> bool {
    let in_order = |range: Range<usize>| codes[range.start.saturating_sub(1)..range.end].is_sorted();
    chunk::map_ranges(codes.len(), in_order).into_iter().all(|in_order| in_order)
}

/// As [`offsets`], of codes that ascend.
pub(crate) fn offsets_of_sorted(codes: &[u32], n_codes: usize) -> Vec<u32> {
    let mut offsets = vec![0; n_codes + 1];
    let (mut rest, mut first) = (&mut offsets[1..], 0);
    let mut pieces = Vec::new();
    for rows in chunk::ranges(codes.len(), usize::MAX) {
        // What begins the next range has its end there, or later.
        let until = codes.get(rows.end).map_or(n_codes, |code| *code as usize);
        pieces.push((rows, first, rest.split_off_mut(..until - first).unwrap_or_default()));
        first = until;
    }
    chunk::map_owned(pieces, |(rows, first, ends)| {
        let (mut next, mut end) = (0, 0);
        let is_last = |row: &usize| codes.get(row + 1) != Some(&codes[*row]);
        for row in rows.filter(is_last) {
            let place = codes[row] as usize - first;
            // A code may have no rows: it ends where the one before it does.
            ends[next..place].fill(end);
            end = row as u32 + 1;
            ends[place] = end;
            next = place + 1;
        }
        ends[next..].fill(end);
    });
    offsets
}

/// Values by code, which come in a few parts with the code of each; those of one code keep their order, and those whose code is none of
/// `0..n_codes` are left out. Gives where the run of each code begins, and the values.
pub(crate) fn scatter<T: Copy + Default + Send + Sync>(
    parts: &[(Vec<u32>, Vec<T>)],
    n_codes: usize,
) -> (Vec<u32>, Vec<T>) {
    if let [(codes, from)] = parts {
        let offsets = offsets(codes.iter().copied().filter(|code| (*code as usize) < n_codes), n_codes);
        let (mut next, mut values) = (offsets.clone(), vec![T::default(); offsets[n_codes] as usize]);
        for (code, value) in codes.iter().zip(from) {
            if let Some(next) = next[..n_codes].get_mut(*code as usize) {
                values[*next as usize] = *value;
                *next += 1;
            }
        }
        return (offsets, values);
    }
    let counts = chunk::map_each(parts.len(), |part| {
        let mut counts = vec![0_u32; n_codes];
        parts[part].0.iter().for_each(|code| counts.get_mut(*code as usize).into_iter().for_each(|n| *n += 1));
        counts
    });
    let mut offsets = Vec::with_capacity(n_codes + 1);
    let mut end = 0;
    for code in 0..n_codes {
        offsets.push(end);
        end += counts.iter().map(|counts| counts[code]).sum::<u32>();
    }
    offsets.push(end);
    // Each part has a place of its own for each code.
    let mut values = vec![T::default(); end as usize];
    let mut rest = &mut values[..];
    let mut places: Vec<_> = parts.iter().map(|part| (part, Vec::with_capacity(n_codes))).collect();
    for code in 0..n_codes {
        for (counts, (_, places)) in counts.iter().zip(&mut places) {
            places.push(rest.split_off_mut(..counts[code] as usize).unwrap_or_default());
        }
    }
    chunk::map_owned(places, |((codes, values), mut places)| {
        for (code, value) in codes.iter().zip(values) {
            let place = places.get_mut(*code as usize).and_then(|places| places.split_off_first_mut());
            place.into_iter().for_each(|place| *place = *value);
        }
    });
    (offsets, values)
}

/// The values of some rows.
pub(crate) fn take<T: Copy + Default + Send + Sync>(values: &[T], rows: &[u32]) -> Vec<T> {
    let mut taken = vec![T::default(); rows.len()];
    chunk::map_pieces(&mut taken, chunk::SMALLEST, |first, to| {
        to.iter_mut().zip(&rows[first..]).for_each(|(to, row)| *to = values[*row as usize]);
    });
    taken
}

/// Where the run of each code begins, and where the last ends.
fn offsets(codes: impl Iterator<Item = u32>, n_codes: usize) -> Vec<u32> {
    let mut offsets = vec![0_u32; n_codes + 1];
    codes.for_each(|code| offsets[code as usize + 1] += 1);
    for code in 0..n_codes {
        offsets[code + 1] += offsets[code];
    }
    offsets
}

/// Puts each run in order of `at`; rows of one instant keep their order. Runs that are in order cost one look.
pub(crate) fn sort_runs(runs: &mut Runs, at: &[i64]) {
    match &mut runs.rows {
        None => runs.rows = sorted_runs(&runs.offsets, at),
        Some(rows) => sort_each(rows, &runs.offsets, at),
    }
}

/// The rows in such an order, where the run of each code is `offsets[i]..offsets[i + 1]`; `None` if they stand so.
pub(crate) fn sorted_runs(offsets: &[u32], at: &[i64]) -> Option<Vec<u32>> {
    let is_sorted = |ends: &[u32]| at[ends[0] as usize..ends[1] as usize].is_sorted();
    let in_order = |codes: Range<usize>| offsets[codes.start..=codes.end].windows(2).all(is_sorted);
    if chunk::map_ranges(offsets.len() - 1, in_order).into_iter().all(|in_order| in_order) {
        return None;
    }
    let mut rows: Vec<u32> = (0..at.len() as u32).collect();
    sort_each(&mut rows, offsets, at);
    Some(rows)
}

fn sort_each(rows: &mut [u32], offsets: &[u32], at: &[i64]) {
    chunk::map_runs(rows, offsets, |_, run| {
        if !run.is_sorted_by_key(|&row| at[row as usize]) {
            run.sort_by_key(|&row| at[row as usize]);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(runs: &Runs, code: usize) -> Vec<u32> {
        let mut rows = Vec::new();
        runs.copy_rows(code, &mut rows);
        rows
    }

    #[test]
    fn values_of_parts_by_code() {
        let parts =
            [(vec![2, 0, 2, 9], vec!['a', 'b', 'c', '-']), (vec![], vec![]), (vec![0, 2, 3], vec!['d', 'e', '-'])];
        let whole = parts
            .iter()
            .fold((vec![], vec![]), |all, part| ([all.0, part.0.clone()].concat(), [all.1, part.1.clone()].concat()));
        for parts in [&parts[..], &[whole]] {
            assert_eq!(scatter(parts, 3), (vec![0, 2, 2, 5], vec!['b', 'd', 'a', 'c', 'e']));
        }
        assert_eq!(scatter::<u8>(&[], 2), (vec![0, 0, 0], vec![]));
    }

    #[test]
    fn runs_of_many_codes_on_several_threads() {
        let random = |i: u32| i.wrapping_mul(2_654_435_761) >> 15;
        for n_codes in [1 << 17, 70_001, 63, 1] {
            let mut codes: Vec<u32> = (0..160_000).map(|i| random(i) % n_codes).collect();
            for _ in 0..2 {
                let runs = chunk::with_threads(3, || group(&codes, n_codes as usize));
                let mut expected = vec![Vec::new(); n_codes as usize];
                codes.iter().zip(0..).for_each(|(code, row)| expected[*code as usize].push(row));
                assert!((0..n_codes as usize).all(|code| run(&runs, code) == expected[code]), "{n_codes}");
                // Once more, of codes that ascend: nothing is dealt.
                codes.sort_unstable();
            }
        }
        assert_eq!(offsets_of_sorted(&[1, 1, 4], 6), [0, 0, 2, 2, 2, 3, 3]);
        assert_eq!(group(&[1, 0], 4).offsets, [0, 1, 2, 2, 2]);
        assert_eq!((group(&[], 2).offsets, group(&[], 0).offsets), (vec![0, 0, 0], vec![0]));
    }

    #[test]
    fn stable_by_code_then_by_time() {
        let at = [50, 40, 30, 30, 10, 20];
        let mut runs = group(&[1, 0, 1, 1, 3, 1], 4);
        assert_eq!(runs.offsets, [0, 1, 5, 5, 6]);
        assert_eq!(run(&runs, 1), [0, 2, 3, 5]);
        sort_runs(&mut runs, &at);
        assert_eq!(run(&runs, 1), [5, 2, 3, 0]);
        let mut in_place = group(&[0, 0, 2], 3);
        assert_eq!(in_place.rows, None);
        sort_runs(&mut in_place, &[1, 2, 0]);
        assert_eq!((in_place.rows.as_ref(), run(&in_place, 2)), (None, vec![2]));
        sort_runs(&mut in_place, &[2, 1, 0]);
        assert_eq!((run(&in_place, 0), run(&in_place, 2)), (vec![1, 0], vec![2]));
    }
}
