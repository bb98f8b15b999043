//! Columns of few distinct texts, as most of a tracker's are: each row becomes a byte, which is written where it stays.

use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayAccessor, ArrayRef};
use arrow_cast::cast;
use arrow_schema::DataType;

use super::coding::{AT_ONCE, BLOCK, blocks, is_identity, texts_near};
use super::keys::code_few_keys;
use crate::error::{Error, Result};
use crate::kernel::chunk;
use crate::kernel::near::bring_near;
use crate::model::{Codes, Dictionary, IN_VIEW, SPREAD, short_key, told};

/// In how many places texts are known: of few, hardly two want one.
const PLACES: usize = 1 << 10;

/// The mark of a long text at a glance.
const IS_LONG: u128 = 1 << 127;

/// How many texts that look alike are told apart by where they stand.
const ALIKE: usize = 4;

/// The codes of a column each piece of which has few texts; `None` of any other, and of short texts, which are not worth a dictionary of their own.
pub(super) fn coded_few(name: &str, array: &ArrayRef, dictionary: &mut Dictionary) -> Result<Option<Codes>> {
    let is_short = array.len() < BLOCK && array.as_any_dictionary_opt().is_none();
    if dictionary.len() > Codes::FEW || is_short {
        return Ok(None);
    }
    // Where there are several pieces, they all know what the log and the first rows say, and so have the same bytes for it.
    let mut known = Dictionary::default();
    if array.len() > AT_ONCE {
        let Some(of_first) = code_few(name, &array.slice(0, BLOCK), dictionary.clone(), &mut [0; BLOCK])? else {
            return Ok(None);
        };
        known = of_first;
    }
    let mut all = vec![0; array.len()];
    let pieces = chunk::map_pieces_of(&mut all, AT_ONCE, |first_row, piece| {
        let words = code_few(name, &array.slice(first_row, piece.len()), known.clone(), piece)?;
        Ok::<_, Error>(words.map(|words| (words, piece)))
    });
    let Some(pieces) = pieces.into_iter().collect::<Result<Option<Vec<_>>>>()? else { return Ok(None) };
    let mut mapped = Vec::with_capacity(pieces.len());
    for (words, bytes) in pieces {
        mapped.push((dictionary.combine(words)?, bytes));
    }
    if dictionary.len() > Codes::FEW {
        // With those of other pieces, or of batches before, they are no longer few.
        return Ok(Some(mapped.into_iter().fold(Codes::default(), |mut all, (map, bytes)| {
            all.extend_mapped(&Codes::of_bytes(bytes.to_vec()), &map);
            all
        })));
    }
    for (map, bytes) in mapped.into_iter().filter(|(map, _)| !is_identity(map)) {
        chunk::for_each_piece(bytes, |bytes| Codes::map_bytes(bytes, &map));
    }
    Ok(Some(Codes::of_bytes(all)))
}

/// Writes each row's byte to its place, and gives the texts that the bytes are of, those that are known already first, unless they are too many.
fn code_few(name: &str, rows: &ArrayRef, known: Dictionary, to: &mut [u8]) -> Result<Option<Dictionary>> {
    match rows.data_type() {
        DataType::Utf8 => {
            let texts = rows.as_string::<i32>();
            let glances = |rows: Range<usize>| rows.map(|row| Glance::at_text(texts.value(row)));
            code_few_texts(texts, known, glances, |rows| texts_near(texts, rows), to)
        }
        DataType::LargeUtf8 => {
            let texts = rows.as_string::<i64>();
            let glances = |rows: Range<usize>| rows.map(|row| Glance::at_text(texts.value(row)));
            code_few_texts(texts, known, glances, |rows| texts_near(texts, rows), to)
        }
        DataType::Utf8View => {
            let texts = rows.as_string_view();
            let views = texts.views();
            let glances = |rows: Range<usize>| views[rows].iter().map(|view| Glance::at_view(*view));
            code_few_texts(texts, known, glances, |rows| bring_near(&views[rows]), to)
        }
        DataType::Boolean => code_few(name, &cast(rows, &DataType::Utf8)?, known, to),
        _ => code_few_keys(name, rows, known, to),
    }
}

