//! The records of a CSV file (RFC 4180), each with the line on which it begins.
//!
//! Written here and not taken from a library for two things that a report of bad rows stands on: the line numbers stay right over quoted line
//! breaks and Windows line ends, and a quoted cell that never ends is told, where it would otherwise swallow the rest of the file in silence.

use std::io::{self, BufRead};

/// One record: its cells in one buffer, and the line on which it begins.
#[derive(Debug, Default)]
pub(super) struct Record {
    bytes: Vec<u8>,
    ends: Vec<usize>,
    pub(super) line: u64,
    /// False if the file ended inside a quoted cell.
    pub(super) is_whole: bool,
}

impl Record {
    pub(super) const fn len(&self) -> usize {
        self.ends.len()
    }

    /// All cells as one text, if it is UTF-8 in each of them.
    pub(super) fn text(&self) -> Result<Cells<'_>, String> {
        let text = std::str::from_utf8(&self.bytes).ok();
        match text.filter(|text| self.ends.iter().all(|&end| text.is_char_boundary(end))) {
            Some(text) => Ok(Cells { text, ends: &self.ends }),
            None => Err("is not UTF-8".to_owned()),
        }
    }

    fn clear(&mut self, line: u64) {
        self.bytes.clear();
        self.ends.clear();
        self.line = line;
    }
}

/// The cells of a record as text.
#[derive(Clone, Copy)]
pub(super) struct Cells<'a> {
    text: &'a str,
    ends: &'a [usize],
}

impl<'a> Cells<'a> {
    /// A cell; an empty one is null.
    pub(super) fn get(self, i: usize) -> Option<&'a str> {
        let start = if i == 0 { 0 } else { self.ends[i - 1] };
        Some(&self.text[start..self.ends[i]]).filter(|cell| !cell.is_empty())
    }

    pub(super) fn iter(self) -> impl Iterator<Item = Option<&'a str>> {
        (0..self.ends.len()).map(move |i| self.get(i))
    }
}

/// Reads records one by one; holds one at a time.
pub(super) struct Records<R> {
    input: R,
    separator: u8,
    /// How many lines were read.
    pub(super) lines: u64,
    raw: Vec<u8>,
}

impl<R: BufRead> Records<R> {
    pub(super) const fn new(input: R) -> Self {
        Self { input, separator: b',', lines: 0, raw: Vec::new() }
    }

    /// Reads the header and settles the separator: the one of `,`, `;` and tab that gives the most cells.
    pub(super) fn read_header(&mut self, record: &mut Record) -> io::Result<bool> {
        while self.more_after(record)? {
            if self.raw.trim_ascii().is_empty() {
                continue;
            }
            let count = |separator: &u8| self.raw.iter().filter(|byte| *byte == separator).count();
            // `max_by_key` takes the last of equals: the comma.
            self.separator = *[b'\t', b';', b','].iter().max_by_key(|separator| count(separator)).unwrap_or(&b',');
            record.is_whole = self.split(record)?;
            return Ok(true);
        }
        Ok(false)
    }

    /// Reads the next record that is not a blank line; false at the end of the file.
    pub(super) fn read(&mut self, record: &mut Record) -> io::Result<bool> {
        while self.more_after(record)? {
            if content(&self.raw) > 0 {
                record.is_whole = self.split(record)?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Starts a record at the next line.
    fn more_after(&mut self, record: &mut Record) -> io::Result<bool> {
        self.raw.clear();
        record.clear(self.lines + 1);
        self.more()
    }

    /// Adds a line to what was read.
    fn more(&mut self) -> io::Result<bool> {
        let n = self.input.read_until(b'\n', &mut self.raw)?;
        self.lines += u64::from(n > 0);
        Ok(n > 0)
    }

    /// Splits what was read into cells, and reads on while a quoted cell goes on. False if it never ends.
    fn split(&mut self, record: &mut Record) -> io::Result<bool> {
        let mut i = 0;
        loop {
            if self.raw.get(i) == Some(&b'"') {
                match self.quoted(i + 1, record)? {
                    Some(after) => i = after,
                    None => return Ok(false),
                }
            }
            let rest = &self.raw[i..content(&self.raw).max(i)];
            let length = rest.iter().position(|byte| *byte == self.separator);
            record.bytes.extend_from_slice(&rest[..length.unwrap_or(rest.len())]);
            record.ends.push(record.bytes.len());
            match length {
                Some(length) => i += length + 1,
                None => return Ok(true),
            }
        }
    }

    /// Takes a quoted cell that begins at `i`; gives where it ends.
    fn quoted(&mut self, mut i: usize, record: &mut Record) -> io::Result<Option<usize>> {
        loop {
            let rest = &self.raw[i..];
            let Some(length) = rest.iter().position(|byte| *byte == b'"') else {
                record.bytes.extend_from_slice(rest);
                i = self.raw.len();
                if self.more()? {
                    continue;
                }
                return Ok(None);
            };
            record.bytes.extend_from_slice(&rest[..length]);
            i += length + 1;
            if self.raw.get(i) != Some(&b'"') {
                return Ok(Some(i));
            }
            record.bytes.push(b'"');
            i += 1;
        }
    }
}

/// The length of a line without its end.
fn content(line: &[u8]) -> usize {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line).len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<(u64, Vec<String>, bool)> {
        let mut records = Records::new(text.as_bytes());
        let mut record = Record::default();
        let mut all = Vec::new();
        while records.read(&mut record).unwrap() {
            let cells = record.text().unwrap().iter().map(|cell| cell.unwrap_or("").to_owned()).collect();
            all.push((record.line, cells, record.is_whole));
        }
        all
    }

    #[test]
    fn quotes_line_ends_and_line_numbers() {
        for end in ["\n", "\r\n"] {
            let text = ["a,b", "\"x\ny\",\"say \"\"hi\"\"\"", "", ",", "last,\"q\""].join(end);
            let all = all(&text);
            let cells = |i: usize| all[i].1.iter().map(String::as_str).collect::<Vec<_>>();
            assert_eq!(all.iter().map(|record| record.0).collect::<Vec<_>>(), [1, 2, 5, 6], "{end:?}");
            assert_eq!(cells(1), ["x\ny", "say \"hi\""]);
            assert_eq!(cells(2), ["", ""]);
            assert_eq!(cells(3), ["last", "q"]);
            assert!(all.iter().all(|record| record.2));
        }
    }

    #[test]
    fn odd_quotes() {
        assert_eq!(all("a\"b,c\n")[0].1, ["a\"b", "c"]);
        assert_eq!(all("\"a\"b,c\n")[0].1, ["ab", "c"]);
        assert_eq!(all("\"a\r\nb\",c")[0].1, ["a\r\nb", "c"]);
        assert!(!all("a,\"b\nc,d\n")[0].2);
        assert!(!all("\"")[0].2);
        assert!(all("\"\"")[0].2);
    }

    #[test]
    fn separators() {
        let mut record = Record::default();
        for (text, n) in [("a;b;c\n", 3), ("a\tb\n", 2), ("a,b;c\n", 2), ("a\n", 1)] {
            let mut records = Records::new(text.as_bytes());
            assert!(records.read_header(&mut record).unwrap());
            assert_eq!(record.len(), n, "{text:?}");
        }
    }

    #[test]
    fn cells_that_are_valid_only_together_are_not() {
        let mut record = Record::default();
        assert!(Records::new(&b"\xc3,\xa9\n"[..]).read(&mut record).unwrap());
        assert!(record.text().is_err());
    }
}
