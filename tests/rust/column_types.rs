//! Columns of every Arrow type of texts, in slices, in ranges side by side: the log is that of the plain rows.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::builder::StringRunBuilder;
use arrow_array::types::{
    ArrowDictionaryKeyType, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{
    Array, ArrayRef, ArrowNativeTypeOp, BooleanArray, DictionaryArray, Float64Array, Int32Array, Int64Array,
    LargeStringArray, NullArray, PrimitiveArray, StringArray, StringViewArray,
};
use streamgauge::RowOrder;

use crate::many_rows::{N_ROWS, TEAM, assert_same, log_of, rows_of, some, with_column};
use crate::state_rows::{Cell, Row, batch, by_rows, events_of, told_events};

/// Texts of all lengths up to 40 bytes, many around 15 and 16, with others than ASCII, with zeros at their ends.
fn words() -> Vec<String> {
    let lengths = (0..=40).map(|n| "a".repeat(n));
    let wide = (1..=20).map(|n| "ß".repeat(n)).chain((1..=13).map(|n| "日".repeat(n)));
    let last = ["b", "\0", "é"].into_iter();
    lengths.chain(wide).chain(last.flat_map(|last| (12..=16).map(move |n| "a".repeat(n) + last))).collect()
}

#[test]
fn a_column_of_every_type_is_its_texts() {
    let words = words();
    let null_or = |row: usize| (some(row, 7) > 0).then(|| words[some(row / 2, words.len())].clone());
    let by_time = (0..N_ROWS).map(|i| [Some(words[some(i, words.len())].clone()), null_or(i), null_or(i / 4)]);
    let by_item = (0..N_ROWS).map(|i| [Some(words[i * words.len() / N_ROWS].clone()), null_or(i / 3), null_or(i)]);
    for (order, rows) in [(RowOrder::ByTime, rows_of(by_time)), (RowOrder::ByItem, rows_of(by_item))] {
        let expected = by_rows(&rows).finish().unwrap();
        assert_eq!(expected.row_order(), order);
        assert_eq!(told_events(&expected), events_of(&rows).0);
        let plain = batch(&rows);
        for name in ["item", "state", "team"] {
            for (kind, array) in text_arrays(&cells_of(&rows, name)) {
                let batch = with_column(&plain, name, &array);
                let of = format!("{name} as {kind}");
                assert_same(&of, &expected, &log_of(std::slice::from_ref(&batch)));
                // A second batch may be of another type.
                let cut = some(of.len(), N_ROWS);
                let halves = [batch.slice(0, cut), plain.slice(cut, N_ROWS - cut)];
                assert_same(&of, &expected, &log_of(&halves));
                let halves = [plain.slice(0, cut), batch.slice(cut, N_ROWS - cut), batch.slice(0, 0)];
                assert_same(&of, &expected, &log_of(&halves));
            }
        }
    }
}

fn cells_of(rows: &[Row], name: &str) -> Vec<Cell> {
    let cell = |row: &Row| match name {
        "item" => Some(row.item.clone()),
        "state" => row.state.clone(),
        _ => row.said[TEAM].clone().flatten(),
    };
    rows.iter().map(cell).collect()
}

/// A column as every type of texts, as a slice of a longer one.
fn text_arrays(cells: &[Cell]) -> Vec<(String, ArrayRef)> {
    const BEFORE: usize = 3;
    let around = |n: usize| std::iter::repeat_n(Some("around".to_owned()), n);
    let cells: Vec<Cell> = around(BEFORE).chain(cells.iter().cloned()).chain(around(70)).collect();
    let mut all: Vec<ArrayRef> = plain_arrays(&cells).to_vec();
    all.extend(dictionaries::<Int8Type>(&cells));
    all.extend(dictionaries::<Int16Type>(&cells));
    all.extend(dictionaries::<Int32Type>(&cells));
    all.extend(dictionaries::<Int64Type>(&cells));
    all.extend(dictionaries::<UInt8Type>(&cells));
    all.extend(dictionaries::<UInt16Type>(&cells));
    all.extend(dictionaries::<UInt32Type>(&cells));
    all.extend(dictionaries::<UInt64Type>(&cells));
    let n = cells.len() - BEFORE - 70;
    all.iter().map(|array| (array.data_type().to_string(), array.slice(BEFORE, n))).collect()
}

fn plain_arrays(cells: &[Cell]) -> [ArrayRef; 3] {
    let texts = || cells.iter().map(Option::as_deref);
    [
        Arc::new(texts().collect::<StringArray>()),
        Arc::new(texts().collect::<LargeStringArray>()),
        Arc::new(texts().collect::<StringViewArray>()),
    ]
}

/// Dictionaries with values that no row has, with a text that stands twice among them, and with nulls of both sorts; what stands in
/// the place of a null key is no place of a value.
fn dictionaries<K: ArrowDictionaryKeyType<Native: TryFrom<usize>>>(cells: &[Cell]) -> Vec<ArrayRef> {
    let mut values = vec![Some("unused".to_owned()), None];
    let mut place: BTreeMap<&str, usize> = BTreeMap::new();
    for text in cells.iter().rev().flatten() {
        place.entry(text).or_insert_with(|| {
            values.push(Some(text.clone()));
            values.len() - 1
        });
    }
    let (twice, again) = (values[2].clone(), values.len());
    values.extend([twice.clone(), Some("unused, too".to_owned())]);
    let key = |(row, cell): (usize, &Cell)| match cell {
        None => (row.is_multiple_of(2)).then_some(1),
        cell if *cell == twice && row.is_multiple_of(2) => Some(again),
        Some(text) => place.get(text.as_str()).copied(),
    };
    let keys: Vec<Option<usize>> = cells.iter().enumerate().map(key).collect();
    let number =
        |key: &Option<usize>| key.map_or(K::Native::MAX_TOTAL_ORDER, |key| K::Native::try_from(key).ok().unwrap());
    let numbers: Vec<K::Native> = keys.iter().map(number).collect();
    let nulls = keys.iter().map(|key| key.map(|_| true)).collect::<BooleanArray>().nulls().cloned();
    let keys = PrimitiveArray::<K>::new(numbers.into(), nulls);
    let with = |values| Arc::new(DictionaryArray::try_new(keys.clone(), values).unwrap()) as ArrayRef;
    plain_arrays(&values).map(with).to_vec()
}

#[test]
fn what_can_be_written_as_text() {
    let shown = |i: usize, text: String| (!i.is_multiple_of(3)).then_some(text);
    let key = |i: usize| (!i.is_multiple_of(5)).then_some(i as i32 % 13);
    let keys = || (0..N_ROWS).map(key).collect::<Int32Array>();
    let dictionary = |values: ArrayRef| Arc::new(DictionaryArray::<Int32Type>::try_new(keys(), values).unwrap());
    let mut runs = StringRunBuilder::<Int32Type>::new();
    let run = |i: usize| (!(i / 7).is_multiple_of(4)).then(|| format!("run {}", i / 7));
    (0..N_ROWS).for_each(|i| runs.append_option(run(i)));
    let no_values = Arc::new(StringArray::new_null(0)) as ArrayRef;
    let no_keys = Int32Array::new_null(N_ROWS);
    let odd = |i: i32| (i % 4 > 0).then_some(i64::from(i) - 6);
    let columns: [(Vec<Cell>, ArrayRef); 6] = [
        (
            (0..N_ROWS).map(|i| shown(i, i.is_multiple_of(2).to_string())).collect(),
            Arc::new(
                (0..N_ROWS).map(|i| (!i.is_multiple_of(3)).then_some(i.is_multiple_of(2))).collect::<BooleanArray>(),
            ),
        ),
        (
            (0..N_ROWS).map(|i| shown(i, format!("{:?}", i as f64 / 4.0))).collect(),
            Arc::new((0..N_ROWS).map(|i| (!i.is_multiple_of(3)).then_some(i as f64 / 4.0)).collect::<Float64Array>()),
        ),
        ((0..N_ROWS).map(run).collect(), Arc::new(runs.finish())),
        (vec![None; N_ROWS], Arc::new(NullArray::new(N_ROWS))),
        (vec![None; N_ROWS], Arc::new(DictionaryArray::<Int32Type>::try_new(no_keys, no_values).unwrap())),
        (
            (0..N_ROWS).map(|i| key(i).and_then(odd).map(|number| number.to_string())).collect(),
            dictionary(Arc::new((0..13).map(odd).collect::<Int64Array>())),
        ),
    ];
    for (cells, array) in columns {
        let rows = rows_of(cells.into_iter().enumerate().map(|(i, cell)| [Some(format!("{}", i / 9)), None, cell]));
        let batch = with_column(&batch(&rows), "team", &array);
        let of = array.data_type().to_string();
        assert_same(
            &of,
            &by_rows(&rows).finish().unwrap(),
            &log_of(&[batch.slice(0, 1_000), batch.slice(1_000, 5_000)]),
        );
    }
}
