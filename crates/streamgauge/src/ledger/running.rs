//! Time that runs in channels, read off at edges: the sum over all stretches of how long they had run by then.
//!
//! ```text
//! sum at e = (how many run) × (time at e) − (sum of the times at which they began)
//! ```
//!
//! So a stretch costs two additions however many edges it spans. "Time" is what a ruler counts from the beginning of what it knows; where
//! it has several calendars, those that run are counted by calendar.

use crate::kernel::levels::{Edges, Levels};
use crate::time::Ruler;

/// Running sums of one reading, by edge and channel.
pub(super) struct Running<'a> {
    ruler: &'a Ruler,
    edges: &'a Edges,
    n_channels: usize,
    n_calendars: usize,
    n: Levels<i64>,
    began: Levels<i128>,
}

/// A stretch of one channel, measured by one calendar.
#[derive(Clone, Copy)]
pub(super) struct Run {
    pub(super) channel: usize,
    pub(super) calendar: u16,
    pub(super) from: i64,
    pub(super) to: i64,
}

impl<'a> Running<'a> {
    pub(super) fn new(ruler: &'a Ruler, edges: &'a Edges, n_channels: usize) -> Self {
        let n_calendars = ruler.n_calendars();
        let n_edges = edges.at().len();
        let (n, began) = (Levels::new(n_edges, n_channels * n_calendars), Levels::new(n_edges, n_channels));
        Self { ruler, edges, n_channels, n_calendars, n, began }
    }

    /// A stretch that counts as long as it has run: all of it once it has ended.
    pub(super) fn insert(&mut self, run: Run) {
        self.change(run, run.from, 1, self.time(run.calendar, run.from));
        self.change(run, run.to, -1, self.time(run.calendar, run.to));
    }

    /// A stretch that counts while it runs, with what was there before it, and not at all once it has ended.
    pub(super) fn insert_while(&mut self, run: Run, before: i64) {
        let began = self.time(run.calendar, run.from) - i128::from(before);
        self.change(run, run.from, 1, began);
        self.change(run, run.to, -1, began);
    }

    fn change(&mut self, run: Run, at: i64, by: i64, began: i128) {
        let edge = self.edges.after(at);
        self.n.insert(edge, run.channel * self.n_calendars + usize::from(run.calendar), by);
        self.began.insert(edge, run.channel, began * i128::from(by));
    }

    fn time(&self, calendar: u16, at: i64) -> i128 {
        let start = self.ruler.valid().map_or(0, |valid| valid.0.0);
        i128::from(self.ruler.span_in(calendar, start, at))
    }

    pub(super) fn combined(mut self, other: &Self) -> Self {
        self.n.combine(&other.n);
        self.began.combine(&other.began);
        self
    }

    /// The sums, edge by edge, channel by channel.
    pub(super) fn finalize(self) -> Vec<i128> {
        let times: Vec<i128> = (self.edges.at().iter())
            .flat_map(|&edge| (0..self.n_calendars).map(move |calendar| (edge, calendar)))
            .map(|(edge, calendar)| self.time(calendar as u16, edge))
            .collect();
        let (n, mut sums) = (self.n.finalize(), self.began.finalize());
        for (place, sum) in sums.iter_mut().enumerate() {
            let edge = place / self.n_channels;
            let run = |calendar: usize| {
                i128::from(n[place * self.n_calendars + calendar]) * times[edge * self.n_calendars + calendar]
            };
            *sum = (0..self.n_calendars).map(run).sum::<i128>() - *sum;
        }
        sums
    }
}
