//! A column of texts, whatever its Arrow type: plain, large, view, dictionary, or something that can be written as text.

use std::collections::HashMap;

use arrow_array::builder::{ArrayBuilder, StringBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, ArrayRef, Int64Array, LargeStringArray, StringArray, StringViewArray};
use arrow_cast::{CastOptions, cast, cast_with_options};
use arrow_schema::DataType;

use crate::error::{Error, Result};

/// Row-wise reading of a text column.
pub(crate) enum Texts {
    Utf8(StringArray),
    Large(LargeStringArray),
    View(StringViewArray),
    Dictionary { keys: Vec<Option<usize>>, values: Box<Texts> },
}

/// Interns the texts of rows one after the other; a text that repeats the one before it is not looked up again.
fn coded<'a>(
    texts: impl Iterator<Item = Option<&'a str>>,
    mut intern: impl FnMut(usize, Option<&str>) -> Result<u32>,
) -> Result<Vec<u32>> {
    let mut last: Option<(Option<&str>, u32)> = None;
    let code = |(row, text): (usize, Option<&'a str>)| match last {
        Some((known, code)) if known == text => Ok(code),
        _ => {
            let code = intern(row, text)?;
            last = Some((text, code));
            Ok(code)
        }
    };
    texts.enumerate().map(code).collect()
}

/// Whole numbers as a dictionary of their texts, each written once.
fn from_integers(numbers: &Int64Array) -> Texts {
    let mut keys = Vec::with_capacity(numbers.len());
    let mut known: HashMap<i64, usize> = HashMap::new();
    let mut values = StringBuilder::new();
    let mut last = None;
    for number in numbers {
        let key = number.map(|number| match last {
            Some((known, key)) if known == number => key,
            _ => *known.entry(number).or_insert_with(|| {
                values.append_value(number.to_string());
                values.len() - 1
            }),
        });
        last = number.zip(key);
        keys.push(key);
    }
    Texts::Dictionary { keys, values: Box::new(Texts::Utf8(values.finish())) }
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
                let n = dictionary.values().len().max(1);
                let positions =
                    if dictionary.values().is_empty() { vec![0; array.len()] } else { dictionary.normalized_keys() };
                let keys = positions.into_iter().enumerate();
                let keys = keys.map(|(row, key)| (!array.is_null(row) && key < n).then_some(key)).collect();
                Ok(Self::Dictionary { keys, values: Box::new(Self::new(name, dictionary.values())?) })
            }
            other if other.is_integer() && *other != DataType::UInt64 => {
                Ok(from_integers(cast(array, &DataType::Int64)?.as_primitive::<Int64Type>()))
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
    pub(crate) fn get(&self, row: usize) -> Option<&str> {
        match self {
            Self::Utf8(array) => (!array.is_null(row)).then(|| array.value(row)),
            Self::Large(array) => (!array.is_null(row)).then(|| array.value(row)),
            Self::View(array) => (!array.is_null(row)).then(|| array.value(row)),
            Self::Dictionary { keys, values } => values.get(keys[row]?),
        }
    }

    /// The code of every row's text. `intern` is told the row, and is not asked again where a text repeats the one before it, or an
    /// entry of a dictionary.
    pub(crate) fn codes(&self, mut intern: impl FnMut(usize, Option<&str>) -> Result<u32>) -> Result<Vec<u32>> {
        match self {
            Self::Utf8(array) => coded(array.iter(), intern),
            Self::Large(array) => coded(array.iter(), intern),
            Self::View(array) => coded(array.iter(), intern),
            Self::Dictionary { keys, values } => {
                let mut known: Vec<Option<u32>> = vec![None; keys.iter().flatten().max().map_or(0, |max| max + 1)];
                let mut code = |(row, key): (usize, &Option<usize>)| match *key {
                    None => intern(row, None),
                    Some(key) => match known[key] {
                        Some(code) => Ok(code),
                        None => Ok(*known[key].insert(intern(row, values.get(key))?)),
                    },
                };
                keys.iter().enumerate().map(&mut code).collect()
            }
        }
    }
}
