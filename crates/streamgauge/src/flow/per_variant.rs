//! What follows from the steps of a [variant](super::variants) alone, found once for all items that are of it.

use super::now::Now;
use super::steps::{Runs, StepRun};
use super::variants::MOST_STEPS;
use crate::kernel::chunk;

/// Numbers of steps, in place of their instants.
static NUMBERS: [i64; MOST_STEPS] = {
    let mut numbers = [0; MOST_STEPS];
    let mut step = 0;
    while step < MOST_STEPS {
        numbers[step] = step as i64;
        step += 1;
    }
    numbers
};

/// One value for each step of each variant.
pub(crate) struct OfVariants<T> {
    /// By variant, and one more for the end: where its values begin.
    starts: Vec<u32>,
    values: Vec<T>,
}

impl<T> OfVariants<T> {
    /// The values of the steps of a variant.
    #[inline]
    pub(crate) fn of(&self, variant: usize) -> &[T] {
        &self.values[self.starts[variant] as usize..self.starts[variant + 1] as usize]
    }
}

impl Runs {
    /// What `of` gives of each step of the variants that items share.
    pub(super) fn of_variants<T: Send + Copy>(&self, of: impl Fn(Now) -> T + Sync + Send) -> OfVariants<T> {
        let parts = chunk::map_each(self.pieces().len(), |piece| {
            let steps = self.pieces()[piece].variants();
            let mut part = OfVariants {
                starts: Vec::with_capacity(steps.len()),
                values: Vec::with_capacity(steps.len() * MOST_STEPS),
            };
            for steps in steps {
                part.starts.push(part.values.len() as u32);
                steps.each_step(|_, _, now| part.values.push(of(now)));
            }
            part
        });
        let n: usize = parts.iter().map(|part| part.starts.len()).sum();
        let mut all = OfVariants {
            starts: Vec::with_capacity(n + 1),
            values: Vec::with_capacity(parts.iter().map(|part| part.values.len()).sum()),
        };
        for part in parts {
            let n_before = all.values.len() as u32;
            all.starts.extend(part.starts.iter().map(|start| n_before + start));
            all.values.extend_from_slice(&part.values);
        }
        all.starts.push(all.values.len() as u32);
        all
    }
}

impl StepRun<'_> {
    /// These steps with their numbers in place of their instants: what is found out of them holds for all items of their variant, whose instants ascend.
    pub(super) fn numbered(self) -> Self {
        Self { at: &NUMBERS[..self.now.len()], now: self.now }
    }
}
