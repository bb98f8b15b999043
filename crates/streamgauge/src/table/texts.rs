//! A column of texts, whatever its Arrow type: plain, large, view, dictionary, or something that can be written as text.
//!
//! Coding a column goes through its rows in a few ranges side by side, each with a dictionary of its own; then the dictionaries are
//! combined in order, so that codes stand in the order in which their texts were first seen, whatever the number of threads.

use std::borrow::Cow;
use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, UInt32Type};
use arrow_array::{Array, ArrayRef, Int64Array, LargeStringArray, StringArray, StringViewArray, UInt32Array};
use arrow_buffer::NullBuffer;
use arrow_cast::{CastOptions, cast, cast_with_options};
use arrow_schema::DataType;

use crate::error::{Error, Result};
use crate::kernel::chunk;
use crate::model::{Codes, Dictionary, Key, NULL_CODE, is_short};

/// How many rows are coded in one range at least: each has a dictionary that must be combined.
const AT_ONCE: usize = 1 << 18;

/// How many codes are made before they are written.
const BLOCK: usize = 1_024;

/// In how many places texts are remembered that were looked up lately.
const PLACES: usize = 256;

/// Spreads keys over the places (2⁶⁴ / golden ratio).
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// Row-wise reading of a text column.
pub(crate) enum Texts {
    Utf8(StringArray),
    Large(LargeStringArray),
    View(StringViewArray),
    Dictionary { keys: UInt32Array, values: Box<Texts> },
    Numbers(Int64Array),
}

/// The codes of a column whose texts `dictionary` holds; those that are new are added.
pub(crate) fn coded(name: &str, array: &ArrayRef, dictionary: &mut Dictionary) -> Result<Codes> {
    let local = |rows: Range<usize>| Texts::new(name, &array.slice(rows.start, rows.len()))?.coded();
    // A column without rows can be of a wrong type, too.
    Texts::new(name, &array.slice(0, 0))?;
    let mut all = Codes::default();
    for part in chunk::map_few(array.len(), AT_ONCE, local) {
        let (words, codes) = part?;
        let map = dictionary.combine(words)?;
        if all.len() == 0 && (0..).zip(&map).all(|(here, there)| here == *there) {
            all = codes;
            all.reserve(array.len());
        } else {
            all.extend_mapped(&codes, &map);
        }
    }
    Ok(all)
}

impl Texts {
    /// Numbers, truth values and dates are written as text; nested types are refused.
    pub(crate) fn new(name: &str, array: &ArrayRef) -> Result<Self> {
        match array.data_type() {
            DataType::Utf8 => Ok(Self::Utf8(array.as_string().clone())),
            DataType::LargeUtf8 => Ok(Self::Large(array.as_string().clone())),
            DataType::Utf8View => Ok(Self::View(array.as_string_view().clone())),
            DataType::Dictionary(_, _) => {
                let dictionary = array.as_any_dictionary();
                // A key that is no place is none, as all of a dictionary without values are.
                let keys = cast(dictionary.keys(), &DataType::UInt32)?.as_primitive::<UInt32Type>().clone();
                Ok(Self::Dictionary { keys, values: Box::new(Self::new(name, dictionary.values())?) })
            }
            other if other.is_integer() && *other != DataType::UInt64 => {
                Ok(Self::Numbers(cast(array, &DataType::Int64)?.as_primitive::<Int64Type>().clone()))
            }
            other => {
                let wrong = || Error::ColumnType {
                    column: name.to_owned(),
                    found: other.to_string(),
                    wanted: "text, or a number, date or truth value that can be written as text,",
                };
                if other.is_nested() || matches!(other, DataType::Binary | DataType::LargeBinary | DataType::BinaryView)
                {
                    return Err(wrong());
                }
                let safe = CastOptions { safe: false, ..CastOptions::default() };
                let cast = cast_with_options(array, &DataType::Utf8, &safe).map_err(|_| wrong())?;
                Ok(Self::Utf8(cast.as_string().clone()))
            }
        }
    }

    /// The text of a row, `None` where it is null.
    pub(crate) fn get(&self, row: usize) -> Option<Cow<'_, str>> {
        match self {
            Self::Utf8(array) => (!array.is_null(row)).then(|| array.value(row).into()),
            Self::Large(array) => (!array.is_null(row)).then(|| array.value(row).into()),
            Self::View(array) => (!array.is_null(row)).then(|| array.value(row).into()),
            Self::Numbers(array) => (!array.is_null(row)).then(|| array.value(row).to_string().into()),
            Self::Dictionary { keys, values } => {
                let key = (!keys.is_null(row)).then(|| keys.value(row) as usize)?;
                (key < values.len()).then(|| values.get(key))?
            }
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Utf8(array) => array.len(),
            Self::Large(array) => array.len(),
            Self::View(array) => array.len(),
            Self::Numbers(array) => array.len(),
            Self::Dictionary { keys, .. } => keys.len(),
        }
    }

    /// The distinct texts in the order in which rows have them, and the code of every row's.
    fn coded(&self) -> Result<(Dictionary, Codes)> {
        let mut words = Dictionary::default();
        let codes = match self {
            Self::Utf8(array) => coded_texts(array.len(), array.nulls(), |row| array.value(row), &mut words)?,
            Self::Large(array) => coded_texts(array.len(), array.nulls(), |row| array.value(row), &mut words)?,
            Self::View(array) => coded_texts(array.len(), array.nulls(), |row| array.value(row), &mut words)?,
            Self::Numbers(array) => coded_numbers(array, &mut words)?,
            Self::Dictionary { keys, values } => coded_keys(keys, values, &mut words)?,
        };
        Ok((words, codes))
    }
}

