//! The first columns of rows: their window and the values of their group.

use crate::error::{Error, Result};
use crate::flow::Groups;
use crate::metric::{Grid, MOST_ROWS};
use crate::table::{TableBuilder, shown_name};
use crate::time::Windows;

/// Refuses a table that cannot be held.
pub(super) fn check_rows(rows: usize) -> Result<()> {
    if rows as u64 > MOST_ROWS {
        return Err(Error::TooMany { what: "rows", limit: MOST_ROWS });
    }
    Ok(())
}

/// The windows and groups of rows, window by window, `n` rows for each cell.
pub(super) fn dense(grid: &Grid<'_>, n: usize) -> Vec<(usize, usize)> {
    let groups = grid.groups.len();
    (0..grid.windows.len()).flat_map(|w| (0..groups).flat_map(move |g| std::iter::repeat_n((w, g), n))).collect()
}

/// `window_start, window_end`, and `partial` where it is asked for.
pub(super) fn add_windows(table: &mut TableBuilder, windows: &Windows, rows: &[(usize, usize)], partial: bool) {
    table.instants("window_start", rows.iter().map(|row| Some(windows.starts()[row.0])));
    table.instants("window_end", rows.iter().map(|row| Some(windows.ends()[row.0])));
    if partial {
        table.bools("partial", rows.iter().map(|row| windows.partial()[row.0]));
    }
}

/// The group's fields. One whose name is `taken` by a column of the table, or by its working reading, is called `field.NAME`.
pub(super) fn add_groups(
    table: &mut TableBuilder,
    groups: &Groups,
    rows: impl Iterator<Item = usize> + Clone,
    taken: &[&str],
) {
    let keys: Vec<_> = (0..groups.len()).filter_map(|group| groups.values(group)).collect();
    for (place, field) in groups.fields().iter().enumerate() {
        let shown = shown_name(field, |name| taken.contains(&name));
        let values: Vec<_> = keys.iter().map(|key| key[place]).collect();
        table.words(&shown, &values, rows.clone().map(|group| group as u32));
    }
}
