//! Running sums read off at edges: what stood just before each instant. Cost: changes + edges × channels, never changes × edges.

use std::ops::{AddAssign, Range};

use super::place::Places;

/// Instants in order, each once, at which sums are read off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Edges(Places);

impl Edges {
    /// The starts and ends of windows, which stand in order and do not overlap.
    pub(crate) fn of_windows(starts: &[i64], ends: &[i64]) -> Self {
        let mut edges: Vec<i64> = starts.iter().zip(ends).flat_map(|(start, end)| [*start, *end]).collect();
        edges.dedup();
        Self(Places::new(edges))
    }

    pub(crate) fn at(&self) -> &[i64] {
        self.0.at()
    }

    /// The first edge that an instant lies before; the number of edges if there is none.
    pub(crate) fn after(&self, at: i64) -> usize {
        self.0.until(at)
    }

    /// The number of an edge.
    pub(crate) fn number(&self, edge: i64) -> usize {
        self.at().partition_point(|&known| known < edge)
    }
}

/// Sums by edge and channel. Those of parts combine to those of the whole.
#[derive(Debug, Clone)]
pub(crate) struct Levels<T> {
    n_channels: usize,
    sums: Vec<T>,
}

impl<T: Copy + Default + AddAssign> Levels<T> {
    pub(crate) fn new(n_edges: usize, n_channels: usize) -> Self {
        Self { n_channels, sums: vec![T::default(); n_edges * n_channels] }
    }

    /// Adds to a channel from an edge on; an edge past the last is none.
    pub(crate) fn insert(&mut self, edge: usize, channel: usize, by: T) {
        if let Some(sum) = self.sums.get_mut(edge * self.n_channels + channel) {
            *sum += by;
        }
    }

    /// Some channels at an edge; none at one past the last.
    #[inline]
    pub(crate) fn at_edge(&mut self, edge: usize, channels: Range<usize>) -> Option<&mut [T]> {
        let start = edge * self.n_channels;
        self.sums.get_mut(start + channels.start..start + channels.end)
    }

    pub(crate) fn combine(&mut self, other: &Self) {
        self.sums.iter_mut().zip(&other.sums).for_each(|(sum, more)| *sum += *more);
    }

    /// What stands at each edge, edge by edge.
    pub(crate) fn finalize(mut self) -> Vec<T> {
        for place in self.n_channels..self.sums.len() {
            let before = self.sums[place - self.n_channels];
            self.sums[place] += before;
        }
        self.sums
    }
}

/// The sum of all parts; `None` of none.
pub(crate) fn combined<T: Copy + Default + AddAssign>(parts: impl IntoIterator<Item = Levels<T>>) -> Option<Levels<T>> {
    parts.into_iter().reduce(|mut whole, part| {
        whole.combine(&part);
        whole
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edge_sees_what_is_before_it() {
        let edges = Edges::of_windows(&[0, 10, 30], &[10, 20, 40]);
        assert_eq!(edges.at(), [0, 10, 20, 30, 40]);
        assert_eq!([-1, 0, 9, 10, 39, 40].map(|at| edges.after(at)), [0, 1, 1, 2, 4, 5]);
        assert_eq!(edges.number(30), 3);
        let mut levels = Levels::<i64>::new(5, 2);
        levels.insert(edges.after(-1), 0, 1);
        levels.insert(edges.after(10), 1, 5);
        levels.insert(edges.after(15), 0, -1);
        levels.insert(edges.after(40), 0, 9);
        assert_eq!(levels.finalize(), [1, 0, 1, 0, 0, 5, 0, 5, 0, 5]);
    }
}
