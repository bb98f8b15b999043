//! Where rows of every format end up: one builder, and one account of what was set aside.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::path::{Path, PathBuf};

use streamgauge::{Error, EventLog, EventLogBuilder, Finding, FindingCode, Instant, Stamp, Zone};

use crate::error::ReadError;
use crate::input::Format;
use crate::parallel::in_order;

/// How many particulars and items a finding shows.
pub(crate) const SHOWN: usize = 20;

/// Why a row was not taken.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The row is set aside.
    Row(String),
    /// The caller has to change the call.
    Call(Error),
    /// The row lies at or after `until`.
    Late,
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Call(error)
    }
}

/// Collects events and findings over all files of one call.
pub(crate) struct Sink {
    pub(crate) builder: EventLogBuilder,
    pub(crate) zone: Option<Zone>,
    /// Rows at or after it are left out.
    pub(crate) until: Option<Instant>,
    pub(crate) file: PathBuf,
    /// Rows of this file that were taken.
    pub(crate) taken: u64,
    /// The first row of this file that was not.
    first: Option<(u64, String)>,
    n_rejected_here: u64,
    /// Rows that were left out, of this file and of all.
    n_late_here: u64,
    n_late: u64,
    rejected: Finding,
    misnamed: Finding,
    guessed: Finding,
    /// Only where such stamps stand; the events are counted when the log is measured.
    implausible: Finding,
    unread: BTreeSet<String>,
}

impl Sink {
    pub(crate) fn new(zone: Option<Zone>, until: Option<Instant>) -> Self {
        Self {
            builder: EventLog::builder(),
            zone,
            until,
            file: PathBuf::new(),
            taken: 0,
            first: None,
            n_rejected_here: 0,
            n_late_here: 0,
            n_late: 0,
            rejected: Finding::new(FindingCode::RejectedRow, 0),
            misnamed: Finding::new(FindingCode::MisnamedFile, 0),
            guessed: Finding::new(FindingCode::GuessedTime, 0),
            implausible: Finding::new(FindingCode::ImplausibleTime, 0),
            unread: BTreeSet::new(),
        }
    }

    /// An empty sink for rows of the same file that stand `rows` behind those that are here; [`combine`](Self::combine) puts it behind.
    pub(crate) fn branch(&self, rows: usize) -> Self {
        Self { builder: self.builder.branch(rows), file: self.file.clone(), ..Self::new(self.zone, self.until) }
    }

    /// Takes over what a branch has collected.
    pub(crate) fn combine(&mut self, other: Self) -> Result<(), ReadError> {
        self.builder.combine(other.builder).map_err(|error| ReadError::call(&self.file, None, error))?;
        self.taken += other.taken;
        self.first = self.first.take().or(other.first);
        self.n_rejected_here += other.n_rejected_here;
        self.leave_out(other.n_late);
        for (finding, more) in [
            (&mut self.rejected, other.rejected),
            (&mut self.misnamed, other.misnamed),
            (&mut self.guessed, other.guessed),
            (&mut self.implausible, other.implausible),
        ] {
            finding.count += more.count;
            finding.details.extend(more.details);
            finding.details.truncate(SHOWN);
        }
        self.unread.extend(other.unread);
        Ok(())
    }

    /// Takes blocks of rows, which `push` puts into branches side by side. Where a block could not be taken so, or does not fit, its rows are pushed
    /// here one by one, so that the first that cannot be is told.
    pub(crate) fn take_blocks<B: Send>(
        &mut self,
        blocks: impl Iterator<Item = Result<B, ReadError>> + Send,
        push: impl Fn(&B, &mut Self) -> Result<(), ReadError> + Sync,
    ) -> Result<(), ReadError> {
        let empty = self.branch(0);
        let taken = |block: Result<B, ReadError>| {
            let (block, mut part) = (block?, empty.branch(0));
            let pushed = push(&block, &mut part);
            Ok((block, pushed.map(|()| part)))
        };
        in_order(blocks, taken, |taken: Result<_, ReadError>| {
            let (block, part) = taken?;
            match part.map(|part| self.combine(part)) {
                Ok(Ok(())) => Ok(()),
                _ => push(&block, self),
            }
        })
    }

    /// Turns to another file.
    pub(crate) fn begin(&mut self, file: &Path) {
        file.clone_into(&mut self.file);
        (self.taken, self.first, self.n_rejected_here, self.n_late_here) = (0, None, 0, 0);
    }

    /// Tells of a file that is not what its name says; gives what is to be added to an error about it.
    pub(crate) fn recognised(&mut self, format: Format) -> Option<String> {
        let note = format.misnamed(&self.file)?;
        self.misnamed.count += 1;
        if self.misnamed.details.len() < SHOWN {
            self.misnamed.details.push(format!("{}: {note}", self.file.display()));
        }
        Some(note)
    }

    /// Settles what became of a row: taken, left out, set aside, or the end of the call.
    pub(crate) fn settle(&mut self, line: u64, row: Result<(), Refusal>) -> Result<(), ReadError> {
        match row {
            Ok(()) => self.taken += 1,
            Err(Refusal::Late) => self.leave_out(1),
            Err(Refusal::Row(reason)) => self.reject(line, reason),
            Err(Refusal::Call(error)) => return Err(ReadError::call(&self.file, line, error)),
        }
        Ok(())
    }

