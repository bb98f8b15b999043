//! The one place with rayon: work divided into ranges, results in the order of the ranges.
//!
//! Callers combine what comes back with integers or by concatenation, so the number of threads never shows.

use std::cmp::Ordering;
use std::ops::Range;

use rayon::prelude::*;

/// Ranges for each thread: enough that an uneven one does not hold up the others.
const RANGES_PER_THREAD: usize = 8;

/// Below this, dividing costs more than it gives.
pub(crate) const SMALLEST: usize = 1_024;

/// Applies `work` to ranges that together are `0..n`; the results stand in the order of the ranges.
pub(crate) fn map_ranges<R: Send>(n: usize, work: impl Fn(Range<usize>) -> R + Sync) -> Vec<R> {
    let size = n.div_ceil(rayon::current_num_threads() * RANGES_PER_THREAD).max(SMALLEST);
    ranges_of(n, size).into_par_iter().map(&work).collect()
}

/// Applies `work`, whose results are large, to as many ranges as there are threads, each of at least `smallest`.
pub(crate) fn map_few<R: Send>(n: usize, smallest: usize, work: impl Fn(Range<usize>) -> R + Sync) -> Vec<R> {
    ranges_of(n, n.div_ceil(rayon::current_num_threads()).max(smallest)).into_par_iter().map(&work).collect()
}

/// As many ranges as there are threads, but not more than `most`, that together are `0..n`.
pub(crate) fn ranges(n: usize, most: usize) -> Vec<Range<usize>> {
    ranges_of(n, n.div_ceil(rayon::current_num_threads().min(most)).max(1))
}

fn ranges_of(n: usize, size: usize) -> Vec<Range<usize>> {
    (0..n.div_ceil(size.max(1))).map(|i| i * size..((i + 1) * size).min(n)).collect()
}

/// Applies `work` to each of `0..n` with what `init` makes for some of them; the results stand in order and are written where they stay.
pub(crate) fn map_items<S, R: Send>(
    n: usize,
    init: impl Fn() -> S + Sync + Send,
    work: impl Fn(&mut S, usize) -> R + Sync + Send,
) -> Vec<R> {
    (0..n).into_par_iter().with_min_len(SMALLEST).map_init(init, work).collect()
}

/// Applies `work`, which is long, to each of `0..n`; the results stand in order.
pub(crate) fn map_each<R: Send>(n: usize, work: impl Fn(usize) -> R + Sync + Send) -> Vec<R> {
    (0..n).into_par_iter().map(work).collect()
}

/// Applies `work`, which is long, to each value; the results stand in order.
pub(crate) fn map_owned<T: Send, R: Send>(values: Vec<T>, work: impl Fn(T) -> R + Sync + Send) -> Vec<R> {
    values.into_par_iter().map(work).collect()
}

/// Applies `work`, whose results are large, to as many pieces of `values` as there are threads, each of at least `smallest`, with the place
/// at which each begins.
pub(crate) fn map_pieces<'a, T: Send, R: Send>(
    values: &'a mut [T],
    smallest: usize,
    work: impl Fn(usize, &'a mut [T]) -> R + Sync + Send,
) -> Vec<R> {
    let size = values.len().div_ceil(rayon::current_num_threads()).max(smallest);
    map_pieces_of(values, size, work)
}

/// Applies `work` to pieces of `values` of that size, with the place at which each begins.
pub(crate) fn map_pieces_of<'a, T: Send, R: Send>(
    values: &'a mut [T],
    size: usize,
    work: impl Fn(usize, &'a mut [T]) -> R + Sync + Send,
) -> Vec<R> {
    values.par_chunks_mut(size).enumerate().map(|(i, piece)| work(i * size, piece)).collect()
}

/// As [`map_pieces`], but to one piece for each two threads, as others are worked on beside them, and not to more than `most`.
pub(crate) fn map_some_pieces<T: Send>(values: &mut [T], most: usize, work: impl Fn(usize, &mut [T]) + Sync + Send) {
    let size = values.len().div_ceil((rayon::current_num_threads() / 2).clamp(1, most)).max(SMALLEST);
    map_pieces_of(values, size, work);
}

