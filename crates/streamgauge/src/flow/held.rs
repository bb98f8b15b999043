//! What each item holds over time: for the fields of a grouping a key, and for the keys that occur a group.

use std::slice;

use hashbrown::HashMap;

use super::groups::{NO_GROUP, check_field};
use super::piece::{Item, Traits};
use super::steps::{AttributeRun, StepRun};
use super::{Now, Timelines};
use crate::error::Result;
use crate::kernel::chunk;
use crate::model::{Kind, NULL_CODE, kind_from_byte};

/// The bit of an item whose group changes; the others number its runs.
pub(super) const CHANGES: u32 = 1 << 31;

/// What items of a beginning hold, before one of them was met: no number of a key.
const NOT_MET: u32 = NO_GROUP - 1;

/// What an item holds for good, it holds from here on.
const FOR_GOOD: [i64; 1] = [i64::MIN];

/// The group of each item over time.
#[derive(Debug, Clone)]
pub(super) struct Held {
    /// By item: the group that it is in for good, [`NO_GROUP`], or [`CHANGES`] and a number.
    of: Vec<u32>,
    changing: Changing,
}

/// Runs of the items whose group changes: those of number `i` end at `ends[i]`.
#[derive(Debug, Clone, Default)]
struct Changing {
    ends: Vec<u32>,
    at: Vec<i64>,
    group: Vec<u32>,
}

/// The keys of items over time, which are not groups yet.
pub(super) struct HeldKeys {
    /// As those of [`Held`], with numbers of keys in place of groups, and numbers of runs within each part.
    of: Vec<u32>,
    parts: Vec<Part>,
}

#[derive(Default)]
struct Part {
    n_items: usize,
    changing: Changing,
    keys: Keys,
}

impl HeldKeys {
    pub(super) fn new(timelines: &Timelines, columns: &[Column]) -> Self {
        let mut of = vec![0; timelines.n_items()];
        let parts = chunk::map_pieces(&mut of, chunk::SMALLEST, |first, of| Part::new(timelines, columns, first, of));
        Self { of, parts }
    }

    /// The keys that occur, of each part.
    pub(super) fn keys(&self) -> impl Iterator<Item = u128> {
        self.parts.iter().flat_map(|part| part.keys.list.iter().copied())
    }

    /// Puts groups in place of keys.
    pub(super) fn finish(mut self, group: &HashMap<u128, u32>) -> Held {
        let n = |of: fn(&Changing) -> usize| self.parts.iter().map(|part| of(&part.changing)).sum();
        let n_runs = n(|changing| changing.at.len());
        let mut changing = Changing {
            ends: Vec::with_capacity(n(|changing| changing.ends.len())),
            at: Vec::with_capacity(n_runs),
            group: Vec::with_capacity(n_runs),
        };
        let mut rest = &mut self.of[..];
        let mut pieces = Vec::with_capacity(self.parts.len());
        for part in self.parts {
            let groups: Vec<u32> = part.keys.list.iter().map(|key| group[key]).collect();
            let n_before = changing.ends.len() as u32;
            changing.append(&part.changing, &groups);
            pieces.push((rest.split_off_mut(..part.n_items).unwrap_or_default(), groups, n_before));
        }
        chunk::map_owned(pieces, |(of, groups, n_before)| {
            for of in of.iter_mut().filter(|of| **of != NO_GROUP) {
                *of = groups.get(*of as usize).copied().unwrap_or_else(|| *of + n_before);
            }
        });
        Held { of: self.of, changing }
    }
}

impl Held {
    /// The instants at which an item's group changes, and the group from then on.
    #[inline]
    pub(super) fn runs_of(&self, item: usize) -> (&[i64], &[u32]) {
        let of = &self.of[item];
        if *of < CHANGES || *of == NO_GROUP {
            return (&FOR_GOOD, slice::from_ref(of));
        }
        let Changing { ends, at, group } = &self.changing;
        let number = (*of - CHANGES) as usize;
        let start = if number == 0 { 0 } else { ends[number - 1] };
        let range = start as usize..ends[number] as usize;
        (&at[range.clone()], &group[range])
    }
}

