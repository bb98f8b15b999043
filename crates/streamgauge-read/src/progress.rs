//! How far a reader has come, for a bar that another thread draws.

use std::io::{self, Read};
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes of the files on disk: those that were read, and all of them.
///
/// The reader sets `total` before it begins and raises `done` while it reads; another thread may look at both at any time.
///
/// ```
/// use std::sync::atomic::Ordering;
/// use streamgauge_read::{EventOptions, Progress, read_events};
///
/// let folder = tempfile::tempdir()?;
/// let file = folder.path().join("moves.csv");
/// std::fs::write(&file, "item,at,state\nPAY-1,2024-05-01T09:00:00Z,Open\n")?;
///
/// let progress = Progress::default();
/// read_events(&[file], &EventOptions::default(), Some(&progress))?;
/// assert_eq!(progress.done.load(Ordering::Relaxed), progress.total.load(Ordering::Relaxed));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct Progress {
    /// Bytes that were read.
    pub done: AtomicU64,
    /// Bytes that there are.
    pub total: AtomicU64,
}

impl Progress {
    pub(crate) fn advance(&self, bytes: u64) {
        self.done.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// A reader that counts what goes through it.
pub(crate) struct Counted<'a, R> {
    pub(crate) inner: R,
    pub(crate) progress: Option<&'a Progress>,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        if let Some(progress) = self.progress {
            progress.advance(n as u64);
        }
        Ok(n)
    }
}
