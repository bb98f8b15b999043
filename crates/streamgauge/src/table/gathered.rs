//! Columns of 64-bit numbers, and one of bytes, that are filled side by side, some rows at a time.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::{ArrayRef, DurationMicrosecondArray, Int64Array, TimestampMicrosecondArray};
use arrow_buffer::{BooleanBuffer, NullBuffer, ScalarBuffer};

use super::TableBuilder;
use crate::kernel::chunk;

/// How many rows are filled at a time: all columns take them from near memory.
const AT_ONCE: usize = 512;

/// The number that stands for null.
pub(crate) const NULL: i64 = i64::MIN;

/// `N` columns of numbers and one of bytes, of one length.
#[derive(Debug, Clone)]
pub(crate) struct Gathered<const N: usize> {
    numbers: [ScalarBuffer<i64>; N],
    bytes: ScalarBuffer<u8>,
}

/// Some rows of the columns.
pub(crate) struct Piece<'a, const N: usize> {
    numbers: [&'a mut [i64]; N],
    bytes: &'a mut [u8],
}

/// What the numbers of a column are.
#[derive(Clone, Copy)]
pub(crate) enum Cells {
    Instants,
    Durations,
    /// None of them is null.
    Counts,
}

impl<const N: usize> Gathered<N> {
    /// Columns that `fill` fills, given which rows, many pieces side by side.
    pub(crate) fn new(n_rows: usize, fill: impl Fn(Range<usize>, &mut Piece<'_, N>) + Sync + Send) -> Self {
        let mut numbers: [Vec<i64>; N] = std::array::from_fn(|_| vec![0; n_rows]);
        let mut bytes = vec![0; n_rows];
        let mut rest = numbers.each_mut().map(|column| column.chunks_mut(AT_ONCE));
        let pieces = bytes.chunks_mut(AT_ONCE).enumerate().map(|(i, bytes)| {
            let numbers = rest.each_mut().map(|pieces| pieces.next().unwrap_or_default());
            (i * AT_ONCE, Piece { numbers, bytes })
        });
        let pieces = pieces.collect();
        chunk::map_owned(pieces, |(start, mut piece)| fill(start..(start + AT_ONCE).min(n_rows), &mut piece));
        Self { numbers: numbers.map(ScalarBuffer::from), bytes: bytes.into() }
    }

    pub(crate) const fn numbers(&self, column: usize) -> &ScalarBuffer<i64> {
        &self.numbers[column]
    }

    pub(crate) const fn bytes(&self) -> &ScalarBuffer<u8> {
        &self.bytes
    }
}

impl<const N: usize> Piece<'_, N> {
    /// Puts a row in its place of the piece.
    pub(crate) fn put(&mut self, place: usize, numbers: [i64; N], byte: u8) {
        for (column, number) in self.numbers.iter_mut().zip(numbers) {
            column[place] = number;
        }
        self.bytes[place] = byte;
    }
}

/// A column of numbers: those that are not [`NULL`], or those beside which a byte stands.
pub(crate) enum Numbers {
    All(ScalarBuffer<i64>),
    /// Several columns, of which each row has one at most, share their numbers so.
    Beside(ScalarBuffer<i64>, ScalarBuffer<u8>, u8),
}

impl TableBuilder {
    /// Adds columns of numbers, which are taken as they are.
    pub(crate) fn numbers(&mut self, named: Vec<(&str, Cells, Numbers)>) {
        let typed = chunk::map_owned(named, |(name, cells, numbers)| {
            (name, array(cells, numbers), !matches!(cells, Cells::Counts))
        });
        typed.into_iter().for_each(|(name, column, nullable)| self.push(name, column, nullable));
    }
}

fn array(cells: Cells, numbers: Numbers) -> ArrayRef {
    let (values, beside) = match numbers {
        Numbers::All(values) => (values, None),
        Numbers::Beside(values, bytes, byte) => (values, Some((bytes, byte))),
    };
    let nulls = || {
        let is_there = |row: usize| match &beside {
            Some((bytes, byte)) => bytes[row] == *byte,
            None => values[row] != NULL,
        };
        let nulls = NullBuffer::new(BooleanBuffer::collect_bool(values.len(), is_there));
        Some(nulls).filter(|nulls| nulls.null_count() > 0)
    };
    match cells {
        Cells::Instants => {
            let nulls = nulls();
            Arc::new(TimestampMicrosecondArray::new(values, nulls).with_timezone("UTC"))
        }
        Cells::Durations => {
            let nulls = nulls();
            Arc::new(DurationMicrosecondArray::new(values, nulls))
        }
        Cells::Counts => Arc::new(Int64Array::new(values, None)),
    }
}

#[cfg(test)]
mod tests {
    use arrow_array::cast::AsArray;
    use arrow_array::types::DurationMicrosecondType;

    use super::*;

    #[test]
    fn every_piece_has_its_own_rows() {
        for n in [0, 1, AT_ONCE, 2 * AT_ONCE + 1] {
            let columns = Gathered::<2>::new(n, |rows, piece| {
                rows.enumerate().for_each(|(place, row)| piece.put(place, [row as i64, -(row as i64)], row as u8));
            });
            assert!((0..n as i64).eq(columns.numbers(0).iter().copied()));
            assert!((0..n as i64).map(|row| -row).eq(columns.numbers(1).iter().copied()));
            assert!((0..n).map(|row| row as u8).eq(columns.bytes().iter().copied()));
            let beside = Numbers::Beside(columns.numbers(1).clone(), columns.bytes().clone(), 3);
            let column = array(Cells::Durations, beside);
            let expected = (0..n).map(|row| (row as u8 == 3).then_some(-(row as i64)));
            assert!(expected.eq(column.as_primitive::<DurationMicrosecondType>().iter()));
        }
    }
}