impl Changing {
    /// Puts runs behind, whose groups are `groups` of their numbers.
    fn append(&mut self, other: &Self, groups: &[u32]) {
        let before = self.at.len() as u32;
        self.ends.extend(other.ends.iter().map(|end| end + before));
        self.at.extend_from_slice(&other.at);
        self.group.extend(other.group.iter().map(|number| groups.get(*number as usize).unwrap_or(&NO_GROUP)));
    }

    /// Ends the runs of an item, the first of which is at `start`: what it holds for good, or else which of those that change it is.
    fn end(&mut self, start: usize) -> u32 {
        if let [number] = self.group[start..] {
            self.at.truncate(start);
            self.group.truncate(start);
            return number;
        }
        self.ends.push(self.at.len() as u32);
        CHANGES.wrapping_add((self.ends.len() - 1) as u32)
    }
}

impl Part {
    fn new(timelines: &Timelines, columns: &[Column], first: usize, of: &mut [u32]) -> Self {
        let mut part = Self { n_items: of.len(), keys: Keys::new(columns, of.len()), ..Self::default() };
        let follows_state = columns.iter().any(|column| matches!(column.source, Source::State));
        let mut codes = vec![NULL_CODE; columns.len()];
        // By beginning, what items that share it hold, once one of them was met.
        let mut begun = vec![NOT_MET; timelines.n_beginnings()];
        let mut of = of.iter_mut();
        timelines.each(first..first + of.len(), |_, item| {
            let Some(of) = of.next() else { return };
            // Most items are set once, as others are, and stay what they are.
            let may_change = follows_state || item.traits().changes_kind;
            let begun = item.beginning().filter(|_| !may_change).map(|beginning| &mut begun[beginning]);
            *of = match begun {
                Some(known) if *known != NOT_MET => *known,
                begun => {
                    let found = part.held(columns, item, follows_state, &mut codes);
                    begun.into_iter().for_each(|known| *known = found);
                    found
                }
            };
        });
        part
    }

    /// What an item holds for good, or else which of those that change it is.
    #[inline(never)]
    fn held(&mut self, columns: &[Column], item: Item<'_>, follows_state: bool, codes: &mut [u32]) -> u32 {
        codes.fill(NULL_CODE);
        let Traits { changes_kind, is_set_late, .. } = item.traits();
        match changes_kind || is_set_late || follows_state {
            true => self.often(columns, item.steps(), item.attributes(), codes),
            false => self.once(columns, item.first(), item.attributes(), codes),
        }
    }

    /// The one run of an item.
    fn once(&mut self, columns: &[Column], first: Now, events: AttributeRun<'_>, codes: &mut [u32]) -> u32 {
        if !first.counts() {
            return NO_GROUP;
        }
        for (column, code) in columns.iter().zip(codes.iter_mut()) {
            *code = match column.source {
                Source::Kind => u32::from(first.kind()),
                Source::Field(field) => {
                    let last = events.field.iter().rposition(|known| *known == field);
                    last.map_or(NULL_CODE, |last| events.value(last))
                }
                Source::State | Source::Nothing => NULL_CODE,
            };
        }
        self.keys.number(codes)
    }

