//! Residence: how long items were where, by cell. The two populations of [`states`](super::states) are summed here.
//!
//! Clipped to windows it is a difference of running sums: of all that began before an edge, the edges' time minus the beginnings' time, and
//! less what had ended. So a stretch costs the same however many windows it spans.

use hashbrown::HashMap;

use super::running::{Run, Running};
use crate::flow::{FlowRecords, ItemRuler, Pairs, Passes, Rulers, Stretch, Timelines, held};
use crate::kernel::levels::{Edges, Levels};
use crate::kernel::place::Places;
use crate::kernel::{chunk, quantile};
use crate::metric::{Finished, Grid};
use crate::time::{Ruler, Windows};

/// What is measured of a stretch: all of it, what of it was blocked, and what was no first pass.
pub(super) const MEASURES: usize = 3;
/// Elapsed and working.
pub(super) const READINGS: usize = 2;

/// The p85 of a cell's flow times, in millionths of a percent.
const SLOW: u64 = 85_000_000;

/// One row of the table.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Residence {
    pub(super) items: i64,
    pub(super) visits: i64,
    pub(super) rework_visits: i64,
    /// By reading, by measure.
    pub(super) time: [[i128; MEASURES]; READINGS],
    /// Of the slowest items: time here, flow time.
    pub(super) slowest: [i128; 2],
}

/// What the sums need to know.
pub(super) struct Question<'a> {
    pub(super) timelines: &'a Timelines,
    pub(super) records: &'a FlowRecords,
    pub(super) grid: &'a Grid<'a>,
    pub(super) pairs: &'a Pairs,
    pub(super) rulers: Option<&'a Rulers<'a>>,
}

impl Question<'_> {
    fn n_channels(&self) -> usize {
        self.grid.groups.len() * self.pairs.len()
    }

    /// Of the items finished in each cell: all of their clock's time, pair by pair.
    pub(super) fn finished(&self) -> Vec<Residence> {
        let finished = Finished::new(self.records, self.grid);
        let cells = finished.map(|items| self.finished_in_cell(items));
        cells.into_iter().flatten().collect()
    }

    fn finished_in_cell(&self, items: &[u32]) -> Vec<Residence> {
        let mut rows = vec![Residence::default(); self.pairs.len()];
        let facts = &self.records.facts;
        let mut times: Vec<i64> = items.iter().filter_map(|item| facts.at(*item as usize).flow_time()).collect();
        if times.is_empty() {
            return rows;
        }
        let slow = quantile::inverted_cdf(&mut times, SLOW);
        let slowest: i128 = times.iter().filter(|time| **time >= slow).map(|time| i128::from(*time)).sum();
        rows.iter_mut().for_each(|row| row.slowest[1] = slowest);
        let mut passes = Passes::new(self.timelines);
        let mut ruler = self.rulers.map(Rulers::item);
        let (mut course, mut numbers, mut met) = (Vec::new(), Vec::new(), Met::default());
        for item in items.iter().map(|item| *item as usize) {
            let (Some(time), Some(started), Some(end)) =
                (facts.at(item).flow_time(), facts.at(item).started(), facts.at(item).finished())
            else {
                continue;
            };
            self.timelines.course(item, &mut course);
            passes.number(&course, &mut numbers);
            if let Some(ruler) = &mut ruler {
                ruler.set(self.timelines, item);
            }
            met.clear();
            for (stretch, pass) in course.iter().zip(&numbers) {
                let Some(part) = stretch.within(started, end) else { continue };
                let pair = self.pairs.of(&part);
                let row = &mut rows[pair];
                let (new_item, new_visit) = met.first(pair, part.visit);
                row.items += i64::from(new_item);
                row.visits += i64::from(new_visit);
                row.rework_visits += i64::from(new_visit && *pass > 1);
                let working = ruler.as_ref().map_or(0, |ruler| ruler.span(part.from, part.to));
                for (reading, span) in [part.length(), working].into_iter().enumerate() {
                    add(&mut row.time[reading], &part, *pass, i128::from(span));
                }
                row.slowest[0] += if time >= slow { i128::from(part.length()) } else { 0 };
            }
        }
        rows
    }

    /// Of every item: what of its stretches lies in each window, group by group.
    pub(super) fn clipped(&self) -> Vec<Residence> {
        let windows = self.grid.windows;
        let edges = Edges::of_windows(windows.starts(), windows.ends());
        let parts = chunk::map_few(self.timelines.n_items(), chunk::SMALLEST, |items| {
            let mut sums = Clipped::new(self, &edges);
            let mut passes = Passes::new(self.timelines);
            let mut ruler = self.rulers.map(Rulers::item);
            let (mut course, mut numbers) = (Vec::new(), Vec::new());
            for item in items {
                self.timelines.course(item, &mut course);
                passes.number(&course, &mut numbers);
                if let Some(ruler) = &mut ruler {
                    ruler.set(self.timelines, item);
                }
                forget(&mut sums.met);
                held(&course, self.grid.groups, item, |place, group, part| {
                    let channel = group as usize * self.pairs.len() + self.pairs.of(&part);
                    sums.insert(channel, &part, numbers[place], ruler.as_ref());
                });
            }
            sums
        });
        let whole = parts.into_iter().reduce(Clipped::combined).unwrap_or_else(|| Clipped::new(self, &edges));
        whole.finalize(windows, &edges, self.n_channels())
    }

    /// The rulers of the readings.
    fn rulers(&self) -> impl Iterator<Item = &Ruler> {
        std::iter::once(&ELAPSED).chain(self.rulers.is_some().then_some(&self.records.ruler))
    }
}

