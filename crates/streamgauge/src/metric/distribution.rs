//! Flow distribution: each kind's share.

use super::cells::{Finished, Grid};
use super::load;
use crate::error::Result;
use crate::flow::{FlowRecords, Groups, Timelines};
use crate::table::Table;
use crate::time::Windows;

/// What is shared out.
#[derive(Debug, Clone, Copy)]
pub enum Of<'a> {
    /// Velocity.
    Velocity(&'a FlowRecords),
    /// The load integral.
    Load(&'a Timelines),
}

/// Each kind's share of velocity or of the load integral, among the rows of the same window with the same values in the group's other
/// fields.
///
/// Columns: `window_start, window_end, partial`, the group's fields, `distribution` (0 to 1; null where there is nothing to share, and for a
/// grouping without `kind`). Source: Kersten, *Project to Product*; definitions §4.
///
/// ```
/// use streamgauge::{EventLog, Every, FlowModel, Groups, Instant, Of, Ruler, Windows, distribution, records, timelines};
///
/// let mut log = EventLog::builder();
/// log.push_state_row("A", Instant(0), Some("Done"), [("type", Some("Bug"))], None)?;
/// log.push_state_row("B", Instant(0), Some("Done"), [("type", Some("Story"))], None)?;
/// let model = FlowModel::from_toml("[phases]\ndone = [\"Done\"]\n[kinds]\nfeature = [\"Story\"]\ndefect = [\"Bug\"]")?;
/// let (timelines, _) = timelines(&log.finish()?, &model, None)?;
/// let (records, _) = records(&timelines, model.clock(), &Ruler::elapsed())?;
/// let windows = Windows::every(Every::Day, model.cut(), timelines.observed(), None, None)?;
/// let table = distribution(Of::Velocity(&records), &windows, &Groups::by(&timelines, &["kind"])?)?;
/// assert!(table.to_csv().ends_with("true,defect,0.5\n1970-01-01T00:00:00Z,1970-01-01T00:00:00.000001Z,true,feature,0.5\n"));
/// # Ok::<(), streamgauge::Error>(())
/// ```
///
/// # Errors
/// [`Error::TooMany`](crate::Error::TooMany) if windows × groups are more rows than a table may have.
pub fn distribution(of: Of<'_>, windows: &Windows, groups: &Groups) -> Result<Table> {
    let receipt = match of {
        Of::Velocity(records) => &records.receipt,
        Of::Load(timelines) => &timelines.receipt,
    };
    let grid = Grid::new(windows, groups, receipt)?;
    let (receipt, amounts): (_, Vec<i128>) = match of {
        Of::Velocity(records) => {
            let finished = Finished::new(records, &grid);
            (
                records.receipt.clone().with("distribution_of", "velocity".to_owned()),
                finished.counts().map(i128::from).collect(),
            )
        }
        Of::Load(timelines) => {
            let loads = load::of_cells(timelines, &grid);
            (
                timelines.receipt.clone().with("distribution_of", "load".to_owned()),
                loads.iter().map(|load| load.integral).collect(),
            )
        }
    };
    let mut table = grid.table(receipt);
    table.floats("distribution", shares(&amounts, groups).into_iter());
    table.finish()
}

/// Each cell's part of what the cells of its window share that agree with it in all fields but `kind`.
pub(crate) fn shares(amounts: &[i128], groups: &Groups) -> Vec<Option<f64>> {
    let Some(sets) = groups.sets_without("kind") else { return vec![None; amounts.len()] };
    let n_sets = sets.iter().max().map_or(0, |last| last + 1);
    let mut shares = Vec::with_capacity(amounts.len());
    for window in amounts.chunks(sets.len().max(1)) {
        let mut totals = vec![0_i128; n_sets];
        window.iter().zip(&sets).for_each(|(amount, &set)| totals[set] += amount);
        shares.extend(window.iter().zip(&sets).map(|(&amount, &set)| {
            let total = totals[set];
            (total > 0).then(|| amount as f64 / total as f64)
        }));
    }
    shares
}
