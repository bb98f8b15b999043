//! Columns that may have many distinct texts, as that of items has, to codes of one width.
//!
//! Numbers that come by item are not looked up: it is enough to know where the rows of each end.

use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;

use super::coding::{AT_ONCE, code_rows, is_identity};
use super::texts::Texts;
use crate::error::Result;
use crate::kernel::chunk;
use crate::model::{Dictionary, ItemRuns};

/// As [`coded`](super::coding::coded), for a column that may have many distinct texts: its codes are written where they stay.
pub(crate) fn coded_wide(name: &str, array: &ArrayRef, dictionary: &mut Dictionary) -> Result<Vec<u32>> {
    let mut codes = vec![0; array.len()];
    if let Some(runs) = coded_pieces(name, array, &mut codes)?.combine(dictionary)? {
        runs.write(|code| code, &mut codes);
    }
    Ok(codes)
}

/// A column on its way to codes.
pub(crate) enum Pieces<'a> {
    /// A short one, which is coded when its dictionary is there.
    Short { name: &'a str, array: &'a ArrayRef, codes: &'a mut [u32] },
    /// A long one: codes of some rows each, or where those of each code end, and the texts that they are of.
    Coded(Vec<(Dictionary, &'a mut [u32], Option<ItemRuns>)>),
}

/// The first half of [`coded_wide`], for which no dictionary is needed.
pub(crate) fn coded_pieces<'a>(name: &'a str, array: &'a ArrayRef, codes: &'a mut [u32]) -> Result<Pieces<'a>> {
    Texts::new(name, &array.slice(0, 0))?;
    if array.len() <= AT_ONCE {
        return Ok(Pieces::Short { name, array, codes });
    }
    let pieces = chunk::map_pieces(codes, AT_ONCE, |first_row, piece| {
        let (mut words, rows) = (Dictionary::default(), array.slice(first_row, piece.len()));
        let runs = item_runs(name, &rows, &mut words)?;
        if runs.is_none() {
            // What was found before the first row out of order would have to be looked up.
            words = Dictionary::default();
            code_into(name, &rows, &mut words, piece)?;
        }
        Ok((words, piece, runs))
    });
    Ok(Pieces::Coded(pieces.into_iter().collect::<Result<_>>()?))
}

impl Pieces<'_> {
    /// The second half: the codes are those of `dictionary`. Of rows that come by item it is said where those of each end, and nothing is written.
    pub(crate) fn combine(self, dictionary: &mut Dictionary) -> Result<Option<ItemRuns>> {
        let pieces = match self {
            Self::Short { name, array, codes } => {
                let runs = item_runs(name, array, dictionary)?;
                return if runs.is_some() {
                    Ok(runs)
                } else {
                    code_into(name, array, dictionary, codes).map(|()| None)
                };
            }
            Self::Coded(pieces) => pieces,
        };
        // While all are runs that go on where those before them end, nothing need be written.
        let (mut whole, mut unwritten) = (Some(ItemRuns::default()), Vec::new());
        for (words, piece, runs) in pieces {
            let map = dictionary.combine(words)?;
            whole = whole.zip(runs.as_ref()).and_then(|(whole, runs)| whole.with(runs.mapped(&map)?).ok());
            unwritten.push((map, piece, runs));
            if whole.is_none() {
                unwritten.drain(..).for_each(|(map, piece, runs)| write_mapped(&map, piece, runs));
            }
        }
        Ok(whole)
    }
}

/// Says the codes of a piece otherwise, which may not be written yet.
fn write_mapped(map: &[u32], piece: &mut [u32], runs: Option<ItemRuns>) {
    // The code of null is none of the map, and stays.
    let mapped = |code: u32| map.get(code as usize).copied().unwrap_or(code);
    match runs {
        Some(runs) => runs.write(mapped, piece),
        None if is_identity(map) => {}
        None => chunk::for_each_piece(piece, |codes| codes.iter_mut().for_each(|code| *code = mapped(*code))),
    }
}

