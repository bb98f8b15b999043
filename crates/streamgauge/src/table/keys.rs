//! Keys of Arrow's dictionaries to codes: no row's text is looked at.

use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::types::ArrowDictionaryKeyType;
use arrow_array::{Array, ArrayRef, ArrowNativeTypeOp, PrimitiveArray, downcast_dictionary_array};
use arrow_buffer::ArrowNativeType;

use super::coding::{BLOCK, blocks};
use super::stamps::StampReader;
use super::texts::Texts;
use crate::error::Result;
use crate::kernel::chunk;
use crate::model::{Codes, Dictionary, NULL_CODE};

/// Each entry of the dictionary is looked up once, when a row first has it, but for [those in use](entries_in_use). A key that is no place in it means
/// null.
pub(super) fn code_keys<K: ArrowDictionaryKeyType>(
    keys: &PrimitiveArray<K>,
    values: &Texts,
    words: &mut Dictionary,
    mut put: impl FnMut(&[u32]),
) -> Result<()> {
    const NOT_SEEN: u32 = NULL_CODE - 1;
    if words.len() == 0
        && let Some(entries) = entries_in_use(keys, values)
    {
        *words = entries;
        for keys in keys.values().chunks(BLOCK) {
            put(&keys.iter().map(|key| key.as_usize() as u32).collect::<Vec<_>>());
        }
        return Ok(());
    }
    let (places, nulls) = (&keys.values()[..], keys.nulls());
    let mut known = vec![NOT_SEEN; values.len()];
    let mut block = Vec::with_capacity(BLOCK);
    for rows in blocks(places.len()) {
        let code = |place: &K::Native| known.get(place.as_usize()).copied().unwrap_or(NULL_CODE);
        block.clear();
        block.extend(places[rows.clone()].iter().map(code));
        if let Some(nulls) = nulls {
            let is_null = |row: &usize| nulls.is_null(*row);
            rows.clone().filter(is_null).for_each(|row| block[row - rows.start] = NULL_CODE);
        }
        if block.contains(&NOT_SEEN) {
            for (place, code) in places[rows].iter().zip(&mut block).filter(|(_, code)| **code == NOT_SEEN) {
                let known = &mut known[place.as_usize()];
                if *known == NOT_SEEN {
                    *known = values.get(place.as_usize()).map_or(Ok(NULL_CODE), |text| words.intern(&text))?;
                }
                *code = *known;
            }
        }
        put(&block);
    }
    Ok(())
}

/// The entries of a dictionary that rows have, if each is another text and rows first have them in their order, as in a file they mostly do: then keys
/// are codes.
fn entries_in_use<K: ArrowDictionaryKeyType>(keys: &PrimitiveArray<K>, entries: &Texts) -> Option<Dictionary> {
    let Texts::Utf8(entries) = entries else { return None };
    if keys.null_count() > 0 || entries.null_count() > 0 {
        return None;
    }
    let mut n_used = 0;
    for key in keys.values() {
        let key = key.as_usize();
        if key > n_used {
            return None;
        }
        n_used += usize::from(key == n_used);
    }
    if n_used <= entries.len() { Dictionary::of_distinct((0..n_used).map(|entry| entries.value(entry))) } else { None }
}

/// As [`code_keys`], where there are few entries together with `words`: each row's byte is written to its place. `None` where they are many, or there
/// is no dictionary.
pub(super) fn code_few_keys(
    name: &str,
    column: &ArrayRef,
    mut words: Dictionary,
    to: &mut [u8],
) -> Result<Option<Dictionary>> {
    if column.as_any_dictionary_opt().is_none_or(|keys| keys.values().len() > Codes::FEW) {
        return Ok(None);
    }
    let array = column.as_ref();
    downcast_dictionary_array!(
        array => {
            let values = Texts::new(name, array.values())?;
            let (places, nulls) = (&array.keys().values()[..], array.keys().nulls());
            let mut known = [Codes::NULL; 256];
            known[..values.len()].fill(Codes::NOT_SAID);
            for rows in blocks(places.len()) {
                let (places, to) = (&places[rows.clone()], &mut to[rows.clone()]);
                let byte = |place: usize| known.get(place).copied().unwrap_or(Codes::NULL);
                to.iter_mut().zip(places).for_each(|(to, place)| *to = byte(place.as_usize()));
                if let Some(nulls) = nulls {
                    let is_null = |row: &usize| nulls.is_null(*row);
                    rows.clone().filter(is_null).for_each(|row| to[row - rows.start] = Codes::NULL);
                }
                if to.contains(&Codes::NOT_SAID) {
                    for (place, to) in places.iter().zip(to).filter(|(_, to)| **to == Codes::NOT_SAID) {
                        let known = &mut known[place.as_usize()];
                        if *known == Codes::NOT_SAID {
                            let text = values.get(place.as_usize());
                            let code = text.map_or(Ok(NULL_CODE), |text| words.intern(&text))?;
                            if words.len() > Codes::FEW {
                                return Ok(None);
                            }
                            *known = Codes::byte(code);
                        }
                        *to = *known;
                    }
                }
            }
        },
        _ => {}
    );
    Ok(Some(words))
}

