//! Columns of whole numbers and of instants of every Arrow type: the log is that of the rows with their texts and µs.

use std::sync::Arc;

use arrow_array::types::{
    ArrowPrimitiveType, ArrowTimestampType, Int8Type, Int16Type, Int32Type, Int64Type, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};
use arrow_array::{ArrayRef, PrimitiveArray, RecordBatch};
use streamgauge::{Error, EventColumns, EventLog};

use crate::many_rows::{N_ROWS, assert_same, log_of, rows_of, some, with_column};
use crate::state_rows::{Cell, Row, batch, by_rows, order_of};

/// An order of numbers: the number of a row between two ends, or null.
type Order = fn(usize, i128) -> i128;

/// The numbers of rows, as parts of the range of the type.
const ORDERS: [(&str, Order); 5] = [
    ("ascending", |row, range| range * row as i128 / N_ROWS as i128),
    ("descending", |row, range| range - range * row as i128 / N_ROWS as i128),
    ("in no order", |row, range| range * some(row, 97) as i128 / 97),
    // Each range of rows ascends, but not all of them together.
    ("ascending again", |row, range| range * (row % 2_500) as i128 / 2_500),
    ("ascending but for one", |row, range| if row == 4_000 { 0 } else { range * row as i128 / N_ROWS as i128 }),
];

#[test]
fn numbers_of_every_type_are_their_texts() {
    numbers::<Int8Type>(i8::MIN.into(), i8::MAX.into());
    numbers::<Int16Type>(i16::MIN.into(), i16::MAX.into());
    numbers::<Int32Type>(i32::MIN.into(), i32::MAX.into());
    numbers::<Int64Type>(i64::MIN.into(), i64::MAX.into());
    numbers::<UInt8Type>(0, u8::MAX.into());
    numbers::<UInt16Type>(0, u16::MAX.into());
    numbers::<UInt32Type>(0, u32::MAX.into());
    numbers::<UInt64Type>(0, u64::MAX.into());
}

fn numbers<T: ArrowPrimitiveType<Native: TryFrom<i128>>>(least: i128, most: i128) {
    for (order, number) in ORDERS {
        let all: Vec<i128> = (0..N_ROWS).map(|row| least + number(row, most - least)).collect();
        let with_nulls: Vec<Option<i128>> =
            all.iter().enumerate().map(|(row, number)| (some(row, 9) > 0).then_some(*number)).collect();
        let text = |number: i128| Some(number.to_string());
        let rows =
            rows_of((0..N_ROWS).map(|i| [text(all[i]), with_nulls[i].and_then(text), with_nulls[i].and_then(text)]));
        let expected = by_rows(&rows).finish().unwrap();
        let plain = batch(&rows);
        let numbers = with_column(&plain, "item", &array::<T>(all.iter().copied().map(Some)));
        let numbers = with_column(&numbers, "state", &array::<T>(with_nulls.iter().copied()));
        let numbers = with_column(&numbers, "team", &array::<T>(with_nulls.iter().copied()));
        let of = format!("{} {order}", T::DATA_TYPE);
        assert_same(&of, &expected, &log_of(std::slice::from_ref(&numbers)));
        // Numbers behind numbers, texts behind numbers, numbers behind texts.
        for (first, second) in [(&numbers, &numbers), (&numbers, &plain), (&plain, &numbers)] {
            let cut = 3_333;
            assert_same(&of, &expected, &log_of(&[first.slice(0, cut), second.slice(cut, N_ROWS - cut)]));
        }
        // Builders whose numbers ascend from one to the next, or do not.
        let halves = [numbers.slice(0, 1_000), numbers.slice(1_000, N_ROWS - 1_000)];
        let [mut first, second] = halves.map(|half| {
            let mut log = EventLog::builder();
            log.push_batch(&half, &EventColumns::default(), None).unwrap();
            log
        });
        first.combine(second).unwrap();
        assert_same(&of, &expected, &first.finish().unwrap());
    }
}

fn array<T: ArrowPrimitiveType<Native: TryFrom<i128>>>(numbers: impl Iterator<Item = Option<i128>>) -> ArrayRef {
    let native = |number: i128| T::Native::try_from(number).unwrap_or_else(|_| panic!("{number} is too large"));
    Arc::new(numbers.map(|number| number.map(native)).collect::<PrimitiveArray<T>>())
}

#[test]
fn instants_of_every_unit_are_their_microseconds() {
    instants::<TimestampSecondType>(|count| count * 1_000_000);
    instants::<TimestampMillisecondType>(|count| count * 1_000);
    instants::<TimestampMicrosecondType>(|count| count);
    instants::<TimestampNanosecondType>(|count| count.div_euclid(1_000));
}

/// Rows of a few items at these counts, in the order of the counts.
fn rows_at(micros: impl Iterator<Item = i64>) -> Vec<Row> {
    let text = |text: &str, n: usize| -> Cell { Some(format!("{text}{n}")) };
    let cells = (0..N_ROWS).map(|row| [text("item ", some(row, 50)), text("state ", some(row, 9)), text("", row % 5)]);
    rows_of(cells).into_iter().zip(micros).map(|(row, at)| Row { at, ..row }).collect()
}

fn instants<T: ArrowTimestampType>(micros: fn(i64) -> i64) {
    let in_order = |row: usize| 1_700_000_000 + row as i64 / 2;
    let in_no_order = |row: usize| some(row, 1_000_000) as i64;
    // Before 1970, below a microsecond, and after 2100, as long as a year has four digits.
    let odd = |row: usize| row as i64 - 1_500 + if row > 5_990 { 4_102_444_800_000 } else { 0 };
    let counts: [&dyn Fn(usize) -> i64; 3] = [&in_order, &in_no_order, &odd];
    for (counts, zone) in counts.into_iter().zip(["UTC", "+09:00", "Europe/Berlin"]) {
        let rows = rows_at((0..N_ROWS).map(counts).map(micros));
        let at = PrimitiveArray::<T>::from_iter_values((0..N_ROWS).map(counts)).with_timezone(zone);
        let plain = batch(&rows);
        let counted = with_column(&plain, "at", &(Arc::new(at) as ArrayRef));
        let expected = log_of(std::slice::from_ref(&plain));
        assert_eq!(expected.row_order(), order_of(&rows));
        assert_same(zone, &expected, &log_of(std::slice::from_ref(&counted)));
        for (first, second) in [(&counted, &counted), (&plain, &counted), (&counted, &plain)] {
            assert_same(zone, &expected, &log_of(&[first.slice(0, 2_000), second.slice(2_000, N_ROWS - 2_000)]));
        }
    }
}

#[test]
fn the_first_instant_that_is_none_is_named() {
    let rows = rows_at(0..N_ROWS as i64);
    let with = |at: &dyn Fn(usize) -> Option<i64>| -> RecordBatch {
        let at: PrimitiveArray<TimestampSecondType> = (0..N_ROWS).map(at).collect();
        with_column(&batch(&rows), "at", &(Arc::new(at.with_timezone("UTC")) as ArrayRef))
    };
    let too_far = with(&|row| Some(if [3_000, 5_500].contains(&row) { i64::MAX } else { 0 }));
    let missing = with(&|row| (![3_000, 5_500].contains(&row)).then_some(0));
    for wrong in [too_far, missing] {
        let mut log = EventLog::builder();
        log.push_batch(&batch(&rows), &EventColumns::default(), None).unwrap();
        let error = log.push_batch(&wrong, &EventColumns::default(), None).unwrap_err();
        assert!(matches!(&error, Error::Cell { column, row: 9_000, .. } if column == "at"), "{error}");
    }
}
