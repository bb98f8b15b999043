//! Distinct texts and their codes: `u32` in the order in which they were first seen.

use hashbrown::{DefaultHashBuilder, HashTable};
use std::hash::BuildHasher;

use crate::error::{Error, Result};

/// The code of a null.
pub(crate) const NULL_CODE: u32 = u32::MAX;

/// How many codes there may be; the last two numbers mean "null" and "nothing is said".
const MOST_CODES: u32 = u32::MAX - 1;

/// Texts in one arena, with a hash index over them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Dictionary {
    bytes: String,
    ends: Vec<usize>,
    index: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl Dictionary {
    /// The code of `text`, which is added if it is new.
    pub(crate) fn intern(&mut self, text: &str) -> Result<u32> {
        let hash = self.hasher.hash_one(text);
        if let Some(&code) = self.index.find(hash, |&code| slice(&self.bytes, &self.ends, code) == text) {
            return Ok(code);
        }
        let code = u32::try_from(self.ends.len())
            .ok()
            .filter(|&code| code < MOST_CODES)
            .ok_or(Error::TooMany { what: "distinct values in one column", limit: u64::from(MOST_CODES) })?;
        self.bytes.push_str(text);
        self.ends.push(self.bytes.len());
        let (bytes, ends, hasher) = (&self.bytes, &self.ends, &self.hasher);
        self.index.insert_unique(hash, code, |&code| hasher.hash_one(slice(bytes, ends, code)));
        Ok(code)
    }

    /// The code of `text`, if it is there.
    pub(crate) fn code(&self, text: &str) -> Option<u32> {
        let hash = self.hasher.hash_one(text);
        self.index.find(hash, |&code| self.text(code) == text).copied()
    }

    /// The text of a code of this dictionary.
    pub(crate) fn text(&self, code: u32) -> &str {
        slice(&self.bytes, &self.ends, code)
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
}

fn slice<'a>(bytes: &'a str, ends: &[usize], code: u32) -> &'a str {
    let code = code as usize;
    let start = if code == 0 { 0 } else { ends[code - 1] };
    &bytes[start..ends[code]]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_dense_and_stable() {
        let mut words = Dictionary::default();
        let codes: Vec<_> = ["b", "", "a", "b", "日本", ""].iter().map(|text| words.intern(text).unwrap()).collect();
        assert_eq!(codes, [0, 1, 2, 0, 3, 1]);
        assert_eq!(words.texts().collect::<Vec<_>>(), ["b", "", "a", "日本"]);
        assert_eq!((words.code("a"), words.code("c"), words.get(NULL_CODE)), (Some(2), None, None));
    }
}
