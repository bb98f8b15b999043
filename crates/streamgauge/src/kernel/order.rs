//! Many texts in byte order.
//!
//! Texts that name things are short, and where they have letters, these are few: each letter becomes its rank among those that occur in its place,
//! so that a whole text, or most of it, and where it stood fit into one number, and numbers are put in order.
//!
//! ```text
//! P A Y - 1 2 3        of texts that all begin with PAY- only the digits take room: four bits each
//! ```

use std::borrow::Cow;
use std::cmp::Reverse;

use super::chunk;

/// So few runs are merged and not sorted.
const FEW_RUNS: usize = 64;

/// More numbers than so many, which are at least two, are merged by two threads.
const MANY: usize = 1 << 18;

/// So many letters of a text are looked at.
const MOST_LETTERS: usize = 64;

/// The places of texts, in byte order of the texts; equal ones may stand in any order. There are fewer than 2³² of them.
pub(crate) fn of_texts<'a>(n: usize, text: impl Fn(usize) -> &'a [u8] + Sync) -> Vec<u32> {
    let bits_of_place = usize::BITS - n.leading_zeros();
    let alphabets = Alphabets::new(n, &text, u64::BITS - bits_of_place);
    let key = |place: usize| alphabets.key(text(place)) << bits_of_place | place as u64;
    let mut keys = chunk::map_items(n, || (), |(), place| key(place));
    let place = |key: u64| (key & ((1 << bits_of_place) - 1)) as usize;
    if alphabets.tell_all {
        // Numbers that ascend are few runs of texts in order, one for each length.
        keys = sorted(keys);
    } else {
        let texts = |a: u64, b: u64| text(place(a)).cmp(text(place(b)));
        let letters = |a: u64, b: u64| (a >> bits_of_place).cmp(&(b >> bits_of_place));
        chunk::sort_by(&mut keys, |a, b| letters(*a, *b).then_with(|| texts(*a, *b)));
    }
    chunk::map_items(n, || (), |(), i| place(keys[i]) as u32)
}

/// Numbers in order. A few runs that are in order are merged, the shortest first.
fn sorted(mut keys: Vec<u64>) -> Vec<u64> {
    let is_start = |place: &usize| *place == 0 || keys[place - 1] > keys[*place];
    if (0..keys.len()).filter(is_start).count() > FEW_RUNS {
        chunk::sort_by(&mut keys, Ord::cmp);
        return keys;
    }
    let mut runs: Vec<Cow<'_, [u64]>> = keys.chunk_by(|a, b| a <= b).map(Cow::Borrowed).collect();
    while runs.len() > 1 {
        runs.sort_by_key(|run| Reverse(run.len()));
        let shortest = runs.pop().zip(runs.pop()).map(|(a, b)| {
            let mut all = vec![0; a.len() + b.len()];
            merge(&a, &b, &mut all);
            Cow::Owned(all)
        });
        runs.extend(shortest);
    }
    runs.pop().unwrap_or_default().into_owned()
}

/// Merges two runs that are in order.
fn merge(a: &[u64], b: &[u64], to: &mut [u64]) {
    // The longer one is halved, so that there is less to do in either half.
    let (a, b) = if a.len() > b.len() { (b, a) } else { (a, b) };
    if to.len() > MANY {
        let middle = b.len() / 2;
        let before = a.partition_point(|of_a| *of_a < b[middle]);
        let (to_before, to_behind) = to.split_at_mut(before + middle);
        chunk::both(|| merge(&a[..before], &b[..middle], to_before), || merge(&a[before..], &b[middle..], to_behind));
        return;
    }
    let (mut next_of_a, mut next_of_b) = (0, 0);
    while let (Some(&of_a), Some(&of_b)) = (a.get(next_of_a), b.get(next_of_b)) {
        // Which is less, is a coin toss: it is counted and not decided.
        let is_a = of_a <= of_b;
        to[next_of_a + next_of_b] = if is_a { of_a } else { of_b };
        next_of_a += usize::from(is_a);
        next_of_b += usize::from(!is_a);
    }
    let (to_a, to_b) = to[next_of_a + next_of_b..].split_at_mut(a.len() - next_of_a);
    to_a.copy_from_slice(&a[next_of_a..]);
    to_b.copy_from_slice(&b[next_of_b..]);
}

/// The place of each of `0..order.len()` in an order of them.
pub(crate) fn places(order: &[u32]) -> Vec<u32> {
    let mut places = vec![0; order.len()];
    order.iter().zip(0..).for_each(|(of, place)| places[*of as usize] = place);
    places
}

/// The letters that occur in each place of a text, as numbers in order; the end of a text comes before all of them.
struct Alphabets {
    /// Of each place in which texts differ: it, and the rank of each letter, shifted to where it stands in a key.
    ranks: Vec<(usize, [u64; 256])>,
    /// Whether there is room for all letters of the longest text.
    tell_all: bool,
}

/// What is seen of some texts.
struct Letters {
    used: [[bool; 256]; MOST_LETTERS],
    shortest: usize,
    longest: usize,
}

