//! The stages of the core, one by one, on the benchmark log.
//!
//! ```text
//! cargo bench -p streamgauge-benches                                        1 million events
//! STREAMGAUGE_BENCH_EVENTS=10000000 cargo bench -p streamgauge-benches      10 million
//! ```
//!
//! Layout A is a state log by item and time with integer ids, B one as exports are: by time, text ids. `rivals.py` runs the same work
//! beside other tools; the figures here are for finding out where the time goes. Each bench checks the size of its answer.
#![allow(clippy::expect_used)]

use std::sync::LazyLock;

use arrow_array::RecordBatch;
use divan::{Bencher, black_box, counter::ItemsCount};
use streamgauge::{
    Cut, EventColumns, EventLog, Every, FlowModel, FlowRecords, Groups, Percentiles, Ruler, Timelines, Windows,
};
use streamgauge_synth::{Layout, Synth, bench_model};

fn main() {
    divan::main();
}

/// How many events the log has, about.
static N_EVENTS: LazyLock<u32> = LazyLock::new(|| {
    let asked = std::env::var("STREAMGAUGE_BENCH_EVENTS").unwrap_or_else(|_| "1000000".to_owned());
    asked.parse().expect("STREAMGAUGE_BENCH_EVENTS is a number of events, such as 10000000")
});

static MODEL: LazyLock<FlowModel> =
    LazyLock::new(|| FlowModel::from_toml(bench_model()).expect("the benchmark's model is a model"));

static A: LazyLock<Vec<RecordBatch>> = LazyLock::new(|| batches(Layout::A));
static B: LazyLock<Vec<RecordBatch>> = LazyLock::new(|| batches(Layout::B));
static LOG_A: LazyLock<EventLog> = LazyLock::new(|| ingested(&A));
static LOG_B: LazyLock<EventLog> = LazyLock::new(|| ingested(&B));
static STAGES: LazyLock<(Timelines, FlowRecords)> = LazyLock::new(|| {
    let timelines = timelines(&LOG_A);
    let records = records(&timelines);
    (timelines, records)
});

fn batches(layout: Layout) -> Vec<RecordBatch> {
    let synth = Synth::bench(*N_EVENTS);
    let batches = synth.batches(layout).expect("the preset can be");
    batches.collect::<Result<_, _>>().expect("tables are built")
}

fn ingested(batches: &[RecordBatch]) -> EventLog {
    let mut log = EventLog::builder();
    for batch in batches {
        log.push_batch(batch, &EventColumns::default(), None).expect("the tables are state logs");
    }
    log.finish().expect("the log can be")
}

fn timelines(log: &EventLog) -> Timelines {
    streamgauge::timelines(log, &MODEL, None).expect("the model knows the log").0
}

fn records(timelines: &Timelines) -> FlowRecords {
    streamgauge::records(timelines, MODEL.clock(), &Ruler::elapsed()).expect("no calendar is needed").0
}

fn n_rows(batches: &[RecordBatch]) -> ItemsCount {
    ItemsCount::new(batches.iter().map(RecordBatch::num_rows).sum::<usize>())
}

fn ingest(bencher: Bencher<'_, '_>, batches: &[RecordBatch]) {
    let n_items = Synth::bench(*N_EVENTS).items as usize;
    bencher.counter(n_rows(batches)).bench(|| {
        let log = ingested(black_box(batches));
        assert_eq!(log.n_items(), n_items);
        log
    });
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn ingest_a(bencher: Bencher<'_, '_>) {
    ingest(bencher, &A);
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn ingest_b(bencher: Bencher<'_, '_>) {
    ingest(bencher, &B);
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn timelines_a(bencher: Bencher<'_, '_>) {
    let log = &*LOG_A;
    bencher.counter(n_rows(&A)).bench(|| timelines(black_box(log)));
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn timelines_b(bencher: Bencher<'_, '_>) {
    let log = &*LOG_B;
    bencher.counter(n_rows(&A)).bench(|| timelines(black_box(log)));
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn records_from_timelines(bencher: Bencher<'_, '_>) {
    let (timelines, _) = &*STAGES;
    bencher.counter(n_rows(&A)).bench(|| {
        let records = records(black_box(timelines));
        assert_eq!(records.len(), timelines.n_items());
        records
    });
}

#[divan::bench(sample_count = 5, sample_size = 1, args = [Every::Quarter, Every::Month, Every::Week])]
fn metrics(bencher: Bencher<'_, '_>, every: Every) {
    let (timelines, records) = &*STAGES;
    bencher.counter(n_rows(&A)).bench(|| {
        let cut: Cut = timelines.cut();
        let windows = Windows::every(every, cut, timelines.observed(), None, None).expect("three years");
        let groups = Groups::by(timelines, &["stream", "kind"]).expect("fields of the log");
        let percentiles = Percentiles::default();
        let table = streamgauge::metrics(timelines, records, &windows, &groups, &percentiles, false).expect("fits");
        assert_eq!(table.num_rows(), windows.len() * groups.len());
        table
    });
}