    /// An item's runs: at each instant at which a step or an attribute event stands, the key after all of them.
    fn often(&mut self, columns: &[Column], steps: StepRun<'_>, events: AttributeRun<'_>, codes: &mut [u32]) -> u32 {
        let (mut step, mut event) = (0, 0);
        let start = self.changing.at.len();
        let mut counts = true;
        let n_events = events.field.len();
        while step < steps.at.len() || event < n_events {
            let next_step = steps.at.get(step).copied().unwrap_or(i64::MAX);
            let at = if event < n_events { next_step.min(events.at(event, steps)) } else { next_step };
            while step < steps.at.len() && steps.at[step] == at {
                let now = steps.now.at(step);
                counts = now.counts();
                for (column, code) in columns.iter().zip(codes.iter_mut()) {
                    match column.source {
                        Source::State => *code = now.state(),
                        Source::Kind => *code = u32::from(now.kind()),
                        _ => {}
                    }
                }
                step += 1;
            }
            while event < n_events && events.at(event, steps) == at {
                for (column, code) in columns.iter().zip(codes.iter_mut()) {
                    if matches!(column.source, Source::Field(field) if field == events.field[event]) {
                        *code = events.value(event);
                    }
                }
                event += 1;
            }
            let number = if counts { self.keys.number(codes) } else { NO_GROUP };
            let runs = &mut self.changing;
            if runs.at.len() == start || runs.group.last() != Some(&number) {
                runs.at.push(at);
                runs.group.push(number);
            }
        }
        self.changing.end(start)
    }
}

/// Where a field's values come from.
#[derive(Clone, Copy)]
enum Source {
    State,
    Kind,
    Field(u8),
    /// No event sets it.
    Nothing,
}

/// One field of a grouping.
pub(super) struct Column {
    source: Source,
    pub(super) n_values: u128,
}

impl Column {
    pub(super) fn new(timelines: &Timelines, name: &str) -> Result<Self> {
        let log = &timelines.log;
        if name == "kind" {
            return Ok(Self { source: Source::Kind, n_values: 256 });
        }
        // A field that shares its name with a column is called as records call it.
        let name = if log.field_code(name).is_some() { name } else { name.strip_prefix("field.").unwrap_or(name) };
        let code = log.field_code(name);
        match code {
            Some(code) => Ok(Self {
                source: if name == "state" { Source::State } else { Source::Field(code) },
                n_values: log.columns().fields[usize::from(code)].values.len() as u128 + 1,
            }),
            None => check_field(log, name).map(|()| Self { source: Source::Nothing, n_values: 1 }),
        }
    }

    /// The text of a digit.
    pub(super) fn text<'a>(&self, timelines: &'a Timelines, digit: u128) -> Option<&'a str> {
        let values = |field: u8| &timelines.log.columns().fields[usize::from(field)].values;
        let is_null = !matches!(self.source, Source::Kind) && digit == self.n_values - 1;
        let code = if is_null { NULL_CODE } else { digit as u32 };
        match self.source {
            Source::Kind => kind_from_byte(code as u8).map(Kind::as_str),
            Source::State => timelines.log.field_code("state").and_then(|field| values(field).get(code)),
            Source::Field(field) => values(field).get(code),
            Source::Nothing => None,
        }
    }
}

/// Keys in the order in which they were first seen. A key is a number whose digits are the codes of values, null as the last of its column.
#[derive(Default)]
struct Keys {
    list: Vec<u128>,
    /// By column: how many values it has.
    n_values: Vec<u128>,
    /// By key, where few are possible: its number.
    few: Vec<u32>,
    /// Then, by column: by how much a value's code counts, and what null is.
    digits: Vec<(usize, usize)>,
    many: HashMap<u128, u32>,
}

impl Keys {
    /// A key has a place of its own where no more are possible than there are items.
    fn new(columns: &[Column], n_items: usize) -> Self {
        let n_values: Vec<u128> = columns.iter().map(|column| column.n_values).collect();
        let possible: u128 = n_values.iter().product();
        if possible > n_items as u128 {
            return Self { n_values, ..Self::default() };
        }
        let weight = |column: usize| n_values[column + 1..].iter().product::<u128>() as usize;
        let digits =
            n_values.iter().enumerate().map(|(column, n)| (weight(column), weight(column) * (*n as usize - 1)));
        Self { digits: digits.collect(), few: vec![NO_GROUP; possible as usize], n_values, ..Self::default() }
    }