/// Refuses a key that is no place in its dictionary: not all that comes through Arrow's C interface was looked at.
pub(super) fn keys_are_places(reader: &StampReader<'_>, array: &ArrayRef) -> Result<()> {
    let array = array.as_ref();
    downcast_dictionary_array!(
        array => {
            let (keys, n) = (array.keys(), array.values().len());
            let is_place = |row: usize| keys.value(row).as_usize() < n;
            // Of all keys of a range only the least and the most are asked: many are compared at a time.
            let all_are = |rows: Range<usize>| {
                let Some(&first) = keys.values()[rows.clone()].first() else { return true };
                let ends = keys.values()[rows].iter().fold((first, first), |(least, most), &key| {
                    (if key.is_lt(least) { key } else { least }, if key.is_gt(most) { key } else { most })
                });
                ends.0.as_usize() < n && ends.1.as_usize() < n
            };
            let wrong = |mut rows: Range<usize>| rows.find(|&row| !is_place(row) && keys.is_valid(row));
            let wrong = chunk::map_ranges(keys.len(), |rows| if all_are(rows.clone()) { None } else { wrong(rows) });
            match wrong.into_iter().flatten().next() {
                None => Ok(()),
                Some(row) => Err(reader.wrong(
                    row,
                    format!("key {}", keys.value(row)),
                    &format!("is no place among the {n} values of the dictionary"),
                )),
            }
        },
        _ => Ok(()),
    )
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::types::{Int8Type, UInt8Type, UInt32Type};
    use arrow_array::{DictionaryArray, StringArray};

    use super::super::coding::{AT_ONCE, coded};
    use super::super::few::coded_few;
    use super::*;

    fn column<K: ArrowDictionaryKeyType>(keys: Vec<Option<K::Native>>, values: &[Option<&str>]) -> ArrayRef {
        let keys = PrimitiveArray::<K>::from_iter(keys);
        Arc::new(DictionaryArray::new(keys, Arc::new(StringArray::from(values.to_vec()))))
    }

    /// Keys of every width, with nulls among keys and entries, an entry that nobody has, and one that stands there twice.
    #[test]
    fn few_entries_become_bytes() {
        let values = [Some("c"), None, Some("nobody"), Some("a"), Some("c")];
        let places = [3, 0, 4, 1, 9, 3, 0];
        let is_there = |place: &i32| *place < 9;
        let expected = [0, 1, 1, NULL_CODE, NULL_CODE, 0, 1];
        let columns = [
            column::<UInt8Type>(places.iter().map(|p| Some(*p as u8).filter(|_| is_there(p))).collect(), &values),
            column::<Int8Type>(places.iter().map(|p| Some(*p as i8).filter(|_| is_there(p))).collect(), &values),
            column::<UInt32Type>(places.iter().map(|p| Some(*p as u32).filter(|_| is_there(p))).collect(), &values),
        ];
        for array in columns {
            let mut words = Dictionary::default();
            let codes = coded_few("state", &array, &mut words).unwrap().unwrap();
            assert!(matches!(codes, Codes::Bytes(_)));
            assert_eq!((0..codes.len()).map(|row| codes.get(row)).collect::<Vec<_>>(), expected);
            assert_eq!(words.texts().collect::<Vec<_>>(), ["a", "c"]);
        }
    }

    /// What rows first have in the order of the entries is taken as it is; out of order, with one before it that nobody has, with one that stands there
    /// twice, with a null or with a key that is no place it is looked up. The codes are the same.
    #[test]
    fn entries_in_use_are_taken_as_they_are() {
        let values = [Some("PAY-2"), Some("a long text that is none of the short ones"), Some("PAY-1"), Some("")];
        let twice = [values[0], values[1], values[0], values[3]];
        let with_null = [values[0], None, values[2], values[3]];
        for (keys, values, is_taken) in [
            ([0, 1, 0, 2, 1, 3], &values, true),
            ([0, 2, 1, 3, 0, 0], &values, false),
            ([1, 0, 2, 3, 0, 0], &values, false),
            ([0, 1, 0, 2, 1, 2], &values, true),
            ([0, 1, 0, 1, 1, 0], &twice, true),
            ([0, 1, 2, 3, 4, 0], &values, false),
            ([0, 1, 0, 2, 1, 3], &twice, false),
            ([0, 1, 0, 2, 1, 3], &with_null, false),
        ] {
            for is_null in [false, true] {
                let keys =
                    PrimitiveArray::<UInt32Type>::from_iter(keys.map(|key| (!is_null || key > 0).then_some(key)));
                let entries = StringArray::from(values.to_vec());
                let texts = Texts::Utf8(entries.clone());
                assert_eq!(entries_in_use(&keys, &texts).is_some(), is_taken && !is_null, "{keys:?}");
                let (mut words, mut codes) = (Dictionary::default(), Vec::new());
                code_keys(&keys, &texts, &mut words, |block| codes.extend_from_slice(block)).unwrap();
                let text = |key: u32| values.get(key as usize).copied().flatten();
                assert!(codes.iter().map(|code| words.get(*code)).eq(keys.iter().map(|key| text(key?))));
                let n = words.len() as u32;
                assert!(codes.iter().filter(|code| **code < n).fold(0, |next, code| next.max(code + 1)) == n);
                // What comes next is looked up among them, and new behind them.
                let code = *codes.iter().find(|code| **code < n).unwrap();
                let known = words.text(code).to_owned();
                assert_eq!((words.intern(&known).unwrap(), words.intern("new").unwrap()), (code, n));
            }
        }
    }

    /// As many as a byte can tell apart, and one more; and one that is in the column already.
    #[test]
    fn as_many_as_fit_into_a_byte() {
        for (n_before, n) in [(0, Codes::FEW), (0, Codes::FEW + 1), (1, Codes::FEW)] {
            let texts: Vec<String> = (0..n).map(|i| format!("w{i}")).collect();
            let values: Vec<_> = texts.iter().map(|text| Some(text.as_str())).collect();
            let array = column::<UInt32Type>((0..n as u32).rev().map(Some).collect(), &values);
            let mut words = Dictionary::default();
            (0..n_before).for_each(|_| assert_eq!(words.intern("before").unwrap(), 0));
            let codes = coded("state", &array, &mut words).unwrap();
            assert_eq!(matches!(codes, Codes::Bytes(_)), n_before + n <= Codes::FEW, "{n_before} and {n}");
            assert!((0..n).all(|row| words.text(codes.get(row)) == texts[n - 1 - row]));
        }
    }

    /// Several ranges, each of which has seen the entries in another order; and more texts in the log than a byte can tell apart.
    #[test]
    fn ranges_and_other_columns_combine() {
        let n = 2 * AT_ONCE + 9;
        let texts: Vec<String> = (0..200).map(|i| format!("w{i}")).collect();
        let values: Vec<_> = texts.iter().map(|text| Some(text.as_str())).collect();
        let key = |row: usize| (row * 7 + row / AT_ONCE * 31) % 200;
        let array = column::<UInt8Type>((0..n).map(|row| Some(key(row) as u8)).collect(), &values);
        for n_before in [0, 50, 100] {
            let mut words = Dictionary::default();
            for i in 0..n_before {
                words.intern(&format!("other {i}")).unwrap();
            }
            let codes = chunk::with_threads(3, || coded("state", &array, &mut words)).unwrap();
            assert_eq!(matches!(codes, Codes::Bytes(_)), n_before + 200 <= Codes::FEW);
            assert!((0..n).all(|row| words.text(codes.get(row)) == texts[key(row)]), "{n_before}");
            assert_eq!(codes.get(0) as usize, n_before);
        }
        // Each range has few, all together have not.
        let key = |row: usize| [row % 50, 50 + row % 75, 125 + row % 75][row / AT_ONCE];
        let array = column::<UInt8Type>((0..n).map(|row| Some(key(row) as u8)).collect(), &values);
        for (n_before, are_few) in [(0, true), (125, false)] {
            let mut words = Dictionary::default();
            for i in 0..n_before {
                words.intern(&format!("other {i}")).unwrap();
            }
            let codes = coded_few("state", &array, &mut words).unwrap().unwrap();
            assert_eq!(matches!(codes, Codes::Bytes(_)), are_few);
            assert!((0..n).all(|row| words.text(codes.get(row)) == texts[key(row)]), "{n_before}");
        }
    }
}