/// Applies `work` to pieces of `values`.
pub(crate) fn for_each_piece<T: Send>(values: &mut [T], work: impl Fn(&mut [T]) + Sync + Send) {
    values.par_chunks_mut(SMALLEST * RANGES_PER_THREAD).for_each(work);
}

/// Applies `work` to pieces of `values`, each of which is some rows of so many values, with the numbers of the rows.
pub(crate) fn for_each_rows<T: Send>(
    values: &mut [T],
    width: usize,
    work: impl Fn(Range<usize>, &mut [T]) + Sync + Send,
) {
    let pieces = values.par_chunks_mut(SMALLEST * width).enumerate();
    pieces.for_each(|(i, piece)| work(i * SMALLEST..i * SMALLEST + piece.len() / width, piece));
}

/// Does two things at once.
pub(crate) fn both<A: Send, B: Send>(a: impl FnOnce() -> A + Send, b: impl FnOnce() -> B + Send) -> (A, B) {
    rayon::join(a, b)
}

/// Puts values in order, in parallel; equal ones may stand in any order.
pub(crate) fn sort_by<T: Send>(values: &mut [T], compare: impl Fn(&T, &T) -> Ordering + Sync) {
    values.par_sort_unstable_by(compare);
}

/// Applies `work` to each run `values[offsets[i]..offsets[i + 1]]` and its number; the results stand in order.
pub(crate) fn map_runs<T: Send, R: Send>(
    mut values: &mut [T],
    offsets: &[u32],
    work: impl Fn(usize, &mut [T]) -> R + Sync,
) -> Vec<R> {
    // Pieces of many values, which may be those of one run, or of many runs, which may have none.
    let mut pieces = Vec::new();
    let mut start = 0;
    while start + 1 < offsets.len() {
        let is_enough = |end: &usize| (offsets[*end] - offsets[start]) as usize >= SMALLEST || end - start >= SMALLEST;
        let end = (start + 1..offsets.len()).find(is_enough).unwrap_or(offsets.len() - 1);
        let length = (offsets[end] - offsets[start]) as usize;
        pieces.push((start, values.split_off_mut(..length).unwrap_or_default(), &offsets[start..=end]));
        start = end;
    }
    let parts = pieces.into_par_iter().map(|(first, mut piece, ends)| {
        let runs = ends.windows(2).map(|run| piece.split_off_mut(..(run[1] - run[0]) as usize).unwrap_or_default());
        (first..).zip(runs).map(|(number, run)| work(number, run)).collect::<Vec<_>>()
    });
    parts.collect::<Vec<_>>().into_iter().flatten().collect()
}

/// Does `work` with so many threads.
#[cfg(test)]
pub(crate) fn with_threads<R: Send>(n: usize, work: impl FnOnce() -> R + Send) -> R {
    rayon::ThreadPoolBuilder::new().num_threads(n).build().map(|pool| pool.install(work)).unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_cover_everything_in_order() {
        for n in [0, 1, 1_023, 1_024, 1_025, 100_000] {
            let all: Vec<usize> = map_ranges(n, |range| range).into_iter().flatten().collect();
            assert_eq!(all, (0..n).collect::<Vec<_>>());
        }
    }

    #[test]
    fn each_run_is_seen_whole_and_once() {
        // Some short and some long ones, many that are empty, and some more.
        let offsets = (0..=5_000).map(|i| i * i / 100).chain(vec![250_000; 3_000]).chain(250_001..=250_009);
        let offsets: Vec<u32> = offsets.collect();
        let mut values = vec![0_u32; 250_009];
        let lengths = map_runs(&mut values, &offsets, |number, run| {
            let n = run.len() as u32;
            run.iter_mut().for_each(|value| *value += n);
            (number, n)
        });
        assert!(lengths.into_iter().eq(offsets.windows(2).map(|ends| ends[1] - ends[0]).enumerate()));
        for ends in offsets.windows(2) {
            assert!(values[ends[0] as usize..ends[1] as usize].iter().all(|v| *v == ends[1] - ends[0]));
        }
    }
}
