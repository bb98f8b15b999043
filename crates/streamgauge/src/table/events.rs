//! Events in and out of Arrow: the long form and the state-log form.

use std::collections::{BTreeSet, HashMap};

use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_buffer::ScalarBuffer;

use super::coding::coded;
use super::items::{coded_pieces, coded_wide};
use super::keys::keys_are_places;
use super::stamps::StampReader;
use super::{EventColumns, Receipt, Table, TableBuilder};
use crate::error::{Error, Result};
use crate::kernel::chunk;
use crate::model::{Codes, Dictionary, EventLog, EventLogBuilder, ItemCodes, NO_KNOWN_AT, NewRows};
use crate::time::{Instant, Stamp, Zone};

impl EventLogBuilder {
    /// Adds the rows of an Arrow table, in the long form or the state-log form. `zone` is where stamps without a zone were written.
    ///
    /// The finding `implausible_time` says in which rows such times stand, counted from 1 over all batches.
    ///
    /// # Errors
    /// [`Error::MissingColumn`], [`Error::ColumnType`], and [`Error::Cell`] for a null item or instant, or an instant without a zone
    /// while `zone` is `None`; [`Error::Argument`] if two columns have one name; [`Error::TooMany`].
    pub fn push_batch(&mut self, batch: &RecordBatch, columns: &EventColumns, zone: Option<Zone>) -> Result<()> {
        let (first_row, to_show) = (self.rows, self.implausible_to_show());
        let mut shown = Vec::new();
        self.push_batch_telling(batch, columns, zone, |row, at| {
            if shown.len() < to_show {
                shown.push((first_row + row, at));
            }
        })?;
        self.implausible_times(&shown);
        Ok(())
    }

    /// As [`push_batch`](Self::push_batch), for a reader that knows better where rows stand: `implausible` is told each row of the batch,
    /// from 0, whose instant is implausible.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use arrow_array::{ArrayRef, RecordBatch, StringArray};
    /// use streamgauge::{EventColumns, EventLog, Instant};
    ///
    /// let cells = [("item", "A"), ("at", "1969-12-31T23:59:59Z"), ("state", "Open")];
    /// let batch = RecordBatch::try_from_iter(cells.map(|(name, text)| (name, Arc::new(StringArray::from(vec![text])) as ArrayRef)))?;
    /// let mut told = Vec::new();
    /// let mut log = EventLog::builder();
    /// log.push_batch_telling(&batch, &EventColumns::default(), None, |row, at| told.push((row, at)))?;
    /// assert_eq!(told, [(0, Instant(-1_000_000))]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`push_batch`](Self::push_batch).
    pub fn push_batch_telling(
        &mut self,
        batch: &RecordBatch,
        columns: &EventColumns,
        zone: Option<Zone>,
        mut implausible: impl FnMut(usize, Instant),
    ) -> Result<()> {
        let schema = batch.schema();
        let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        no_name_twice(&names)?;
        let long_form = columns.is_long_form(&names)?;
        let column = |name: &str| names.iter().position(|n| *n == name).map(|i| batch.column(i));
        let first_row = self.rows;
        self.rows += batch.num_rows();
        let reader = |column| StampReader { column, first_row, zone };
        for (name, array) in names.iter().zip(batch.columns()) {
            keys_are_places(&reader(name), array)?;
        }
        let (Some(item), Some(at)) = (column(&columns.item), column(&columns.at)) else { return Ok(()) };
        let at = self.instants(&reader(&columns.at), at)?;
        if !are_plausible(&at) {
            let odd = at.iter().map(|&at| Instant(at)).enumerate().filter(|(_, at)| !at.is_plausible());
            odd.for_each(|(row, at)| implausible(row, at));
        }
        let known_at = match column(&columns.known_at) {
            Some(array) => self.stamps(&reader(&columns.known_at), array)?,
            None => Vec::new(),
        };
        let known_at = known_at.iter().map(|stamp| stamp.map_or(NO_KNOWN_AT, |stamp| stamp.instant.0)).collect();
        all_there(&reader(&columns.item), item, "is no item; every row needs one")?;
        if long_form {
            let read = [&columns.item, &columns.at, &columns.field, &columns.value, &columns.known_at];
            self.unread_columns(&unread(&names, &read.map(String::as_str)));
            let (Some(field), Some(value)) = (column(&columns.field), column(&columns.value)) else { return Ok(()) };
            all_there(&reader(&columns.field), field, "is no field; every row needs one")?;
            let items = coded_wide(&columns.item, item, self.items())?;
            return self.push_long(&items, &at, (&columns.field, field), (&columns.value, value), known_at);
        }
        let mut attributes = unread(&names, &[&columns.item, &columns.at, &columns.state, &columns.known_at]);
        // Where another column is the state, one that is called so has no place in the log.
        let beside: Vec<&str> = attributes.extract_if(.., |name| *name == "state").collect();
        self.unread_columns(&beside);
        let Some(state) = column(&columns.state) else { return Ok(()) };
        let attributes = attributes.into_iter().filter_map(|name| Some((name, name, column(name)?)));
        let fields = std::iter::once(("state", columns.state.as_str(), state)).chain(attributes).collect();
        self.push_states((&columns.item, item), at, fields, known_at)
    }

