//! What was met before: where it is found by its hash, as long as it is worth while to look.

use crate::model::SPREAD;

/// How many things are remembered at most: fewer than half a word tells apart.
pub(super) const MOST: usize = 1 << 12;

const _: () = assert!(MOST < u16::MAX as usize);

/// To look in vain costs less than to find gains: by about so much.
const MISSES_FOR_ONE: usize = 4;

/// Numbers of what was met, by hash.
#[derive(Default)]
pub(super) struct Alike {
    /// By hash, from its place on: a number + 1, or 0 in free places. At least half of them are.
    places: Vec<u32>,
    n_known: usize,
    /// How many times what was looked for was found, and how many times it was not.
    n_found: usize,
    n_missed: usize,
}

impl Alike {
    /// How many things are remembered of so many items.
    pub(super) fn most(n_items: usize) -> usize {
        n_items.clamp(1, MOST).next_power_of_two()
    }

    /// Room for so many, which are a power of two; or for none, and then nothing is looked for.
    pub(super) fn new(n: usize) -> Self {
        Self { places: vec![0; 2 * n], ..Self::default() }
    }

    /// Whether it is worth while to look: no longer where many were not found and hardly any was.
    pub(super) const fn is_of_use(&self) -> bool {
        self.n_missed <= self.places.len() || self.n_missed <= MISSES_FOR_ONE * self.n_found
    }

    /// The number of what has that hash and is the same, or else the place where it is to be remembered.
    #[inline]
    pub(super) fn find(&self, hash: u64, is_same: impl Fn(usize) -> bool) -> Result<usize, usize> {
        let mut place = (hash >> (u64::BITS - self.places.len().ilog2())) as usize;
        loop {
            let Some(number) = self.places[place].checked_sub(1) else { return Err(place) };
            if is_same(number as usize) {
                return Ok(number as usize);
            }
            place = (place + 1) % self.places.len();
        }
    }

    /// Counts that something was looked for.
    #[inline]
    pub(super) const fn count(&mut self, was_found: bool) {
        *(if was_found { &mut self.n_found } else { &mut self.n_missed }) += 1;
    }

    pub(super) const fn has_room(&self) -> bool {
        self.n_known < self.places.len() / 2
    }

    /// Remembers what was not found at that place: it has the next number.
    pub(super) fn remember(&mut self, place: usize) {
        self.n_known += 1;
        self.places[place] = self.n_known as u32;
    }
}

/// A hash, and one more number in it.
#[inline]
pub(super) fn spread(hash: u64, code: u32) -> u64 {
    (hash.rotate_left(5) ^ u64::from(code)).wrapping_mul(SPREAD)
}
