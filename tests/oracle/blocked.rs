//! Blocked load, and the episodes in which an item is blocked.

use crate::asked::{Asked, put, put_length, put_pair, put_some, stretches};
use crate::event::write_instant;
use crate::history::{History, Piece, Step};
use crate::ledger::load_integral;
use crate::metric::{Group, change_instants, integral};
use crate::number::ratio;
use crate::table::Cells;
use crate::visits::pair;
use crate::window::Window;

/// The field in which readers write why an item is blocked.
const REASON: &str = "blocked_reason";

/// One row per window and group.
pub fn blocked(asked: &Asked) -> Vec<Cells> {
    let mut rows = Vec::new();
    for window in &asked.windows {
        for group in &asked.groups {
            rows.push(row(asked, *window, group));
        }
    }
    rows
}

fn row(asked: &Asked, window: Window, group: &Group) -> Cells {
    let held = |step: &Step| step.in_load() && step.blocked() && step.group(&asked.by) == *group;
    let number = |instant: i64| {
        let at = asked.histories.iter().filter_map(|history| history.at(instant));
        at.filter(|step| held(step)).count() as u64
    };
    let instants = change_instants(&asked.histories, window);
    let blocked_integral = integral(&instants, window.end, number);
    let (mut began, mut ended) = (0, 0);
    for history in &asked.histories {
        for stretch in stretches(history, |step| held(step).then_some(())) {
            let inside = |at: i64| (window.start..window.end).contains(&at);
            began += i64::from(inside(stretch.start));
            ended += i64::from(inside(stretch.end) && stretch.end < asked.as_of);
        }
    }
    let mut cells = asked.line(Some(window), group);
    put(&mut cells, "partial", window.partial);
    put(&mut cells, "blocked_start", number(window.start - 1));
    put(&mut cells, "blocked_end", number(window.end - 1));
    put(&mut cells, "blocked_max", instants.iter().map(|instant| number(*instant)).max().unwrap_or(0));
    put(&mut cells, "blocked_integral", blocked_integral);
    put_some(&mut cells, "blocked_avg", ratio(blocked_integral, i128::from(window.end - window.start)));
    put_some(&mut cells, "blocked_share", ratio(blocked_integral, load_integral(asked, window, group)));
    put(&mut cells, "began", began);
    put(&mut cells, "ended", ended);
    cells
}

/// One row per stretch in which an item is blocked, by item, then by its beginning.
pub fn episodes(asked: &Asked) -> Vec<Cells> {
    let mut rows = Vec::new();
    for history in &asked.histories {
        for stretch in stretches(history, |step| step.blocked().then_some(())) {
            rows.push(episode(asked, history, stretch.start, stretch.end));
        }
    }
    rows
}

fn episode(asked: &Asked, history: &History, began: i64, end: i64) -> Cells {
    let pieces: Vec<Piece> =
        history.pieces().into_iter().filter(|piece| began <= piece.start && piece.end <= end).collect();
    let flag = pieces.iter().any(|piece| piece.step.flagged());
    let state = pieces.iter().any(|piece| piece.step.blocked_by_state);
    let by = match (flag, state) {
        (true, true) => "both",
        (true, false) => "flag",
        _ => "state",
    };
    let mut cells = Cells::new();
    put(&mut cells, "item", &history.item);
    put_pair(&mut cells, &history.at(began).map_or((None, None), pair));
    put(&mut cells, "began", write_instant(began));
    put_some(&mut cells, "ended", (end < asked.as_of).then(|| write_instant(end)));
    put(&mut cells, "by", by);
    put_some(&mut cells, "reason", pieces.iter().find_map(|piece| piece.step.value(REASON)));
    for reading in asked.readings() {
        put_length(&mut cells, "blocked", reading, asked.time(reading, history, began, end, |_| true));
    }
    cells
}
