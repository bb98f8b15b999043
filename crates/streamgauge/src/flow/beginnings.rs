//! How items begin: what a first row leads to is the same for many items. So it is decided once, [the long way](super::history), and remembered.
//!
//! Items that begin alike share what was set then: their attribute events stand [in the piece](super::piece) once.

use super::alike::{Alike, spread};
use super::fingerprint::Fingerprint;
use super::history::Walker;
use super::now::Now;
use super::piece::Traits;
use crate::model::{NULL_CODE, OrderedRows, RowBlock, Told};

/// What is remembered.
pub(super) struct Beginnings {
    /// By what a first row says.
    pub(super) known: Alike,
    list: Vec<Beginning>,
    /// What each says of the attributes, one behind the other.
    told: Vec<u32>,
    /// What each sets, one behind the other.
    sets: Vec<Set>,
}

/// What held after a first row, beside what it says.
#[derive(Clone, Copy)]
struct Beginning {
    state: u32,
    /// Where what it sets stands.
    sets_start: u32,
    sets_end: u32,
    /// Where its attribute events begin in the piece; and its number there, once an item shares them.
    events_start: u32,
    shared: Option<u16>,
    /// Where the answers stand for the states that may follow, if there are any.
    answers: Option<u32>,
    phase_index: u32,
    kind_index: u32,
    now: Now,
    phase: u8,
    flags: u8,
    traits: Traits,
    was_typeless: bool,
}

/// A beginning that is known, with states that may follow.
pub(super) struct Begun {
    pub(super) number: usize,
    pub(super) answers: u32,
    pub(super) now: Now,
    pub(super) traits: Traits,
    pub(super) was_typeless: bool,
}

/// An attribute that is set.
struct Set {
    hash: u64,
    value: u32,
    field: u8,
}

impl Beginnings {
    /// Room for so many, each with so many attributes.
    pub(super) fn new(n: usize, n_attributes: usize) -> Self {
        Self {
            known: Alike::new(n),
            list: Vec::with_capacity(n),
            told: Vec::with_capacity(n * n_attributes),
            sets: Vec::with_capacity(n * n_attributes),
        }
    }

    /// The number of the beginning that says so, or else the place where it is to be found.
    #[inline]
    fn find(&self, state: u32, told: &[u32]) -> Result<usize, usize> {
        let Self { known, list, told: all_told, .. } = self;
        let hash = told.iter().fold(spread(0, state), |hash, code| spread(hash, *code));
        known.find(hash, |number| {
            let known = &all_told[number * told.len()..][..told.len()];
            list[number].state == state && known.iter().zip(told).all(|(known, told)| known == told)
        })
    }

    /// What a beginning sets.
    fn sets(&self, number: usize) -> &[Set] {
        let Beginning { sets_start, sets_end, .. } = self.list[number];
        &self.sets[sets_start as usize..sets_end as usize]
    }
}

