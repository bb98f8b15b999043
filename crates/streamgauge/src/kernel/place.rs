//! Where an instant stands among others, without a search through all of them.
//!
//! ```text
//! instants  │ │    │  │            │  │││        in order
//! slots     |    |    |    |    |    |    |       of one width, a power of two: each knows how many instants lie before it
//! ```

/// Instants in order, and slots that lead near the place of any other.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Places {
    at: Vec<i64>,
    first: i64,
    shift: u32,
    /// By slot, and one more for the end: how many instants lie before it.
    before: Vec<u32>,
    /// Where no slot holds two: that, and the instant that lies in it, or one behind all others.
    apart: Vec<(u32, i64)>,
}

/// So many slots for each instant, about, but no more than fit into near memory.
const SLOTS_EACH: usize = 4;
const MOST_SLOTS: usize = 1 << 14;

impl Places {
    /// Of instants that stand in order.
    pub(crate) fn new(at: Vec<i64>) -> Self {
        let (Some(&first), Some(&last)) = (at.first(), at.last()) else { return Self::default() };
        let span = last.abs_diff(first);
        let wanted = (at.len() * SLOTS_EACH).min(MOST_SLOTS) as u64;
        let shift = (span / wanted).checked_ilog2().map_or(0, |log| log + 1);
        let n_slots = (span >> shift) as usize + 1;
        let mut before = vec![0_u32; n_slots + 1];
        at.iter().for_each(|at| before[(at.abs_diff(first) >> shift) as usize + 1] += 1);
        for slot in 0..n_slots {
            before[slot + 1] += before[slot];
        }
        let are_apart = before.windows(2).all(|ends| ends[1] - ends[0] <= 1);
        let slots = before.windows(2).filter(|_| are_apart);
        let apart =
            slots.map(|ends| (ends[0], if ends[0] < ends[1] { at[ends[0] as usize] } else { i64::MAX })).collect();
        Self { at, first, shift, before, apart }
    }

    pub(crate) fn at(&self) -> &[i64] {
        &self.at
    }

    /// How many of them are at `at` or before.
    #[inline]
    pub(crate) fn until(&self, at: i64) -> usize {
        if at < self.first {
            return 0;
        }
        let slot = (at.abs_diff(self.first) >> self.shift) as usize;
        if let Some((before, next)) = self.apart.get(slot) {
            // Whether it lies before the one in the slot is a coin toss, so it is counted and not decided.
            return *before as usize + usize::from(*next <= at);
        }
        self.among_others(slot, at)
    }

    /// As [`until`](Self::until), where a slot holds several, or `at` lies behind all slots.
    fn among_others(&self, slot: usize, at: i64) -> usize {
        match self.before.get(slot..slot + 2) {
            Some(ends) => {
                let (start, end) = (ends[0] as usize, ends[1] as usize);
                start + self.at[start..end].partition_point(|&known| known <= at)
            }
            None => self.at.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_a_search_would_find() {
        let day = 86_400_000_000;
        let lists: Vec<Vec<i64>> = vec![
            vec![],
            vec![5],
            vec![5, 5, 5],
            vec![i64::MIN, -1, 0, i64::MAX],
            (0..1_000).map(|i| i * day).collect(),
            (0..1_000).map(|i| i * i * i * 1_000).collect(),
            (0..300).chain((0..300).map(|i| 4 * day + i * day)).collect(),
        ];
        for list in lists {
            let places = Places::new(list.clone());
            let near = list.iter().flat_map(|at| [at.saturating_sub(1), *at, at.saturating_add(1), at / 2]);
            for at in near.chain([i64::MIN, 0, 7 * day, i64::MAX]) {
                assert_eq!(places.until(at), list.partition_point(|known| *known <= at), "{at}");
            }
        }
    }
}
