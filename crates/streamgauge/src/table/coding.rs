//! Columns of texts to codes.
//!
//! A long column is coded in a few ranges side by side, each with a dictionary of its own, which for [few texts](super::few) begins with what is
//! known; then the dictionaries are combined in order, so that codes stand in the order in which their texts were first seen, whatever the number of
//! threads. A short one of many texts is coded with the log's dictionary at once.

use std::ops::Range;

use arrow_array::{
    Array, ArrayAccessor, ArrayRef, GenericStringArray, Int64Array, OffsetSizeTrait, downcast_dictionary_array,
};

use super::few::coded_few;
use super::keys::code_keys;
use super::texts::Texts;
use crate::error::{Error, Result};
use crate::kernel::chunk;
use crate::kernel::near::bring_near;
use crate::model::{Codes, Dictionary, Key, NULL_CODE, short_key, short_key_of_view};

/// How many rows are coded in one range at least: each has a dictionary that must be combined.
pub(super) const AT_ONCE: usize = 1 << 18;

/// How many codes are made before they are written, so that a column becomes wider between blocks and not in the loop.
pub(super) const BLOCK: usize = 1_024;

/// The codes of a column whose texts `dictionary` holds; those that are new are added.
pub(crate) fn coded(name: &str, array: &ArrayRef, dictionary: &mut Dictionary) -> Result<Codes> {
    // A column without rows can be of a wrong type, too.
    Texts::new(name, &array.slice(0, 0))?;
    if let Some(codes) = coded_few(name, array, dictionary)? {
        return Ok(codes);
    }
    let code = |rows: Range<usize>, words: &mut Dictionary| {
        let mut codes = Codes::with_capacity(rows.len());
        code_rows(name, &array.slice(rows.start, rows.len()), words, |block| codes.extend(block))?;
        Ok::<_, Error>(codes)
    };
    if array.len() <= AT_ONCE {
        return code(0..array.len(), dictionary);
    }
    let parts = chunk::map_few(array.len(), AT_ONCE, |rows| {
        let mut words = Dictionary::default();
        let codes = code(rows, &mut words)?;
        Ok::<_, Error>((words, codes))
    });
    let mut all = Codes::default();
    for part in parts {
        let (words, codes) = part?;
        let map = dictionary.combine(words)?;
        if all.len() == 0 && is_identity(&map) {
            all = codes;
            all.reserve(array.len());
        } else {
            all.extend_mapped(&codes, &map);
        }
    }
    Ok(all)
}

pub(super) fn is_identity(map: &[u32]) -> bool {
    (0..).zip(map).all(|(here, there)| here == *there)
}

/// Gives the codes of some rows to `put`, in blocks; texts that are new to `words` are added in the order in which rows have them.
pub(super) fn code_rows(name: &str, column: &ArrayRef, words: &mut Dictionary, put: impl FnMut(&[u32])) -> Result<()> {
    let array = column.as_ref();
    downcast_dictionary_array!(
        array => {
            let values = Texts::new(name, array.values())?;
            code_keys(array.keys(), &values, words, put)?;
        },
        _ => match Texts::new(name, column)? {
            Texts::Utf8(array) => code_strings(&array, words, put)?,
            Texts::Large(array) => code_strings(&array, words, put)?,
            Texts::View(array) => {
                let views = array.views();
                code_texts(&array, |row| short_key_of_view(views[row]), |rows| bring_near(&views[rows]), words, put)?;
            }
            Texts::Numbers(array) => code_numbers(&array, words, put)?,
            // Dictionaries were coded above, with keys of whatever width.
            Texts::Dictionary { keys, values } => code_keys(&keys, &values, words, put)?,
        }
    );
    Ok(())
}

/// The rows of each block.
pub(super) fn blocks(n: usize) -> impl Iterator<Item = Range<usize>> {
    (0..n).step_by(BLOCK).map(move |start| start..(start + BLOCK).min(n))
}

/// Brings the texts of some rows near.
pub(super) fn texts_near<O: OffsetSizeTrait>(texts: &GenericStringArray<O>, rows: Range<usize>) {
    let ends = [rows.start, rows.end].map(|row| texts.value_offsets()[row].as_usize());
    bring_near(&texts.value_offsets()[rows]);
    bring_near(&texts.value_data()[ends[0]..ends[1]]);
}