    fn push_long(
        &mut self,
        items: &[u32],
        at: &[i64],
        (field_name, field): (&str, &ArrayRef),
        (value_name, value): (&str, &ArrayRef),
        known_at: Vec<i64>,
    ) -> Result<()> {
        // Both columns have few distinct texts; what each means as a field, and as a value of that field, is looked up once.
        let (mut names, mut words) = (Dictionary::default(), Dictionary::default());
        let named = coded_wide(field_name, field, &mut names)?;
        let said = coded(value_name, value, &mut words)?;
        let fields = names.texts().map(|name| self.field_code(name)).collect::<Result<Vec<_>>>()?;
        let mut known: HashMap<(u8, u32), u32> = HashMap::new();
        for (row, (&item, &at)) in items.iter().zip(at).enumerate() {
            let (field, word) = (fields[named[row] as usize], said.get(row));
            let value = match known.get(&(field, word)) {
                Some(value) => *value,
                None => *known.entry((field, word)).or_insert(self.value_code(field, words.get(word))?),
            };
            self.push_codes(item, at, field, value, known_at.get(row).copied().unwrap_or(NO_KNOWN_AT))?;
        }
        Ok(())
    }

    /// Adds rows of the state log; `fields` are the state and the attributes, each with the name of its column. All columns are coded side by side.
    fn push_states(
        &mut self,
        (item_name, item): (&str, &ArrayRef),
        at: ScalarBuffer<i64>,
        fields: Vec<(&str, &str, &ArrayRef)>,
        known_at: Vec<i64>,
    ) -> Result<()> {
        // Asked before rows are numbered.
        self.room_for(item.len() * fields.len())?;
        let codes = fields.iter().map(|(field, ..)| self.field_code(field)).collect::<Result<Vec<_>>>()?;
        let columns = fields.iter().zip(&codes);
        let columns = columns.map(|((_, name, array), code)| (*name, *array, std::mem::take(self.values(*code))));
        let (columns, mut items): (Vec<_>, _) = (columns.collect(), std::mem::take(self.items()));
        let attributes = || {
            chunk::map_owned(columns, |(name, array, mut words)| {
                let codes = coded(name, array, &mut words);
                (words, codes)
            })
        };
        let mut item_codes = vec![0; item.len()];
        let pieces = coded_pieces(item_name, item, &mut item_codes);
        let (combined, coded) = chunk::both(|| pieces?.combine(&mut items), attributes);
        // Dictionaries go back to their place before anything can fail.
        *self.items() = items;
        let put_back = |(code, (words, coded)): (&u8, (Dictionary, _))| {
            *self.values(*code) = words;
            coded
        };
        let mut values = codes.iter().zip(coded).map(put_back).collect::<Vec<Result<Codes>>>().into_iter();
        let state = values.next().unwrap_or_else(|| Ok(Codes::default()))?;
        let attributes = codes.into_iter().skip(1).zip(values).map(|(field, codes)| Ok((field, codes?)));
        let attributes = attributes.collect::<Result<_>>()?;
        let item = combined?.map_or(ItemCodes::Each(item_codes), ItemCodes::Runs);
        self.push_state_rows(NewRows { item, at, state, attributes, known_at })
    }

    /// Instants; those that a rule had to choose become a finding.
    fn stamps(&mut self, reader: &StampReader<'_>, array: &ArrayRef) -> Result<Vec<Option<Stamp>>> {
        let stamps = reader.read(array)?;
        let guessed = |(row, stamp): (usize, &Option<Stamp>)| {
            stamp.filter(|stamp| stamp.guessed).map(|stamp| (reader.first_row + row, stamp.instant))
        };
        self.guessed_times(reader.column, stamps.iter().enumerate().filter_map(guessed));
        Ok(stamps)
    }

