//! Distinct texts and their codes: `u32` in the order in which they were first seen.

use hashbrown::HashSet;

use super::text_index::TextIndex;
use super::text_key::Key;
use crate::error::{Error, Result};
use crate::kernel::chunk;

/// The code of a null.
pub(crate) const NULL_CODE: u32 = u32::MAX;

/// How many codes there may be; the last two numbers mean "null" and "nothing is said".
const MOST_CODES: u32 = u32::MAX - 1;

/// Texts in one arena, with an index over them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Dictionary {
    bytes: String,
    ends: Vec<usize>,
    /// Of the first texts; the others are put there when it is first needed.
    index: TextIndex,
    numbers: Numbers,
}

/// The first so many texts are numbers in ascending order: the next that is larger is new, whatever the index says.
#[derive(Debug, Clone, Copy, Default)]
struct Numbers {
    n: usize,
    first: i64,
    last: i64,
}

impl Dictionary {
    /// Of texts whose codes are their places, if each is another one: two of one hash are taken for the same.
    pub(crate) fn of_distinct<'a>(texts: impl ExactSizeIterator<Item = &'a str> + Clone) -> Option<Self> {
        let mut words = Self::default();
        let mut hashes = HashSet::with_capacity(texts.len());
        let are_distinct = texts.clone().all(|text| hashes.insert(words.index.hash(text)));
        if !are_distinct || texts.len() > MOST_CODES as usize {
            return None;
        }
        words.ends.reserve_exact(texts.len());
        words.bytes.reserve_exact(texts.clone().map(str::len).sum());
        for text in texts {
            words.bytes.push_str(text);
            words.ends.push(words.bytes.len());
        }
        Some(words)
    }

    /// The code of `text`, which is added if it is new.
    pub(crate) fn intern(&mut self, text: &str) -> Result<u32> {
        self.intern_key(self.key(text), || text)
    }

    /// As [`intern`](Self::intern), with the key of the text.
    #[inline]
    pub(crate) fn intern_key<'a>(&mut self, key: Key, text: impl Fn() -> &'a str) -> Result<u32> {
        self.index_all();
        if let Some(code) = self.find(&key, &text) {
            return Ok(code);
        }
        let code = self.push(text())?;
        self.index.insert(key, code);
        Ok(code)
    }

    /// Adds a text that is not there.
    fn push(&mut self, text: &str) -> Result<u32> {
        let code = self.next_code()?;
        self.bytes.push_str(text);
        self.ends.push(self.bytes.len());
        Ok(code)
    }

    /// The code of a number's text, which is added if it is new. Of ascending numbers each is, and the index is not asked.
    pub(crate) fn intern_number(&mut self, number: i64) -> Result<u32> {
        let is_first = self.len() == 0;
        if !is_first && self.numbers.n == self.len() && number == self.numbers.last {
            return Ok(self.len() as u32 - 1);
        }
        if self.numbers.n < self.len() || (!is_first && number <= self.numbers.last) {
            return self.intern(&number.to_string());
        }
        let code = self.push(itoa::Buffer::new().format(number))?;
        let first = if is_first { number } else { self.numbers.first };
        self.numbers = Numbers { n: self.len(), first, last: number };
        Ok(code)
    }

    /// Adds the texts of another; gives for each of its codes the code that the text has here.
    pub(crate) fn combine(&mut self, other: Self) -> Result<Vec<u32>> {
        if self.len() == 0 {
            *self = other;
            return Ok((0..self.len() as u32).collect());
        }
        if other.len() == 0 {
            return Ok(Vec::new());
        }
        let numbers = self.numbers;
        let are_numbers = numbers.n == self.len() && other.numbers.n == other.len();
        if !are_numbers || other.numbers.first < numbers.last {
            return self.intern_all(&other);
        }
        // The last number here may be the first there.
        let n_known = usize::from(other.numbers.first == numbers.last);
        let codes = self.len() - n_known..self.len() - n_known + other.len();
        if codes.end > MOST_CODES as usize {
            return Err(too_many());
        }
        let n_known_bytes = if n_known == 1 { other.text(0).len() } else { 0 };
        let before = self.bytes.len();
        self.bytes.push_str(&other.bytes[n_known_bytes..]);
        self.ends.extend(other.ends[n_known..].iter().map(|end| end - n_known_bytes + before));
        self.numbers = Numbers { n: self.len(), last: other.numbers.last, ..numbers };
        Ok(codes.map(|code| code as u32).collect())
    }

    /// The codes of all texts of another, which are added if they are new.
    fn intern_all(&mut self, other: &Self) -> Result<Vec<u32>> {
        self.index_all();
        let known = chunk::map_ranges(other.len(), |codes| {
            let found = codes.map(|code| other.text(code as u32)).map(|text| self.find(&self.key(text), || text));
            found.collect::<Vec<_>>()
        });
        // Those of another differ from each other, so that new ones are not looked for again; the index has them when it is next needed.
        let mut codes = Vec::with_capacity(other.len());
        for (found, text) in known.into_iter().flatten().zip(other.texts()) {
            codes.push(found.map_or_else(|| self.push(text), Ok)?);
        }
        Ok(codes)
    }

    /// The code of a text that is in the index.
    #[inline]
    fn find<'a>(&self, key: &Key, text: impl Fn() -> &'a str) -> Option<u32> {
        self.index.find(key, |code| self.text(code) == text())
    }

    /// The code of `text`, if it is there.
    pub(crate) fn code(&self, text: &str) -> Option<u32> {
        let rest = || (self.index.len() as u32..self.len() as u32).find(|&code| self.text(code) == text);
        self.find(&self.key(text), || text).or_else(rest)
    }

    /// The text of a code of this dictionary.
    pub(crate) fn text(&self, code: u32) -> &str {
        let code = code as usize;
        let start = if code == 0 { 0 } else { self.ends[code - 1] };
        &self.bytes[start..self.ends[code]]
    }

    /// The text of a code, or `None` for the code of null.
    pub(crate) fn get(&self, code: u32) -> Option<&str> {
        (code != NULL_CODE).then(|| self.text(code))
    }

    /// All texts, in order of their codes.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        (0..self.len() as u32).map(|code| self.text(code))
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// All texts, one behind the other, and where each ends.
    pub(super) fn into_arena(self) -> (String, Vec<usize>) {
        (self.bytes, self.ends)
    }

    fn next_code(&self) -> Result<u32> {
        u32::try_from(self.len()).ok().filter(|&code| code < MOST_CODES).ok_or_else(too_many)
    }

    /// What the index knows a text by.
    #[inline]
    pub(crate) fn key(&self, text: &str) -> Key {
        self.index.key(text)
    }

    /// Puts into the index what is not there.
    #[inline]
    fn index_all(&mut self) {
        if self.index.len() < self.len() {
            self.index_rest();
        }
    }

    fn index_rest(&mut self) {
        for code in self.index.len() as u32..self.len() as u32 {
            let key = self.key(self.text(code));
            self.index.insert(key, code);
        }
    }
}

