//! Which item each row is of.

/// The code of each row's item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ItemCodes {
    Each(Vec<u32>),
    /// Where rows come by item, it is enough to know where those of each end.
    Runs(ItemRuns),
}

/// Rows of items whose codes follow each other: those of item `first + i` end at `ends[i]`, where those of the next one begin.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ItemRuns {
    pub(crate) first: u32,
    pub(crate) ends: Vec<u32>,
}

impl Default for ItemCodes {
    fn default() -> Self {
        Self::Runs(ItemRuns::default())
    }
}

impl ItemCodes {
    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Each(codes) => codes.len(),
            Self::Runs(runs) => runs.n_rows(),
        }
    }

    /// The code of each row, written out.
    pub(super) fn into_each(self) -> Vec<u32> {
        match self {
            Self::Each(codes) => codes,
            Self::Runs(runs) => {
                let mut codes = vec![0; runs.n_rows()];
                runs.write(|code| code, &mut codes);
                codes
            }
        }
    }

    pub(super) fn push(&mut self, code: u32) {
        match self {
            Self::Each(codes) => codes.push(code),
            Self::Runs(runs) => {
                if !runs.push(code) {
                    let mut codes = std::mem::take(self).into_each();
                    codes.push(code);
                    *self = Self::Each(codes);
                }
            }
        }
    }

    /// Puts other rows behind.
    pub(super) fn append(&mut self, more: Self) {
        let written = |before: Self, more: Self| {
            let mut codes = before.into_each();
            codes.extend(more.into_each());
            Self::Each(codes)
        };
        *self = match (std::mem::take(self), more) {
            (before, more) if before.len() == 0 => more,
            (before, more) if more.len() == 0 => before,
            (Self::Runs(runs), Self::Runs(more)) => {
                runs.with(more).map_or_else(|(runs, more)| written(Self::Runs(runs), Self::Runs(more)), Self::Runs)
            }
            (before, more) => written(before, more),
        };
    }

    /// The same rows where codes are said otherwise: `map` has each one's new code.
    pub(super) fn mapped(self, map: &[u32]) -> Self {
        if let Self::Runs(runs) = &self
            && let Some(runs) = runs.mapped(map)
        {
            return Self::Runs(runs);
        }
        let mut codes = self.into_each();
        codes.iter_mut().for_each(|code| *code = map[*code as usize]);
        Self::Each(codes)
    }
}

impl ItemRuns {
    pub(crate) fn n_rows(&self) -> usize {
        self.ends.last().map_or(0, |end| *end as usize)
    }

    /// The same rows where codes are said otherwise, if those follow each other, too: `map` has each one's new code.
    pub(crate) fn mapped(&self, map: &[u32]) -> Option<Self> {
        let codes = map.get(self.first as usize..)?.get(..self.ends.len())?;
        let follow_each_other = codes.array_windows().all(|[code, next]| code.checked_add(1) == Some(*next));
        follow_each_other.then(|| Self { first: codes.first().copied().unwrap_or_default(), ends: self.ends.clone() })
    }

    /// Puts a row behind, if it is of the last item or of the next one.
    fn push(&mut self, code: u32) -> bool {
        let (n_rows, n_items) = (self.n_rows() as u32, self.ends.len() as u64);
        if n_items == 0 {
            self.first = code;
        }
        match (u64::from(code).checked_sub(u64::from(self.first)), self.ends.last_mut()) {
            (Some(next), _) if next == n_items => self.ends.push(n_rows + 1),
            (Some(last), Some(end)) if last + 1 == n_items => *end += 1,
            _ => return false,
        }
        true
    }

    /// Puts other rows behind, if they go on where these end: with the next item, or with the last one.
    pub(crate) fn with(mut self, more: Self) -> Result<Self, (Self, Self)> {
        if self.ends.is_empty() {
            return Ok(more);
        }
        let (n_rows, n_items) = (self.n_rows() as u32, self.ends.len() as u64);
        match u64::from(more.first).checked_sub(u64::from(self.first)) {
            _ if more.ends.is_empty() => return Ok(self),
            Some(next) if next == n_items => {}
            Some(last) if last + 1 == n_items => drop(self.ends.pop()),
            _ => return Err((self, more)),
        }
        self.ends.extend(more.ends.iter().map(|end| n_rows + end));
        Ok(self)
    }

