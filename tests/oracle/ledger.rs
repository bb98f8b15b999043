//! Little's balance as a table, and the items behind its gap (definitions, section 5, law 2).

use crate::asked::{Asked, put, put_some};
use crate::metric::{Group, change_instants, integral, load_at};
use crate::number::ratio;
use crate::stay::{Stay, age, departed, stays_of};
use crate::table::Cells;
use crate::window::Window;

/// One row per window and group.
pub fn ledger(asked: &Asked) -> Vec<Cells> {
    let all = stays_of(&asked.histories, &asked.by);
    let mut rows = Vec::new();
    for window in &asked.windows {
        for group in &asked.groups {
            let stays: Vec<Stay> = all.iter().filter(|stay| stay.group == *group).cloned().collect();
            rows.push(row(asked, *window, group, &stays));
        }
    }
    rows
}

fn row(asked: &Asked, window: Window, group: &Group, stays: &[Stay]) -> Cells {
    let (a, b) = (window.start, window.end);
    let (load, departed) = (load_integral(asked, window, group), departed(stays, a, b));
    let (age_start, age_end) = (age(stays, a), age(stays, b));
    let mut cells = asked.line(Some(window), group);
    put(&mut cells, "load_integral", load);
    put(&mut cells, "departed", departed);
    put(&mut cells, "age_start", age_start);
    put(&mut cells, "age_end", age_end);
    put(&mut cells, "residual", load - departed - age_end + age_start);
    put_some(&mut cells, "unexplained", ratio(load - departed, load));
    let arrived = arrived(stays, a, b);
    let (remaining_start, remaining_end) = (remaining(stays, a), remaining(stays, b));
    // Known only when every stay that it speaks of has ended.
    let form = arrived.zip(remaining_start).zip(remaining_end);
    put_some(&mut cells, "arrived", form.map(|((arrived, _), _)| arrived));
    put_some(&mut cells, "remaining_start", form.map(|((_, start), _)| start));
    put_some(&mut cells, "remaining_end", form.map(|(_, end)| end));
    put_some(&mut cells, "arrival_residual", form.map(|((arrived, start), end)| load - arrived - start + end));
    cells
}

/// The load integral, from the load at every instant of change.
pub fn load_integral(asked: &Asked, window: Window, group: &Group) -> i128 {
    let instants = change_instants(&asked.histories, window);
    integral(&instants, window.end, |instant| load_at(&asked.histories, instant, &asked.by, group))
}

/// The summed whole lengths of the stays that begin in `[a, b)`; `None` when one of them has not ended.
fn arrived(stays: &[Stay], a: i64, b: i64) -> Option<i128> {
    let beginning = stays.iter().filter(|stay| (a..b).contains(&stay.start));
    beginning.map(|stay| stay.end.map(|end| i128::from(end - stay.start))).sum()
}

/// The summed time still to go of the stays that run just before `t`; `None` when one of them has not ended.
fn remaining(stays: &[Stay], t: i64) -> Option<i128> {
    let running = stays.iter().filter(|stay| runs_before(stay, t));
    running.map(|stay| stay.end.map(|end| i128::from(end - t))).sum()
}

fn runs_before(stay: &Stay, t: i64) -> bool {
    stay.start < t && stay.end.is_none_or(|end| t <= end)
}

/// One row per window, group and item with a stay that runs just before the window's start or end.
pub fn ledger_items(asked: &Asked) -> Vec<Cells> {
    let all = stays_of(&asked.histories, &asked.by);
    let mut rows = Vec::new();
    for window in &asked.windows {
        for group in &asked.groups {
            rows.extend(items_of(asked, *window, group, &all));
        }
    }
    rows
}

fn items_of(asked: &Asked, window: Window, group: &Group, all: &[Stay]) -> Vec<Cells> {
    let load = load_integral(asked, window, group);
    let mut found = Vec::new();
    for history in &asked.histories {
        let own: Vec<Stay> =
            all.iter().filter(|stay| stay.item == history.item && stay.group == *group).cloned().collect();
        if !own.iter().any(|stay| runs_before(stay, window.start) || runs_before(stay, window.end)) {
            continue;
        }
        let (age_start, age_end) = (age(&own, window.start), age(&own, window.end));
        let mut cells = asked.line(Some(window), group);
        put(&mut cells, "item", &history.item);
        put(&mut cells, "age_start", age_start);
        put(&mut cells, "age_end", age_end);
        put(&mut cells, "gap", age_end - age_start);
        put_some(&mut cells, "share", ratio(age_end - age_start, load));
        found.push((age_end - age_start, cells));
    }
    // Items come in byte order, and the sort is stable.
    found.sort_by_key(|(gap, _)| -gap);
    found.into_iter().map(|(_, cells)| cells).collect()
}
