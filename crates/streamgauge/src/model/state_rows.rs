//! Rows of the state log as they are pushed, as columns. When all are there they are [put by item](super::ordered_rows) or [become events](super::state_log).

use arrow_buffer::ScalarBuffer;

use super::codes::Codes;
use super::event_log::NO_KNOWN_AT;
use super::item_codes::ItemCodes;

/// The code of an attribute of which a row says nothing.
pub(crate) const ABSENT: u32 = u32::MAX - 1;

/// Rows as columns, in the order of the source. Columns may be shorter than the rows.
#[derive(Debug, Clone, Default)]
pub(super) struct StateRows {
    pub(super) item: ItemCodes,
    pub(super) at: Vec<i64>,
    pub(super) state: Codes,
    /// Field and values; [`ABSENT`] where a row says nothing.
    pub(super) attributes: Vec<(u8, Codes)>,
    pub(super) known_at: Vec<i64>,
    /// Where events of the long form stand among the rows: before row `.0` stand `.1` of them.
    pub(super) joints: Vec<(usize, usize)>,
    /// The instants of all rows, where the caller's own column serves; then `at` is empty.
    shared_at: Option<ScalarBuffer<i64>>,
}

/// Rows of one source, whose codes are the log's.
#[derive(Debug, Default)]
pub(crate) struct NewRows {
    pub(crate) item: ItemCodes,
    pub(crate) at: ScalarBuffer<i64>,
    pub(crate) state: Codes,
    pub(crate) attributes: Vec<(u8, Codes)>,
    /// Empty if the source does not have it.
    pub(crate) known_at: Vec<i64>,
}

impl StateRows {
    /// Adds rows of one source, behind `n_events` of the long form.
    pub(super) fn extend(&mut self, n_events: usize, rows: NewRows) {
        let start = self.len();
        self.join(start, n_events);
        let NewRows { item, at, state, attributes, known_at } = rows;
        self.extend_at(start, at);
        self.item.append(item);
        self.state = behind(std::mem::take(&mut self.state), state);
        for (field, values) in attributes {
            let column = self.column(field);
            column.fill_absent(start);
            *column = behind(std::mem::take(column), values);
        }
        if !known_at.is_empty() {
            self.known_at.resize(start, NO_KNOWN_AT);
            put_behind(&mut self.known_at, known_at);
        }
    }

    /// Adds one row, as [`extend`](Self::extend) adds many.
    pub(super) fn push(
        &mut self,
        n_events: usize,
        (item, at, state): (u32, i64, u32),
        attributes: &[(u8, u32)],
        known_at: Option<i64>,
    ) {
        let row = self.len();
        self.join(row, n_events);
        self.own_at();
        self.item.push(item);
        self.at.push(at);
        self.state.push(state);
        for &(field, value) in attributes {
            let column = self.column(field);
            column.fill_absent(row);
            column.push(value);
        }
        if let Some(known_at) = known_at {
            self.known_at.resize(row, NO_KNOWN_AT);
            self.known_at.push(known_at);
        }
    }

    fn join(&mut self, row: usize, n_events: usize) {
        if self.joints.last().map_or(0, |(_, events)| *events) != n_events {
            self.joints.push((row, n_events));
        }
    }

    fn column(&mut self, field: u8) -> &mut Codes {
        let place = self.attributes.iter().position(|(known, _)| *known == field);
        let place = place.unwrap_or_else(|| {
            self.attributes.push((field, Codes::default()));
            self.attributes.len() - 1
        });
        &mut self.attributes[place].1
    }

    fn extend_at(&mut self, n_before: usize, at: ScalarBuffer<i64>) {
        if n_before == 0 {
            self.shared_at = Some(at);
        } else {
            self.own_at();
            self.at.extend_from_slice(&at);
        }
    }

    /// Takes the caller's instants over, as others are to stand behind them. Only those that nobody else holds are not copied.
    fn own_at(&mut self) {
        if let Some(at) = self.shared_at.take() {
            self.at = Vec::from(at);
        }
    }

    /// Puts the rows of `other` behind, whose codes are said otherwise here.
    pub(super) fn combine(&mut self, n_events: usize, other: Self, codes: &CodeMap) {
        let start = self.len();
        self.join(start, n_events);
        self.joints.extend(other.joints.iter().map(|(row, events)| (start + row, n_events + events)));
        self.extend_at(start, other.shared_at.unwrap_or_else(|| other.at.into()));
        self.item.append(other.item.mapped(&codes.items));
        self.state.extend_mapped(&other.state, codes.state.map_or(&[], |field| &codes.values[field]));
        for (field, values) in &other.attributes {
            let field = usize::from(*field);
            let column = self.column(codes.fields[field]);
            column.fill_absent(start);
            column.extend_mapped(values, &codes.values[field]);
        }
        if !other.known_at.is_empty() {
            self.known_at.resize(start, NO_KNOWN_AT);
            self.known_at.extend(other.known_at);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.item.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The instants of all rows.
    pub(super) fn instants(&self) -> &[i64] {
        self.shared_at.as_deref().unwrap_or(&self.at)
    }

    /// What tells a row from others of its item and instant.
    pub(super) fn told(&self, row: usize) -> Vec<i64> {
        let values = self.attributes.iter().map(|(_, values)| i64::from(values.get_or_absent(row)));
        [i64::from(self.state.get(row)), self.known_at(row)].into_iter().chain(values).collect()
    }

    pub(super) fn known_at(&self, row: usize) -> i64 {
        self.known_at.get(row).copied().unwrap_or(NO_KNOWN_AT)
    }
}

impl StateRows {
    /// Rows that were put by item.
    pub(super) fn of_columns(
        item: Vec<u32>,
        at: ScalarBuffer<i64>,
        state: Codes,
        attributes: Vec<(u8, Codes)>,
    ) -> Self {
        Self { item: ItemCodes::Each(item), state, attributes, shared_at: Some(at), ..Self::default() }
    }

    /// The instants of all rows, which are taken away.
    pub(super) fn take_at(&mut self) -> ScalarBuffer<i64> {
        self.shared_at.take().unwrap_or_else(|| std::mem::take(&mut self.at).into())
    }
}

/// What the codes of one builder are in another.
#[derive(Debug)]
pub(super) struct CodeMap {
    pub(super) items: Vec<u32>,
    /// By the field's code there, as all that follows.
    pub(super) fields: Vec<u8>,
    pub(super) values: Vec<Vec<u32>>,
    /// The code that the state has there.
    pub(super) state: Option<usize>,
}

/// `more` behind `column`; taken over whole if there is nothing before it.
fn behind(mut column: Codes, more: Codes) -> Codes {
    if column.len() == 0 {
        return more;
    }
    column.extend_mapped(&more, &[]);
    column
}

fn put_behind<T: Clone>(column: &mut Vec<T>, more: Vec<T>) {
    if column.is_empty() {
        *column = more;
    } else {
        column.extend_from_slice(&more);
    }
}