    /// The number of the key of such codes, which is the next one if it is new.
    #[inline]
    fn number(&mut self, codes: &[u32]) -> u32 {
        if self.few.is_empty() {
            return self.number_of_many(codes);
        }
        let digits = codes.iter().zip(&self.digits);
        let key: usize =
            digits.map(|(&code, &(weight, null))| if code == NULL_CODE { null } else { code as usize * weight }).sum();
        numbered(&mut self.few[key], key as u128, &mut self.list)
    }

    fn number_of_many(&mut self, codes: &[u32]) -> u32 {
        let digits = codes.iter().zip(&self.n_values);
        let digits = digits.map(|(&code, n)| (n, if code == NULL_CODE { n - 1 } else { u128::from(code) }));
        let key = digits.fold(0, |key, (n, digit)| key * n + digit);
        numbered(self.many.entry(key).or_insert(NO_GROUP), key, &mut self.list)
    }
}

/// The number of a key, which is listed if it has none.
fn numbered(number: &mut u32, key: u128, list: &mut Vec<u128>) -> u32 {
    if *number == NO_GROUP {
        *number = list.len() as u32;
        list.push(key);
    }
    *number
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::{Groups, timelines};
    use crate::model::{EventLog, FlowModel};
    use crate::time::Instant;

    /// Items that stay, that move, that come back, and that are of a kind that does not count.
    #[test]
    fn what_is_held_for_good_and_what_changes() {
        let mut log = EventLog::builder();
        for item in 0..3_000 {
            let name = format!("{item:04}");
            let teams = [&["x"][..], &["x", "y"], &["y", "x", "y"], &["z"]][item % 4];
            let r#type = if item % 4 == 3 { "Epic" } else { "Story" };
            for (at, team) in (0..).zip(teams) {
                let fields = [("team", Some(*team)), ("type", Some(r#type))];
                log.push_state_row(&name, Instant(at), Some("Doing"), fields, None).unwrap();
            }
        }
        let model = "[phases]\nactive = [\"Doing\"]\n[kinds]\nfeature = [\"Story\"]\nignored = [\"Epic\"]";
        let model = FlowModel::from_toml(model).unwrap();
        let (timelines, _) = timelines(&log.finish().unwrap(), &model, None).unwrap();
        let groups = chunk::with_threads(3, || Groups::by(&timelines, &["team"])).unwrap();
        assert_eq!(groups.len(), 2);
        for item in 0..3_000 {
            let expected: (&[i64], &[u32]) =
                [(&FOR_GOOD[..], &[0][..]), (&[0, 1], &[0, 1]), (&[0, 1, 2], &[1, 0, 1]), (&FOR_GOOD, &[NO_GROUP])]
                    [item % 4];
            assert_eq!(groups.runs_of(item), expected, "{item}");
            assert_eq!(groups.at(item, 1), [Some(0), Some(1), Some(0), None][item % 4]);
        }
    }

    /// Few keys have places of their own, many are hashed: codes of three columns, null among them, have the same number only if they are the same.
    #[test]
    fn keys_are_told_apart_and_come_back() {
        let columns = [3_u128, 1, 5].map(|n_values| Column { source: Source::Nothing, n_values });
        let codes = |n: u32| (0..n - 1).chain([NULL_CODE]);
        let all: Vec<[u32; 3]> =
            codes(3).flat_map(|a| codes(1).flat_map(move |b| codes(5).map(move |c| [a, b, c]))).collect();
        for n_items in [15, 14] {
            let mut keys = Keys::new(&columns, n_items);
            assert_eq!(keys.few.is_empty(), n_items < all.len());
            for _ in 0..2 {
                assert!(all.iter().zip(0..).all(|(codes, number)| keys.number(codes) == number));
            }
            // The first column's digit counts most.
            let key = |[a, _, c]: [u32; 3]| u128::from(a.min(2)) * 5 + u128::from(c.min(4));
            assert_eq!(keys.list, all.iter().map(|codes| key(*codes)).collect::<Vec<_>>());
        }
    }
}