fn code_strings<O: OffsetSizeTrait>(
    texts: &GenericStringArray<O>,
    words: &mut Dictionary,
    put: impl FnMut(&[u32]),
) -> Result<()> {
    code_texts(texts, |row| short_key(texts.value(row)), |rows| texts_near(texts, rows), words, put)
}

/// The texts of a block are brought near, and then looked up: one look-up does not wait for the other.
fn code_texts<'a, A: ArrayAccessor<Item = &'a str>>(
    texts: A,
    short_key: impl Fn(usize) -> Option<Key>,
    bring_near: impl Fn(Range<usize>),
    words: &mut Dictionary,
    mut put: impl FnMut(&[u32]),
) -> Result<()> {
    let mut block = Vec::with_capacity(BLOCK);
    for rows in blocks(texts.len()) {
        let is_null = |row: usize| texts.nulls().is_some_and(|nulls| nulls.is_null(row));
        bring_near(rows.clone());
        block.clear();
        for row in rows {
            let text = || texts.value(row);
            let code = match is_null(row) {
                true => NULL_CODE,
                false => words.intern_key(short_key(row).unwrap_or_else(|| words.key(text())), text)?,
            };
            block.push(code);
        }
        put(&block);
    }
    Ok(())
}

/// Whole numbers, each written once. One that stands again in the next row, or behind nulls, is not looked up.
fn code_numbers(numbers: &Int64Array, words: &mut Dictionary, mut put: impl FnMut(&[u32])) -> Result<()> {
    let (values, nulls) = (&numbers.values()[..], numbers.nulls());
    let mut block = [0; BLOCK];
    let (mut last, mut last_code) = (None, NULL_CODE);
    for rows in blocks(values.len()) {
        let block = &mut block[..rows.len()];
        for (row, code) in rows.zip(&mut *block) {
            if nulls.is_some_and(|nulls| nulls.is_null(row)) {
                *code = NULL_CODE;
                continue;
            }
            if last != Some(values[row]) {
                (last, last_code) = (Some(values[row]), words.intern_number(values[row])?);
            }
            *code = last_code;
        }
        put(block);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::StringArray;
    use arrow_cast::cast;
    use arrow_schema::DataType;

    use super::super::items::coded_wide;
    use super::*;

    /// The codes of a column that comes in short batches, and its texts.
    fn in_batches(column: &ArrayRef) -> (Vec<u32>, Dictionary) {
        let mut words = Dictionary::default();
        let batch = |row: usize| column.slice(row, BATCH.min(column.len() - row));
        let codes = (0..column.len()).step_by(BATCH);
        let codes = codes.flat_map(|row| coded_wide("item", &batch(row), &mut words).unwrap()).collect();
        (codes, words)
    }

    const BATCH: usize = 10_000;

    /// Enough rows for several ranges: what each finds first is what the column has first.
    #[test]
    fn codes_are_in_order_of_first_rows_whatever_the_ranges() {
        let n = 2 * AT_ONCE + 77;
        let texts: Vec<Option<String>> = (0..n)
            .map(|row| (row % 11 != 0).then(|| format!("{}-{}", "x".repeat(row % 31), row / 5 % 70_000)))
            .collect();
        let mut expected = Dictionary::default();
        let codes: Vec<u32> =
            texts.iter().map(|text| text.as_ref().map_or(NULL_CODE, |text| expected.intern(text).unwrap())).collect();
        let plain: ArrayRef = Arc::new(StringArray::from(texts));
        for kind in [DataType::Utf8, DataType::LargeUtf8, DataType::Utf8View] {
            let mut words = Dictionary::default();
            let column = cast(&plain, &kind).unwrap();
            let found = coded("item", &column, &mut words).unwrap();
            assert!((0..n).all(|row| found.get(row) == codes[row]), "{kind}");
            assert!(words.texts().eq(expected.texts()), "{kind}");
            let mut words = Dictionary::default();
            assert_eq!(coded_wide("item", &column, &mut words).unwrap(), codes, "{kind}");
            assert!(words.texts().eq(expected.texts()), "{kind}");
            let (batches, words) = in_batches(&column);
            assert_eq!(batches, codes, "{kind}");
            assert!(words.texts().eq(expected.texts()), "{kind}");
        }
    }

    /// A long text that looks like a short one: its first bytes and its length are the other's bytes.
    #[test]
    fn what_looks_alike_at_a_glance_is_told_apart() {
        let long = format!("\0\0\0\0\0\0\0\u{1}{}", "x".repeat(57));
        let looks = ["A", &long, "A", &long[..64], "x", &long];
        let plain: ArrayRef = Arc::new(StringArray::from(looks.to_vec()));
        for kind in [DataType::Utf8, DataType::LargeUtf8, DataType::Utf8View] {
            let codes = coded("state", &cast(&plain, &kind).unwrap(), &mut Dictionary::default()).unwrap();
            assert_eq!((0..looks.len()).map(|row| codes.get(row)).collect::<Vec<_>>(), [0, 1, 0, 2, 3, 1], "{kind}");
        }
    }

    /// Pieces, some without any number, around zero; the same as dictionaries of texts.
    #[test]
    fn numbers_and_nulls_in_pieces() {
        for (first, last) in [(-5, 0), (0, 0), (0, 7), (9, -3)] {
            let numbers: ArrayRef = Arc::new(Int64Array::from(vec![Some(first), None, None, Some(last)]));
            let kind = DataType::Dictionary(Box::new(DataType::Int16), Box::new(DataType::Utf8));
            let as_texts = cast(&cast(&numbers, &DataType::Utf8).unwrap(), &kind).unwrap();
            for column in [numbers, as_texts] {
                let mut words = Dictionary::default();
                let pieces = [0..1, 1..3, 3..4].map(|rows| column.slice(rows.start, rows.len()));
                let codes = pieces.map(|piece| coded("points", &piece, &mut words).unwrap().get(0));
                let said = codes.map(|code| words.get(code).map(str::to_owned));
                assert_eq!(said, [Some(first.to_string()), None, Some(last.to_string())]);
                assert_eq!(words.len(), 1 + usize::from(first != last));
            }
        }
    }

    /// Numbers, texts, keys, numbers again: each batch goes on with what the others left in the dictionary.
    #[test]
    fn batches_of_several_types() {
        for n in [3, 300] {
            let numbers = |from: i64, to: i64| -> ArrayRef { Arc::new((from..=to).collect::<Int64Array>()) };
            let last = n.to_string();
            let texts: ArrayRef = Arc::new(StringArray::from(vec![Some("2"), Some(&last), Some("new"), None]));
            let keys =
                cast(&texts, &DataType::Dictionary(Box::new(DataType::Int16), Box::new(DataType::Utf8))).unwrap();
            let batches = [numbers(1, n), texts, numbers(n, n + 1), keys, numbers(1, 1)];
            let (mut wide, mut narrow) = (Dictionary::default(), Dictionary::default());
            let mut found = Vec::new();
            for batch in &batches {
                let codes = coded_wide("item", batch, &mut wide).unwrap();
                let narrow = coded("item", batch, &mut narrow).unwrap();
                assert!((0..codes.len()).all(|row| narrow.get(row) == codes[row]));
                found.push(codes);
            }
            let (last, new) = (n as u32 - 1, n as u32);
            let said = vec![1, last, new, NULL_CODE];
            assert_eq!(found[1..], [said.clone(), vec![last, new + 1], said, vec![0]]);
            assert!(wide.texts().eq(narrow.texts()) && wide.len() == n as usize + 2);
        }
    }

    #[test]
    fn ascending_numbers_in_several_ranges() {
        let n = 2 * AT_ONCE as i64 + 5;
        let numbers: ArrayRef = Arc::new((0..n).map(|row| row / 3 - 1_000).collect::<Int64Array>());
        let mut words = Dictionary::default();
        let codes = coded("item", &numbers, &mut words).unwrap();
        assert!((0..n).all(|row| i64::from(codes.get(row as usize)) == row / 3));
        assert_eq!((words.text(0), words.text(1_005)), ("-1000", "5"));
        let wide = coded_wide("item", &numbers, &mut Dictionary::default()).unwrap();
        assert!((0..n).all(|row| i64::from(wide[row as usize]) == row / 3));
        // A number that goes on in the next batch is the same one.
        let (batches, words) = in_batches(&numbers);
        assert_eq!((batches, words.len()), (wide, numbers.len().div_ceil(3)));
    }
}
