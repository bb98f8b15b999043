//! Columns of texts of which there are few: codes in the table, texts for whoever reads it.

use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::cast::AsArray;
use arrow_array::types::{ArrowDictionaryKeyType, Int64Type, UInt8Type, UInt16Type, UInt32Type};
use arrow_array::{ArrayRef, DictionaryArray, PrimitiveArray, StringArray};
use arrow_buffer::{ArrowNativeType, BooleanBuffer, NullBuffer};

use super::TableBuilder;
use crate::error::{Error, Result};
use crate::model::MOST_TEXT;

impl TableBuilder {
    /// Texts of which there are few, each row's by its place among them. They stay codes, as narrow as they can be, where that is less.
    pub(crate) fn words(&mut self, name: &str, words: &[Option<&str>], places: impl Iterator<Item = u32>) {
        let is_less = words.len() <= places.size_hint().0 && n_bytes(words.iter().copied()) <= MOST_TEXT;
        if !is_less || words.iter().all(Option::is_none) {
            return self.texts(name, places.map(|place| words[place as usize]));
        }
        match coded(words, places) {
            Ok(column) => self.push(name, column, true),
            Err(error) => self.refuse(error),
        }
    }
}

fn coded(words: &[Option<&str>], places: impl Iterator<Item = u32>) -> Result<ArrayRef> {
    match words.len() {
        0..=0x100 => keyed::<UInt8Type>(words, places),
        0x101..=0x1_0000 => keyed::<UInt16Type>(words, places),
        _ => keyed::<UInt32Type>(words, places),
    }
}

fn keyed<K: ArrowDictionaryKeyType>(words: &[Option<&str>], places: impl Iterator<Item = u32>) -> Result<ArrayRef> {
    let keys: Vec<K::Native> = places.map(|place| K::Native::usize_as(place as usize)).collect();
    // Mostly there is no row of no word, which is quickly seen.
    let nulls =
        words.iter().enumerate().any(|(place, word)| word.is_none() && keys.contains(&K::Native::usize_as(place)));
    let nulls = nulls.then(|| {
        let is_there: Vec<bool> = words.iter().map(Option::is_some).collect();
        NullBuffer::new(BooleanBuffer::collect_bool(keys.len(), |row| is_there[keys[row].as_usize()]))
    });
    let keys = PrimitiveArray::<K>::try_new(keys.into(), nulls)?;
    // Whoever reads the table shall be able to have it as texts.
    let longest = words.iter().flatten().map(|word| word.len()).max().unwrap_or_default();
    if keys.len().saturating_mul(longest) > MOST_TEXT {
        let written = keys.iter().map(|key| key.and_then(|key| words[key.as_usize()]));
        if n_bytes(written) > MOST_TEXT {
            return Err(Error::TooMany { what: "bytes of text in one column", limit: MOST_TEXT as u64 });
        }
    }
    // Behind no key stands a word that is not; it needs a place only.
    let values = StringArray::from_iter_values(words.iter().map(|word| word.unwrap_or_default()));
    Ok(Arc::new(DictionaryArray::<K>::try_new(keys, Arc::new(values))?))
}

fn n_bytes<'a>(words: impl Iterator<Item = Option<&'a str>>) -> usize {
    words.map(|word| word.map_or(0, str::len)).sum()
}

/// A column as it is, but texts in place of codes, and numbers of 64 bits in place of counts.
pub(super) fn written_out(column: &ArrayRef) -> ArrayRef {
    if let Some(counts) = column.as_primitive_opt::<UInt8Type>() {
        return Arc::new(counts.unary::<_, Int64Type>(i64::from));
    }
    if let Some(counts) = column.as_primitive_opt::<UInt32Type>() {
        return Arc::new(counts.unary::<_, Int64Type>(i64::from));
    }
    let narrow = texts::<UInt8Type>(column).or_else(|| texts::<UInt16Type>(column));
    narrow.or_else(|| texts::<UInt32Type>(column)).unwrap_or_else(|| Arc::clone(column))
}

/// The texts of a column of such keys, if it is one. They fit: that was asked when the column was made.
fn texts<K: ArrowDictionaryKeyType>(column: &ArrayRef) -> Option<ArrayRef> {
    let codes = column.as_dictionary_opt::<K>()?;
    let (words, keys) = (codes.values().as_string::<i32>(), codes.keys());
    let texts = || keys.iter().map(|key| key.map(|key| words.value(key.as_usize())));
    let mut written = StringBuilder::with_capacity(keys.len(), n_bytes(texts()));
    texts().for_each(|text| written.append_option(text));
    Some(Arc::new(written.finish()))
}

#[cfg(test)]
mod tests {
    use arrow_array::Array;

    use super::*;
    use crate::table::Receipt;

    #[test]
    fn words_of_every_length_and_none() {
        let long = "é".repeat(40);
        for (n_more, width) in [(0, 1), (0x100, 2), (0x1_0000, 4)] {
            let more: Vec<String> = (0..n_more).map(|word| word.to_string()).collect();
            let words = [Some(""), Some("b"), None, Some(long.as_str())];
            let words: Vec<_> = words.into_iter().chain(more.iter().map(|word| Some(word.as_str()))).collect();
            let last = words.len() as u32 - 1;
            let places = [3, 0, 1, 2, last, 3, 1, 0];
            let column = coded(&words, places.into_iter()).unwrap();
            let expected: Vec<_> = places.iter().map(|place| words[*place as usize]).collect();
            assert_eq!(column.null_count(), expected.iter().filter(|word| word.is_none()).count());
            assert_eq!(written_out(&column).as_string::<i32>().iter().collect::<Vec<_>>(), expected);
            assert_eq!(column.as_any_dictionary().keys().to_data().buffers()[0].len(), places.len() * width);
        }
    }

    #[test]
    fn some_rows_are_written_out() {
        let mut table = TableBuilder::new(Receipt::of_data());
        let words = [Some("a"), None, Some("bc")];
        table.words("word", &words, [2, 1, 0, 2, 1, 0].into_iter());
        let table = table.finish().unwrap();
        for rows in [0..6, 1..4, 2..9, 3..3, 7..8] {
            let some = table.rows(rows.clone());
            let expected: Vec<_> = [2, 1, 0, 2, 1, 0].iter().map(|place| words[*place]).collect();
            let expected: Vec<_> = rows.filter_map(|row| expected.get(row).copied()).collect();
            assert_eq!(some.batch().column(0).as_string::<i32>().iter().collect::<Vec<_>>(), expected);
        }
        assert!(table == table.rows(0..6) && table != table.head(5) && table.rows(0..3) == table.rows(3..6));
    }

    #[test]
    fn no_word_and_no_row() {
        for (words, places) in [(&[None][..], &[0, 0][..]), (&[], &[]), (&[Some("x")], &[])] {
            let mut table = TableBuilder::new(Receipt::of_data());
            table.words("word", words, places.iter().copied());
            let table = table.finish().unwrap();
            assert_eq!(table.column("word").unwrap().as_string::<i32>(), &StringArray::new_null(places.len()));
            assert_eq!(table.batch().schema().field(0).data_type(), &arrow_schema::DataType::Utf8);
        }
    }
}
