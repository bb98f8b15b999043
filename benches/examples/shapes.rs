//! Times the stages, and the tables of where the time goes, on shapes that break simple designs; prints two tables for
//! RESULTS.md.
//!
//! ```text
//! cargo run --release -p streamgauge-benches --example shapes              10 million events for the plain log
//! cargo run --release -p streamgauge-benches --example shapes 1000000      fewer
//! ```
//!
//! Each figure is the best of three runs, in seconds, and in nanoseconds for each event and row of output together:
//! what grows faster than they do shows as a figure far above the plain log's. Ingest is from record batches in memory,
//! the records table is without the measuring before it, metrics and load are by day and stream.
#![allow(clippy::expect_used, clippy::print_stdout)]

#[path = "shapes/logs.rs"]
mod logs;

use std::time::{Duration, Instant};

use arrow_array::RecordBatch;
use logs::{SHAPES, Shape};
use streamgauge::{
    EventColumns, EventLog, Every, FlowRecords, Groups, Percentiles, Result, Ruler, Table, Timelines, Windows, cfd,
    counters, ledger, load, measure, metrics, net_flow, records, rework, states, timelines, transitions,
};

const STAGES: [&str; 6] = ["ingest", "timelines", "records", "records table", "metrics", "load"];

type Stages = (Timelines, FlowRecords, Windows, Groups);
type Of = fn(&Stages) -> Result<Table>;

const TABLES: [(&str, Of); 7] = [
    ("cfd", |s| cfd(&s.0, &s.2, &s.3)),
    ("counters", |s| counters(&s.0, &s.1, &s.2, &s.3)),
    ("net flow", |s| net_flow(&s.0, &s.1, &s.2, &s.3)),
    ("ledger", |s| ledger(&s.0, &s.2, &s.3)),
    ("states", |s| states(&s.0, &s.1, &s.2, &s.3)),
    ("rework", |s| rework(&s.0, &s.1, &s.2, &s.3)),
    ("transitions", |s| transitions(&s.0, &s.1, &s.2, &s.3)),
];

fn main() {
    let n_plain = std::env::args().nth(1).map_or(10_000_000, |n| n.parse().expect("a number of events"));
    head(&["rows x columns", "events", "days x streams"], &STAGES);
    let of_time: Vec<String> = SHAPES.iter().filter_map(|shape| measured(&shape(n_plain))).collect();
    println!();
    head(&[], &TABLES.map(|table| table.0));
    of_time.iter().for_each(|line| println!("{line}"));
}

fn head(about: &[&str], timed: &[&str]) {
    let names = [about, timed].concat();
    println!("| shape | {} |", names.join(" | "));
    println!("| --- |{}", " ---: |".repeat(names.len()));
}

/// Prints the stages of a shape, and gives the line of its tables of where the time goes.
fn measured(shape: &Shape) -> Option<String> {
    let (n_rows, n_columns) =
        (shape.batches.iter().map(RecordBatch::num_rows).sum::<usize>(), shape.batches[0].num_columns());
    let (ingest, log) = timed(|| ingested(&shape.batches));
    let (walk, (timelines, _)) = timed(|| timelines(&log, &shape.model, None).expect("the model knows the log"));
    let clock = shape.model.clock();
    let (replay, (records, _)) =
        timed(|| records(&timelines, clock, &Ruler::elapsed()).expect("no calendar is needed"));
    let flow = measure(&log, &shape.model, None).expect("as before");
    let (facts, facts_table) = timed(|| flow.records().expect("the texts fit"));
    drop(flow);
    let windows = Windows::every(Every::Day, shape.model.cut(), timelines.observed(), None, None).expect("days");
    let groups = Groups::by(&timelines, &["stream"]).expect("streams");
    let stages = (timelines, records, windows, groups);
    let five = table(&stages, |s| metrics(&s.0, &s.1, &s.2, &s.3, &Percentiles::default(), false));
    let load = table(&stages, |s| load(&s.0, &s.2, &s.3));
    let grid = format!("{} x {}", stages.2.len(), stages.3.len());

    let n_events = log.n_events();
    let cells = [(ingest, 0), (walk, 0), (replay, 0), (facts, facts_table.num_rows()), five, load];
    let line =
        |cells: &[(Duration, usize)]| cells.iter().map(|cell| shown(*cell, n_events)).collect::<Vec<_>>().join(" | ");
    println!("| {} | {n_rows} x {n_columns} | {n_events} | {grid} | {} |", shape.name, line(&cells));
    let of_time = || TABLES.map(|(_, of)| table(&stages, of));
    shape.where_time_goes.then(|| format!("| {} | {} |", shape.name, line(&of_time())))
}

fn ingested(batches: &[RecordBatch]) -> EventLog {
    let mut log = EventLog::builder();
    for batch in batches {
        log.push_batch(batch, &EventColumns::default(), None).expect("a state log");
    }
    log.finish().expect("a log")
}

/// How long a table takes, and how many rows it has.
fn table(stages: &Stages, of: Of) -> (Duration, usize) {
    let (took, table) = timed(|| of(stages).expect("the table fits"));
    (took, table.num_rows())
}

fn shown((took, n_rows): (Duration, usize), n_events: usize) -> String {
    format!("{:.3} ({:.0} ns)", took.as_secs_f64(), took.as_nanos() as f64 / (n_events + n_rows) as f64)
}

fn timed<T>(work: impl Fn() -> T) -> (Duration, T) {
    let runs = (0..3).map(|_| {
        let began = Instant::now();
        let made = work();
        (began.elapsed(), made)
    });
    runs.min_by_key(|run| run.0).expect("three runs")
}
