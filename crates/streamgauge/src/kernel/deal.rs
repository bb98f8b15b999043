//! Rows to places: those of each code side by side, in the order in which they came.
//!
//! Rows that come in order of time are of items of that time. Whoever goes through them in that order, and puts each where it belongs, writes near
//! what was written lately; whoever goes through the places, and fetches each row, reads from everywhere.

use super::chunk;

/// Into how many parts rows are divided at most: each part has a place for each code.
const MOST_PARTS: usize = 4;

/// Into how many stretches a column is divided at most: all rows are looked through for each.
const MOST_STRETCHES: usize = 4;

/// How many rows are looked at together.
const AT_ONCE: usize = 512;

/// The place of each row, where the codes stand in that order, or else as numbers do: `codes` become the places. Those of the `i`th code are
/// `offsets[i]..offsets[i + 1]`. Each code is below `n_codes`, and so is each of `order`, once.
pub(crate) fn places(mut codes: Vec<u32>, order: Option<&[u32]>, n_codes: usize) -> (Vec<u32>, Vec<u32>) {
    let parts = chunk::ranges(codes.len(), MOST_PARTS);
    let mut next = chunk::map_each(parts.len(), |part| {
        let mut counts = vec![0_u32; n_codes];
        codes[parts[part].clone()].iter().for_each(|code| counts[*code as usize] += 1);
        counts
    });
    let mut offsets = Vec::with_capacity(n_codes + 1);
    let mut end = 0;
    let mut begin = |code: usize| {
        offsets.push(end);
        for next in &mut next {
            end += std::mem::replace(&mut next[code], end);
        }
    };
    match order {
        Some(order) => order.iter().for_each(|code| begin(*code as usize)),
        None => (0..n_codes).for_each(begin),
    }
    offsets.push(end);
    let mut rest = &mut codes[..];
    let pieces = parts.iter().map(|part| rest.split_off_mut(..part.len()).unwrap_or_default());
    chunk::map_owned(pieces.zip(next).collect(), |(codes, mut next)| {
        for code in codes {
            let next = &mut next[*code as usize];
            *code = *next;
            *next += 1;
        }
    });
    (offsets, codes)
}

/// Puts each value in its place.
pub(crate) fn put<T: Copy + Default + Send + Sync>(values: &[T], places: &[u32]) -> Vec<T> {
    let mut all = vec![T::default(); values.len()];
    chunk::map_some_pieces(&mut all, MOST_STRETCHES, |first, to| {
        if to.len() == values.len() {
            return places.iter().zip(values).for_each(|(place, value)| to[*place as usize] = *value);
        }
        // Whether a place is in this stretch is a coin toss, so that it is not decided: the place of each is noted, and stays if it is.
        let mut own = [(0, T::default()); AT_ONCE];
        for (places, values) in places.chunks(AT_ONCE).zip(values.chunks(AT_ONCE)) {
            let mut n = 0;
            for (place, value) in places.iter().zip(values) {
                own[n] = (place.wrapping_sub(first as u32) as usize, *value);
                n += usize::from(own[n].0 < to.len());
            }
            own[..n].iter().for_each(|(place, value)| to[*place] = *value);
        }
    });
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn random(i: u32) -> u32 {
        i.wrapping_mul(2_654_435_761) >> 7
    }

    #[test]
    fn rows_of_a_code_stand_side_by_side_in_their_order() {
        for (n, n_codes) in [(0, 0), (0, 3), (1, 1), (5_000, 7), (5_000, 4_000)] {
            let codes: Vec<u32> = (0..n).map(|row| random(row) % n_codes).collect();
            let backward: Vec<u32> = (0..n_codes).rev().collect();
            for order in [None, Some(&backward[..])] {
                for n_threads in [1, 2, 3, 9] {
                    let (offsets, places) =
                        chunk::with_threads(n_threads, || places(codes.clone(), order, n_codes as usize));
                    let rows = chunk::with_threads(n_threads, || put(&(0..n).collect::<Vec<_>>(), &places));
                    let of = |i: usize| order.map_or(i as u32, |order| order[i]);
                    assert_eq!(offsets.len(), n_codes as usize + 1);
                    for (i, ends) in offsets.windows(2).enumerate() {
                        let expected = (0..n).filter(|row| codes[*row as usize] == of(i));
                        assert!(expected.eq(rows[ends[0] as usize..ends[1] as usize].iter().copied()), "{i}");
                    }
                }
            }
        }
    }
}
