//! Columns of numbers, of counts and of bytes that are filled side by side, some rows at a time.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::{ArrayRef, DurationMicrosecondArray, TimestampMicrosecondArray, UInt8Array, UInt32Array};
use arrow_buffer::{BooleanBuffer, NullBuffer, ScalarBuffer};

use super::TableBuilder;
use crate::kernel::chunk;

/// How many rows are filled at a time: all columns take them from near memory.
const AT_ONCE: usize = 512;
const IN_WORD: usize = u64::BITS as usize;

const _: () = assert!(AT_ONCE.is_multiple_of(IN_WORD));

/// The number that stands for null.
pub(crate) const NULL: i64 = i64::MIN;

/// `N` columns of numbers, `M` of counts and one of bytes, of one length.
#[derive(Debug, Clone)]
pub(crate) struct Gathered<const N: usize, const M: usize> {
    pub(crate) numbers: [Numbers; N],
    pub(crate) counts: [Counts; M],
    pub(crate) bytes: ScalarBuffer<u8>,
}

/// A column of numbers, and which of them there are: mostly those that are not [`NULL`].
#[derive(Debug, Clone)]
pub(crate) struct Numbers {
    pub(crate) values: ScalarBuffer<i64>,
    pub(crate) are_there: BooleanBuffer,
}

