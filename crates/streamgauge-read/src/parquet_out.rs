//! Tables to Parquet.

use std::fs::File;
use std::path::Path;

use arrow_array::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;

use crate::error::ReadError;

/// Writes a table to a Parquet file, packed by zstd, with the schema's metadata: the receipt goes along.
///
/// ```
/// use streamgauge::{EventLog, Instant};
/// use streamgauge_read::{EventOptions, read_events, write_parquet};
///
/// let mut log = EventLog::builder();
/// log.push("PAY-1", Instant(0), "state", Some("Open"), None)?;
/// let events = log.finish()?.events()?;
///
/// let folder = tempfile::tempdir()?;
/// let file = folder.path().join("events.parquet");
/// write_parquet(&events.batch(), &file)?;
/// let again = read_events(&[file], &EventOptions::default(), None)?.events()?;
/// assert_eq!(again.batch().columns(), events.batch().columns());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`ReadReason::Io`](crate::ReadReason::Io) if the file cannot be written, [`ReadReason::Data`](crate::ReadReason::Data) if Parquet has no place for a
/// column's type.
pub fn write_parquet(batch: &RecordBatch, path: &Path) -> Result<(), ReadError> {
    let refused = |error: ParquetError| match error {
        ParquetError::External(error) => match error.downcast::<std::io::Error>() {
            Ok(error) => ReadError::io(path, *error),
            Err(error) => ReadError::data(path, None, error.to_string()),
        },
        other => ReadError::data(path, None, other.to_string()),
    };
    let file = File::create(path).map_err(|error| ReadError::io(path, error))?;
    let zstd = Compression::ZSTD(ZstdLevel::default());
    let properties = WriterProperties::builder().set_compression(zstd).build();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).map_err(refused)?;
    writer.write(batch).map_err(refused)?;
    writer.close().map_err(refused)?;
    Ok(())
}