    /// Instants that are all there. Those that are counted in µs already are the caller's own.
    fn instants(&mut self, reader: &StampReader<'_>, array: &ArrayRef) -> Result<ScalarBuffer<i64>> {
        if let Some(at) = reader.read_zoned(array)? {
            return Ok(at);
        }
        let missing = |row| reader.wrong(row, "null".to_owned(), "is no instant; every row needs one");
        let rows = self.stamps(reader, array)?.into_iter().enumerate();
        let at = rows.map(|(row, stamp)| stamp.map(|stamp| stamp.instant.0).ok_or_else(|| missing(row)));
        Ok(at.collect::<Result<Vec<_>>>()?.into())
    }
}

/// Refuses a null where every row needs a text.
fn all_there(reader: &StampReader<'_>, array: &ArrayRef, reason: &str) -> Result<()> {
    match array.logical_nulls().filter(|nulls| nulls.null_count() > 0) {
        None => Ok(()),
        Some(nulls) => {
            let row = (0..nulls.len()).find(|&row| nulls.is_null(row)).unwrap_or_default();
            Err(reader.wrong(row, "null".to_owned(), reason))
        }
    }
}

/// Whether all instants are plausible.
fn are_plausible(at: &[i64]) -> bool {
    chunk::map_ranges(at.len(), |rows| Instant::are_plausible(&at[rows])).into_iter().all(|all| all)
}

impl EventLog {
    /// The events in the long form, in the order of the source: `item, at, field, value`, and `known_at` where the source has it.
    ///
    /// ```
    /// use streamgauge::{EventLog, Instant};
    ///
    /// let mut log = EventLog::builder();
    /// log.push("A", Instant(0), "state", Some("Open"), None)?;
    /// let table = log.finish()?.events()?;
    /// assert_eq!(table.column_names(), ["item", "at", "field", "value"]);
    /// # Ok::<(), streamgauge::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::TooMany`] if the texts of one column are more than Arrow's offsets can number.
    pub fn events(&self) -> Result<Table> {
        let (columns, events) = (self.columns(), self.columns().events());
        let rows = 0..events.item.len();
        let mut table = TableBuilder::new(Receipt::of_data());
        table.texts("item", rows.clone().map(|row| Some(columns.items.text(events.item[row]))));
        table.instants("at", rows.clone().map(|row| Some(events.at[row])));
        let field = |row: usize| &columns.fields[usize::from(events.field[row])];
        table.texts("field", rows.clone().map(|row| Some(field(row).name.as_str())));
        table.texts("value", rows.clone().map(|row| field(row).values.get(events.value[row])));
        if let Some(known_at) = &events.known_at {
            table.instants("known_at", rows.map(|row| (known_at[row] != NO_KNOWN_AT).then_some(known_at[row])));
        }
        table.finish()
    }
}

fn unread<'a>(names: &[&'a str], read: &[&str]) -> Vec<&'a str> {
    names.iter().filter(|name| !read.contains(name)).copied().collect()
}

