//! What is read soon is brought near first.
//!
//! A loop that does much for each value waits for each line of memory, one after the other, where the machine does not look ahead far enough. One
//! that does nothing but read waits for many at once.

use std::hint::black_box;

/// The bytes that memory gives at a time.
const LINE: usize = 64;

/// As many bytes as near memory holds, and room for others.
const MOST: usize = 1 << 18;

/// Reads a value of each line, so that the values, or the first of very many, are near when they are read next.
#[inline]
pub(crate) fn bring_near<T: Copy>(values: &[T]) {
    let size = size_of::<T>().max(1);
    for value in values.iter().take(MOST / size).step_by((LINE / size).max(1)) {
        black_box(*value);
    }
}
