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
            Err(error) => self.is_wrong(error),
        }
    }
}

fn repeated(words: &[Option<&str>], places: &[u32]) -> Result<StringArray> {
    let bytes: Vec<&[u8]> = words.iter().map(|word| word.unwrap_or_default().as_bytes()).collect();
    let n_bytes = places.iter().map(|place| bytes[*place as usize].len()).sum::<usize>();
    if n_bytes > MOST_TEXT {
        return Err(Error::TooMany { what: "bytes of text in one column", limit: MOST_TEXT as u64 });
    }
    let mut offsets = Vec::with_capacity(places.len() + 1);
    offsets.push(0);
    let mut texts = Vec::with_capacity(n_bytes + WIDTH);
    if bytes.iter().all(|word| word.len() <= WIDTH) {
        let wide: Vec<([u8; WIDTH], usize)> = bytes.iter().map(|word| (padded(word), word.len())).collect();
        texts.resize(n_bytes + WIDTH, 0);
        let mut end = 0;
        for place in places {
            let (word, n) = &wide[*place as usize];
            texts[end..end + WIDTH].copy_from_slice(word);
            end += n;
            offsets.push(end as i32);
        }
        texts.truncate(n_bytes);
    } else {
        for place in places {
            texts.extend_from_slice(bytes[*place as usize]);
            offsets.push(texts.len() as i32);
        }
    }
    let is_there = |row: usize| words[places[row] as usize].is_some();
    let nulls = words.contains(&None).then(|| NullBuffer::new(BooleanBuffer::collect_bool(places.len(), is_there)));
    let nulls = nulls.filter(|nulls| nulls.null_count() > 0);
    Ok(StringArray::try_new(OffsetBuffer::new(offsets.into()), Buffer::from_vec(texts), nulls)?)
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
