//! Load by sweep line: changes in order of time, read off at windows. Cost: changes, and for each window a search.

use super::chunk;

/// Load over one window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Load {
    /// Just before the window's start.
    pub(crate) start: i64,
    /// Just before its end.
    pub(crate) end: i64,
    /// The most at any instant of it.
    pub(crate) max: i64,
    /// Over time, item·µs.
    pub(crate) integral: i128,
}

/// One item enters or leaves: the instant, and in the last bit which of the two. Instants that are plausible leave room for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Change(i64);

impl Change {
    pub(crate) const fn new(at: i64, enters: bool) -> Self {
        Self(at << 1 | enters as i64)
    }

    pub(crate) const fn at(self) -> i64 {
        self.0 >> 1
    }

    pub(crate) const fn enters(self) -> bool {
        self.0 & 1 == 1
    }

    /// By how much the level changes.
    const fn by(self) -> i64 {
        (self.0 & 1) * 2 - 1
    }
}

/// Changes by group, those of each in order of time: group `i` has `changes[offsets[i]..offsets[i + 1]]`.
#[derive(Debug, Clone)]
pub(crate) struct ByGroup {
    offsets: Vec<u32>,
    changes: Vec<Change>,
}

impl ByGroup {
    /// Puts changes in order, which come in a few parts, those of each by group.
    pub(crate) fn new(parts: &[Vec<Vec<Change>>], n_groups: usize) -> Self {
        let mut offsets = Vec::with_capacity(n_groups + 1);
        let mut end = 0;
        for group in 0..n_groups {
            offsets.push(end);
            end += parts.iter().map(|part| part[group].len() as u32).sum::<u32>();
        }
        offsets.push(end);
        let mut changes = vec![Change::default(); end as usize];
        chunk::map_runs(&mut changes, &offsets, |group, to| {
            put_in_order(parts.iter().map(|part| &part[group][..]), to)
        });
        Self { offsets, changes }
    }

    pub(crate) const fn n_groups(&self) -> usize {
        self.offsets.len() - 1
    }

    pub(crate) fn of(&self, group: usize) -> &[Change] {
        &self.changes[self.offsets[group] as usize..self.offsets[group + 1] as usize]
    }
}

/// So many changes share a slot, about, when they are put in order.
const IN_SLOT: usize = 4;

/// Puts the changes of some parts in order. They lie spread over time, so that they are dealt to slots of one width, a power of two, and few are left
/// to compare.
fn put_in_order<'a>(parts: impl Iterator<Item = &'a [Change]> + Clone, to: &mut [Change]) {
    let changes = || parts.clone().flatten();
    let ends = changes().fold((i64::MAX, i64::MIN), |(first, last), change| (first.min(change.0), last.max(change.0)));
    let span = ends.1.abs_diff(ends.0);
    let wanted = (to.len() / IN_SLOT) as u64;
    if wanted < 2 {
        to.iter_mut().zip(changes()).for_each(|(to, change)| *to = *change);
        return to.sort_unstable();
    }
    let shift = (span / wanted).checked_ilog2().map_or(0, |log| log + 1);
    let slot = |change: &Change| (change.0.abs_diff(ends.0) >> shift) as usize;
    let mut next = vec![0_u32; (span >> shift) as usize + 2];
    changes().for_each(|change| next[slot(change) + 1] += 1);
    for slot in 1..next.len() {
        next[slot] += next[slot - 1];
    }
    changes().for_each(|change| {
        let next = &mut next[slot(change)];
        to[*next as usize] = *change;
        *next += 1;
    });
    // Each slot now ends where the next one begins.
    let mut start = 0;
    for end in next {
        to[start..end as usize].sort_unstable();
        start = end as usize;
    }
}

/// Sweeps `changes`, which stand in order of time, over windows `[starts[i], ends[i])`, which stand in order and do not overlap.
/// Changes at one instant are taken together.
pub(crate) fn sweep<'a>(
    changes: &'a [Change],
    starts: &'a [i64],
    ends: &'a [i64],
) -> impl Iterator<Item = Load> + use<'a> {
    let mut next = 0;
    let mut level = 0_i64;
    starts.iter().zip(ends).map(move |(&start, &end)| {
        while next < changes.len() && changes[next].at() < start {
            level += changes[next].by();
            next += 1;
        }
        let before = level;
        let (mut integral, mut since, mut max) = (0_i128, start, i64::MIN);
        let within = changes[next..].partition_point(|change| change.at() < end);
        for change in &changes[next..next + within] {
            let at = change.at();
            // Between changes of one instant no level holds.
            max = if at > since { max.max(level) } else { max };
            integral += i128::from(level) * i128::from(at - since);
            since = at;
            level += change.by();
        }
        next += within;
        integral += i128::from(level) * i128::from(end - since);
        Load { start: before, end: level, max: max.max(level), integral }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_order_however_they_lie() {
        let random = |i: i64| i.wrapping_mul(0x9e37_79b9_7f4a_7c15_u64 as i64) >> 20;
        // Evenly, at one instant, the same but for one, far apart, ever closer.
        let all: [fn(i64) -> i64; 5] = [
            |i| i * 7_919 % 1_000,
            |_| 5,
            |i| i64::from(i == 0) << 60,
            |i| (i % 2) * (i64::MAX / 2 - 1),
            |i| 1 << (i % 50),
        ];
        for (place, at) in all.iter().enumerate() {
            for n in [0, 1, 7, 8, 9, 1_000] {
                let changes: Vec<_> = (0..n).map(|i| Change::new(at(i), random(i) % 2 == 0)).collect();
                let mut expected = changes.clone();
                expected.sort();
                // Of three groups, of which two have nothing, in three parts.
                let parts = changes.chunks(n as usize / 2 + 1).chain([&[][..]]);
                let parts: Vec<_> = parts.map(|part| vec![vec![], part.to_vec(), vec![]]).collect();
                let by_group = ByGroup::new(&parts, 3);
                assert_eq!([0, 1, 2].map(|group| by_group.of(group)), [&[], &expected[..], &[]], "{n} of {place}");
            }
        }
    }

    #[test]
    fn edges_belong_to_the_window_they_begin() {
        // Two enter at 10, one leaves at 20 as another enters, all leave at 30.
        let changes = [(10, 1), (10, 1), (20, -1), (20, 1), (25, 1), (30, -1), (30, -1), (30, -1)];
        let changes = changes.map(|(at, by)| Change::new(at, by > 0));
        assert!(changes.is_sorted() && changes.iter().all(|change| change.enters() == (change.by() == 1)));
        let loads: Vec<_> = sweep(&changes, &[0, 10, 20, 30], &[10, 20, 30, 40]).collect();
        assert_eq!(
            loads,
            [
                Load { start: 0, end: 0, max: 0, integral: 0 },
                Load { start: 0, end: 2, max: 2, integral: 20 },
                Load { start: 2, end: 3, max: 3, integral: 25 },
                Load { start: 3, end: 0, max: 0, integral: 0 },
            ]
        );
    }
}
