//! Columns of 64-bit numbers that grow side by side, some rows at a time.

use std::sync::Arc;

use arrow_array::{DurationMicrosecondArray, Int64Array, TimestampMicrosecondArray};
use arrow_buffer::{BooleanBuffer, NullBuffer, ScalarBuffer};

use super::TableBuilder;

/// `N` columns of one length. A null is the least number there is.
pub(crate) struct Gathered<const N: usize>([Vec<i64>; N]);

impl<const N: usize> Gathered<N> {
    /// The number that stands for null.
    pub(crate) const NULL: i64 = i64::MIN;

    pub(crate) fn new(n_rows: usize) -> Self {
        Self(std::array::from_fn(|_| Vec::with_capacity(n_rows)))
    }

    /// Puts values behind those of a column.
    pub(crate) fn extend(&mut self, column: usize, values: impl Iterator<Item = i64>) {
        self.0[column].extend(values);
    }

    /// As [`extend`](Self::extend), of values that may be undefined.
    pub(crate) fn extend_some(&mut self, column: usize, values: impl Iterator<Item = Option<i64>>) {
        self.0[column].extend(values.map(|value| value.unwrap_or(Self::NULL)));
    }

    /// Each column, and where it is not null.
    fn columns(self) -> impl Iterator<Item = (ScalarBuffer<i64>, Option<NullBuffer>)> {
        self.0.into_iter().map(|values| {
            let is_valid = BooleanBuffer::collect_bool(values.len(), |row| values[row] != Self::NULL);
            let nulls = NullBuffer::new(is_valid);
            (values.into(), Some(nulls).filter(|nulls| nulls.null_count() > 0))
        })
    }
}

impl TableBuilder {
    /// The columns as instants.
    pub(crate) fn gathered_instants<const N: usize>(&mut self, names: [&str; N], columns: Gathered<N>) {
        for (name, (values, nulls)) in names.into_iter().zip(columns.columns()) {
            self.push(name, Arc::new(TimestampMicrosecondArray::new(values, nulls).with_timezone("UTC")), true);
        }
    }

    /// The columns as durations.
    pub(crate) fn gathered_durations<const N: usize>(&mut self, names: [&str; N], columns: Gathered<N>) {
        for (name, (values, nulls)) in names.into_iter().zip(columns.columns()) {
            self.push(name, Arc::new(DurationMicrosecondArray::new(values, nulls)), true);
        }
    }

    /// The columns as integers, of which none is undefined.
    pub(crate) fn gathered_ints<const N: usize>(&mut self, names: [&str; N], columns: Gathered<N>) {
        for (name, (values, _)) in names.into_iter().zip(columns.columns()) {
            self.push(name, Arc::new(Int64Array::new(values, None)), false);
        }
    }
}