/// Some rows of the columns.
pub(crate) struct Piece<'a, const N: usize, const M: usize> {
    numbers: [&'a mut [i64]; N],
    /// Which of them there are, by bits.
    are_there: [&'a mut [u64]; N],
    counts: [&'a mut [u32]; M],
    bytes: &'a mut [u8],
}

/// Counts, in bytes where they are few. Within a table they stay so.
#[derive(Debug, Clone)]
pub(crate) enum Counts {
    Bytes(ScalarBuffer<u8>),
    Words(ScalarBuffer<u32>),
}

impl From<Vec<u32>> for Counts {
    fn from(counts: Vec<u32>) -> Self {
        let are_few = |rows: Range<usize>| counts[rows].iter().fold(0, |all, n| all | n) <= u32::from(u8::MAX);
        if !chunk::map_ranges(counts.len(), are_few).into_iter().all(|are_few| are_few) {
            return Self::Words(counts.into());
        }
        let mut bytes = vec![0; counts.len()];
        chunk::map_pieces(&mut bytes, chunk::SMALLEST, |first, bytes| {
            bytes.iter_mut().zip(&counts[first..]).for_each(|(byte, n)| *byte = *n as u8);
        });
        Self::Bytes(bytes.into())
    }
}

impl Counts {
    #[inline]
    pub(crate) fn at(&self, row: usize) -> u32 {
        match self {
            Self::Bytes(counts) => u32::from(counts[row]),
            Self::Words(counts) => counts[row],
        }
    }

    fn column(&self) -> ArrayRef {
        match self {
            Self::Bytes(counts) => Arc::new(UInt8Array::new(counts.clone(), None)),
            Self::Words(counts) => Arc::new(UInt32Array::new(counts.clone(), None)),
        }
    }
}

/// What the numbers of a column are.
#[derive(Clone, Copy)]
pub(crate) enum Cells {
    Instants,
    Durations,
}

impl<const N: usize, const M: usize> Gathered<N, M> {
    /// Columns that `fill` fills, given which rows, many pieces side by side.
    pub(crate) fn new(n_rows: usize, fill: impl Fn(Range<usize>, &mut Piece<'_, N, M>) + Sync + Send) -> Self {
        let mut numbers: [Vec<i64>; N] = std::array::from_fn(|_| vec![0; n_rows]);
        let mut are_there: [Vec<u64>; N] = std::array::from_fn(|_| vec![0; n_rows.div_ceil(IN_WORD)]);
        let mut counts: [Vec<u32>; M] = std::array::from_fn(|_| vec![0; n_rows]);
        let mut bytes = vec![0; n_rows];
        let mut rest_of_numbers = numbers.each_mut().map(|column| column.chunks_mut(AT_ONCE));
        let mut rest_of_bits = are_there.each_mut().map(|column| column.chunks_mut(AT_ONCE / IN_WORD));
        let mut rest_of_counts = counts.each_mut().map(|column| column.chunks_mut(AT_ONCE));
        let pieces = bytes.chunks_mut(AT_ONCE).enumerate().map(|(i, bytes)| {
            let numbers = rest_of_numbers.each_mut().map(|pieces| pieces.next().unwrap_or_default());
            let are_there = rest_of_bits.each_mut().map(|pieces| pieces.next().unwrap_or_default());
            let counts = rest_of_counts.each_mut().map(|pieces| pieces.next().unwrap_or_default());
            (i * AT_ONCE, Piece { numbers, are_there, counts, bytes })
        });
        let pieces = pieces.collect();
        chunk::map_owned(pieces, |(start, mut piece)| {
            fill(start..(start + AT_ONCE).min(n_rows), &mut piece);
            piece.note_what_is_there();
        });
        let mut are_there = are_there.into_iter();
        let numbers = numbers.map(|values| Numbers {
            values: values.into(),
            are_there: BooleanBuffer::new(are_there.next().unwrap_or_default().into(), 0, n_rows),
        });
        Self { numbers, counts: counts.map(Counts::from), bytes: bytes.into() }
    }
}

impl<const N: usize, const M: usize> Piece<'_, N, M> {
    /// Notes which numbers are not [`NULL`], while they are near.
    fn note_what_is_there(&mut self) {
        for (numbers, are_there) in self.numbers.iter().zip(&mut self.are_there) {
            for (word, numbers) in are_there.iter_mut().zip(numbers.chunks(IN_WORD)) {
                *word = (0..).zip(numbers).fold(0, |word, (bit, number)| word | u64::from(*number != NULL) << bit);
            }
        }
    }

    /// Puts a row in its place of the piece.
    pub(crate) fn put(&mut self, place: usize, numbers: [i64; N], counts: [u32; M], byte: u8) {
        for (column, number) in self.numbers.iter_mut().zip(numbers) {
            column[place] = number;
        }
        for (column, count) in self.counts.iter_mut().zip(counts) {
            column[place] = count;
        }
        self.bytes[place] = byte;
    }
}

impl TableBuilder {
    /// Adds columns of numbers, which are taken as they are.
    pub(crate) fn numbers(&mut self, named: Vec<(&str, Cells, Numbers)>) {
        let typed = chunk::map_owned(named, |(name, cells, numbers)| (name, array(cells, numbers)));
        typed.into_iter().for_each(|(name, column)| self.push(name, column, true));
    }

    /// Adds counts. Whoever reads the table has them as numbers of 64 bits.
    pub(crate) fn counts(&mut self, name: &str, counts: &Counts) {
        self.push(name, counts.column(), false);
    }
}

fn array(cells: Cells, Numbers { values, are_there }: Numbers) -> ArrayRef {
    let nulls = Some(NullBuffer::new(are_there)).filter(|nulls| nulls.null_count() > 0);
    match cells {
        Cells::Instants => Arc::new(TimestampMicrosecondArray::new(values, nulls).with_timezone("UTC")),
        Cells::Durations => Arc::new(DurationMicrosecondArray::new(values, nulls)),
    }
}

#[cfg(test)]
mod tests {
    use arrow_array::cast::AsArray;
    use arrow_array::types::{DurationMicrosecondType, Int64Type};

    use super::*;
    use crate::table::Receipt;

    #[test]
    fn every_piece_has_its_own_rows() {
        for n in [0, 1, AT_ONCE, 2 * AT_ONCE + 1] {
            let columns = Gathered::<3, 2>::new(n, |rows, piece| {
                rows.enumerate().for_each(|(place, row)| {
                    let number = row as i64;
                    let third = if row % 3 == 0 { number } else { NULL };
                    piece.put(place, [number, -number, third], [row as u32, 255 - row as u32 % 256], row as u8);
                });
            });
            assert!((0..n as i64).eq(columns.numbers[0].values.iter().copied()));
            assert!((0..n as i64).map(|row| -row).eq(columns.numbers[1].values.iter().copied()));
            assert!((0..n).map(|row| row as u8).eq(columns.bytes.iter().copied()));
            let [counts, few] = &columns.counts;
            assert_eq!((matches!(counts, Counts::Words(_)), matches!(few, Counts::Bytes(_))), (n > 256, true));
            assert!((0..n).all(|row| (counts.at(row), few.at(row)) == (row as u32, 255 - row as u32 % 256)));
            let mut table = TableBuilder::new(Receipt::of_data());
            table.counts("few", few);
            table.counts("n", counts);
            let table = table.finish().unwrap().batch();
            let numbers = table.column(1).as_primitive::<Int64Type>();
            assert!((0..n as i64).eq(numbers.values().iter().copied()));
            let column = array(Cells::Durations, columns.numbers[2].clone());
            let expected = (0..n as i64).map(|row| Some(row).filter(|row| row % 3 == 0));
            assert!(expected.eq(column.as_primitive::<DurationMicrosecondType>().iter()));
        }
    }
}