    /// Writes the code of each row, as `code` says it.
    pub(crate) fn write(&self, code: impl Fn(u32) -> u32, to: &mut [u32]) {
        let mut start = 0;
        for (item, &end) in (self.first..).zip(&self.ends) {
            to[start..end as usize].fill(code(item));
            start = end as usize;
        }
    }

    /// Where the rows of each of so many items begin, and where the last end.
    pub(super) fn offsets(self, n_items: usize) -> Vec<u32> {
        let n_rows = self.n_rows() as u32;
        let mut offsets = vec![0; self.first as usize + 1];
        offsets.reserve_exact(n_items + 1 - offsets.len());
        offsets.extend(self.ends);
        offsets.resize(n_items + 1, n_rows);
        offsets
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(first: u32, ends: &[u32]) -> ItemCodes {
        ItemCodes::Runs(ItemRuns { first, ends: ends.to_vec() })
    }

    /// Every two of some columns: behind each other they are as if they had been written out before.
    #[test]
    fn behind_each_other() {
        let all = [
            runs(0, &[]),
            runs(0, &[2]),
            runs(0, &[1, 4]),
            runs(1, &[3, 4, 9]),
            runs(2, &[2]),
            runs(u32::MAX - 9, &[1, 2]),
            ItemCodes::Each(vec![]),
            ItemCodes::Each(vec![5, 0, 5]),
        ];
        for a in &all {
            for b in &all {
                let mut both = a.clone();
                both.append(b.clone());
                let expected = [a.clone().into_each(), b.clone().into_each()].concat();
                let is_empty = |codes: &ItemCodes| codes.len() == 0;
                assert!(!is_empty(b) || is_empty(a) || both == *a, "nothing changes nothing");
                let mut pushed = a.clone();
                b.clone().into_each().into_iter().for_each(|code| pushed.push(code));
                assert_eq!(pushed.into_each(), expected);
                assert_eq!(both.len(), expected.len());
                assert_eq!(both.into_each(), expected, "{a:?} and {b:?}");
            }
        }
    }

    #[test]
    fn what_goes_on_stays_in_runs() {
        let mut codes = ItemCodes::default();
        [runs(0, &[2, 3]), runs(1, &[2]), runs(2, &[1]), runs(2, &[4, 5])]
            .into_iter()
            .for_each(|more| codes.append(more));
        assert_eq!(codes, runs(0, &[2, 5, 10, 11]));
        [3, 3, 4].into_iter().for_each(|code| codes.push(code));
        assert_eq!(codes, runs(0, &[2, 5, 10, 13, 14]));
        codes.push(0);
        assert_eq!(codes, ItemCodes::Each(vec![0, 0, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3, 3, 4, 0]));
    }

    #[test]
    fn codes_that_are_said_otherwise() {
        let map = [7, 8, 9, 2, 3, 0];
        for codes in
            [runs(0, &[2, 3, 4]), runs(3, &[1, 5]), runs(1, &[1, 2, 4]), runs(5, &[3]), runs(4, &[]), runs(6, &[])]
        {
            let expected: Vec<u32> = codes.clone().into_each().iter().map(|code| map[*code as usize]).collect();
            let mapped = codes.clone().mapped(&map);
            assert_eq!(matches!(mapped, ItemCodes::Runs(_)), codes != runs(1, &[1, 2, 4]));
            assert_eq!(mapped.into_each(), expected);
        }
    }

    #[test]
    fn items_without_rows() {
        assert_eq!(ItemRuns { first: 2, ends: vec![3, 4] }.offsets(6), [0, 0, 0, 3, 4, 4, 4]);
        assert_eq!(ItemRuns::default().offsets(0), [0]);
        assert_eq!(ItemRuns::default().offsets(2), [0, 0, 0]);
    }
}
