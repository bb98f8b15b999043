//! The records of a CSV file (RFC 4180), each with the line on which it begins.
//!
//! The library splits them; two things that a report of bad rows stands on are added here. Its count of lines is taken *behind* a record,
//! where blank lines before it do not matter, and a record ends with a line feed only (the carriage return before it is taken off with the
//! last cell), so that Windows line ends are not counted late. And a quoted cell that never ends, which would swallow the rest of the file in
//! silence, is told: a line end is put behind the file, so the file's end is met inside a record only if a quote is open.

use std::io::{self, BufRead, Cursor, Read};
use std::path::PathBuf;

use ::csv::{ByteRecord, Reader, ReaderBuilder, StringRecord, Terminator};

use crate::error::ReadError;
use crate::input::Input;

/// Reads records one by one; holds none.
pub(super) struct Records<'a> {
    pub(super) file: PathBuf,
    reader: Reader<Ending<Box<dyn Read + 'a>>>,
}

impl<'a> Records<'a> {
    /// Settles the separator by the first line that is not blank: the one of `,`, `;` and tab that gives the most cells.
    pub(super) fn new(Input { file, mut reader, .. }: Input<'a>) -> Result<Self, ReadError> {
        let head = head(&mut reader).map_err(|error| ReadError::stream(&file, 1, error))?;
        let count = |separator: &u8| head.iter().filter(|byte| *byte == separator).count();
        // `max_by_key` takes the last of equals: the comma.
        let separator = *[b'\t', b';', b','].iter().max_by_key(|separator| count(separator)).unwrap_or(&b',');
        let inner: Box<dyn Read + 'a> = Box::new(Cursor::new(head).chain(reader).chain(&b"\n"[..]));
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(separator)
            .terminator(Terminator::Any(b'\n'))
            .buffer_capacity(1 << 16)
            .from_reader(Ending { inner, is_over: false });
        Ok(Self { file, reader })
    }

    /// Reads the next record that is not a blank line, and gives the line on which it begins; `None` at the end of the file.
    pub(super) fn read(&mut self, record: &mut ByteRecord) -> Result<Option<u64>, ReadError> {
        loop {
            let read = self.reader.read_byte_record(record);
            let after = self.reader.position().line();
            match read.map_err(::csv::Error::into_kind) {
                Ok(false) => return Ok(None),
                Ok(true) if record.len() == 1 && matches!(record.as_slice(), b"" | b"\r") => {}
                Ok(true) => {
                    let inside = record.as_slice().iter().filter(|byte| **byte == b'\n').count() as u64;
                    if self.reader.get_ref().is_over {
                        let reason = "a quoted cell begins in this row and does not end; the rest of the file cannot be told apart";
                        return Err(ReadError::data(&self.file, after - inside, reason.to_owned()));
                    }
                    return Ok(Some(after - inside - 1));
                }
                Err(::csv::ErrorKind::Io(error)) => return Err(ReadError::stream(&self.file, after, error)),
                Err(other) => return Err(ReadError::data(&self.file, after, format!("{other:?}"))),
            }
        }
    }
}

/// A cell; an empty one is null. A carriage return at the end of a row is the line's, even if a quoted cell ends with it.
pub(super) fn cell(record: &StringRecord, i: usize) -> Option<&str> {
    let cell = record.get(i)?;
    let is_last = i + 1 == record.len();
    Some(if is_last { cell.strip_suffix('\r').unwrap_or(cell) } else { cell }).filter(|cell| !cell.is_empty())
}

/// The first line that is not blank, behind as many line ends as there were blank ones.
fn head(input: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    loop {
        let start = head.len();
        if input.read_until(b'\n', &mut head)? == 0 || !head[start..].trim_ascii().is_empty() {
            return Ok(head);
        }
        head.truncate(start);
        head.push(b'\n');
    }
}

/// A reader that remembers that it came to its end.
struct Ending<R> {
    inner: R,
    is_over: bool,
}

impl<R: Read> Read for Ending<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.is_over |= n == 0;
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Format;

    fn records(bytes: &[u8]) -> Records<'_> {
        let input = Input { file: PathBuf::from("a.csv"), format: Format::Csv, reader: Box::new(bytes) };
        Records::new(input).unwrap()
    }

    /// Lines and cells; the error's line and no cells where a quoted cell does not end.
    fn all(text: &str) -> Vec<(u64, Vec<String>)> {
        let (mut records, mut record, mut all) = (records(text.as_bytes()), ByteRecord::new(), Vec::new());
        loop {
            match records.read(&mut record) {
                Ok(None) => return all,
                Ok(Some(line)) => {
                    let text = StringRecord::from_byte_record(record.clone()).unwrap();
                    all.push((line, (0..text.len()).map(|i| cell(&text, i).unwrap_or("").to_owned()).collect()));
                }
                Err(error) => {
                    assert!(error.to_string().contains("does not end"), "{error}");
                    all.push((error.line.unwrap(), Vec::new()));
                    return all;
                }
            }
        }
    }

    #[test]
    fn quotes_line_ends_and_line_numbers() {
        for end in ["\n", "\r\n"] {
            for (start, last) in [("", ""), (" \t", end), ("\n", "\n\r\n\n")] {
                let lines = ["a,b", "\"x\ny\",\"say \"\"hi\"\"\"", "", ",", "", "", "p,\"q\r\n\n\"", "last,\"q\""];
                let text = format!("{start}{end}{}{last}", lines.join(end));
                let n = 1 + u64::from(start == "\n");
                let all = all(&text);
                let found: Vec<_> = all.iter().map(|(line, _)| line - n).collect();
                assert_eq!(found, [1, 2, 5, 8, 11], "{text:?}");
                let cells = |i: usize| all[i].1.iter().map(String::as_str).collect::<Vec<_>>();
                assert_eq!(cells(1), ["x\ny", "say \"hi\""]);
                assert_eq!(cells(2), ["", ""]);
                assert_eq!(cells(3), ["p", "q\r\n\n"]);
                assert_eq!(cells(4), ["last", "q"]);
            }
        }
    }

    #[test]
    fn odd_quotes() {
        assert_eq!(all("a\"b,c\n")[0].1, ["a\"b", "c"]);
        assert_eq!(all("\"a\"b,c\n")[0].1, ["ab", "c"]);
        assert_eq!(all("\"a\r\nb\",c")[0].1, ["a\r\nb", "c"]);
        assert_eq!(all("a\n\"b\n\"")[1], (2, vec!["b\n".to_owned()]));
    }

    #[test]
    fn quotes_that_do_not_end() {
        for (text, line) in [("a,\"b\nc,d\n", 1), ("\"", 1), ("a\n\r\n\nb,\"c\r\n\r\n", 4), ("a\n\"b\"\n\"c\"\"", 3)] {
            let all = all(text);
            assert_eq!(all.last(), Some(&(line, Vec::new())), "{text:?}");
        }
        assert_eq!(all("\"a\"\n\"\"\nb\n").len(), 2);
    }

    #[test]
    fn separators() {
        let mut record = ByteRecord::new();
        for (text, n) in [("a;b;c\n", 3), ("a\tb\n", 2), ("a,b;c\n", 2), ("a\n", 1)] {
            assert_eq!(records(text.as_bytes()).read(&mut record).unwrap(), Some(1));
            assert_eq!(record.len(), n, "{text:?}");
        }
    }

    #[test]
    fn cells_that_are_valid_only_together_are_not() {
        let mut record = ByteRecord::new();
        records(b"\xc3,\xa9\n").read(&mut record).unwrap();
        assert!(StringRecord::from_byte_record(record).is_err());
    }
}
