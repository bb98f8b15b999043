//! States: the time of finished items, and of all items inside a window, by state and phase.

use std::collections::BTreeSet;

use crate::asked::{Asked, Pair, Reading, put, put_length, put_pair, put_some};
use crate::history::{History, Piece};
use crate::metric::Group;
use crate::number::{percentile_inverted, ratio};
use crate::table::Cells;
use crate::visits::{Visit, pair, visits_of};

/// An item of a population, and the part of its time that is looked at.
struct Member<'a> {
    history: &'a History,
    from: i64,
    to: i64,
    /// Only the stretches in which the item is in this group.
    only_in: Option<&'a Group>,
}

/// One row per window, group, population and pair of state and phase.
pub fn states(asked: &Asked) -> Result<Vec<Cells>, String> {
    if let Some(field) = asked.by.iter().find(|field| ["state", "phase"].contains(*field)) {
        return Err(format!("{field:?} is a column of the table already; leave it out of `by`"));
    }
    let pairs = pairs(asked);
    let mut rows = Vec::new();
    for window in &asked.windows {
        for group in &asked.groups {
            let done = asked.timed(*window, group);
            let finished: Vec<Member> = done
                .iter()
                .filter_map(|(history, record)| {
                    let (from, to) = (record.started?, record.finished?);
                    Some(Member { history, from, to, only_in: None })
                })
                .collect();
            let clipped: Vec<Member> = asked
                .histories
                .iter()
                .map(|history| Member { history, from: window.start, to: window.end, only_in: Some(group) })
                .collect();
            for (population, members) in [("finished", &finished), ("clipped", &clipped)] {
                for pair in &pairs {
                    let mut cells = asked.line(Some(*window), group);
                    put(&mut cells, "population", population);
                    put_pair(&mut cells, pair);
                    sums(asked, &mut cells, members, pair);
                    let share = (population == "finished").then(|| slowest_share(asked, &finished, pair)).flatten();
                    put_some(&mut cells, "slowest_share", share);
                    rows.push(cells);
                }
            }
        }
    }
    Ok(rows)
}

/// Every pair that an item which is a flow item at any time was in for a positive length.
fn pairs(asked: &Asked) -> Vec<Pair> {
    let counts = |history: &&History| history.pieces().iter().any(|piece| piece.step.counts());
    let counting = asked.histories.iter().filter(counts);
    let met: BTreeSet<Pair> = counting.flat_map(|history| history.pieces()).map(|piece| pair(piece.step)).collect();
    asked.sort_pairs(met)
}

/// The visits of a member to a state in a phase.
fn visits_to(member: &Member, pair: &Pair) -> Vec<Visit> {
    visits_of(member.history).into_iter().filter(|visit| visit.pair == *pair).collect()
}

/// The time that a member spends in a visit, inside the part that is looked at.
fn time(asked: &Asked, reading: Reading, member: &Member, visit: &Visit, holds: impl Fn(&Piece) -> bool) -> i64 {
    let (from, to) = (visit.entered.max(member.from), visit.end.min(member.to));
    let in_group = |piece: &Piece| member.only_in.is_none_or(|group| piece.step.belongs(&asked.by, group));
    asked.time(reading, member.history, from, to, |piece| in_group(piece) && holds(piece))
}

fn sums(asked: &Asked, cells: &mut Cells, members: &[Member], pair: &Pair) {
    let (mut items, mut visits, mut rework_visits) = (0, 0, 0);
    for member in members {
        let mut found = visits_to(member, pair);
        found.retain(|visit| time(asked, Reading::Elapsed, member, visit, |_| true) > 0);
        items += usize::from(!found.is_empty());
        visits += found.len();
        rework_visits += found.iter().filter(|visit| visit.pass > 1).count();
    }
    put(cells, "items", items);
    put(cells, "visits", visits);
    put(cells, "rework_visits", rework_visits);
    for reading in asked.readings() {
        let sum = |holds: &dyn Fn(&Visit, &Piece) -> bool| -> i128 {
            let mut sum = 0;
            for member in members {
                for visit in visits_to(member, pair) {
                    sum += i128::from(time(asked, reading, member, &visit, |piece| holds(&visit, piece)));
                }
            }
            sum
        };
        put_length(cells, "residence", reading, sum(&|_, _| true));
        put_length(cells, "blocked", reading, sum(&|_, piece| piece.step.blocked()));
        put_length(cells, "first_pass", reading, sum(&|visit, _| visit.pass == 1));
        put_length(cells, "rework", reading, sum(&|visit, _| visit.pass > 1));
    }
}

/// Of the items at or above the 85th percentile of the cell's flow times: their time in the pair, of their flow time.
fn slowest_share(asked: &Asked, members: &[Member], pair: &Pair) -> Option<f64> {
    let flow_times: Vec<i64> = members.iter().map(|member| member.to - member.from).collect();
    let slow = percentile_inverted(&flow_times, 85.0)?;
    let (mut here, mut whole) = (0, 0);
    for member in members.iter().filter(|member| member.to - member.from >= slow) {
        whole += i128::from(member.to - member.from);
        for visit in visits_to(member, pair) {
            here += i128::from(time(asked, Reading::Elapsed, member, &visit, |_| true));
        }
    }
    ratio(here, whole)
}
