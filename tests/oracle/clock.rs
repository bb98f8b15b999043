//! One item's clock: when it started, when it finished, and how the time between divides (definitions, section 3).

use crate::history::{History, Piece};
use crate::model::{Blocked, Clock, Finish, Phase, Start};

/// Active, waiting and paused time, µs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Split {
    /// Time in active.
    pub active: i64,
    /// Time in waiting, and, by option, blocked time in active.
    pub waiting: i64,
    /// Time back in new, done or cancelled, or removed.
    pub paused: i64,
}

/// The start of the clock, by option.
pub fn started(history: &History, start: Start) -> Option<i64> {
    let committed = |phase: Phase| matches!(phase, Phase::Active | Phase::Waiting);
    let steps = &history.steps;
    let first = match start {
        Start::Created => steps.first(),
        Start::FirstCommit => steps.iter().find(|step| committed(step.phase)),
        Start::FirstActive => steps.iter().find(|step| step.phase == Phase::Active),
        Start::LastCommit => {
            let after = steps.iter().rposition(|step| step.phase == Phase::New).map_or(0, |last_new| last_new + 1);
            steps.iter().skip(after).find(|step| committed(step.phase))
        }
    };
    first.map(|step| step.at)
}

/// The end of the clock, by option, not yet looking at whether the item is removed.
pub fn finished(history: &History, finish: Finish) -> Option<i64> {
    match finish {
        Finish::Last => final_stay(history, Phase::Done),
        Finish::First => history.steps.iter().find(|step| step.phase == Phase::Done).map(|step| step.at),
    }
}

/// The beginning of the final unbroken stay in a phase, if the item is there at the end. Any step out of it breaks it.
pub fn final_stay(history: &History, phase: Phase) -> Option<i64> {
    let from_the_end = history.steps.iter().rev();
    from_the_end.take_while(|step| step.phase == phase).last().map(|step| step.at)
}

/// Divides the time `[from, to)` of an item.
pub fn split(history: &History, clock: &Clock, from: i64, to: i64) -> Split {
    let mut sum = Split::default();
    for piece in history.pieces() {
        let part = part_of(&piece, clock, (piece.end.min(to) - piece.start.max(from)).max(0));
        sum.active += part.active;
        sum.waiting += part.waiting;
        sum.paused += part.paused;
    }
    sum
}

/// Which part of the flow time a span inside a piece is.
pub fn part_of(piece: &Piece, clock: &Clock, span: i64) -> Split {
    let blocked_waits = piece.step.blocked() && clock.blocked == Blocked::Waiting;
    match piece.step.phase {
        _ if piece.step.removed() => Split { paused: span, ..Split::default() },
        Phase::Active if blocked_waits => Split { waiting: span, ..Split::default() },
        Phase::Active => Split { active: span, ..Split::default() },
        Phase::Waiting => Split { waiting: span, ..Split::default() },
        Phase::New | Phase::Done | Phase::Cancelled | Phase::Ignored => Split { paused: span, ..Split::default() },
    }
}

/// Exits from done to any other phase, steps of length zero included.
pub fn n_reopened(history: &History) -> u64 {
    let pairs = history.steps.windows(2);
    pairs.filter(|pair| pair[0].phase == Phase::Done && pair[1].phase != Phase::Done).count() as u64
}

/// Moves to a state listed earlier than the last listed state before it. Skipped moves are none.
pub fn n_backward(history: &History, order_of: impl Fn(&str) -> Option<usize>) -> u64 {
    let mut n_backward = 0;
    let mut last_place: Option<usize> = None;
    let mut last_state: Option<&str> = None;
    for step in &history.steps {
        let state = step.value(crate::event::STATE);
        let moved = state != last_state;
        last_state = state;
        let place = state.and_then(&order_of);
        if !moved || place.is_none() || step.decided == Phase::Ignored {
            continue;
        }
        if place < last_place {
            n_backward += 1;
        }
        last_place = place;
    }
    n_backward
}
