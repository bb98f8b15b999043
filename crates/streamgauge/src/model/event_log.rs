//! The event log: columns of events and dictionaries of their texts, in the order of the source.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use super::dictionary::{Dictionary, NULL_CODE};
use super::names::Names;
use super::ordered_rows::{OrderedRows, RowOrder};
use super::state_log::settle;
use super::state_rows::CodeMap;
use super::{EventLogBuilder, Finding, Phase};
use crate::error::{Error, Result, nearest};

/// An append-only stream of events: *item X's field F took the value V at instant T*.
///
/// Immutable, and cheap to clone. Texts are interned: an event is an item code (`u32`), an instant (µs UTC), a field code (`u8`)
/// and a value code (`u32`). A state log keeps its rows, put by item, in codes as narrow as they can be.
///
/// ```
/// use streamgauge::{EventLog, Instant};
///
/// let mut log = EventLog::builder();
/// let at = Instant::parse("2024-05-01T09:00:00Z", None)?.instant;
/// log.push("PAY-1", at, "state", Some("In Progress"), None)?;
/// log.push("PAY-1", at, "type", Some("Story"), None)?;
/// let log = log.finish()?;
/// assert_eq!((log.n_events(), log.n_items()), (2, 1));
/// assert_eq!(log.fields(), ["state", "type"]);
/// # Ok::<(), streamgauge::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct EventLog(pub(super) Arc<Columns>);

/// What a log holds.
#[derive(Debug, Default)]
pub(crate) struct Columns {
    pub(crate) items: Names,
    pub(crate) fields: Vec<Field>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) hints: BTreeMap<String, Phase>,
    /// Rows of the state log, by item. What they say is made into events only where somebody asks for events.
    pub(crate) ordered: Option<OrderedRows>,
    pub(super) events: OnceLock<Events>,
    n_events: OnceLock<usize>,
}

impl Columns {
    /// All events, in the order of the source.
    pub(crate) fn events(&self) -> &Events {
        self.events.get_or_init(|| match &self.ordered {
            Some(rows) => settle(&self.items, &Events::default(), rows.to_rows(), rows.state_field).0,
            None => Events::default(),
        })
    }
}

/// Events as columns. `known_at` stands only where the source has it; [`NO_KNOWN_AT`] marks its nulls.
#[derive(Debug, Default)]
pub(crate) struct Events {
    pub(crate) item: Vec<u32>,
    pub(crate) at: Vec<i64>,
    pub(crate) field: Vec<u8>,
    pub(crate) value: Vec<u32>,
    pub(crate) known_at: Option<Vec<i64>>,
}

impl Events {
    pub(super) fn with_capacity(n: usize, known_at: bool) -> Self {
        Self {
            item: Vec::with_capacity(n),
            at: Vec::with_capacity(n),
            field: Vec::with_capacity(n),
            value: Vec::with_capacity(n),
            known_at: known_at.then(|| Vec::with_capacity(n)),
        }
    }

    /// Adds an event. The first `known_at` makes the column.
    pub(super) fn push(&mut self, item: u32, at: i64, field: u8, value: u32, known_at: i64) {
        if known_at != NO_KNOWN_AT && self.known_at.is_none() {
            self.known_at = Some(vec![NO_KNOWN_AT; self.item.len()]);
        }
        if let Some(column) = &mut self.known_at {
            column.push(known_at);
        }
        self.item.push(item);
        self.at.push(at);
        self.field.push(field);
        self.value.push(value);
    }

    /// Puts the events of `other` behind, whose codes are said otherwise here.
    pub(super) fn combine(&mut self, other: &Self, codes: &CodeMap) {
        for event in 0..other.item.len() {
            let field = usize::from(other.field[event]);
            let value = codes.values[field].get(other.value[event] as usize).copied().unwrap_or(NULL_CODE);
            let known_at = other.known_at.as_ref().map_or(NO_KNOWN_AT, |known| known[event]);
            self.push(codes.items[other.item[event] as usize], other.at[event], codes.fields[field], value, known_at);
        }
    }
}

/// The null of `known_at`.
pub(crate) const NO_KNOWN_AT: i64 = i64::MIN;

/// A field and the values it took.
#[derive(Debug, Clone, Default)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) values: Dictionary,
}

impl EventLog {
    /// A builder for a new log.
    pub fn builder() -> EventLogBuilder {
        EventLogBuilder::default()
    }

    /// How many events there are, repetitions included.
    pub fn n_events(&self) -> usize {
        match (&self.0.ordered, self.0.events.get()) {
            (Some(rows), None) => match self.0.n_events.get() {
                Some(n) => *n,
                None => {
                    let n = rows.n_events();
                    *self.0.n_events.get_or_init(|| n)
                }
            },
            _ => self.0.events().item.len(),
        }
    }

    /// In which order the rows came, if they are a state log's.
    pub fn row_order(&self) -> RowOrder {
        self.0.ordered.as_ref().map_or(RowOrder::Other, |rows| rows.order)
    }

    /// How many items there are.
    pub fn n_items(&self) -> usize {
        self.0.items.len()
    }

    /// The fields that events set, in byte order.
    pub fn fields(&self) -> Vec<&str> {
        let mut names: Vec<_> = self.0.fields.iter().map(|field| field.name.as_str()).collect();
        names.sort_unstable();
        names
    }

    /// How often each value of a field occurs, most often first.
    ///
    /// # Errors
    /// [`Error::UnknownField`] if no event sets the field.
    pub fn values(&self, field: &str) -> Result<Vec<(&str, u64)>> {
        let code = self.field_code(field).ok_or_else(|| Error::UnknownField {
            field: field.to_owned(),
            has: self.fields().into_iter().map(str::to_owned).collect(),
            hint: nearest(field, self.fields()),
        })?;
        let values = &self.0.fields[usize::from(code)].values;
        let counts = match (&self.0.ordered, self.0.events.get()) {
            (Some(rows), None) => rows.counts(code, values.len()),
            _ => {
                let (events, mut counts) = (self.0.events(), vec![0; values.len()]);
                let of_field = events.field.iter().zip(&events.value).filter(|(field, _)| **field == code);
                of_field.filter(|(_, value)| **value != NULL_CODE).for_each(|(_, value)| counts[*value as usize] += 1);
                counts
            }
        };
        let mut counted: Vec<_> = values.texts().zip(counts).filter(|(_, n)| *n > 0).collect();
        counted.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        Ok(counted)
    }

    /// What the reader of the log found odd.
    pub fn findings(&self) -> &[Finding] {
        &self.0.findings
    }

    pub(crate) fn columns(&self) -> &Columns {
        &self.0
    }

    /// The code of a field, if an event sets it.
    pub(crate) fn field_code(&self, name: &str) -> Option<u8> {
        self.0.fields.iter().position(|field| field.name == name).and_then(|code| u8::try_from(code).ok())
    }
}