impl Alphabets {
    /// For keys of so many bits.
    fn new<'a>(n: usize, text: &(impl Fn(usize) -> &'a [u8] + Sync), room: u32) -> Self {
        let parts = chunk::map_ranges(n, |places| Letters::of(places.map(text)));
        let Some(letters) = parts.into_iter().reduce(Letters::with) else {
            return Self { ranks: vec![], tell_all: true };
        };
        let (mut ranks, mut bits_before, mut n_told) = (Vec::new(), 0, 0);
        for (place, used) in letters.used.iter().enumerate().take(letters.longest) {
            // Where some texts have ended, none is the end.
            let mut next = u64::from(place >= letters.shortest);
            let mut of_place = [0; 256];
            for letter in (0..256).filter(|letter| used[*letter]) {
                of_place[letter] = next;
                next += 1;
            }
            let bits = u64::BITS - (next - 1).leading_zeros();
            bits_before += bits;
            if bits_before > room {
                break;
            }
            if bits > 0 {
                ranks.push((place, of_place.map(|rank| rank << (room - bits_before))));
            }
            n_told += 1;
        }
        Self { tell_all: n_told == letters.longest, ranks }
    }

    /// The first letters of a text: of two keys that differ, the less is that of the text that comes first.
    fn key(&self, text: &[u8]) -> u64 {
        let rank =
            |(place, ranks): &(usize, [u64; 256])| text.get(*place).map_or(0, |letter| ranks[usize::from(*letter)]);
        self.ranks.iter().fold(0, |key, of_place| key | rank(of_place))
    }
}

impl Letters {
    fn of<'a>(texts: impl Iterator<Item = &'a [u8]>) -> Self {
        let mut all = Self { used: [[false; 256]; MOST_LETTERS], shortest: usize::MAX, longest: 0 };
        for text in texts {
            all.shortest = text.len().min(all.shortest);
            all.longest = text.len().max(all.longest);
            all.used.iter_mut().zip(text).for_each(|(used, letter)| used[usize::from(*letter)] = true);
        }
        all
    }

    fn with(mut self, other: Self) -> Self {
        let used = self.used.as_flattened_mut().iter_mut().zip(other.used.as_flattened());
        used.for_each(|(used, more)| *used |= more);
        Self { shortest: self.shortest.min(other.shortest), longest: self.longest.max(other.longest), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many numbers that halves are merged by two threads: one run lies before, behind, around and among the other, or is empty.
    #[test]
    fn runs_of_any_length_are_merged() {
        let n = 3 * MANY as u64;
        let runs: [(Vec<u64>, Vec<u64>); 6] = [
            ((0..n).collect(), (n..2 * n + 1).collect()),
            ((n..2 * n + 1).collect(), (0..n).collect()),
            ((0..n).collect(), vec![]),
            ((0..n).collect(), vec![n]),
            ((0..n).map(|i| 3 * i).collect(), (0..n / 2).map(|i| 6 * i + 1).collect()),
            ((0..n / 2).chain(n..2 * n).collect(), (n / 2..n).collect()),
        ];
        for (a, b) in runs {
            let mut expected = [&a[..], &b[..]].concat();
            expected.sort_unstable();
            for (a, b) in [(&a, &b), (&b, &a)] {
                let found = chunk::with_threads(3, || sorted([&a[..], &b[..]].concat()));
                assert!(found == expected, "{} and {}", a.len(), b.len());
                let mut merged = vec![0; expected.len()];
                merge(a, b, &mut merged);
                assert!(merged == expected, "{} and {}", a.len(), b.len());
            }
        }
    }

    #[test]
    fn as_sorting_the_texts_would_put_them() {
        let numbers = (0..3_000).map(|n| n.to_string().into_bytes());
        let keys = (0..3_000).map(|n| format!("{}-{n}", ["PAY", "PAYMENTS", "pay", ""][n % 4]).into_bytes());
        let long = (0..300).map(|n| [&[b'x'; 70][..n % 70], &[(n % 256) as u8; 3]].concat());
        let all_letters = (0..=255).flat_map(|a: u8| [vec![a], vec![a, 0], vec![a, 255], vec![255, a, 254]]);
        let zeros = (0..70).map(|n| vec![0; n]);
        let very_many = (1..400_000).map(|n| n.to_string().into_bytes());
        // In no order; in some the letters before the last ones are the same, and in some there is no room for all.
        let random = |n: u32| n.wrapping_mul(2_654_435_761) >> 12;
        let many = |before: &'static str| (0..30_000).map(move |n| format!("{before}{}", random(n)).into_bytes());
        let lists: [Vec<Vec<u8>>; 11] = [
            very_many.collect(),
            many("").collect(),
            many("PAY-").collect(),
            many("a long text, with all kinds of letters: ").chain(many("b")).collect(),
            many("a text whose beginning, which is the same as that of all others, is too long: ").collect(),
            numbers.collect(),
            keys.collect(),
            long.collect(),
            all_letters.collect(),
            zeros.collect(),
            vec![vec![]; 3],
        ];
        for texts in lists {
            let found = chunk::with_threads(3, || of_texts(texts.len(), |place| &texts[place]));
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
