//! Which code a text has. Where there are many texts that end in numbers, as trackers' keys do, they are found by those, but for the first ones and
//! those whose numbers lie far apart; all others are found by their hash.
//!
//! ```text
//! PAY-12345 ──> pages of all numbers ──> the one of 12336 to 12351 ──> who was first to have 12345: PAY-, and the code
//!                                                                  └─> OPS-? then pages of PAY-, and so on
//! ```

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashMap, HashTable};

use super::text_key::{Before, Key, Numbered, SPREAD, is_short, long_key, numbered, short_key};

/// The codes of texts that were put in. It holds no long texts.
#[derive(Debug, Clone, Default)]
pub(super) struct TextIndex {
    numbers: Pages,
    hashed: Hashed,
    /// Whether some of the hashed ones end in a number, too.
    has_lonely: bool,
    hasher: DefaultHashBuilder,
}

/// How many numbers that follow each other share a page.
const PAGE: usize = 16;

/// How many words a page has.
const WORDS: usize = 2 * PAGE;

/// Words that pages may take for each text that is in the index: of few texts, and of numbers that lie far apart, a hash takes less.
const ROOM_PER_TEXT: usize = 8;

/// Codes by number. Trackers number what they have in order of time, each project by itself or all together: so what is asked for together lies
/// together.
#[derive(Debug, Clone)]
struct Pages {
    /// What stands before numbers, each with its place among `pages`; and some of them where they are found at once.
    before: HashMap<Before, u32>,
    known: Vec<(Before, u32)>,
    /// By number: which page has it. Of those that none has yet it is the first page, which stays empty. First for whatever stands before the
    /// number, and was the first that did; then for each that came later.
    pages: Vec<Vec<u32>>,
    /// Page by page.
    entries: Vec<Entry>,
    /// How many words all that takes, and how many codes there are.
    n_words: usize,
    n: usize,
}

/// The code of a text, and the place of what stands before its number; of none it is the place that all share.
#[derive(Debug, Clone, Copy, Default)]
struct Entry {
    before: u32,
    code: u32,
}

/// How many of what stands before numbers are found at once, at most.
const N_KNOWN: usize = 256;

/// The place of pages that all share.
const SHARED: u32 = 0;

/// Codes by hash.
#[derive(Debug, Clone, Default)]
struct Hashed {
    /// Places of texts, whose keys and codes stand there. What is asked for together was mostly first seen together, and so lies together.
    places: HashTable<u32>,
    keys: Vec<Key>,
    codes: Vec<u32>,
}

impl TextIndex {
    /// How many texts are in it.
    pub(super) fn len(&self) -> usize {
        self.numbers.n + self.hashed.codes.len()
    }

    /// The hash of a text.
    #[inline]
    pub(super) fn hash(&self, text: &str) -> u64 {
        self.hasher.hash_one(text)
    }

    /// What it knows a text by.
    #[inline]
    pub(super) fn key(&self, text: &str) -> Key {
        short_key(text).unwrap_or_else(|| long_key(self.hash(text)))
    }

    /// The code of the text with that key; `is_text` says whether a long one is the one that has a code.
    #[inline]
    pub(super) fn find(&self, key: &Key, is_text: impl Fn(u32) -> bool) -> Option<u32> {
        if let Some(numbered) = numbered(*key) {
            let code = self.numbers.code(numbered);
            if code.is_some() || !self.has_lonely {
                return code;
            }
        }
        let Hashed { places, keys, codes } = &self.hashed;
        let is = |place: &u32| keys[*place as usize] == *key && (is_short(*key) || is_text(codes[*place as usize]));
        places.find(self.hasher.hash_one(key), is).map(|place| codes[*place as usize])
    }

    /// Puts a text in that is not there.
    pub(super) fn insert(&mut self, key: Key, code: u32) {
        let numbered = numbered(key);
        let n_texts = self.len();
        if numbered.is_some_and(|numbered| self.numbers.insert(numbered, code, n_texts)) {
            return;
        }
        self.has_lonely |= numbered.is_some();
        let Hashed { places, keys, codes } = &mut self.hashed;
        keys.push(key);
        let hash = |place: &u32| self.hasher.hash_one(keys[*place as usize]);
        let place = codes.len() as u32;
        places.insert_unique(hash(&place), place, hash);
        codes.push(code);
    }
}

/// The place of what stands before a number among those that are found at once.
#[inline]
const fn known_place((low, high): Before) -> usize {
    ((low ^ high).wrapping_mul(SPREAD) >> (u64::BITS - N_KNOWN.ilog2())) as usize
}

impl Default for Pages {
    fn default() -> Self {
        Self {
            before: HashMap::default(),
            known: Vec::new(),
            pages: vec![Vec::new()],
            entries: Vec::new(),
            n_words: 0,
            n: 0,
        }
    }
}

impl Pages {
    /// The code of a text.
    #[inline]
    fn code(&self, (before, number): Numbered) -> Option<u32> {
        let before = match self.known.get(known_place(before)) {
            Some((known, place)) if *known == before && *place != SHARED => *place,
            _ => *self.before.get(&before)?,
        };
        let shared = self.entry(SHARED, number);
        let entry = if shared.before == before { shared } else { self.entry(before, number) };
        Some(entry.code).filter(|_| entry.before == before)
    }

