//! The names of a log's items in byte order: an item's number is the place of its name.

use std::ops::Range;

use arrow_array::{Array, StringArray};
use arrow_buffer::{Buffer, OffsetBuffer};

use super::dictionary::Dictionary;
use crate::error::{Error, Result};
use crate::kernel::near::bring_near;
use crate::kernel::{chunk, order};

/// The most text that Arrow's 32-bit offsets can number in one column.
pub(crate) const MOST_TEXT: usize = i32::MAX as usize;

/// How many names are fetched together.
const AT_ONCE: usize = 256;

/// Distinct names in byte order, as the column that tables have.
#[derive(Debug, Clone)]
pub(crate) struct Names(StringArray);

impl Default for Names {
    fn default() -> Self {
        Self(StringArray::new_null(0))
    }
}

/// The codes of names in byte order of these, unless all stand so.
pub(super) fn by_name(names: &Dictionary) -> Option<Vec<u32>> {
    let name = |code: usize| names.text(code as u32);
    let in_order = |codes: Range<usize>| (codes.start.max(1)..codes.end).all(|code| name(code - 1) <= name(code));
    let parts = chunk::map_ranges(names.len(), in_order);
    let are_in_order = parts.into_iter().all(|in_order| in_order);
    (!are_in_order).then(|| order::of_texts(names.len(), |code| name(code).as_bytes()))
}

impl Names {
    /// Names, in the order of their codes that [`by_name`] gives.
    pub(super) fn new(names: Dictionary, by_name: Option<&[u32]>) -> Result<Self> {
        let (mut text, ends) = names.into_arena();
        let n_bytes = text.len();
        if n_bytes > MOST_TEXT {
            return Err(Error::TooMany { what: "bytes of text in the names of items", limit: MOST_TEXT as u64 });
        }
        let Some(order) = by_name else {
            let offsets = std::iter::once(0).chain(ends.into_iter().map(|end| end as i32)).collect();
            text.shrink_to_fit();
            return Self::of(text.into_bytes(), offsets);
        };
        let name = |code: usize| &text[code.checked_sub(1).map_or(0, |before| ends[before])..ends[code]];
        let parts = chunk::map_ranges(order.len(), |places| {
            let (mut part, mut near) = ((Vec::new(), Vec::with_capacity(places.len())), Vec::with_capacity(AT_ONCE));
            part.0.reserve(n_bytes / ends.len() * places.len());
            for codes in order[places].chunks(AT_ONCE) {
                near.clear();
                near.extend(codes.iter().map(|code| name(*code as usize).as_bytes()));
                near.iter().for_each(|name| bring_near(name));
                for name in &near {
                    part.0.extend_from_slice(name);
                    part.1.push(part.0.len() as i32);
                }
            }
            part
        });
        drop((text, ends));
        let (text, offsets) = joined(parts, n_bytes, order.len());
        Self::of(text, offsets)
    }

    fn of(text: Vec<u8>, offsets: Vec<i32>) -> Result<Self> {
        let offsets = OffsetBuffer::new(offsets.into());
        Ok(Self(StringArray::try_new(offsets, Buffer::from_vec(text), None)?))
    }

    /// An item's name.
    #[inline]
    pub(crate) fn text(&self, item: u32) -> &str {
        self.0.value(item as usize)
    }

    /// All of them, as a column.
    pub(crate) const fn column(&self) -> &StringArray {
        &self.0
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

/// Texts one behind the other, and where each begins; parts tell where each of theirs ends.
fn joined(parts: Vec<(Vec<u8>, Vec<i32>)>, n_bytes: usize, n: usize) -> (Vec<u8>, Vec<i32>) {
    let (mut text, mut offsets) = (vec![0; n_bytes], vec![0; n + 1]);
    let (mut rest, mut rest_of_offsets, mut before) = (&mut text[..], &mut offsets[1..], 0);
    let pieces = parts.into_iter().map(|(more, ends)| {
        let to = rest.split_off_mut(..more.len()).unwrap_or_default();
        let to_ends = rest_of_offsets.split_off_mut(..ends.len()).unwrap_or_default();
        let start = before;
        before += more.len();
        (to, to_ends, start, more, ends)
    });
    chunk::map_owned(pieces.collect(), |(to, to_ends, start, more, ends)| {
        to.copy_from_slice(&more);
        to_ends.iter_mut().zip(ends).for_each(|(to, end)| *to = start as i32 + end);
    });
    (text, offsets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_their_places_as_numbers() {
        let of = |texts: &[String]| {
            let mut words = Dictionary::default();
            texts.iter().for_each(|text| drop(words.intern(text)));
            words
        };
        for n in [0, 1, 5_000] {
            let texts: Vec<String> = (0..n).map(|i: u32| format!("é{}", i.wrapping_mul(2_654_435_761))).collect();
            let order = by_name(&of(&texts));
            let names = Names::new(of(&texts), order.as_deref()).unwrap();
            let mut sorted = texts.clone();
            sorted.sort();
            assert!((0..n).all(|item| names.text(item) == sorted[item as usize]));
            assert_eq!((names.len(), order.is_some()), (texts.len(), n > 1));
            assert!(order.iter().flatten().zip(0..).all(|(code, item)| names.text(item) == texts[*code as usize]));
            // Once more, in order.
            assert_eq!(by_name(&of(&sorted)), None);
            assert_eq!(Names::new(of(&sorted), None).unwrap().column(), names.column());
        }
    }
}
