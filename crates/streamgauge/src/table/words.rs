//! Columns of texts of which there are few: each row's by its place among them.

use std::sync::Arc;

use arrow_array::StringArray;
use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer};

use super::TableBuilder;
use super::rows::MOST_TEXT;
use crate::error::{Error, Result};

/// Words of up to so many bytes are copied with what stands behind them: a copy of one length needs no loop.
const WIDTH: usize = 32;

impl TableBuilder {
    /// Texts of which there are few, each row's by its place among them.
    pub(crate) fn words(&mut self, name: &str, words: &[Option<&str>], places: impl Iterator<Item = u32>) {
        match repeated(words, &places.collect::<Vec<_>>()) {
            Ok(column) => self.push(name, Arc::new(column), true),
            Err(error) => self.refuse(error),
        }
    }
}

fn repeated(words: &[Option<&str>], places: &[u32]) -> Result<StringArray> {
    let bytes: Vec<&[u8]> = words.iter().map(|word| word.unwrap_or_default().as_bytes()).collect();
    let lengths: Vec<usize> = bytes.iter().map(|word| word.len()).collect();
    let mut end = 0;
    let ends = places.iter().map(|place| {
        end += lengths[*place as usize];
        end as i32
    });
    // Ends that are too large for an offset mean nothing, and are not used.
    let offsets: Vec<i32> = std::iter::once(0).chain(ends).collect();
    if end > MOST_TEXT {
        return Err(Error::TooMany { what: "bytes of text in one column", limit: MOST_TEXT as u64 });
    }
    let texts = if lengths.iter().all(|length| *length <= WIDTH) {
        wide(&bytes, places, &offsets, end)
    } else {
        let mut texts = Vec::with_capacity(end);
        places.iter().for_each(|place| texts.extend_from_slice(bytes[*place as usize]));
        texts
    };
    let is_there = |row: usize| words[places[row] as usize].is_some();
    let nulls = words.contains(&None).then(|| NullBuffer::new(BooleanBuffer::collect_bool(places.len(), is_there)));
    let nulls = nulls.filter(|nulls| nulls.null_count() > 0);
    Ok(StringArray::try_new(OffsetBuffer::new(offsets.into()), Buffer::from_vec(texts), nulls)?)
}

/// Words of up to [`WIDTH`] bytes, each where its offset says.
fn wide(words: &[&[u8]], places: &[u32], offsets: &[i32], n_bytes: usize) -> Vec<u8> {
    let words: Vec<[u8; WIDTH]> = words.iter().map(|word| padded(word)).collect();
    let mut texts = vec![0; n_bytes + WIDTH];
    for (place, offset) in places.iter().zip(offsets) {
        if let Some(to) = texts[*offset as usize..].first_chunk_mut::<WIDTH>() {
            *to = words[*place as usize];
        }
    }
    texts.truncate(n_bytes);
    texts
}

fn padded(word: &[u8]) -> [u8; WIDTH] {
    let mut padded = [0; WIDTH];
    padded[..word.len()].copy_from_slice(word);
    padded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_every_length_and_none() {
        let long = "é".repeat(40);
        for last in ["日本", &"x".repeat(WIDTH), &"x".repeat(WIDTH + 1), &long] {
            let words = [Some(""), Some("b"), None, Some(last)];
            let places = [3, 0, 1, 2, 3, 3, 1, 0];
            let column = repeated(&words, &places).unwrap();
            let expected: Vec<_> = places.iter().map(|place| words[*place as usize]).collect();
            assert_eq!(column.iter().collect::<Vec<_>>(), expected);
        }
        assert_eq!(repeated(&[None], &[0, 0]).unwrap(), StringArray::new_null(2));
        assert_eq!(repeated(&[], &[]).unwrap(), StringArray::new_null(0));
    }
}