fn too_many() -> Error {
    Error::TooMany { what: "distinct values in one column", limit: u64::from(MOST_CODES) }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn codes_are_dense_and_stable() {
        let mut words = Dictionary::default();
        let codes: Vec<_> = ["b", "", "a", "b", "日本", ""].iter().map(|text| words.intern(text).unwrap()).collect();
        assert_eq!(codes, [0, 1, 2, 0, 3, 1]);
        assert_eq!(words.texts().collect::<Vec<_>>(), ["b", "", "a", "日本"]);
        assert_eq!((words.code("a"), words.code("c"), words.get(NULL_CODE)), (Some(2), None, None));
        assert_eq!((words.code("a"), words.intern("日本").unwrap(), words.intern("c").unwrap()), (Some(2), 3, 4));
    }

    #[test]
    fn all_texts_are_told_apart() {
        // All of one letter, with zeros at their ends, that differ in one byte, of every length around the short ones.
        let plain = (0..40).map(|n| "a".repeat(n));
        let zeros = (0..40).map(|n| format!("{}\0", "a".repeat(n)));
        let others = (0..40).flat_map(|n| (0..n).map(move |i| format!("{}b{}", "a".repeat(i), "a".repeat(n - i))));
        // Some end in a number, and one more letter makes them others.
        let keys = (0..40).flat_map(|n| [format!("PAY-{n}"), format!("PAY-{n}x"), format!("PAY-0{n}"), format!("{n}")]);
        let texts: Vec<String> = plain.chain(zeros).chain(others).chain(keys).collect();
        let mut words = Dictionary::default();
        let codes: HashSet<u32> = texts.iter().map(|text| words.intern(text).unwrap()).collect();
        assert_eq!(codes.len(), texts.iter().collect::<HashSet<_>>().len());
        for text in &texts {
            assert_eq!(words.text(words.code(text).unwrap()), text);
        }
    }

    #[test]
    fn ascending_numbers_need_no_index() {
        let mut numbers = Dictionary::default();
        let codes: Vec<_> = [-5, 0, 10, 10, -5, 11].iter().map(|n| numbers.intern_number(*n).unwrap()).collect();
        assert_eq!(codes, [0, 1, 2, 2, 0, 3]);
        let of = |all: &[i64]| {
            let mut words = Dictionary::default();
            all.iter().for_each(|number| drop(words.intern_number(*number)));
            words
        };
        for last in [-7, 0, 7] {
            let mut words = of(&[last]);
            assert!(words.combine(Dictionary::default()).unwrap().is_empty());
            assert_eq!(words.combine(of(&[0])).unwrap(), [u32::from(last != 0)], "{last}");
        }
        let (mut low, high, between) = (of(&[1, 2]), of(&[9, 30]), of(&[2, 10]));
        assert_eq!(low.combine(high).unwrap(), [2, 3]);
        assert_eq!((low.index.len(), low.code("30")), (0, Some(3)));
        assert_eq!(low.combine(of(&[30, 31])).unwrap(), [3, 4]);
        assert_eq!((low.index.len(), low.text(4)), (0, "31"));
        assert_eq!(low.combine(between).unwrap(), [1, 5]);
        assert_eq!(low.texts().collect::<Vec<_>>(), ["1", "2", "9", "30", "31", "10"]);
    }
}
