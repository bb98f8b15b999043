//! Times the whole work of the benchmark in Rust, from a log to all tables: beside it, one can tell what Python adds
//! and what a second thread gains.
//!
//! ```text
//! cargo run --release -p streamgauge-benches --example answer -- LOG.parquet [RUNS]
//! cargo run --release -p streamgauge-benches --example answer -- mem LOG.parquet [RUNS]
//! RAYON_NUM_THREADS=1 target/release/examples/answer LOG.parquet
//! ```
//!
//! The answer is the records table; all five metrics by week, month and quarter, each by stream and kind; the daily
//! cumulative flow by stream. By default ingest begins at the file; with `mem` it begins at record batches, which are
//! read before the clock starts. A line of JSON is printed for each run: the number of threads, and the seconds of each
//! stage. The tables of a run are let go only when its clock has stopped.
#![allow(clippy::expect_used, clippy::print_stdout)]

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Instant;

use arrow_array::RecordBatch;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::json;
use streamgauge::{EventColumns, EventLog, Every, Flow, FlowModel, Question, Table, WindowsOf, measure};
use streamgauge_read::{EventOptions, read_events};
use streamgauge_synth::bench_model;

const RUNS: u32 = 3;

fn main() {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let in_memory = arguments.first().is_some_and(|first| first == "mem");
    if in_memory {
        arguments.remove(0);
    }
    let (path, runs) = match arguments.as_slice() {
        [path] => (PathBuf::from(path), RUNS),
        [path, runs] => (PathBuf::from(path), runs.parse().expect("a number of runs")),
        _ => {
            println!("usage: answer [mem] LOG.parquet [RUNS]");
            return;
        }
    };
    if in_memory {
        let batches = batches(&path);
        (0..runs).for_each(|_| answer("mem", || ingested(&batches)));
    } else {
        (0..runs).for_each(|_| {
            answer("e2e", || read_events(std::slice::from_ref(&path), &EventOptions::default(), None).expect("a log"))
        });
    }
}

/// Does the whole work once, and prints how long each stage took.
fn answer(mode: &str, ingest: impl Fn() -> EventLog) {
    let model = FlowModel::from_toml(bench_model()).expect("the benchmark's model is a model");
    let began = Instant::now();
    let (ingest, log) = timed(ingest);
    let (records, (flow, _facts)) = timed(|| {
        let flow = measure(&log, &model, None).expect("the model knows the log");
        let facts = flow.records().expect("the texts fit");
        (flow, facts)
    });
    let (metrics, _metrics) = timed(|| [Every::Week, Every::Month, Every::Quarter].map(|every| metrics(&flow, every)));
    let (cfd, _cfd) = timed(|| flow.cfd(&question(Every::Day, &["stream"])).expect("the table fits"));
    let whole = began.elapsed().as_secs_f64();
    let threads = rayon::current_num_threads();
    let seconds = json!({"ingest": ingest, "records": records, "metrics": metrics, "cfd": cfd, "whole": whole});
    println!("{}", json!({"mode": mode, "threads": threads, "events": log.n_events(), "seconds": seconds}));
}

fn metrics(flow: &Flow, every: Every) -> Table {
    flow.metrics(&question(every, &["stream", "kind"])).expect("the table fits")
}

fn question(every: Every, by: &[&str]) -> Question {
    let by = by.iter().map(|field| (*field).to_owned()).collect();
    Question { windows: WindowsOf::Every { every, from: None, to: None }, by, ..Question::default() }
}

fn batches(path: &Path) -> Vec<RecordBatch> {
    let file = File::open(path).expect("the file can be opened");
    let reader =
        ParquetRecordBatchReaderBuilder::try_new(file).expect("a Parquet file").with_batch_size(1 << 16).build();
    reader.expect("columns can be read").collect::<Result<_, _>>().expect("rows can be read")
}

fn ingested(batches: &[RecordBatch]) -> EventLog {
    let mut log = EventLog::builder();
    for batch in batches {
        log.push_batch(batch, &EventColumns::default(), None).expect("the tables are state logs");
    }
    log.finish().expect("the log can be")
}

fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let began = Instant::now();
    let made = work();
    (began.elapsed().as_secs_f64(), made)
}