    pub(crate) fn reject(&mut self, line: u64, reason: String) {
        self.rejected.count += 1;
        self.n_rejected_here += 1;
        if self.rejected.details.len() < SHOWN {
            self.rejected.details.push(format!("{}:{line}: {reason}", self.file.display()));
        }
        self.first.get_or_insert((line, reason));
    }

    /// Counts rows that lie at or after `until`.
    pub(crate) const fn leave_out(&mut self, n: u64) {
        self.n_late_here += n;
        self.n_late += n;
    }

    /// An error if rows were read and none could be taken or was left out: then the call is wrong, not the rows.
    pub(crate) fn not_all_rejected(&self) -> Result<(), ReadError> {
        match &self.first {
            Some((line, reason)) if self.taken == 0 && self.n_late_here == 0 => {
                let what = match self.n_rejected_here {
                    1 => "the only row cannot be read".to_owned(),
                    n => format!("none of {n} rows can be read; the first"),
                };
                Err(ReadError::data(&self.file, *line, format!("{what}: {reason}")))
            }
            _ => Ok(()),
        }
    }

    /// How many rows were set aside, over all files.
    pub(crate) const fn n_rejected(&self) -> u64 {
        self.rejected.count
    }

    /// The particulars of the rows that were set aside.
    pub(crate) fn rejections(&self) -> &[String] {
        &self.rejected.details
    }

    /// Reads the stamp of an event, and tells the place of one that is implausible.
    pub(crate) fn stamp(&mut self, line: u64, column: &str, text: &str) -> Result<Instant, Refusal> {
        let at = self.early_stamp(line, column, text)?;
        if !at.is_plausible() {
            self.implausible(line, text);
        }
        Ok(at)
    }

    /// Tells where an implausible instant of an event stands.
    pub(crate) fn implausible(&mut self, line: u64, at: impl Display) {
        if self.implausible.details.len() < SHOWN {
            let place = self.file.display();
            self.implausible.details.push(format!("{place}:{line}: {at} lies outside 1970 to 2100"));
        }
    }

    /// Reads the stamp of an event, if it lies before `until`.
    pub(crate) fn early_stamp(&mut self, line: u64, column: &str, text: &str) -> Result<Instant, Refusal> {
        let stamp = self.parsed(column, text)?;
        if self.until.is_some_and(|until| stamp.instant >= until) {
            return Err(Refusal::Late);
        }
        Ok(self.told(line, text, stamp))
    }

    /// Reads a stamp of another column.
    pub(crate) fn other_stamp(&mut self, line: u64, column: &str, text: &str) -> Result<Instant, Refusal> {
        let stamp = self.parsed(column, text)?;
        Ok(self.told(line, text, stamp))
    }

    /// Reads a stamp. One that only lacks a zone is the caller's to mend, not the row's.
    fn parsed(&self, column: &str, text: &str) -> Result<Stamp, Refusal> {
        Instant::parse(text, self.zone).map_err(|error| match self.zone {
            None if Instant::parse(text, Some(Zone::UTC)).is_ok() => Refusal::Call(error),
            _ => Refusal::Row(format!("column {column:?}: {error}")),
        })
    }

    /// The instant of a stamp; tells where it was guessed.
    fn told(&mut self, line: u64, text: &str, stamp: Stamp) -> Instant {
        if stamp.guessed {
            self.guessed.count += 1;
            if self.guessed.details.len() < SHOWN {
                let zone = self.zone.map_or("UTC", Zone::name);
                let place = self.file.display();
                self.guessed.details.push(format!("{place}:{line}: {text} in {zone} is {}", stamp.instant));
            }
        }
        stamp.instant
    }

    /// Remembers a column that nobody reads.
    pub(crate) fn unread_column(&mut self, name: &str) {
        if !self.unread.contains(name) {
            self.unread.insert(name.to_owned());
        }
    }

    /// The log, with the findings of the reader.
    pub(crate) fn finish(mut self) -> Result<EventLog, ReadError> {
        if !self.unread.is_empty() {
            let names: Vec<String> = self.unread.into_iter().collect();
            let finding = Finding::new(FindingCode::UnreadColumn, names.len() as u64);
            self.builder.finding(finding.with_detail(names.join(", ")));
        }
        for finding in [self.rejected, self.misnamed, self.guessed, self.implausible] {
            if finding.count > 0 || !finding.details.is_empty() {
                self.builder.finding(finding);
            }
        }
        if let Some(until) = self.until.filter(|_| self.n_late > 0) {
            let rows = if self.n_late == 1 { "1 row".to_owned() } else { format!("{} rows", self.n_late) };
            let were = if self.n_late == 1 { "was" } else { "were" };
            let detail = format!("{rows} at or after {until} {were} not read (until)");
            self.builder.finding(Finding::new(FindingCode::AfterAsOf, self.n_late).with_detail(detail));
        }
        self.builder.finish().map_err(ReadError::of_call)
    }
}