/// Of two columns of one name only one could be read.
fn no_name_twice(names: &[&str]) -> Result<()> {
    let mut seen = BTreeSet::new();
    match names.iter().find(|name| !seen.insert(**name)) {
        None => Ok(()),
        Some(name) => Err(Error::Argument {
            argument: "columns",
            value: format!("{name:?}"),
            wanted: "two columns of the table have this name; rename or drop one".to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{DictionaryArray, Int32Array, StringArray};

    use super::*;
    use crate::model::{Finding, FindingCode};

    fn texts(cells: &[Option<&str>]) -> ArrayRef {
        Arc::new(StringArray::from(cells.to_vec()))
    }

    fn pushed(columns: Vec<(&str, ArrayRef)>, zone: Option<Zone>, times: usize) -> Result<EventLog> {
        let mut log = EventLog::builder();
        let batch =
            RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true)))?;
        for _ in 0..times {
            log.push_batch(&batch, &EventColumns::default(), zone)?;
        }
        log.finish()
    }

    fn found(log: &EventLog, code: FindingCode) -> &Finding {
        log.findings().iter().find(|finding| finding.code == code).unwrap()
    }

    #[test]
    fn the_row_of_a_null_item() {
        let plain = texts(&[Some("A"), Some("A"), Some("A"), None]);
        let keys = |keys: Vec<Option<i32>>, values| -> ArrayRef {
            Arc::new(DictionaryArray::try_new(Int32Array::from(keys), values).unwrap())
        };
        let key = keys(vec![Some(1), Some(0), Some(0), None], texts(&[Some("A"), Some("B")]));
        let value = keys(vec![Some(0), Some(0), Some(0), Some(1)], texts(&[Some("A"), None]));
        for item in [plain, key, value] {
            let (at, state) = (texts(&[Some("2024-05-01T09:00:00Z"); 4]), texts(&[Some("Open"); 4]));
            let error = pushed(vec![("item", item), ("at", at), ("state", state)], None, 1).unwrap_err();
            assert!(matches!(error, Error::Cell { row: 3, .. }), "{error}");
        }
    }

    #[test]
    fn columns_of_one_name() {
        let columns =
            ["item", "at", "state", "team", "team"].map(|name| (name, texts(&[Some("2024-05-01T09:00:00Z")])));
        let error = pushed(columns.to_vec(), None, 1).unwrap_err().to_string();
        assert!(error.starts_with(r#"columns = "team": two columns"#), "{error}");
    }

    #[test]
    fn guessed_times_name_column_and_row() {
        let sure = Some("2024-05-01T09:00:00Z");
        let twice = Some("2024-10-27 02:30:00");
        let at = texts(&[sure, twice, twice, twice, twice]);
        let known_at = texts(&[twice, sure, None, sure, sure]);
        let columns = vec![
            ("item", texts(&[Some("A"); 5])),
            ("at", at),
            ("state", texts(&[Some("Open"); 5])),
            ("known_at", known_at),
        ];
        let log = pushed(columns, Some(Zone::named("Europe/Berlin").unwrap()), 2).unwrap();
        let finding = found(&log, FindingCode::GuessedTime);
        assert_eq!((finding.count, finding.details.len()), (10, 7));
        assert_eq!(finding.details[0], r#"column "at", row 1: read as 2024-10-27T00:30:00Z"#);
        assert_eq!(finding.details[4], r#"column "known_at", row 0: read as 2024-10-27T00:30:00Z"#);
        assert_eq!(finding.details[5], r#"column "at", row 6: read as 2024-10-27T00:30:00Z"#);
    }

    #[test]
    fn implausible_times_name_their_row() {
        let (old, now, late) =
            (Some("0001-01-01T00:00:00Z"), Some("2024-05-01T09:00:00Z"), Some("2100-01-01T00:00:00Z"));
        let at = texts(&[now, old, late, now]);
        // When it became known is no event.
        let known_at = texts(&[late; 4]);
        let columns = vec![
            ("item", texts(&[Some("A"); 4])),
            ("at", at),
            ("state", texts(&[Some("Open"), Some("Open"), Some("Done"), Some("Done")])),
            ("known_at", known_at),
        ];
        let log = pushed(columns.clone(), None, 2).unwrap();
        let expected = [
            "row 2: 0001-01-01T00:00:00Z lies outside 1970 to 2100",
            "row 3: 2100-01-01T00:00:00Z lies outside 1970 to 2100",
            "row 6: 0001-01-01T00:00:00Z lies outside 1970 to 2100",
            "row 7: 2100-01-01T00:00:00Z lies outside 1970 to 2100",
        ];
        let finding = found(&log, FindingCode::ImplausibleTime);
        assert_eq!((finding.count, finding.details.as_slice()), (0, expected.map(str::to_owned).as_slice()));
        let log = pushed(columns, None, 9).unwrap();
        assert_eq!(found(&log, FindingCode::ImplausibleTime).details.len(), 5);
    }

    #[test]
    fn unread_columns_are_told_once() {
        let columns =
            ["item", "at", "field", "value", "note"].map(|name| (name, texts(&[Some("2024-05-01T09:00:00Z")])));
        let empty = RecordBatch::try_from_iter(columns.clone()).unwrap().slice(0, 0);
        let mut log = EventLog::builder();
        log.push_batch(&empty, &EventColumns::default(), None).unwrap();
        log.push_batch(&RecordBatch::try_from_iter(columns).unwrap(), &EventColumns::default(), None).unwrap();
        let log = log.finish().unwrap();
        let finding = found(&log, FindingCode::UnreadColumn);
        assert_eq!((finding.count, finding.details.as_slice()), (1, &["note".to_owned()][..]));
    }

    #[test]
    fn a_column_called_state_beside_the_state_is_not_read() {
        let cells = [("item", "A"), ("at", "2024-05-01T09:00:00Z"), ("activity", "NEW"), ("state", "Closed")];
        let column = |text: &str| Arc::new(StringArray::from(vec![text])) as ArrayRef;
        let batch = RecordBatch::try_from_iter(cells.map(|(name, text)| (name, column(text)))).unwrap();
        let columns = EventColumns { state: "activity".to_owned(), ..EventColumns::default() };
        let mut log = EventLog::builder();
        // A frame in two batches tells it once.
        for _ in 0..2 {
            log.push_batch(&batch, &columns, None).unwrap();
        }
        let log = log.finish().unwrap();
        assert_eq!(log.values("state").unwrap(), [("NEW", 1)]);
        let unread = found(&log, FindingCode::UnreadColumn);
        assert_eq!((unread.count, unread.details.as_slice()), (1, &["state".to_owned()][..]));
    }
}
