//! The lines of a file, many at a time.

use std::io::{self, BufRead, Read};

use memchr::{memchr_iter, memrchr};

use crate::error::ReadError;
use crate::input::Input;

/// Reads lines; holds none, but what is wrong behind those that were given.
pub(super) struct Lines<'a> {
    input: Input<'a>,
    /// The number of the next.
    next: u64,
    /// What is wrong behind the last block.
    wrong: Option<io::Error>,
}

/// Lines that were read together.
pub(super) struct Block {
    /// The number of the first.
    first: u64,
    bytes: Vec<u8>,
}

impl<'a> Lines<'a> {
    pub(super) const fn new(input: Input<'a>) -> Self {
        Self { input, next: 1, wrong: None }
    }

    /// Reads so many bytes and the rest of the line that they end in; none at the end of the file. What is wrong behind some lines is told when
    /// these are taken.
    pub(super) fn block(&mut self, at_once: u64) -> Result<Option<Block>, ReadError> {
        let (first, mut bytes) = (self.next, Vec::new());
        if self.wrong.is_none() {
            let reader = &mut self.input.reader;
            let read = reader.by_ref().take(at_once).read_to_end(&mut bytes);
            if let Err(error) = read.and_then(|_| reader.read_until(b'\n', &mut bytes)) {
                bytes.truncate(memrchr(b'\n', &bytes).map_or(0, |end| end + 1));
                self.wrong = Some(error);
            }
        }
        self.next += memchr_iter(b'\n', &bytes).count() as u64;
        match self.wrong.take_if(|_| bytes.is_empty()) {
            Some(error) => Err(ReadError::stream(&self.input.file, self.next, error)),
            None => Ok(Some(Block { first, bytes }).filter(|block| !block.bytes.is_empty())),
        }
    }
}

impl Block {
    /// Those that are not blank, each with its number.
    pub(super) fn lines(&self) -> impl Iterator<Item = (u64, &[u8])> {
        let ends = memchr_iter(b'\n', &self.bytes).map(|end| end + 1).chain([self.bytes.len()]);
        let mut start = 0;
        let lines = (self.first..)
            .zip(ends)
            .map(move |(line, end)| (line, &self.bytes[std::mem::replace(&mut start, end)..end]));
        lines.filter(|(_, bytes)| !bytes.trim_ascii().is_empty())
    }
}
