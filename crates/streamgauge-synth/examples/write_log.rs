//! Writes a synthetic log as Parquet, for benchmarks and for looking at it in other tools.
//!
//! `cargo run --release -p streamgauge-synth --example write_log -- bench:1000000 A log.parquet`: the log is `sample` or
//! `bench:` and a number of events; the layout is `A` (state log by item, integer ids), `B` (state log by time, text ids)
//! or `long` (long form by time, text ids).

use std::error::Error;

use streamgauge_synth::{Form, Ids, Layout, Order, Synth, sample_synth};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [log, layout, path] = arguments.as_slice() else {
        return Err("needed: sample|bench:N A|B|long PATH".into());
    };
    let synth: Synth = match log.split_once(':') {
        Some(("bench", n_events)) => Synth::bench(n_events.parse()?),
        None if log == "sample" => sample_synth(),
        _ => return Err(format!("{log:?} is no log; sample and bench:1000000 are").into()),
    };
    let layout = match layout.as_str() {
        "A" => Layout::A,
        "B" => Layout::B,
        "long" => Layout { form: Form::Long, order: Order::ByTime, ids: Ids::Text },
        _ => return Err(format!("{layout:?} is no layout; A, B and long are").into()),
    };
    synth.write_parquet(path, layout)?;
    Ok(())
}
