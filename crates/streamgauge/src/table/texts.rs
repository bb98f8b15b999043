//! A column of texts, whatever its Arrow type: plain, large, view, dictionary, or something that can be written as text.
//!
//! Coding a column goes through its rows in a few ranges side by side, each with a dictionary of its own; then the dictionaries are
//! combined in order, so that codes stand in the order in which their texts were first seen, whatever the number of threads.

use std::borrow::Cow;
use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, UInt32Type};
use arrow_array::{Array, ArrayRef, Int64Array, LargeStringArray, StringArray, StringViewArray, UInt32Array};
use arrow_cast::{CastOptions, cast, cast_with_options};
use arrow_schema::DataType;

use crate::error::{Error, Result};
use crate::kernel::chunk;
use crate::model::{Codes, Dictionary, NULL_CODE};

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
    let mut all = local(0..0)?.1;
    for part in chunk::map_few(array.len(), local) {
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
            Self::Utf8(array) => coded_texts(array.iter(), &mut words)?,
            Self::Large(array) => coded_texts(array.iter(), &mut words)?,
            Self::View(array) => coded_texts(array.iter(), &mut words)?,
            Self::Numbers(array) => coded_numbers(array, &mut words)?,
            Self::Dictionary { keys, values } => coded_keys(keys, values, &mut words)?,
        };
        Ok((words, codes))
    }
}

/// A text that repeats the one before it is not looked up again.
fn coded_texts<'a>(texts: impl Iterator<Item = Option<&'a str>>, words: &mut Dictionary) -> Result<Codes> {
    let mut codes = Codes::with_capacity(texts.size_hint().0);
    let mut last = (None, NULL_CODE);
    for text in texts {
        if text != last.0 {
            last = (text, text.map_or(Ok(NULL_CODE), |text| words.intern(text))?);
        }
        codes.push(last.1);
    }
    Ok(codes)
}

/// Whole numbers, each written once.
fn coded_numbers(numbers: &Int64Array, words: &mut Dictionary) -> Result<Codes> {
    let mut codes = Codes::with_capacity(numbers.len());
    let mut last = (None, NULL_CODE);
    for number in numbers {
        if number != last.0 {
            last = (number, number.map_or(Ok(NULL_CODE), |number| words.intern_number(number))?);
        }
        codes.push(last.1);
    }
    Ok(codes)
}

/// Each entry of the dictionary is looked up once, when a row first has it.
fn coded_keys(keys: &UInt32Array, values: &Texts, words: &mut Dictionary) -> Result<Codes> {
    let mut codes = Codes::with_capacity(keys.len());
    let mut known: Vec<Option<u32>> = vec![None; values.len()];
    for key in keys {
        let code = match key.and_then(|key| known.get_mut(key as usize).map(|known| (key, known))) {
            None => NULL_CODE,
            Some((_, &mut Some(code))) => code,
            Some((key, known)) => {
                let text = values.get(key as usize);
                *known.insert(text.map_or(Ok(NULL_CODE), |text| words.intern(&text))?)
            }
        };
        codes.push(code);
    }
    Ok(codes)
}