static ELAPSED: Ruler = Ruler::elapsed();

/// Adds a span to what it is a part of.
fn add(time: &mut [i128; MEASURES], part: &Stretch, pass: u32, span: i128) {
    for (sum, is_such) in time.iter_mut().zip(measured(part, pass)) {
        *sum += if is_such { span } else { 0 };
    }
}

/// Which measures a stretch is part of.
const fn measured(part: &Stretch, pass: u32) -> [bool; MEASURES] {
    [true, part.is_blocked(), pass > 1]
}

/// Which places one item has been met in.
#[derive(Default)]
struct Met(HashMap<usize, u32>);

/// Makes ready for the next item. To clear a map costs its room, which one odd item may have made large.
fn forget<V>(met: &mut HashMap<usize, V>) {
    if met.capacity() > 1_024 { *met = HashMap::new() } else { met.clear() }
}

impl Met {
    fn clear(&mut self) {
        forget(&mut self.0);
    }

    /// Whether the item, and whether its visit, is met here for the first time. Visits come in order.
    fn first(&mut self, place: usize, visit: u32) -> (bool, bool) {
        match self.0.insert(place, visit) {
            None => (true, true),
            Some(last) => (false, last != visit),
        }
    }
}

/// The sums of clipped time.
struct Clipped<'a> {
    /// Items, visits and rework visits by window: where they begin to be in it, and cease to.
    counts: [Levels<i64>; 3],
    /// By reading: the measures of each channel. One for elapsed time, and one for working time where there are calendars.
    running: Vec<Running<'a>>,
    starts: Places,
    ends: Places,
    /// Of one item, by channel: its visit there, and the windows up to which it and the visit are counted.
    met: HashMap<usize, (u32, usize, usize)>,
}

impl<'a> Clipped<'a> {
    fn new(question: &'a Question<'_>, edges: &'a Edges) -> Self {
        let n = question.n_channels();
        let counts = || Levels::new(question.grid.windows.len(), n);
        let running = question.rulers().map(|ruler| Running::new(ruler, edges, n * MEASURES)).collect();
        let places = |at: &[i64]| Places::new(at.to_vec());
        let (starts, ends) = (places(question.grid.windows.starts()), places(question.grid.windows.ends()));
        Self { counts: [counts(), counts(), counts()], running, starts, ends, met: HashMap::new() }
    }

    fn insert(&mut self, channel: usize, part: &Stretch, pass: u32, ruler: Option<&ItemRuler<'_>>) {
        for measure in (0..MEASURES).filter(|measure| measured(part, pass)[*measure]) {
            let run = |calendar, from, to| Run { channel: channel * MEASURES + measure, calendar, from, to };
            self.running[0].insert(run(0, part.from, part.to));
            for (calendar, from, to) in ruler.into_iter().flat_map(|ruler| ruler.parts(part.from, part.to)) {
                self.running[1].insert(run(calendar, from, to));
            }
        }
        self.count(channel, part, pass);
    }

    /// Counts the item and the visit once in each window that the part reaches into.
    fn count(&mut self, channel: usize, part: &Stretch, pass: u32) {
        let (first, after) = (self.ends.until(part.from), self.starts.until(part.to - 1));
        let (visit, item_until, visit_until) = self.met.entry(channel).or_insert((part.visit, 0, 0));
        if *visit != part.visit {
            (*visit, *visit_until) = (part.visit, 0);
        }
        let from = [first.max(*item_until), first.max(*visit_until), first.max(*visit_until)];
        (*item_until, *visit_until) = (after.max(*item_until), after.max(*visit_until));
        let is_counted = [true, true, pass > 1];
        for (i, counts) in self.counts.iter_mut().enumerate() {
            if is_counted[i] && from[i] < after {
                counts.insert(from[i], channel, 1);
                counts.insert(after, channel, -1);
            }
        }
    }

    fn combined(mut self, other: Self) -> Self {
        self.counts.iter_mut().zip(&other.counts).for_each(|(counts, more)| counts.combine(more));
        self.running = self.running.into_iter().zip(&other.running).map(|(sums, more)| sums.combined(more)).collect();
        self
    }

    fn finalize(self, windows: &Windows, edges: &Edges, n: usize) -> Vec<Residence> {
        let [items, visits, rework_visits] = self.counts.map(Levels::finalize);
        let sums: Vec<Vec<i128>> = self.running.into_iter().map(Running::finalize).collect();
        let row = |place: usize| {
            let (window, channel) = (place / n, place % n);
            let at = |edge: i64| (edges.number(edge) * n + channel) * MEASURES;
            let (start, end) = (at(windows.starts()[window]), at(windows.ends()[window]));
            let mut time = [[0; MEASURES]; READINGS];
            for (time, sums) in time.iter_mut().zip(&sums) {
                time.iter_mut().enumerate().for_each(|(i, time)| *time = sums[end + i] - sums[start + i]);
            }
            let (items, visits, rework_visits) = (items[place], visits[place], rework_visits[place]);
            Residence { items, visits, rework_visits, time, slowest: [0; 2] }
        };
        chunk::map_ranges(windows.len() * n, |places| places.map(row).collect::<Vec<_>>())
            .into_iter()
            .flatten()
            .collect()
    }
}
