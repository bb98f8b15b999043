//! A column of codes, as narrow as its codes allow: most columns of a tracker have few distinct values.

use std::ops::Range;

use super::dictionary::NULL_CODE;
use super::state_rows::ABSENT;
use crate::kernel::{deal, group};

// Stored is code + 2, so that both marks at the end of the numbers fit into a byte.
const _: () = assert!(NULL_CODE.wrapping_add(SHIFT) == 1 && ABSENT.wrapping_add(SHIFT) == 0);
const SHIFT: u32 = 2;

/// Codes of rows, among them those of null and of "nothing is said".
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Codes {
    Bytes(Vec<u8>),
    Shorts(Vec<u16>),
    Words(Vec<u32>),
}

impl Default for Codes {
    fn default() -> Self {
        Self::Bytes(Vec::new())
    }
}

impl Codes {
    /// Of so few texts each code fits into a byte.
    pub(crate) const FEW: usize = (u8::MAX as u32 - SHIFT + 1) as usize;

    /// The bytes of null, and of a row that says nothing.
    pub(crate) const NULL: u8 = Self::byte(NULL_CODE);
    pub(crate) const NOT_SAID: u8 = Self::byte(ABSENT);

    /// The byte in which a code of few is stored.
    #[inline]
    pub(crate) const fn byte(code: u32) -> u8 {
        code.wrapping_add(SHIFT) as u8
    }

    /// The code that is stored in a byte.
    #[inline]
    pub(crate) const fn of_byte(byte: u8) -> u32 {
        (byte as u32).wrapping_sub(SHIFT)
    }

    /// A column of such bytes.
    pub(crate) const fn of_bytes(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }

    /// Says such bytes otherwise: `map` has each code's new one, which must be of few, too.
    pub(crate) fn map_bytes(bytes: &mut [u8], map: &[u32]) {
        let mut mapped: [u8; 256] = std::array::from_fn(|byte| byte as u8);
        mapped[SHIFT as usize..].iter_mut().zip(map).for_each(|(byte, code)| *byte = Self::byte(*code));
        bytes.iter_mut().for_each(|byte| *byte = mapped[usize::from(*byte)]);
    }

    /// An empty column with room for so many.
    pub(crate) fn with_capacity(n: usize) -> Self {
        Self::Bytes(Vec::with_capacity(n))
    }

    /// Makes room for `n` rows in all.
    pub(crate) fn reserve(&mut self, n: usize) {
        match self {
            Self::Bytes(codes) => codes.reserve_exact(n.saturating_sub(codes.len())),
            Self::Shorts(codes) => codes.reserve_exact(n.saturating_sub(codes.len())),
            Self::Words(codes) => codes.reserve_exact(n.saturating_sub(codes.len())),
        }
    }

    pub(crate) const fn len(&self) -> usize {
        match self {
            Self::Bytes(codes) => codes.len(),
            Self::Shorts(codes) => codes.len(),
            Self::Words(codes) => codes.len(),
        }
    }

    /// The code of a row.
    #[inline]
    pub(crate) fn get(&self, row: usize) -> u32 {
        let stored = match self {
            Self::Bytes(codes) => u32::from(codes[row]),
            Self::Shorts(codes) => u32::from(codes[row]),
            Self::Words(codes) => codes[row],
        };
        stored.wrapping_sub(SHIFT)
    }

    /// The codes of some rows.
    pub(crate) fn take(&self, rows: &[u32]) -> Self {
        match self {
            Self::Bytes(codes) => Self::Bytes(group::take(codes, rows)),
            Self::Shorts(codes) => Self::Shorts(group::take(codes, rows)),
            Self::Words(codes) => Self::Words(group::take(codes, rows)),
        }
    }

    /// The codes of all rows, each of which goes to its place.
    pub(crate) fn put(&self, places: &[u32]) -> Self {
        match self {
            Self::Bytes(codes) => Self::Bytes(deal::put(codes, places)),
            Self::Shorts(codes) => Self::Shorts(deal::put(codes, places)),
            Self::Words(codes) => Self::Words(deal::put(codes, places)),
        }
    }

    /// Puts the codes of rows that stand side by side behind `to`.
    pub(crate) fn copy(&self, rows: Range<usize>, to: &mut Vec<u32>) {
        match self {
            Self::Bytes(codes) => to.extend(codes[rows].iter().map(|&code| u32::from(code).wrapping_sub(SHIFT))),
            Self::Shorts(codes) => to.extend(codes[rows].iter().map(|&code| u32::from(code).wrapping_sub(SHIFT))),
            Self::Words(codes) => to.extend(codes[rows].iter().map(|&code| code.wrapping_sub(SHIFT))),
        }
    }

    /// Marks those of rows that stand side by side whose code is another than the one before.
    pub(crate) fn mark_others(&self, rows: Range<usize>, marks: &mut [bool]) {
        match self {
            Self::Bytes(codes) => mark_others(&codes[rows], marks),
            Self::Shorts(codes) => mark_others(&codes[rows], marks),
            Self::Words(codes) => mark_others(&codes[rows], marks),
        }
    }

    /// The code of a row; that of "nothing is said" behind the end.
    pub(crate) fn get_or_absent(&self, row: usize) -> u32 {
        if row < self.len() { self.get(row) } else { ABSENT }
    }

    #[inline]
    pub(crate) fn push(&mut self, code: u32) {
        let stored = code.wrapping_add(SHIFT);
        match self {
            Self::Bytes(codes) if stored <= u32::from(u8::MAX) => codes.push(stored as u8),
            Self::Shorts(codes) if stored <= u32::from(u16::MAX) => codes.push(stored as u16),
            Self::Words(codes) => codes.push(stored),
            _ => {
                self.widen();
                self.push(code);
            }
        }
    }

