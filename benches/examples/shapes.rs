//! Times the tables of where the time goes on shapes that break simple designs, and prints them as a table for RESULTS.md.
//!
//! `cargo run --release -p streamgauge-benches --example shapes` (10 million events for the plain log; `shapes 1000000` for fewer). Each figure is the best of three runs, in
//! nanoseconds for each event and row of output together: what grows faster than they do shows as a figure far above the plain log's.
#![allow(clippy::expect_used, clippy::print_stdout)]

use std::time::{Duration, Instant};

use streamgauge::{
    EventColumns, EventLog, EventLogBuilder, Every, FlowModel, FlowRecords, Groups, Result, Ruler, Table, Timelines,
    Windows, cfd, counters, ledger, net_flow, records, rework, states, timelines, transitions,
};
use streamgauge_synth::{Layout, Synth, bench_model};

const MINUTE: i64 = 60_000_000;
const DAY: i64 = 1_440 * MINUTE;
const MILLION: i64 = 1_000_000;

/// One log, and the windows that it is asked for: by day, by stream.
struct Shape {
    name: &'static str,
    log: EventLog,
    model: FlowModel,
}

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
    let asked = std::env::args().nth(1).map(|n| n.parse().expect("a number of events"));
    println!("| shape | events | days x streams | records pass, s | {} |", TABLES.map(|table| table.0).join(" | "));
    println!("| --- | ---: | ---: | ---: |{}", " ---: |".repeat(TABLES.len()));
    for shape in [plain(asked.unwrap_or(10_000_000)), one_item(), one_day(), many_cells()] {
        measure(&shape);
    }
}

fn measure(shape: &Shape) {
    let n_events = shape.log.n_events();
    let (passed, stages) = timed(|| stages(shape));
    let (windows, groups) = (stages.2.len(), stages.3.len());
    let cells = TABLES.map(|(_, of)| {
        let (took, table) = timed(|| of(&stages).expect("the table fits"));
        let work = n_events + table.num_rows();
        format!("{:.3} s ({:.0} ns)", took.as_secs_f64(), took.as_nanos() as f64 / work as f64)
    });
    let seconds = passed.as_secs_f64();
    println!("| {} | {n_events} | {windows} x {groups} | {seconds:.3} | {} |", shape.name, cells.join(" | "));
}

/// From events to records, then windows and groups.
fn stages(shape: &Shape) -> Stages {
    let (timelines, _) = timelines(&shape.log, &shape.model, None).expect("the model knows the log");
    let (records, _) = records(&timelines, shape.model.clock(), &Ruler::elapsed()).expect("no calendar is needed");
    let windows = Windows::every(Every::Day, shape.model.cut(), timelines.observed(), None, None).expect("days");
    let groups = Groups::by(&timelines, &["stream"]).expect("streams");
    (timelines, records, windows, groups)
}

fn timed<T>(work: impl Fn() -> T) -> (Duration, T) {
    let runs = (0..3).map(|_| {
        let began = Instant::now();
        let made = work();
        (began.elapsed(), made)
    });
    runs.min_by_key(|run| run.0).expect("three runs")
}

/// The benchmark's log: 50 streams, 10 states, three years.
fn plain(n: u32) -> Shape {
    let mut log = EventLog::builder();
    for batch in Synth::bench(n).batches(Layout::A).expect("the preset can be") {
        log.push_batch(&batch.expect("a table"), &EventColumns::default(), None).expect("a state log");
    }
    Shape {
        name: "plain",
        log: log.finish().expect("a log"),
        model: FlowModel::from_toml(bench_model()).expect("a model"),
    }
}

fn small(name: &'static str, fill: impl Fn(&mut EventLogBuilder) -> Result<()>) -> Shape {
    let mut log = EventLog::builder();
    fill(&mut log).expect("rows are in order");
    let model = "[phases]\nactive = [\"Doing\"]\nwaiting = [\"Queue\"]\ndone = [\"Done\"]";
    Shape { name, log: log.finish().expect("a log"), model: FlowModel::from_toml(model).expect("a model") }
}

fn one_item() -> Shape {
    small("one item, a million moves", |log| {
        log.push("A", streamgauge::Instant(0), "stream", Some("web"), None)?;
        (0..MILLION).try_for_each(|i| {
            let state = ["Doing", "Queue"][i as usize % 2];
            log.push("A", streamgauge::Instant(i * MINUTE), "state", Some(state), None)
        })
    })
}

fn one_day() -> Shape {
    small("a million items on one day", |log| {
        (0..MILLION).try_for_each(|i| {
            let (item, at) = (i.to_string(), i * DAY / MILLION / 2);
            log.push(&item, streamgauge::Instant(at), "state", Some("Doing"), None)?;
            log.push(&item, streamgauge::Instant(at + DAY / 2), "state", Some("Done"), None)
        })
    })
}

fn many_cells() -> Shape {
    small("3,650 days, 200 streams", |log| {
        (0..MILLION / 4).try_for_each(|i| {
            let (item, at) = (i.to_string(), i * (3_650 * DAY / (MILLION / 4)));
            let stream = format!("s{:03}", i % 200);
            log.push(&item, streamgauge::Instant(at), "stream", Some(&stream), None)?;
            log.push(&item, streamgauge::Instant(at), "state", Some("Doing"), None)?;
            log.push(&item, streamgauge::Instant(at + 9 * DAY), "state", Some("Queue"), None)?;
            log.push(&item, streamgauge::Instant(at + 20 * DAY), "state", Some("Done"), None)
        })
    })
}
