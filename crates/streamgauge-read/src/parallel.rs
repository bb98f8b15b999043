//! The one place with rayon in this crate: parts of a file are unpacked side by side and taken in their order.

use rayon::prelude::*;

/// How many parts there are at a time for each thread, so that one that takes long does not hold up all others.
const PARTS_PER_THREAD: usize = 2;

/// Applies `work` to each part, some at a time, and gives the results to `take` in the order of the parts; while it takes some, the next
/// are worked on, and those behind them are fetched. Stops at the first error.
pub(crate) fn in_order<T: Send, R: Send, E: Send>(
    parts: impl Iterator<Item = T> + Send,
    work: impl Fn(T) -> R + Sync,
    mut take: impl FnMut(R) -> Result<(), E> + Send,
) -> Result<(), E> {
    let at_once = rayon::current_num_threads() * PARTS_PER_THREAD;
    let mut parts = parts.fuse();
    let mut fetch = || parts.by_ref().take(at_once).collect::<Vec<T>>();
    let mut fetched = fetch();
    let mut ready: Vec<R> = Vec::new();
    loop {
        let (taken, next) = (std::mem::take(&mut ready), std::mem::take(&mut fetched));
        let is_last = next.is_empty();
        let all = || -> Vec<R> { next.into_par_iter().map(&work).collect() };
        let (taken, (made, behind)) =
            rayon::join(|| taken.into_iter().try_for_each(&mut take), || rayon::join(all, &mut fetch));
        taken?;
        if is_last {
            return Ok(());
        }
        (ready, fetched) = (made, behind);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_and_stop_at_an_error() {
        for n in [0_u32, 1, 7, 100] {
            let mut seen = Vec::new();
            let whole: Result<(), ()> = in_order(
                0..n,
                |i| i * 2,
                |i| {
                    seen.push(i);
                    Ok(())
                },
            );
            assert_eq!((whole, seen), (Ok(()), (0..n).map(|i| i * 2).collect()));
        }
        let mut seen = Vec::new();
        let stopped = in_order(
            0..50,
            |i| i,
            |i: u32| {
                seen.push(i);
                if i == 20 { Err(i) } else { Ok(()) }
            },
        );
        assert_eq!((stopped, seen.len()), (Err(20), 21));
    }
}