    /// Puts many codes behind.
    pub(crate) fn extend(&mut self, more: &[u32]) {
        while more.iter().map(|code| code.wrapping_add(SHIFT)).max().unwrap_or(0) > self.most() {
            self.widen();
        }
        let stored = more.iter().map(|code| code.wrapping_add(SHIFT));
        match self {
            Self::Bytes(codes) => codes.extend(stored.map(|stored| stored as u8)),
            Self::Shorts(codes) => codes.extend(stored.map(|stored| stored as u16)),
            Self::Words(codes) => codes.extend(stored),
        }
    }

    pub(crate) fn set(&mut self, row: usize, code: u32) {
        let stored = code.wrapping_add(SHIFT);
        match self {
            Self::Bytes(codes) if stored <= u32::from(u8::MAX) => codes[row] = stored as u8,
            Self::Shorts(codes) if stored <= u32::from(u16::MAX) => codes[row] = stored as u16,
            Self::Words(codes) => codes[row] = stored,
            _ => {
                self.widen();
                self.set(row, code);
            }
        }
    }

    /// Makes the column so long; new rows say nothing.
    pub(crate) fn fill_absent(&mut self, n: usize) {
        match self {
            Self::Bytes(codes) => codes.resize(n, 0),
            Self::Shorts(codes) => codes.resize(n, 0),
            Self::Words(codes) => codes.resize(n, 0),
        }
    }

    /// Puts the codes of another column behind, each as `map` says; the marks stay what they are.
    pub(crate) fn extend_mapped(&mut self, other: &Self, map: &[u32]) {
        let code = |code: u32| map.get(code as usize).copied().unwrap_or(code);
        while (map.iter().max().copied().unwrap_or(0).wrapping_add(SHIFT)) > self.most() {
            self.widen();
        }
        // Both are bytes in the common case: one look-up in a small table for each row.
        match (&mut *self, other) {
            (Self::Bytes(codes), Self::Bytes(more)) => {
                let table: [u8; 256] =
                    std::array::from_fn(|stored| code((stored as u32).wrapping_sub(SHIFT)).wrapping_add(SHIFT) as u8);
                codes.extend(more.iter().map(|&stored| table[usize::from(stored)]));
            }
            (Self::Words(codes), Self::Words(more)) => {
                codes.extend(more.iter().map(|&stored| code(stored.wrapping_sub(SHIFT)).wrapping_add(SHIFT)));
            }
            _ => (0..other.len()).for_each(|row| self.push(code(other.get(row)))),
        }
    }

    /// The largest number that can be stored as the column is.
    const fn most(&self) -> u32 {
        match self {
            Self::Bytes(_) => u8::MAX as u32,
            Self::Shorts(_) => u16::MAX as u32,
            Self::Words(_) => u32::MAX,
        }
    }

    fn widen(&mut self) {
        *self = match self {
            Self::Bytes(codes) => {
                let mut wide = Vec::with_capacity(codes.capacity());
                wide.extend(codes.iter().map(|&code| u16::from(code)));
                Self::Shorts(wide)
            }
            Self::Shorts(codes) => {
                let mut wide = Vec::with_capacity(codes.capacity());
                wide.extend(codes.iter().map(|&code| u32::from(code)));
                Self::Words(wide)
            }
            Self::Words(_) => return,
        };
    }
}

/// Marks each that is another than the one before.
fn mark_others<T: PartialEq>(codes: &[T], marks: &mut [bool]) {
    let pairs = codes.iter().zip(codes.iter().skip(1));
    marks.iter_mut().skip(1).zip(pairs).for_each(|(mark, (before, after))| *mark |= before != after);
}

impl FromIterator<u32> for Codes {
    fn from_iter<I: IntoIterator<Item = u32>>(codes: I) -> Self {
        let codes = codes.into_iter();
        let mut column = Self::with_capacity(codes.size_hint().0);
        codes.for_each(|code| column.push(code));
        column
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_widens_and_keeps_what_it_holds() {
        let all = [0, NULL_CODE, 253, ABSENT, 254, 65_533, NULL_CODE, 65_534, ABSENT, u32::MAX - 2, 7];
        for n in 0..=all.len() {
            let codes: Codes = all[..n].iter().copied().collect();
            assert_eq!((0..n).map(|row| codes.get(row)).collect::<Vec<_>>(), all[..n]);
        }
        let kinds = [3, 5, 8].map(|n| all[..n].iter().copied().collect::<Codes>());
        assert!(matches!(kinds, [Codes::Bytes(_), Codes::Shorts(_), Codes::Words(_)]));
        let mut codes: Codes = [1, 2, 3].into_iter().collect();
        codes.set(1, 300);
        codes.fill_absent(4);
        assert_eq!((0..4).map(|row| codes.get(row)).collect::<Vec<_>>(), [1, 300, 3, ABSENT]);
        let all: Codes = all.into_iter().collect();
        for column in [&codes, &all] {
            let taken = column.take(&[3, 1, 1]);
            assert_eq!((0..3).map(|row| taken.get(row)).collect::<Vec<_>>(), [3, 1, 1].map(|row| column.get(row)));
        }
    }

    #[test]
    fn mapped_codes_of_every_width() {
        for to in [1, 255, 70_000] {
            let other: Codes = [0, NULL_CODE, 1, ABSENT, 1].into_iter().collect();
            for start in [1, 300, 70_000] {
                let mut codes: Codes = [start].into_iter().collect();
                codes.extend_mapped(&other, &[9, to]);
                assert_eq!((0..6).map(|row| codes.get(row)).collect::<Vec<_>>(), [start, 9, NULL_CODE, to, ABSENT, to]);
            }
        }
    }
}