impl Walker<'_> {
    /// Takes the first row of an item that counts, which is the only one of its instant.
    pub(super) fn first_row(&mut self, log: &OrderedRows, block: &RowBlock, row: usize, told: &mut Told) {
        if !self.beginnings.known.is_of_use() {
            return self.row_alone(log, block, row, told);
        }
        let found = self.beginnings.find(block.state[row], told.tell_first(log, block, row));
        self.beginnings.known.count(found.is_ok());
        match found {
            Ok(number) => self.begin_as(number, block.at[row], block.number(row)),
            Err(place) => {
                told.clear(log);
                let n_odd = self.beginnings.known.has_room().then(|| self.part.oddities.count());
                self.row_alone(log, block, row, told);
                // What is odd is told of each item.
                if n_odd == Some(self.part.oddities.count()) {
                    self.remember_beginning(place, told.all());
                }
            }
        }
    }

    /// Lets the item at hand begin as others did, in a row of that number.
    fn begin_as(&mut self, number: usize, at: i64, row: usize) {
        let Beginning { state, phase_index, kind_index, now, phase, flags, traits, was_typeless, .. } =
            self.beginnings.list[number];
        self.part.fingerprint =
            self.part.fingerprint.wrapping_add(self.beginning_fingerprint(number, self.name_hash, at));
        for set in self.beginnings.sets(number) {
            self.values[usize::from(set.field)] = set.value;
        }
        (self.state, self.state_since, self.has_had_state) = (state, at, state != NULL_CODE);
        (self.phase_index, self.kind_index, self.phase, self.flags) = (phase_index, kind_index, phase, flags);
        (self.traits, self.was_typeless, self.is_new_item) = (traits, was_typeless, false);
        self.now = now;
        self.beginning = Some(self.share_beginning(number));
        self.push_instants(&[at], self.part.piece.steps.now.len(), Some(row));
        self.part.piece.steps.now.push(now);
    }

    /// What it is found as, where an item began so.
    pub(super) fn begun_as(&mut self, log: &OrderedRows, block: &RowBlock, row: usize) -> Option<Begun> {
        self.told.turn(log);
        let number = self.beginnings.find(block.state[row], self.told.tell_first(log, block, row)).ok()?;
        let Beginning { answers, now, traits, was_typeless, .. } = self.beginnings.list[number];
        Some(Begun { number, answers: answers?, now, traits, was_typeless })
    }

    /// The summand of a first row, for an item's name of that hash.
    pub(super) fn beginning_fingerprint(&self, number: usize, name_hash: u64, at: i64) -> u128 {
        let event = |change| Fingerprint::event(name_hash, at, 0, change);
        let state = event(self.walk.set(self.beginnings.list[number].state).hash);
        self.beginnings.sets(number).iter().fold(state, |sum, set| sum.wrapping_add(event(set.hash)))
    }

    /// Lets one more item share what is set; gives its number in the piece.
    pub(super) fn share_beginning(&mut self, number: usize) -> u16 {
        let Beginning { events_start, sets_start, sets_end, ref mut shared, .. } = self.beginnings.list[number];
        let events = events_start..events_start + (sets_end - sets_start);
        *shared.get_or_insert_with(|| self.part.piece.push_beginning(events))
    }

    /// Remembers how the item at hand began, which is to be found at that place.
    fn remember_beginning(&mut self, place: usize, told: &[u32]) {
        debug_assert!(!self.has_unknown_state && !self.has_unknown_type, "what is unknown is odd");
        let (events_start, attributes) = (self.part.piece.next_attribute(), &self.part.piece.attributes);
        let sets_start = self.beginnings.sets.len() as u32;
        self.beginnings.sets.extend((events_start..attributes.field.len()).map(|event| {
            let (field, value) = (attributes.field[event], attributes.value.get(event));
            Set { hash: self.walk.fingerprint.change(field, value), value, field }
        }));
        self.beginnings.told.extend_from_slice(told);
        let answers = self.answers().map(|(_, places)| places.start as u32);
        self.beginnings.list.push(Beginning {
            state: self.state,
            sets_start,
            sets_end: self.beginnings.sets.len() as u32,
            events_start: events_start as u32,
            shared: None,
            answers,
            phase_index: self.phase_index,
            kind_index: self.kind_index,
            now: self.now,
            phase: self.phase,
            flags: self.flags,
            traits: self.traits,
            was_typeless: self.was_typeless,
        });
        self.beginnings.known.remember(place);
    }
}

#[cfg(test)]
mod tests {
    use super::super::alike::MOST;
    use crate::flow::{Timelines, timelines};
    use crate::kernel::chunk;
    use crate::model::{EventLog, Finding, FlowModel};
    use crate::time::Instant;

