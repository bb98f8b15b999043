//! The cumulative flow diagram: items by state at each boundary, and the counters that only grow.

use std::collections::BTreeSet;

use crate::asked::{Asked, Pair, put, put_pair};
use crate::event::write_instant;
use crate::history::History;
use crate::metric::Group;
use crate::record::{Outcome, Record};
use crate::table::Cells;
use crate::visits::pair;

/// One row per boundary, group and pair that was met before it.
pub fn cfd(asked: &Asked) -> Result<Vec<Cells>, String> {
    if let Some(field) = asked.by.iter().find(|field| ["state", "phase"].contains(*field)) {
        return Err(format!("{field:?} is a column of the table already; leave it out of `by`"));
    }
    let mut rows = Vec::new();
    for at in asked.boundaries() {
        let pairs = met_before(asked, at);
        for group in &asked.groups {
            for pair in &pairs {
                let mut cells = asked.line(None, group);
                put(&mut cells, "at", write_instant(at));
                put_pair(&mut cells, pair);
                put(&mut cells, "n", number(asked, at, group, pair));
                rows.push(cells);
            }
        }
    }
    Ok(rows)
}

/// The pairs that any flow item in sight was in at an instant before `at`.
fn met_before(asked: &Asked, at: i64) -> Vec<Pair> {
    let mut met = BTreeSet::new();
    for history in &asked.histories {
        for piece in history.pieces() {
            if piece.start < at && piece.step.counts() && !piece.step.removed() {
                met.insert(pair(piece.step));
            }
        }
    }
    asked.sort_pairs(met)
}

/// The flow items of the group that are in the pair just before `at`.
fn number(asked: &Asked, at: i64, group: &Group, wanted: &Pair) -> usize {
    let before = asked.histories.iter().filter_map(|history| history.at(at - 1));
    before.filter(|step| step.belongs(&asked.by, group) && pair(step) == *wanted).count()
}

/// What is counted: a fact of an item, as it was known at an instant.
type Fact = fn(&Record) -> bool;

const FACTS: [(&str, Fact); 5] = [
    ("arrived", |_| true),
    ("committed", |record| record.started.is_some()),
    ("done", |record| record.outcome == Outcome::Done),
    ("cancelled", |record| record.outcome == Outcome::Cancelled),
    ("removed", |record| record.outcome == Outcome::Removed),
];

/// Two rows, `gross` and `corrections`, per boundary and group.
pub fn counters(asked: &Asked) -> Vec<Cells> {
    let mut rows = Vec::new();
    let groups: Vec<[Vec<Change>; 5]> =
        asked.groups.iter().map(|group| FACTS.map(|(_, fact)| changes_of_all(asked, fact, group))).collect();
    for at in asked.boundaries() {
        for (group, facts) in asked.groups.iter().zip(&groups) {
            for (counter, becomes) in [("gross", true), ("corrections", false)] {
                let mut cells = asked.line(None, group);
                put(&mut cells, "at", write_instant(at));
                put(&mut cells, "counter", counter);
                for ((name, _), changes) in FACTS.iter().zip(facts) {
                    let n = changes.iter().filter(|change| change.at < at && change.becomes == becomes).count();
                    put(&mut cells, name, n);
                }
                rows.push(cells);
            }
        }
    }
    rows
}

/// An instant at which a fact becomes true of an item in a group, or ceases to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// When.
    pub at: i64,
    /// Whether it becomes true.
    pub becomes: bool,
    /// How the item stands after it.
    pub outcome: Outcome,
}

/// The changes of a fact in a group, over all items.
pub fn changes_of_all(asked: &Asked, fact: impl Fn(&Record) -> bool, group: &Group) -> Vec<Change> {
    asked.histories.iter().flat_map(|history| changes(asked, history, &fact, group)).collect()
}

fn changes(asked: &Asked, history: &History, fact: &impl Fn(&Record) -> bool, group: &Group) -> Vec<Change> {
    let instants: BTreeSet<i64> = history.steps.iter().map(|step| step.at).collect();
    let mut found = Vec::new();
    let mut before = false;
    for at in instants {
        let Some(record) = asked.record_at(history, at) else { continue };
        let now = fact(&record) && asked.belongs_at(history, at, group);
        if now != before {
            found.push(Change { at, becomes: now, outcome: record.outcome });
        }
        before = now;
    }
    found
}