    #[inline]
    fn entry(&self, pages: u32, number: u32) -> Entry {
        let page = self.pages[pages as usize].get(number as usize / PAGE).map_or(0, |page| *page as usize);
        self.entries.get(page * PAGE + number as usize % PAGE).copied().unwrap_or_default()
    }

    /// Puts a text in that is not there, if pages then do not take too much room for so many texts.
    fn insert(&mut self, (before, number): Numbered, code: u32, n_texts: usize) -> bool {
        let known = self.before.get(&before).copied();
        let id = known.unwrap_or(self.pages.len() as u32);
        let is_taken = self.entry(SHARED, number).before != SHARED;
        let place = if is_taken { id } else { SHARED };
        let pages = self.pages.get(place as usize).map_or(&[][..], Vec::as_slice);
        let page = number as usize / PAGE;
        let is_new = pages.get(page).is_none_or(|page| *page == 0);
        // What stands before is a page's worth of words itself.
        let n_more =
            (page + 1).saturating_sub(pages.len()) + WORDS * (usize::from(is_new) + usize::from(known.is_none()));
        if self.n_words + n_more > ROOM_PER_TEXT * n_texts {
            return false;
        }
        self.n_words += n_more;
        self.n += 1;
        if known.is_none() {
            self.before.insert(before, id);
            self.known.resize(N_KNOWN, Default::default());
            let known = &mut self.known[known_place(before)];
            *known = if known.1 == SHARED { (before, id) } else { *known };
            self.pages.push(Vec::new());
        }
        let pages = &mut self.pages[place as usize];
        pages.resize(pages.len().max(page + 1), 0);
        if is_new {
            let n_pages = (self.entries.len() / PAGE).max(1);
            pages[page] = n_pages as u32;
            self.entries.resize((n_pages + 1) * PAGE, Entry::default());
        }
        self.entries[pages[page] as usize * PAGE + number as usize % PAGE] = Entry { before: id, code };
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Puts texts in, and finds each of them and nothing else.
    fn indexed(texts: impl Iterator<Item = String>) -> TextIndex {
        let mut index = TextIndex::default();
        let keys: Vec<Key> = texts.map(|text| short_key(&text).unwrap()).collect();
        for (key, code) in keys.iter().zip(0..) {
            assert_eq!(index.find(key, |_| unreachable!()), None);
            index.insert(*key, code);
        }
        assert!(keys.iter().zip(0..).all(|(key, code)| index.find(key, |_| unreachable!()) == Some(code)));
        assert_eq!(index.len(), keys.len());
        index
    }

    #[test]
    fn numbers_that_follow_each_other_are_found_by_their_pages() {
        for first in [0, 90_000, 5_000_000] {
            let texts = (0..200_000).map(|n| format!("{}-{}", ["PAY", "OPS", "X"][n % 3], n / 3 + first));
            let index = indexed(texts);
            assert!(index.numbers.n > 100_000 && index.has_lonely, "{}", index.numbers.n);
            // The neighbours of the outermost are on their pages, and are not there.
            for text in [&format!("PAY-{}", first + 66_667), "PAY-", "PAY", "OPS2", "7"] {
                assert_eq!(index.find(&short_key(text).unwrap(), |_| unreachable!()), None, "{text}");
            }
        }
    }

    #[test]
    fn few_texts_take_no_pages() {
        let index = indexed((0..254).map(|n| format!("EPIC-{}", 4_000_000 + n * 10_000)));
        assert!(index.numbers.n == 0 && index.numbers.n_words == 0);
    }

    #[test]
    fn what_lies_far_apart_is_found_by_hash_and_what_comes_then_is_not() {
        // Numbers all over, and a name for each number; then many that lie together.
        let far = (0..60_000_u64).map(|n| (n * 2_654_435_761 % 99_999_989).to_string());
        let names = (0..60_000).map(|n| format!("{n}x{}", n % 3));
        let near = || (0..10_000).map(|n| format!("PAY-{n}"));
        for texts in [far.chain(near()).collect::<Vec<_>>(), names.chain(near()).collect()] {
            let index = indexed(texts.into_iter());
            let n_near =
                near().filter(|text| index.numbers.code(numbered(short_key(text).unwrap()).unwrap()).is_some());
            assert!(n_near.count() > 5_000 && index.has_lonely && index.numbers.n < 60_000);
            let n_words = 2 * index.numbers.entries.len() + index.numbers.pages.iter().map(Vec::len).sum::<usize>();
            assert!(n_words <= WORDS + ROOM_PER_TEXT * index.len());
        }
    }

    #[test]
    fn long_texts_of_one_hash_are_told_apart() {
        let mut index = TextIndex::default();
        (0..3).for_each(|code| index.insert(long_key(5), code));
        assert_eq!(index.find(&long_key(5), |code| code == 2), Some(2));
        assert_eq!((index.find(&long_key(5), |_| false), index.find(&long_key(6), |_| true)), (None, None));
    }
}
