//! The records of a CSV file (RFC 4180), each with the line on which it begins.
//!
//! The library splits them; two things that a report of bad rows stands on are added here. Its count of lines is taken *behind* a record,
//! where blank lines before it do not matter, and a record ends with a line feed only (the carriage return before it is taken off with the
//! last cell), so that Windows line ends are not counted late. And a quoted cell that never ends, which would swallow the rest of the file in
//! silence, is told: a line end is put behind the file, so the file's end is met inside a record only if a quote is open.

use std::io::{self, BufRead, Cursor, Read};
use std::path::PathBuf;

use ::csv::{ByteRecord, Reader, ReaderBuilder, Terminator};

use crate::error::ReadError;
use crate::input::Input;

/// Reads records, one by one or some together; holds none, but what is wrong behind those that were given.
pub(super) struct Records<'a> {
    pub(super) file: PathBuf,
    reader: Reader<Ending<Box<dyn Read + Send + 'a>>>,
    /// What is wrong behind the last block.
    wrong: Option<ReadError>,
}

impl<'a> Records<'a> {
    /// Settles the separator by the first line that is not blank: the one of `,`, `;` and tab that gives the most cells.
    pub(super) fn new(Input { file, mut reader, .. }: Input<'a>) -> Result<Self, ReadError> {
        let head = head(&mut reader).map_err(|error| ReadError::stream(&file, 1, error))?;
        let count = |separator: &u8| head.iter().filter(|byte| *byte == separator).count();
        // `max_by_key` takes the last of equals: the comma.
        let separator = *[b'\t', b';', b','].iter().max_by_key(|separator| count(separator)).unwrap_or(&b',');
        let inner: Box<dyn Read + Send + 'a> = Box::new(Cursor::new(head).chain(reader).chain(&b"\n"[..]));
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(separator)
            .terminator(Terminator::Any(b'\n'))
            .buffer_capacity(1 << 16)
            .from_reader(Ending { inner, is_over: false });
        Ok(Self { file, reader, wrong: None })
    }

    /// Reads records of so many bytes in all, about, or as many as there are; none at the end of the file. What is wrong behind some is told when
    /// these are taken.
    pub(super) fn block(&mut self, n_bytes: usize) -> Result<Option<Block>, ReadError> {
        if let Some(error) = self.wrong.take() {
            return Err(error);
        }
        let (mut block, mut record) = (Block::default(), ByteRecord::new());
        while block.n_bytes() < n_bytes {
            match self.read(&mut record) {
                Ok(Some(line)) => block.push(line, &record),
                Ok(None) => break,
                Err(error) if block.records.is_empty() => return Err(error),
                Err(error) => {
                    self.wrong = Some(error);
                    break;
                }
            }
        }
        Ok(Some(block).filter(|block| !block.records.is_empty()))
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

/// Records that were read together.
#[derive(Default)]
pub(super) struct Block {
    /// Cell by cell, of all records.
    bytes: Vec<u8>,
    /// Where each cell ends.
    ends: Vec<usize>,
    /// The line on which each record begins, and how many cells stand before its end.
    records: Vec<(u64, usize)>,
}

impl Block {
    /// What it holds takes so many bytes.
    const fn n_bytes(&self) -> usize {
        self.bytes.len() + size_of::<usize>() * self.ends.len()
    }

    fn push(&mut self, line: u64, record: &ByteRecord) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(record.as_slice());
        self.ends.extend((0..record.len()).filter_map(|i| record.range(i)).map(|cell| start + cell.end));
        self.records.push((line, self.ends.len()));
    }

    /// The records, each with its line; `None` of one that is not UTF-8.
    pub(super) fn records(&self) -> impl Iterator<Item = (u64, Option<Record<'_>>)> {
        let mut first = 0_usize;
        self.records.iter().map(move |&(line, end)| {
            let start = first.checked_sub(1).map_or(0, |before| self.ends[before]);
            let ends = &self.ends[first..end];
            first = end;
            let bytes = &self.bytes[start..ends.last().copied().unwrap_or(start)];
            (line, Record::new(bytes, start, ends))
        })
    }
}

/// One record, as text.
#[derive(Clone, Copy)]
pub(super) struct Record<'a> {
    text: &'a str,
    /// What the ends of its cells are counted from.
    start: usize,
    ends: &'a [usize],
}

impl<'a> Record<'a> {
    fn new(bytes: &'a [u8], start: usize, ends: &'a [usize]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        // Each cell must be text by itself.
        ends.iter().all(|end| text.is_char_boundary(end - start)).then_some(Self { text, start, ends })
    }

    /// How many cells it has.
    pub(super) const fn len(self) -> usize {
        self.ends.len()
    }

    /// A cell; an empty one is null. A carriage return at the end of a row is the line's, even if a quoted cell ends with it.
    pub(super) fn cell(self, i: usize) -> Option<&'a str> {
        let end = self.ends.get(i)? - self.start;
        let start = i.checked_sub(1).map_or(0, |before| self.ends[before] - self.start);
        let (cell, is_last) = (&self.text[start..end], i + 1 == self.ends.len());
        Some(if is_last { cell.strip_suffix('\r').unwrap_or(cell) } else { cell }).filter(|cell| !cell.is_empty())
    }
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
        let (mut records, mut all) = (records(text.as_bytes()), Vec::new());
        loop {
            match records.block(1) {
                Ok(None) => return all,
                Ok(Some(block)) => all.extend(block.records().map(|(line, record)| {
                    let record = record.unwrap();
                    (line, (0..record.len()).map(|i| record.cell(i).unwrap_or("").to_owned()).collect())
                })),
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
        let block = records(b"a,b\n\xc3,\xa9\n\xc3\xa9,\nc,d\n").block(99).unwrap().unwrap();
        let cells = |record: Record<'_>| [record.cell(0).map(str::to_owned), record.cell(1).map(str::to_owned)];
        let found: Vec<_> = block.records().map(|(line, record)| (line, record.map(cells))).collect();
        let some = |text: &str| Some(text.to_owned());
        let expected = [
            (1, Some([some("a"), some("b")])),
            (2, None),
            (3, Some([some("é"), None])),
            (4, Some([some("c"), some("d")])),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn blocks_of_records() {
        let mut records = records(b"a\n\nb,c\n\"d\n\"\n\"e");
        let mut lines = || {
            let block = records.block(26).map_err(|error| error.line);
            block.map(|block| block.map(|block| block.records().map(|(line, _)| line).collect::<Vec<_>>()))
        };
        // What comes before an error is not lost.
        assert_eq!([lines(), lines(), lines()], [Ok(Some(vec![1, 3])), Ok(Some(vec![4])), Err(Some(6))]);
    }
}