    /// An item, a half minute, its state and its type.
    type Row<'a> = (&'a str, i64, Option<&'a str>, Option<&'a str>);

    /// With states in which an item is new, or none.
    const MODELS: [(&str, bool); 2] =
        [("new = [\"Open\"]\nactive = [\"Doing\"]", true), ("active = [\"Doing\"]\nwaiting = [\"Open\"]", false)];

    fn model(phases: &str) -> FlowModel {
        let rest = "done = [\"Done\"]\nignored = [\"Parked\"]\n[[rule]]\nwhen = { blocked = [\"true\"], state = [\"Doing\"] }\nphase = \"waiting\"\n[kinds]\nfeature = [\"Story\", \"Chore\"]\nignored = [\"Epic\"]\ndefect = [\"Bug\"]";
        FlowModel::from_toml(&format!("on_unknown = \"waiting\"\n[phases]\n{phases}\n{rest}")).unwrap()
    }

    /// The timelines of rows and of one more item, whose only event is a row, too, or not: then all are read event by event.
    fn walked(rows: &[Row<'_>], phases: &str, are_rows: bool) -> (Timelines, Vec<Finding>) {
        let mut log = EventLog::builder();
        let at = |half_minute: i64| Instant(half_minute * 30_000_000);
        for &(item, minute, state, r#type) in rows {
            let blocked = ("blocked", Some(if item.starts_with('R') { "true" } else { "false" }));
            log.push_state_row(item, at(minute), state, [("type", r#type), blocked], None).unwrap();
        }
        match are_rows {
            true => log.push_state_row("~", at(0), Some("Open"), [], None).unwrap(),
            false => log.push("~", at(0), "state", Some("Open"), None).unwrap(),
        }
        let log = log.finish().unwrap();
        assert_eq!(log.columns().ordered.is_some(), are_rows);
        timelines(&log, &model(phases), None).unwrap()
    }

    /// Who begins as others did, shares what was set, until another field than the state is set; and nothing else is different.
    #[test]
    fn items_that_begin_alike_share_what_was_set() {
        let rows = [
            ("A", 0, Some("Open"), Some("Story"), false),
            ("B", 5, Some("Open"), Some("Story"), true),
            ("C", 7, Some("Open"), Some("Bug"), false),
            ("D", 9, Some("Open"), Some("Story"), true),
            // Of another type later on.
            ("E", 9, Some("Open"), Some("Story"), false),
            ("E", 12, Some("Open"), Some("Bug"), false),
            // Odd: it was never new.
            ("F", 10, Some("Doing"), Some("Story"), false),
            ("G", 11, Some("Doing"), Some("Story"), false),
            // In no state, and of no type or of one that does not count.
            ("H", 12, None, Some("Story"), false),
            ("I", 12, None, Some("Story"), true),
            ("J", 13, Some("Open"), None, false),
            ("K", 14, Some("Open"), None, true),
            ("L", 15, Some("Open"), Some("Epic"), false),
            ("M", 16, Some("Open"), Some("Epic"), true),
            // Out of the model's sight, and of a type that it does not know: that is odd, too.
            ("N", 16, Some("Parked"), Some("Story"), false),
            ("O", 17, Some("Parked"), Some("Story"), true),
            ("P", 18, Some("Open"), Some("Task"), false),
            ("Q", 18, Some("Open"), Some("Task"), false),
            // Blocked from the first.
            ("R", 19, Some("Open"), Some("Story"), false),
            ("R2", 19, Some("Open"), Some("Story"), true),
            // The first that begins so is of another type later on.
            ("S", 20, Some("Open"), Some("Chore"), false),
            ("S", 21, Some("Open"), Some("Bug"), false),
            ("T", 22, Some("Open"), Some("Chore"), true),
            // A row at no plausible time before it.
            ("U", -5, Some("Done"), Some("Bug"), true),
            ("U", 23, Some("Open"), Some("Story"), true),
            // Out of sight from the second row on.
            ("V", 24, Some("Open"), Some("Story"), true),
        ];
        let shares = |item: &str| rows.iter().rfind(|row| row.0 == item).is_some_and(|row| row.4);
        let mut all: Vec<Row<'_>> =
            rows.iter().map(|&(item, at, state, r#type, _)| (item, at, state, r#type)).collect();
        // All of them go on, one of them at once, and are done.
        for (half_minute, (item, first, ..)) in (100..).zip(rows) {
            let r#type = rows.iter().rfind(|row| row.0 == item).and_then(|row| row.3);
            all.push((
                item,
                if item == "D" { first + 1 } else { half_minute },
                Some(if item == "V" { "Parked" } else { "Doing" }),
                r#type,
            ));
            all.push((item, half_minute + 50, Some("Done"), r#type));
        }
        for (phases, has_new) in MODELS {
            // Without new states it is not odd to begin in another one.
            let shares = |item: &str| shares(item) || item == "G" && !has_new;
            let [(rows, odd), (events, odd_events)] = [true, false].map(|are_rows| walked(&all, phases, are_rows));
            assert_eq!((rows.n_items(), &odd, &rows.receipt), (24, &odd_events, &events.receipt));
            for item in 0..rows.n_items() {
                let (row, event, name) = (rows.item(item), events.item(item), rows.name(item));
                assert_eq!((row.beginning().is_some(), event.beginning()), (shares(name), None), "{name}");
                assert!(rows.attribute_events(item).eq(events.attribute_events(item)), "{name}");
                let (steps, others) = (row.steps(), event.steps());
                assert_eq!(steps.at, others.at, "{name}");
                assert!((0..steps.at.len()).all(|step| steps.now.at(step) == others.now.at(step)), "{name}");
                let [was, was_event] =
                    [row, event].map(|item| (item.traits().was_hidden, item.traits().was_no_flow_item));
                assert_eq!(was, was_event, "{name}");
            }
        }
    }

    /// By how many items there are, how many share what was set, of a few ranges of items; and how many beginnings they share. What their types are is
    /// said by their places in the range; those without a number are of a state that is odd.
    fn shared(n: usize, r#type: impl Fn(usize) -> Option<usize>) -> (usize, usize) {
        const N_RANGES: usize = 8;
        let mut log = EventLog::builder();
        for item in 0..N_RANGES * n {
            let (name, number) = (format!("{item:06}"), r#type(item % n));
            let text = format!("type {}", number.unwrap_or_default());
            let state = if number.is_some() { "Open" } else { "Doing" };
            log.push_state_row(&name, Instant(0), Some(state), [("type", Some(&text[..]))], None).unwrap();
        }
        let model = FlowModel::from_toml("[phases]\nnew = [\"Open\"]\nactive = [\"Doing\"]").unwrap();
        let (timelines, _) = chunk::with_threads(1, || timelines(&log.finish().unwrap(), &model, None)).unwrap();
        let fields = &timelines.log.columns().fields;
        for item in 0..timelines.n_items() {
            let text = |(_, field, value): (i64, u8, u32)| fields[usize::from(field)].values.text(value);
            let number = r#type(item % n).unwrap_or_default();
            assert!(timelines.attribute_events(item).map(text).eq([format!("type {number}")]));
        }
        let shares = |item: &usize| timelines.item(*item).beginning().is_some();
        ((0..timelines.n_items()).filter(shares).count() / N_RANGES, timelines.n_beginnings() / N_RANGES)
    }

    /// As many beginnings as there is room for are found again, and those that are too many are not.
    #[test]
    fn no_more_are_remembered_than_there_is_room_for() {
        let twice = |n: usize| shared(2 * n, |item| Some(item % n));
        assert_eq!(twice(MOST - 1), (MOST - 1, MOST - 1));
        assert_eq!(twice(MOST + 3), (MOST, MOST));
    }

    /// Where too many come that are not found, whether they differ or are odd, nothing is looked for any more, unless enough others are found.
    #[test]
    fn what_is_hardly_ever_found_is_not_looked_for() {
        let n = 2 * MOST + 1;
        assert_eq!(shared(2 * n, |item| Some(item % n)), (0, 0));
        assert_eq!(shared(n + 9, |item| (item >= n).then_some(0)), (0, 0));
        assert_eq!(shared(n + 7, |item| (item >= n - 2).then_some(0)), (8, 1));
        // Every second item begins as the first one.
        assert_eq!(shared(2 * n, |item| Some(if item % 2 == 0 { 0 } else { item })), (n - 1, 1));
    }
}
