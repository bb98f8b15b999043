//! The shapes: what is unusual about each log, and the windows and groups that it is asked for.

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StringArray, TimestampMicrosecondArray};
use streamgauge::FlowModel;
use streamgauge_synth::{Layout, Synth, bench_model};

const MINUTE: i64 = 60_000_000;
const DAY: i64 = 1_440 * MINUTE;
const MILLION: i64 = 1_000_000;
const ROWS_A_BATCH: i64 = 1 << 16;

/// One log, by item and time, and its model; asked by day and stream.
pub(crate) struct Shape {
    pub(crate) name: &'static str,
    pub(crate) batches: Vec<RecordBatch>,
    pub(crate) model: FlowModel,
    /// Whether it is asked for the tables of where the time goes, too. They have rows for states and pairs of states as
    /// well: on a large grid, more than there is memory for.
    pub(crate) where_time_goes: bool,
}

/// The shapes, each made when its turn comes, as some are large. The number is that of the plain log's events.
pub(crate) const SHAPES: [fn(u32) -> Shape; 8] = [
    plain,
    |_| one_item(),
    |_| one_day(),
    |_| one_event_each(),
    |_| many_cells("3,650 days, 200 streams", 200, true),
    |_| many_cells("3,650 days, 1,000 streams", 1_000, false),
    |_| many_states(),
    |_| many_attributes(),
];

/// The benchmark's log: 50 streams, 10 states, three years.
fn plain(n: u32) -> Shape {
    let batches = Synth::bench(n).batches(Layout::A).expect("the preset can be").collect::<Result<_, _>>();
    let model = FlowModel::from_toml(bench_model()).expect("a model");
    Shape { name: "plain", batches: batches.expect("tables are built"), model, where_time_goes: true }
}

fn one_item() -> Shape {
    let state = |row| ["Doing", "Queue"][row as usize % 2].to_owned();
    let columns = [column("item", |_| "A".to_owned()), column("state", state), column("stream", |_| "web".to_owned())];
    small("one item, a million moves", batches(MILLION, |row| row * MINUTE, &columns))
}

fn one_day() -> Shape {
    let at = |row| row / 2 * DAY / MILLION / 2 + row % 2 * DAY / 2;
    let state = |row| ["Doing", "Done"][row as usize % 2].to_owned();
    let columns = [column("item", |row| (row / 2).to_string()), column("state", state), stream(2, 1)];
    small("a million items on one day", batches(2 * MILLION, at, &columns))
}

fn one_event_each() -> Shape {
    let at = |row| row * (1_000 * DAY / MILLION);
    let columns = [column("item", |row| row.to_string()), column("state", |_| "Doing".to_owned()), stream(1, 50)];
    small("a million items with one event", batches(MILLION, at, &columns))
}

fn many_cells(name: &'static str, n_streams: i64, where_time_goes: bool) -> Shape {
    const ITEMS: i64 = MILLION / 4;
    let at = |row| row / 3 * (3_650 * DAY / ITEMS) + [0, 9, 20][row as usize % 3] * DAY;
    let state = |row| ["Doing", "Queue", "Done"][row as usize % 3].to_owned();
    let columns = [column("item", |row| (row / 3).to_string()), column("state", state), stream(3, n_streams)];
    Shape { where_time_goes, ..small(name, batches(3 * ITEMS, at, &columns)) }
}

/// Each item goes through seven of ten thousand states.
fn many_states() -> Shape {
    let name = |state: i64| format!("state {state:04}");
    let at = |row| row / 8 * (100 * DAY / (MILLION / 8)) + row % 8 * DAY;
    let state = move |row| if row % 8 == 7 { "Done".to_owned() } else { name((row / 8 + row % 8) % 10_000) };
    let columns = [column("item", |row| (row / 8).to_string()), column("state", state), stream(8, 1)];
    let phase = |odd| (0..5_000_i64).map(|i| format!("{:?}", name(2 * i + odd))).collect::<Vec<_>>().join(", ");
    let model = format!("[phases]\nactive = [{}]\nwaiting = [{}]\ndone = [\"Done\"]", phase(0), phase(1));
    let model = FlowModel::from_toml(&model).expect("a model");
    Shape { model, ..small("10,000 states", batches(MILLION, at, &columns)) }
}

/// 25,000 items of eight rows; of a hundred fields beside state and stream, ten change with every row.
fn many_attributes() -> Shape {
    let at = |row| row / 8 * (100 * DAY / 25_000) + row % 8 * DAY;
    let state = |row| if row % 8 == 7 { "Done" } else { ["Doing", "Queue"][row as usize % 2] }.to_owned();
    let mut columns = vec![column("item", |row| (row / 8).to_string()), column("state", state), stream(8, 50)];
    columns.extend((0..100).map(|field| {
        let rows_a_value = if field % 10 == 0 { 1 } else { 8 };
        column(&format!("field {field:02}"), move |row| format!("value {}", (row / rows_a_value + field) % 20))
    }));
    small("100 attribute columns", batches(200_000, at, &columns))
}

fn small(name: &'static str, batches: Vec<RecordBatch>) -> Shape {
    let model = "[phases]\nactive = [\"Doing\"]\nwaiting = [\"Queue\"]\ndone = [\"Done\"]";
    Shape { name, batches, model: FlowModel::from_toml(model).expect("a model"), where_time_goes: true }
}

/// A column of texts: its name, and its text in a row.
type Column = (String, Box<dyn Fn(i64) -> String>);

fn column(name: &str, text: impl Fn(i64) -> String + 'static) -> Column {
    (name.to_owned(), Box::new(text))
}

/// Items of `rows_an_item` rows each, dealt out to streams.
fn stream(rows_an_item: i64, n_streams: i64) -> Column {
    column("stream", move |row| format!("s{:03}", row / rows_an_item % n_streams))
}

fn batches(n_rows: i64, at: impl Fn(i64) -> i64, columns: &[Column]) -> Vec<RecordBatch> {
    let batch = |rows: std::ops::Range<i64>| {
        let at = TimestampMicrosecondArray::from_iter_values(rows.clone().map(&at)).with_timezone("UTC");
        let at: (&str, ArrayRef) = ("at", Arc::new(at));
        let texts = columns.iter().map(|(name, text)| {
            let texts: ArrayRef = Arc::new(StringArray::from_iter_values(rows.clone().map(text)));
            (name.as_str(), texts)
        });
        RecordBatch::try_from_iter(std::iter::once(at).chain(texts)).expect("columns are of one length")
    };
    let starts = (0..n_rows).step_by(ROWS_A_BATCH as usize);
    starts.map(|start| batch(start..(start + ROWS_A_BATCH).min(n_rows))).collect()
}
