//! Columns of 64-bit numbers that are filled side by side, some rows at a time.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::{ArrayRef, DurationMicrosecondArray, Int64Array, TimestampMicrosecondArray};
use arrow_buffer::{BooleanBuffer, NullBuffer};

use super::TableBuilder;
use crate::kernel::chunk;

/// How many rows are filled at a time: all columns take them from near memory.
const AT_ONCE: usize = 512;

/// The number that stands for null.
const NULL: i64 = i64::MIN;

/// `N` columns of one length. A null is the least number there is.
pub(crate) struct Gathered<const N: usize>([Vec<i64>; N]);

/// Some rows of the columns.
pub(crate) struct Piece<'a, const N: usize>([&'a mut [i64]; N]);

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
        let mut columns = std::array::from_fn(|_| vec![0; n_rows]);
        let mut rest = columns.each_mut().map(|column| column.chunks_mut(AT_ONCE));
        let mut pieces = Vec::with_capacity(n_rows.div_ceil(AT_ONCE));
        for start in (0..n_rows).step_by(AT_ONCE) {
            pieces.push((start, Piece(rest.each_mut().map(|pieces| pieces.next().unwrap_or_default()))));
        }
        chunk::map_owned(pieces, |(start, mut piece)| fill(start..(start + AT_ONCE).min(n_rows), &mut piece));
        Self(columns)
    }
}

impl<const N: usize> Piece<'_, N> {
    /// Puts a number for each of `from` into a column.
    pub(crate) fn fill<T: Copy>(&mut self, column: usize, from: &[T], number: impl Fn(T) -> i64) {
        self.0[column].iter_mut().zip(from).for_each(|(to, &from)| *to = number(from));
    }

    /// As [`fill`](Self::fill), of numbers that may be undefined.
    pub(crate) fn fill_some<T: Copy>(&mut self, column: usize, from: &[T], number: impl Fn(T) -> Option<i64>) {
        self.fill(column, from, |from| number(from).unwrap_or(NULL));
    }
}

impl TableBuilder {
    /// Adds the columns under their names.
    pub(crate) fn gathered<const N: usize>(&mut self, named: [(&str, Cells); N], columns: Gathered<N>) {
        let typed = chunk::map_owned(named.into_iter().zip(columns.0).collect(), |((name, cells), values)| {
            (name, array(cells, values), !matches!(cells, Cells::Counts))
        });
        typed.into_iter().for_each(|(name, column, nullable)| self.push(name, column, nullable));
    }
}

fn array(cells: Cells, values: Vec<i64>) -> ArrayRef {
    let nulls = || {
        let nulls = NullBuffer::new(BooleanBuffer::collect_bool(values.len(), |row| values[row] != NULL));
        Some(nulls).filter(|nulls| nulls.null_count() > 0)
    };
    match cells {
        Cells::Instants => {
            let nulls = nulls();
            Arc::new(TimestampMicrosecondArray::new(values.into(), nulls).with_timezone("UTC"))
        }
        Cells::Durations => {
            let nulls = nulls();
            Arc::new(DurationMicrosecondArray::new(values.into(), nulls))
        }
        Cells::Counts => Arc::new(Int64Array::new(values.into(), None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_piece_has_its_own_rows() {
        for n in [0, 1, AT_ONCE, 2 * AT_ONCE + 1] {
            let from: Vec<usize> = (0..n).rev().collect();
            let columns = Gathered::<2>::new(n, |rows, piece| {
                piece.fill(0, &from[rows.clone()], |value| value as i64);
                piece.fill_some(1, &from[rows], |value| (value % 2 == 0).then_some(-(value as i64)));
            });
            let [plain, even] = columns.0;
            assert!(plain.iter().zip(&from).all(|(value, from)| *value == *from as i64) && plain.len() == n);
            assert!(
                even.iter()
                    .zip(&from)
                    .all(|(value, from)| *value == if from % 2 == 0 { -(*from as i64) } else { NULL })
            );
        }
    }
}