fn code_few_texts<'a, A: ArrayAccessor<Item = &'a str>, I: Iterator<Item = Glance>>(
    texts: A,
    known: Dictionary,
    glances: impl Fn(Range<usize>) -> I,
    bring_near: impl Fn(Range<usize>),
    to: &mut [u8],
) -> Result<Option<Dictionary>> {
    let mut known = Known::new(known);
    let mut long = Vec::with_capacity(BLOCK);
    let nulls = texts.nulls();
    let is_there = |row: usize| nulls.is_none_or(|nulls| nulls.is_valid(row));
    for rows in blocks(to.len()) {
        let to = &mut to[rows.clone()];
        bring_near(rows.clone());
        // What a null stands on is no text.
        let is_known = match nulls {
            None => known.all(glances(rows.clone()), |_| true, to, &mut long),
            Some(_) => known.all(glances(rows.clone()), |place| is_there(rows.start + place), to, &mut long),
        };
        if is_known {
            let is_right = |place: &u16| {
                let place = usize::from(*place);
                known.words.text(Codes::of_byte(to[place])) == texts.value(rows.start + place)
            };
            if long.iter().all(is_right) {
                continue;
            }
        }
        // Something is new, or long texts look alike.
        for ((row, glance), to) in rows.clone().zip(glances(rows)).zip(to) {
            *to = Codes::NULL;
            if is_there(row) {
                match known.byte(glance, || texts.value(row))? {
                    Some(byte) => *to = byte,
                    None => return Ok(None),
                }
            }
        }
    }
    Ok(Some(known.words))
}

/// What is seen of a text at once: all of a short one, or what tells a long one from most others. The two are never the same.
#[derive(Clone, Copy)]
struct Glance {
    seen: u128,
    is_all: bool,
}

impl Glance {
    #[inline]
    fn at_text(text: &str) -> Self {
        if let Some((low, high)) = short_key(text) {
            return Self { seen: u128::from(high) << 64 | u128::from(low), is_all: true };
        }
        let first = text.as_bytes().first_chunk().map_or(0, |first| u128::from(u64::from_le_bytes(*first)));
        // The upper byte of a short text's key is how many bytes it has.
        Self { seen: IS_LONG | first << 56 | text.len() as u128, is_all: false }
    }

    /// A view begins with the text's length: that of a long one is never a short one's.
    #[inline]
    const fn at_view(view: u128) -> Self {
        Self { seen: told(view), is_all: view as u32 <= IN_VIEW }
    }

    /// The first place where it may stand.
    #[inline]
    const fn place(self) -> usize {
        ((self.seen as u64 ^ (self.seen >> 64) as u64).wrapping_mul(SPREAD) >> (u64::BITS - PLACES.ilog2())) as usize
    }
}

/// Few texts, each in the first free place from its own on.
struct Known {
    words: Dictionary,
    seen: [u128; PLACES],
    /// [`Codes::NOT_SAID`] in free places.
    bytes: [u8; PLACES],
}

impl Known {
    /// Of such texts, which have no places yet.
    fn new(words: Dictionary) -> Self {
        Self { words, seen: [0; PLACES], bytes: [Codes::NOT_SAID; PLACES] }
    }

    /// Writes the bytes of many texts, as far as they are seen, if nothing of what is seen is new; and which of them are long, so that there must be
    /// another look. Which, is no decision, as it would be a coin toss.
    #[inline]
    fn all(
        &self,
        texts: impl Iterator<Item = Glance>,
        is_there: impl Fn(usize) -> bool,
        to: &mut [u8],
        long: &mut Vec<u16>,
    ) -> bool {
        long.resize(to.len(), 0);
        let (mut n_long, mut is_known) = (0, true);
        for (place, (to, glance)) in to.iter_mut().zip(texts).enumerate() {
            *to = Codes::NULL;
            if is_there(place) {
                let byte = self.byte_seen(glance);
                (*to, long[n_long]) = (byte, place as u16);
                n_long += usize::from(!glance.is_all);
                is_known &= byte != Codes::NOT_SAID;
            }
        }
        long.truncate(n_long);
        is_known
    }

