//! A column of texts, whatever its Arrow type: plain, large, view, dictionary, or something that can be written as text.

use std::borrow::Cow;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, UInt32Type};
use arrow_array::{Array, ArrayRef, Int64Array, LargeStringArray, StringArray, StringViewArray, UInt32Array};
use arrow_cast::{CastOptions, cast, cast_with_options};
use arrow_schema::DataType;

use crate::error::{Error, Result};

/// Row-wise reading of a text column.
pub(crate) enum Texts {
    Utf8(StringArray),
    Large(LargeStringArray),
    View(StringViewArray),
    Dictionary { keys: UInt32Array, values: Box<Texts> },
    Numbers(Int64Array),
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

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Utf8(array) => array.len(),
            Self::Large(array) => array.len(),
            Self::View(array) => array.len(),
            Self::Numbers(array) => array.len(),
            Self::Dictionary { keys, .. } => keys.len(),
        }
    }
}
