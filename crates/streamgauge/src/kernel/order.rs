//! Many texts in byte order.
//!
//! Texts that name things are short and made of few letters: each letter becomes its rank among those that occur, so that a whole text, or
//! most of it, fits into one number, and numbers are put in order.

use super::chunk;

/// Runs of so many texts, on average, are merged and not sorted.
const LONG_RUN: usize = 500;

/// The places of texts, in byte order of the texts; equal ones may stand in any order. There are fewer than 2³² of them.
pub(crate) fn of_texts<'a>(n: usize, text: impl Fn(usize) -> &'a [u8] + Sync) -> Vec<u32> {
    let alphabet = Alphabet::new(n, &text);
    let mut keyed = chunk::map_items(n, || (), |(), place| (alphabet.key(text(place)), place as u32));
    let texts = |a: u32, b: u32| text(a as usize).cmp(text(b as usize));
    let compare = |a: &(u64, u32), b: &(u64, u32)| a.0.cmp(&b.0).then_with(|| texts(a.1, b.1));
    // Numbers that ascend are few runs of texts in order, one for each length.
    let n_runs = 1 + keyed.windows(2).filter(|pair| compare(&pair[0], &pair[1]).is_gt()).count();
    if n_runs * LONG_RUN <= n {
        chunk::merge_runs_by(&mut keyed, compare);
    } else {
        chunk::sort_by(&mut keyed, compare);
    }
    chunk::map_items(n, || (), |(), place| keyed[place].1)
}

/// The place of each of `0..order.len()` in an order of them.
pub(crate) fn places(order: &[u32]) -> Vec<u32> {
    let mut places = vec![0; order.len()];
    order.iter().zip(0..).for_each(|(of, place)| places[*of as usize] = place);
    places
}

/// The letters that occur, as numbers in order; 0 stands for the end of a text.
struct Alphabet {
    ranks: [u16; 256],
    /// How many bits a letter takes, and how many letters there is room for.
    bits: u32,
    room: usize,
}

impl Alphabet {
    fn new<'a>(n: usize, text: &(impl Fn(usize) -> &'a [u8] + Sync)) -> Self {
        let used = chunk::map_ranges(n, |places| {
            let mut used = [false; 256];
            places.flat_map(text).for_each(|letter| used[usize::from(*letter)] = true);
            used
        });
        let mut ranks = [0; 256];
        let mut n_letters = 0_u16;
        for letter in (0..ranks.len()).filter(|letter| used.iter().any(|used| used[*letter])) {
            n_letters += 1;
            ranks[letter] = n_letters;
        }
        let bits = u16::BITS - n_letters.leading_zeros();
        Self { ranks, bits, room: (u64::BITS / bits.max(1)) as usize }
    }

    /// The first letters of a text: of two keys that differ, the less is that of the text that comes first.
    fn key(&self, text: &[u8]) -> u64 {
        let n = text.len().min(self.room);
        let key =
            text[..n].iter().fold(0, |key, letter| key << self.bits | u64::from(self.ranks[usize::from(*letter)]));
        let rest = (self.room - n) as u32 * self.bits;
        key.checked_shl(rest).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_sorting_the_texts_would_put_them() {
        let numbers = (0..3_000).map(|n| n.to_string().into_bytes());
        let keys = (0..3_000).map(|n| format!("{}-{n}", ["PAY", "PAYMENTS", "pay", ""][n % 4]).into_bytes());
        let long = (0..300).map(|n| [&[b'x'; 70][..n % 70], &[(n % 256) as u8; 3]].concat());
        let all_letters = (0..=255).flat_map(|a: u8| [vec![a], vec![a, 0], vec![a, 255], vec![255, a, 254]]);
        let zeros = (0..70).map(|n| vec![0; n]);
        let lists: [Vec<Vec<u8>>; 6] = [
            numbers.collect(),
            keys.collect(),
            long.collect(),
            all_letters.collect(),
            zeros.collect(),
            vec![vec![]; 3],
        ];
        for texts in lists {
            let found = of_texts(texts.len(), |place| &texts[place]);
            let mut expected = texts.clone();
            expected.sort();
            assert_eq!(
                found.iter().map(|place| &texts[*place as usize]).collect::<Vec<_>>(),
                expected.iter().collect::<Vec<_>>()
            );
            assert!(places(&found).iter().zip(0..).all(|(place, of)| found[*place as usize] == of));
        }
    }
}