/// The codes of `n` rows, some at a time, so that a column becomes wider before it is written and not in the loop.
#[inline]
fn in_blocks(n: usize, nulls: Option<&NullBuffer>, mut code: impl FnMut(usize) -> Result<u32>) -> Result<Codes> {
    let mut codes = Codes::with_capacity(n);
    let mut block = Vec::with_capacity(BLOCK);
    for start in (0..n).step_by(BLOCK) {
        block.clear();
        let rows = start..(start + BLOCK).min(n);
        match nulls {
            None => rows.map(&mut code).try_for_each(|code| code.map(|code| block.push(code)))?,
            Some(nulls) => {
                for row in rows {
                    block.push(if nulls.is_null(row) { NULL_CODE } else { code(row)? });
                }
            }
        }
        codes.extend(&block);
    }
    Ok(codes)
}

/// While there are few texts, one is remembered in each of some places and not looked up again; many are looked up together.
fn coded_texts<'a>(
    n: usize,
    nulls: Option<&NullBuffer>,
    text: impl Fn(usize) -> &'a str,
    words: &mut Dictionary,
) -> Result<Codes> {
    let (mut codes, mut block) = (Codes::with_capacity(n), Vec::with_capacity(BLOCK));
    let (mut keys, mut found) = (Vec::with_capacity(BLOCK), Vec::with_capacity(BLOCK));
    let mut lately = [((0, 0), NULL_CODE); PLACES];
    for start in (0..n).step_by(BLOCK) {
        let rows = start..(start + BLOCK).min(n);
        let is_null = |row: usize| nulls.is_some_and(|nulls| nulls.is_null(row));
        block.clear();
        if words.len() <= PLACES {
            for row in rows {
                block.push(if is_null(row) { NULL_CODE } else { one_of_few(words, &mut lately, text(row))? });
            }
        } else {
            keys.clear();
            // What a null stands on is no text.
            keys.extend(rows.clone().map(|row| words.key(if is_null(row) { "" } else { text(row) })));
            words.find_all(&keys, |i| text(start + i), &mut found);
            for ((row, key), found) in rows.zip(&keys).zip(&found) {
                block.push(match found {
                    _ if is_null(row) => NULL_CODE,
                    Some(code) => *code,
                    None => words.intern_key(*key, text(row))?,
                });
            }
        }
        codes.extend(&block);
    }
    Ok(codes)
}

/// The code of a text that may have been looked up lately.
#[inline]
fn one_of_few(words: &mut Dictionary, lately: &mut [(Key, u32); PLACES], text: &str) -> Result<u32> {
    let key = words.key(text);
    let place = (key.0 ^ key.1).wrapping_mul(SPREAD) >> (u64::BITS - PLACES.ilog2());
    let known = &mut lately[place as usize];
    if known.0 != key || !is_short(key) || known.1 == NULL_CODE {
        *known = (key, words.intern_key(key, text)?);
    }
    Ok(known.1)
}

/// Whole numbers, each written once.
fn coded_numbers(numbers: &Int64Array, words: &mut Dictionary) -> Result<Codes> {
    let values = &numbers.values()[..];
    let mut last = None;
    in_blocks(numbers.len(), numbers.nulls(), |row| match (values[row], last) {
        (number, Some((known, code))) if number == known => Ok(code),
        (number, _) => {
            let code = words.intern_number(number)?;
            last = Some((number, code));
            Ok(code)
        }
    })
}

/// Each entry of the dictionary is looked up once, when a row first has it. A key that is no place in it means null.
fn coded_keys(keys: &UInt32Array, values: &Texts, words: &mut Dictionary) -> Result<Codes> {
    const NOT_SEEN: u32 = NULL_CODE - 1;
    let places = &keys.values()[..];
    let mut known = vec![NOT_SEEN; values.len()];
    in_blocks(keys.len(), keys.nulls(), |row| {
        let place = places[row] as usize;
        match known.get(place) {
            Some(&code) if code != NOT_SEEN => Ok(code),
            None => Ok(NULL_CODE),
            Some(_) => {
                let code = values.get(place).map_or(Ok(NULL_CODE), |text| words.intern(&text))?;
                known[place] = code;
                Ok(code)
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

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
            let found = coded("item", &cast(&plain, &kind).unwrap(), &mut words).unwrap();
            assert!((0..n).all(|row| found.get(row) == codes[row]), "{kind}");
            assert!(words.texts().eq(expected.texts()), "{kind}");
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

    #[test]
    fn ascending_numbers_in_several_ranges() {
        let n = 2 * AT_ONCE as i64 + 5;
        let numbers: ArrayRef = Arc::new((0..n).map(|row| row / 3 - 1_000).collect::<Int64Array>());
        let mut words = Dictionary::default();
        let codes = coded("item", &numbers, &mut words).unwrap();
        assert!((0..n).all(|row| i64::from(codes.get(row as usize)) == row / 3));
        assert_eq!((words.text(0), words.text(1_005)), ("-1000", "5"));
    }
}