    /// The byte of the first text that looks so, or [`Codes::NOT_SAID`].
    #[inline]
    fn byte_seen(&self, glance: Glance) -> u8 {
        let mut place = glance.place();
        while self.seen[place] != glance.seen && self.bytes[place] != Codes::NOT_SAID {
            place = (place + 1) % PLACES;
        }
        self.bytes[place]
    }

    /// The byte of a text, which is added if it is new and there is a byte for it.
    #[inline]
    fn byte<'a>(&mut self, glance: Glance, text: impl Fn() -> &'a str) -> Result<Option<u8>> {
        let (mut place, mut n_alike) = (glance.place(), 0);
        loop {
            let byte = self.bytes[place];
            if byte == Codes::NOT_SAID {
                let added = self.add(text())?;
                (self.seen[place], self.bytes[place]) = (glance.seen, added.unwrap_or(Codes::NOT_SAID));
                return Ok(added);
            }
            if self.seen[place] == glance.seen {
                if glance.is_all || self.words.text(Codes::of_byte(byte)) == text() {
                    return Ok(Some(byte));
                }
                n_alike += 1;
                if n_alike == ALIKE {
                    return self.add(text());
                }
            }
            place = (place + 1) % PLACES;
        }
    }

    /// The byte of a text that has no place here, or none yet: it may look like others that have.
    fn add(&mut self, text: &str) -> Result<Option<u8>> {
        let code = self.words.intern(text)?;
        Ok(Some(code).filter(|code| (*code as usize) < Codes::FEW).map(Codes::byte))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::types::Int8Type;
    use arrow_array::{BooleanArray, DictionaryArray, LargeStringArray, StringArray, StringViewArray};
    use arrow_buffer::NullBuffer;

    use super::*;

    /// Short and long ones that differ at either end only, as many as there are bytes for, and one more; with nulls, in several ranges.
    #[test]
    fn as_many_as_there_are_bytes_for() {
        for n_texts in [1, Codes::FEW, Codes::FEW + 1] {
            let text = |i: usize| match i % 3 {
                0 => format!("{i}"),
                1 => format!("a long text that ends in {i}"),
                _ => format!("{i} begins a text that is long"),
            };
            let n = 2 * AT_ONCE + 3;
            let which = |row: usize| (row % 13 != 5).then_some((row * 7 + row / AT_ONCE) % n_texts);
            let texts: Vec<Option<String>> = (0..n).map(|row| which(row).map(text)).collect();
            let columns: [ArrayRef; 3] = [
                Arc::new(StringArray::from(texts.clone())),
                Arc::new(LargeStringArray::from(texts.clone())),
                Arc::new(texts.iter().map(Option::as_deref).collect::<StringViewArray>()),
            ];
            for column in columns {
                let mut words = Dictionary::default();
                let codes = coded_few("state", &column, &mut words).unwrap();
                assert_eq!(codes.is_some(), n_texts <= Codes::FEW);
                let Some(codes) = codes else { continue };
                assert!(matches!(codes, Codes::Bytes(_)) && words.len() == n_texts && codes.len() == n);
                // In the order in which rows have them first.
                let first = |code: u32| (0..n).find(|row| codes.get(*row) == code);
                assert!((0..n_texts as u32).map(first).is_sorted());
                assert!((0..n).all(|row| words.get(codes.get(row)) == texts[row].as_deref()));
            }
        }
    }

    /// Words that are known have their bytes, in whatever order rows come, and others those behind them.
    #[test]
    fn words_that_are_known_keep_their_bytes() {
        let words = |texts: [&str; 2]| {
            let mut words = Dictionary::default();
            texts.iter().zip(0..).for_each(|(text, code)| assert_eq!(words.intern(text).unwrap(), code));
            words
        };
        let texts: StringArray = ["c", "b", "a"].iter().cycle().take(BLOCK).map(Some).collect();
        let keys: DictionaryArray<Int8Type> = texts.iter().collect();
        for column in [Arc::new(texts) as ArrayRef, Arc::new(keys)] {
            let mut bytes = vec![0; BLOCK];
            let known = code_few("state", &column, words(["a", "b"]), &mut bytes).unwrap().unwrap();
            assert_eq!(known.texts().collect::<Vec<_>>(), ["a", "b", "c"]);
            assert_eq!([bytes[0], bytes[1], bytes[2]].map(Codes::of_byte), [2, 1, 0]);
        }
    }

    /// What a null stands on is as if it were not there.
    #[test]
    fn nulls_may_stand_on_texts() {
        let n = 3 * BLOCK;
        let texts: Vec<String> =
            (0..n).map(|row| if row % 3 == 0 { format!("nobody {row}") } else { format!("a{}", row % 2) }).collect();
        let nulls = NullBuffer::from_iter((0..n).map(|row| row % 3 != 0));
        let (offsets, values, _) = StringArray::from(texts.clone()).into_parts();
        let views = texts.iter().map(|text| Some(text.as_str())).collect::<StringViewArray>();
        let (views, buffers, _) = views.into_parts();
        let columns: [ArrayRef; 2] = [
            Arc::new(StringArray::new(offsets, values, Some(nulls.clone()))),
            Arc::new(StringViewArray::new(views, buffers, Some(nulls))),
        ];
        for column in columns {
            let mut words = Dictionary::default();
            let codes = coded_few("state", &column, &mut words).unwrap().unwrap();
            assert_eq!(words.texts().collect::<Vec<_>>(), ["a1", "a0"]);
            assert!((0..n).all(|row| words.get(codes.get(row)) == (row % 3 != 0).then_some(texts[row].as_str())));
        }
    }

    #[test]
    fn truth_values_are_few_and_short_columns_have_no_dictionary_of_their_own() {
        let flags: ArrayRef = Arc::new(BooleanArray::from_iter((0..BLOCK).map(|row| Some(row % 5 == 0))));
        let mut words = Dictionary::default();
        assert!(coded_few("blocked", &flags, &mut words).unwrap().is_some());
        assert_eq!(words.texts().collect::<Vec<_>>(), ["true", "false"]);
        assert_eq!(coded_few("blocked", &flags.slice(1, BLOCK - 1), &mut words).unwrap(), None);
    }

    #[test]
    fn numbers_and_full_dictionaries_go_another_way() {
        let numbers: ArrayRef = Arc::new(arrow_array::Int64Array::from_iter(0..BLOCK as i64));
        assert_eq!(coded_few("state", &numbers, &mut Dictionary::default()).unwrap(), None);
        let mut full = Dictionary::default();
        (0..=Codes::FEW).for_each(|i| drop(full.intern(&i.to_string())));
        let texts: ArrayRef = Arc::new(StringArray::from(vec!["a"; BLOCK]));
        assert_eq!(coded_few("state", &texts, &mut full).unwrap(), None);
    }

    /// Whoever made a view may have left something behind a short text.
    #[test]
    fn what_stands_behind_a_text_is_not_seen() {
        let (twelve, thirteen) = (u128::MAX << 32 | 12, u128::MAX << 32 | 13);
        assert_eq!((Glance::at_view(twelve).seen, Glance::at_view(twelve).is_all), (twelve, true));
        assert_eq!(Glance::at_view(thirteen).seen, thirteen & u128::from(u64::MAX));
        for n in 0..12 {
            let text = 0x4142_4344_4546_4748_494a_4b4c_u128 & ((1 << (8 * n)) - 1);
            let view = text << 32 | n;
            let rubbish = u128::MAX << (32 + 8 * n);
            assert_eq!((Glance::at_view(view | rubbish).seen, Glance::at_view(view).seen), (view, view), "{n}");
        }
    }

    /// Texts whose first place is the same stand one behind the other.
    #[test]
    fn texts_that_want_one_place() {
        let mut known = Known::new(Dictionary::default());
        let texts: Vec<String> = (0..20_000).map(|i| i.to_string()).collect();
        let same: Vec<&String> = texts.iter().filter(|text| Glance::at_text(text).place() == PLACES - 1).collect();
        assert!(same.len() > 3);
        for _ in 0..2 {
            for (text, code) in same.iter().take(Codes::FEW).zip(0..) {
                assert_eq!(known.byte(Glance::at_text(text), || text).unwrap(), Some(Codes::byte(code)));
            }
        }
    }
}
