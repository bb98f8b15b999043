//! Rows as the walk reads them: the cells of some of them, and what is new in each.

use super::dictionary::NULL_CODE;
use super::ordered_rows::OrderedRows;
use super::state_rows::ABSENT;
use crate::time::Instant;

/// Whether a cell is an event: another value than the item's rows said before. An implausible row changes nothing.
pub(super) fn is_news(value: u32, told: u32, at: i64) -> bool {
    value != told && value != ABSENT && Instant(at).is_plausible()
}

/// The cells of some rows, as wide as they are walked.
#[derive(Debug, Default)]
pub(crate) struct RowBlock {
    /// The place and the number of the first of the item at hand.
    first: (usize, usize),
    pub(crate) at: Vec<i64>,
    pub(crate) state: Vec<u32>,
    /// Whether an attribute is another than in the row before.
    pub(crate) is_other: Vec<bool>,
}

impl RowBlock {
    pub(super) fn clear(&mut self) {
        self.at.clear();
        self.state.clear();
        self.is_other.clear();
    }

    /// The number of a row of the item at hand.
    pub(crate) const fn number(&self, row: usize) -> usize {
        self.first.1 + (row - self.first.0)
    }

    /// Turns to the item whose first row has that place and that number.
    pub(crate) const fn turn_to(&mut self, place: usize, number: usize) {
        self.first = (place, number);
    }
}

/// What the rows of one item have said of its attributes so far.
#[derive(Debug, Default)]
pub(crate) struct Told(Vec<u32>);

impl Told {
    /// Turns to another item.
    pub(crate) fn clear(&mut self, rows: &OrderedRows) {
        self.0.clear();
        self.0.resize(rows.attributes.len(), NULL_CODE);
    }

    /// Turns to another item, of whose first row all will be [taken over](Self::tell_first).
    #[inline]
    pub(crate) fn turn(&mut self, rows: &OrderedRows) {
        if self.0.len() != rows.attributes.len() {
            self.clear(rows);
        }
    }

    /// Takes over what an item's first row says, which is plausible: null where it says nothing.
    #[inline]
    pub(crate) fn tell_first(&mut self, rows: &OrderedRows, block: &RowBlock, row: usize) -> &[u32] {
        let number = block.number(row);
        for ((_, values), told) in rows.attributes.iter().zip(&mut self.0) {
            let value = values.get(number);
            *told = if value == ABSENT { NULL_CODE } else { value };
        }
        &self.0
    }

    /// What was said of each attribute; null if nothing was.
    pub(crate) fn all(&self) -> &[u32] {
        &self.0
    }

    /// The attributes, as field and value, that are news in this row of a block. Rows come in order of time.
    #[inline]
    pub(crate) fn changes(
        &mut self,
        rows: &OrderedRows,
        block: &RowBlock,
        row: usize,
        mut change: impl FnMut(u8, u32),
    ) {
        let number = block.number(row);
        for ((field, values), told) in rows.attributes.iter().zip(&mut self.0) {
            let value = values.get(number);
            if is_news(value, *told, block.at[row]) {
                *told = value;
                change(*field, value);
            }
        }
    }
}
