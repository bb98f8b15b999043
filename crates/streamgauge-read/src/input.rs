//! Opening a file: unpacks gzip, takes the byte-order mark off and tells what the content is, by its first bytes and never by its name.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use flate2::bufread::MultiGzDecoder;

use crate::error::ReadError;
use crate::progress::{Counted, Progress};

/// How many bytes are looked at to tell what a file is.
const HEAD: usize = 4096;

/// What the first bytes of a file say that it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Csv,
    JsonObject,
    JsonArray,
    Parquet,
}

impl Format {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::JsonObject => "JSON objects",
            Self::JsonArray => "a JSON array",
            Self::Parquet => "Parquet",
        }
    }

    /// What is to be said of a file whose name promises another format.
    pub(crate) fn misnamed(self, file: &Path) -> Option<String> {
        let name = file.to_string_lossy().to_lowercase();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        let (_, ending) = name.rsplit_once('.')?;
        let promised = match (ending, self) {
            ("parquet", Self::Csv | Self::JsonObject | Self::JsonArray) => "Parquet",
            ("csv" | "tsv", Self::Parquet | Self::JsonObject | Self::JsonArray) => "CSV",
            ("jsonl" | "ndjson" | "json", Self::Parquet | Self::Csv) => "JSON",
            _ => return None,
        };
        Some(format!("its name says {promised}; its content begins as {} and was read as that", self.name()))
    }
}

/// A file, open at its first byte after the byte-order mark; unpacked if it was packed.
pub(crate) struct Input<'a> {
    pub(crate) file: PathBuf,
    pub(crate) format: Format,
    pub(crate) reader: Box<dyn BufRead + Send + 'a>,
}

impl<'a> Input<'a> {
    /// Opens a file and looks at its head.
    pub(crate) fn open(file: &Path, progress: Option<&'a Progress>) -> Result<Self, ReadError> {
        let inner = File::open(file).map_err(|error| ReadError::io(file, error))?;
        let counted = BufReader::with_capacity(1 << 16, Counted { inner, progress });
        let (head, reader) = peek(counted).map_err(|error| ReadError::io(file, error))?;
        if !head.starts_with(&[0x1f, 0x8b]) {
            return Self::of_head(file, &head, Box::new(reader));
        }
        let unpacked = BufReader::with_capacity(1 << 16, MultiGzDecoder::new(reader));
        let (head, reader) = peek(unpacked).map_err(|error| ReadError::stream(file, 1, error))?;
        let input = Self::of_head(file, &head, Box::new(reader))?;
        match input.format {
            Format::Parquet => Err(wrong(file, "is Parquet inside gzip; unpack it first (Parquet is packed already)")),
            _ => Ok(input),
        }
    }

    fn of_head(file: &Path, head: &[u8], mut reader: Box<dyn BufRead + Send + 'a>) -> Result<Self, ReadError> {
        let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
        let format = recognise_head(text).map_err(|reason| wrong(file, reason))?;
        if text.len() < head.len() {
            reader.read_exact(&mut [0; 3]).map_err(|error| ReadError::stream(file, 1, error))?;
        }
        Ok(Self { file: file.to_owned(), format, reader })
    }
}

/// Sets what there is to do. Files that are not there are found out when they are opened.
pub(crate) fn announce(paths: &[PathBuf], progress: Option<&Progress>) -> Result<(), ReadError> {
    if paths.is_empty() {
        return Err(ReadError::of_call(streamgauge::Error::Argument {
            argument: "paths",
            value: "[]".to_owned(),
            wanted: "at least one file is needed".to_owned(),
        }));
    }
    if let Some(progress) = progress {
        let sizes = paths.iter().filter_map(|file| file.metadata().ok()).map(|metadata| metadata.len());
        progress.total.store(sizes.sum(), Ordering::Relaxed);
    }
    Ok(())
}

fn wrong(file: &Path, reason: &str) -> ReadError {
    ReadError::data(file, None, reason.to_owned())
}

fn recognise_head(head: &[u8]) -> Result<Format, &'static str> {
    if head.starts_with(b"PAR1") {
        return Ok(Format::Parquet);
    }
    let magic: [(&[u8], &str); 6] = [
        (b"PK\x03\x04", "is a zip archive or a workbook (.xlsx); unpack it, or export it as CSV"),
        (b"\x28\xb5\x2f\xfd", "is packed by zstd; unpack it, or pack it by gzip"),
        (b"\xfd7zXZ", "is packed by xz; unpack it, or pack it by gzip"),
        (b"BZh", "is packed by bzip2; unpack it, or pack it by gzip"),
        (b"\xff\xfe", "is UTF-16; save it as UTF-8"),
        (b"\xfe\xff", "is UTF-16; save it as UTF-8"),
    ];
    if let Some((_, reason)) = magic.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Err(reason);
    }
    match head.iter().find(|byte| !byte.is_ascii_whitespace()) {
        None if head.len() < HEAD => Err("is empty"),
        Some(b'{') => Ok(Format::JsonObject),
        Some(b'[') => Ok(Format::JsonArray),
        _ if head.contains(&0) => Err("is binary; CSV, JSON Lines, Parquet or a tracker's JSON is needed"),
        _ => Ok(Format::Csv),
    }
}

type Peeked<R> = io::Chain<Cursor<Vec<u8>>, R>;

/// The head of a stream, and the whole stream.
fn peek<R: BufRead>(mut reader: R) -> io::Result<(Vec<u8>, Peeked<R>)> {
    let mut head = Vec::with_capacity(HEAD);
    reader.by_ref().take(HEAD as u64).read_to_end(&mut head)?;
    Ok((head.clone(), Cursor::new(head).chain(reader)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads() {
        assert_eq!(recognise_head(b"PAR1\0"), Ok(Format::Parquet));
        assert_eq!(recognise_head(b" \n {\"a\":1}"), Ok(Format::JsonObject));
        assert_eq!(recognise_head(b"["), Ok(Format::JsonArray));
        assert_eq!(recognise_head(b"item,at"), Ok(Format::Csv));
        for bad in [&b""[..], b" \r\n", b"PK\x03\x04..", b"\xff\xfei\0", b"\x7fELF\0\0"] {
            assert!(recognise_head(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn names_that_promise_something_else() {
        use Format::{Csv, JsonArray, JsonObject, Parquet};
        let said = |format: Format, name: &str| format.misnamed(Path::new(name));
        for (format, name, promised, found) in [
            (Csv, "a.parquet", "Parquet", "CSV"),
            (JsonObject, "A.PARQUET", "Parquet", "JSON objects"),
            (Parquet, "a.b/c.csv", "CSV", "Parquet"),
            (JsonArray, "a.tsv.gz", "CSV", "a JSON array"),
            (Csv, "a.csv.jsonl.GZ", "JSON", "CSV"),
            (Parquet, "a.ndjson", "JSON", "Parquet"),
        ] {
            let wanted = format!("its name says {promised}; its content begins as {found} and was read as that");
            assert_eq!(said(format, name), Some(wanted), "{name}");
        }
        for (format, name) in
            [(Csv, "a.csv"), (Csv, "a.txt"), (Csv, "parquet"), (JsonArray, "a.json.gz"), (Parquet, "a.parquet")]
        {
            assert_eq!(said(format, name), None, "{name}");
        }
    }
}
