//! Load by sweep line: changes in order of time, read off at windows. Cost: changes + windows.

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

/// One item enters or leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Change {
    pub(crate) at: i64,
    pub(crate) by: i32,
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
        while next < changes.len() && changes[next].at < start {
            level += i64::from(changes[next].by);
            next += 1;
        }
        let before = level;
        let (mut integral, mut since, mut max) = (0_i128, start, None);
        while next < changes.len() && changes[next].at < end {
            let at = changes[next].at;
            if at > start {
                max = max.max(Some(level));
            }
            integral += i128::from(level) * i128::from(at - since);
            since = at;
            while next < changes.len() && changes[next].at == at {
                level += i64::from(changes[next].by);
                next += 1;
            }
        }
        integral += i128::from(level) * i128::from(end - since);
        Load { start: before, end: level, max: max.max(Some(level)).unwrap_or(level), integral }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_belong_to_the_window_they_begin() {
        // Two enter at 10, one leaves at 20 as another enters, all leave at 30.
        let changes = [(10, 1), (10, 1), (20, -1), (20, 1), (25, 1), (30, -3)].map(|(at, by)| Change { at, by });
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