/// Where the rows of each number end, if numbers ascend and each is new to `words`, but for the first, which may be the last one there; `None` of other
/// numbers and of texts, some of which `words` may have then.
fn item_runs(name: &str, rows: &ArrayRef, words: &mut Dictionary) -> Result<Option<ItemRuns>> {
    // The largest numbers are read as texts.
    if !rows.data_type().is_integer() || *rows.data_type() == DataType::UInt64 || rows.null_count() > 0 {
        return Ok(None);
    }
    let Texts::Numbers(numbers) = Texts::new(name, rows)? else { return Ok(None) };
    let Some((&first, rest)) = numbers.values().split_first() else { return Ok(None) };
    let mut runs = ItemRuns { first: words.intern_number(first)?, ends: Vec::new() };
    if runs.first as usize + 1 < words.len() {
        return Ok(None);
    }
    let mut last = first;
    for (row, &number) in (1..).zip(rest) {
        if number == last {
            continue;
        }
        let n_before = words.len();
        if number < last || (words.intern_number(number)? as usize) < n_before {
            return Ok(None);
        }
        runs.ends.push(row);
        last = number;
    }
    runs.ends.push(numbers.len() as u32);
    Ok(Some(runs))
}

/// Writes the codes of all rows to where they stay.
fn code_into(name: &str, rows: &ArrayRef, words: &mut Dictionary, mut to: &mut [u32]) -> Result<()> {
    code_rows(name, rows, words, |block| {
        if let Some(to) = to.split_off_mut(..block.len()) {
            to.copy_from_slice(block);
        }
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::Int64Array;
    use arrow_array::cast::AsArray;
    use arrow_array::types::Int64Type;

    use super::*;
    use crate::model::NULL_CODE;

    /// By item, in one range and in several, behind others and where the last item goes on; then out of order, and an item that comes again.
    #[test]
    fn numbers_by_item_are_runs() {
        for n in [1_000, 2 * AT_ONCE as i64 + 5] {
            let by_item: ArrayRef = Arc::new((0..n).map(|row| row / 3 + 10).collect::<Int64Array>());
            let mut words = Dictionary::default();
            for (column, is_by_item) in [
                (by_item.clone(), true),
                (Arc::new(Int64Array::from(vec![(n - 1) / 3 + 10, n, n, n + 1])) as ArrayRef, true),
                (Arc::new(Int64Array::from(vec![Some(n + 1), None])), false),
                (Arc::new(Int64Array::from(vec![n + 2, n + 1])), false),
                // Known ones: in several ranges they are runs, and who takes them sees that they do not go on.
                (by_item, n > AT_ONCE as i64),
            ] {
                let mut written = vec![NULL_CODE; column.len()];
                let runs = coded_pieces("item", &column, &mut written).unwrap().combine(&mut words).unwrap();
                assert_eq!(runs.is_some(), is_by_item);
                if let Some(runs) = runs {
                    assert!(written.iter().all(|code| *code == NULL_CODE));
                    runs.write(|code| code, &mut written);
                }
                let numbers = column.as_primitive::<Int64Type>();
                for (code, number) in written.iter().zip(numbers) {
                    assert_eq!(words.get(*code).map(str::to_owned), number.map(|number| number.to_string()));
                }
            }
        }
    }

    /// Ranges that are runs, and one that is not, or goes on with an item of another: then all are written.
    #[test]
    fn runs_that_do_not_go_on_are_written() {
        let n = 3 * AT_ONCE as i64;
        for (wrong, is_by_item) in [(n - 1, false), (n / 2, false), (n / 3 + 1, false), (1, true), (n, true)] {
            let number = |row: i64| if row == wrong { 0 } else { row / 3 };
            let column: ArrayRef = Arc::new((0..n).map(number).collect::<Int64Array>());
            let mut words = Dictionary::default();
            let mut written = vec![NULL_CODE; column.len()];
            let is_run = chunk::with_threads(3, || {
                coded_pieces("item", &column, &mut written).unwrap().combine(&mut words).unwrap().is_some()
            });
            assert_eq!(is_run, is_by_item);
            let unwritten = written.iter().all(|code| *code == NULL_CODE);
            assert!(
                unwritten == is_run
                    && (is_run || (0..n).zip(&written).all(|(row, code)| i64::from(*code) == number(row)))
            );
        }
    }
}
