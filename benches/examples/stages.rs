//! Does one stage of the core on a fixed log, for `counts.py` to count its instructions by callgrind.
//!
//! ```text
//! cargo build --release --locked -p streamgauge-benches --example stages
//! target/release/examples/stages              the names of the stages, one a line
//! valgrind --tool=callgrind --toggle-collect='stages::counted*' target/release/examples/stages records
//! ```
//!
//! Only what happens in [`counted`] is counted, not the making of the log. Callgrind switches collecting for each
//! thread by itself, and rayon hands work to the threads of its pool even if there is only one; so here the main thread
//! is the pool's only one, and nobody waits or steals.
#![allow(clippy::expect_used, clippy::print_stdout)]

use std::hint::black_box;

use arrow_array::RecordBatch;
use streamgauge::{
    EventColumns, EventLog, Every, FlowModel, FlowRecords, Groups, Percentiles, Result, Ruler, Table, Timelines,
    Windows, cfd, ledger, load, measure, metrics, records, states, timelines,
};
use streamgauge_synth::{Layout, Synth, bench_model};

const N_EVENTS: u32 = 100_000;

/// What is asked of the stages before the tables.
struct Answer {
    timelines: Timelines,
    records: FlowRecords,
    windows: Windows,
    groups: Groups,
}

/// Makes what the stage needs, then does the stage in [`counted`].
type Stage = fn(&[RecordBatch]);

const STAGES: [(&str, Layout, Stage); 11] = [
    ("ingest_a", Layout::A, count_ingest),
    ("ingest_b", Layout::B, count_ingest),
    ("timelines_a", Layout::A, count_timelines),
    ("timelines_b", Layout::B, count_timelines),
    ("records", Layout::A, count_records),
    ("records_table", Layout::A, count_records_table),
    ("metrics", Layout::A, |batches| {
        count_table(batches, Every::Quarter, &["stream", "kind"], |a| {
            metrics(&a.timelines, &a.records, &a.windows, &a.groups, &Percentiles::default(), false)
        });
    }),
    ("load", Layout::A, |batches| {
        count_table(batches, Every::Week, &["stream"], |a| load(&a.timelines, &a.windows, &a.groups));
    }),
    ("cfd", Layout::A, |batches| {
        count_table(batches, Every::Day, &["stream"], |a| cfd(&a.timelines, &a.windows, &a.groups));
    }),
    ("states", Layout::A, |batches| {
        count_table(batches, Every::Week, &["stream"], |a| states(&a.timelines, &a.records, &a.windows, &a.groups));
    }),
    ("ledger", Layout::A, |batches| {
        count_table(batches, Every::Week, &["stream"], |a| ledger(&a.timelines, &a.windows, &a.groups));
    }),
];

fn main() {
    let Some(asked) = std::env::args().nth(1) else {
        STAGES.iter().for_each(|(name, ..)| println!("{name}"));
        return;
    };
    let (_, layout, stage) = STAGES.iter().find(|(name, ..)| *name == asked).expect("the name of a stage");
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread();
    pool.build_global().expect("nobody has asked rayon for anything yet");
    let batches = Synth::bench(N_EVENTS).batches(*layout).expect("the preset can be").collect::<Result<Vec<_>, _>>();
    stage(&batches.expect("tables are built"));
}

/// The function whose instructions are counted. What is made is given back, so that taking it apart is not.
#[inline(never)]
fn counted<T>(stage: impl FnOnce() -> T) -> T {
    black_box(stage())
}

fn ingested(batches: &[RecordBatch]) -> EventLog {
    let mut log = EventLog::builder();
    for batch in batches {
        log.push_batch(batch, &EventColumns::default(), None).expect("the tables are state logs");
    }
    log.finish().expect("the log can be")
}

fn model() -> FlowModel {
    FlowModel::from_toml(bench_model()).expect("the benchmark's model is a model")
}

fn count_ingest(batches: &[RecordBatch]) {
    counted(|| ingested(batches));
}

fn count_timelines(batches: &[RecordBatch]) {
    let (log, model) = (ingested(batches), model());
    counted(|| timelines(&log, &model, None).expect("the model knows the log"));
}

fn count_records(batches: &[RecordBatch]) {
    let (timelines, _) = timelines(&ingested(batches), &model(), None).expect("the model knows the log");
    counted(|| records(&timelines, model().clock(), &Ruler::elapsed()).expect("no calendar is needed"));
}

fn count_records_table(batches: &[RecordBatch]) {
    let flow = measure(&ingested(batches), &model(), None).expect("the model knows the log");
    counted(|| flow.records().expect("the texts are few"));
}

fn count_table(batches: &[RecordBatch], every: Every, by: &[&str], table: fn(&Answer) -> Result<Table>) {
    let model = model();
    let (timelines, _) = timelines(&ingested(batches), &model, None).expect("the model knows the log");
    let (records, _) = records(&timelines, model.clock(), &Ruler::elapsed()).expect("no calendar is needed");
    let windows = Windows::every(every, timelines.cut(), timelines.observed(), None, None).expect("three years");
    let groups = Groups::by(&timelines, by).expect("fields of the log");
    let answer = Answer { timelines, records, windows, groups };
    counted(|| table(&answer).expect("the table fits"));
}
