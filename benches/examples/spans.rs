//! Times working time on intervals from a file, for `working_time.py`: `spans CALENDAR.toml INTERVALS LENGTHS RUNS`.
//!
//! INTERVALS holds pairs of instants, LENGTHS gets their working time: 64-bit integers, little endian, µs. The seconds of each run, on one
//! thread, go to standard output.
#![allow(clippy::expect_used, clippy::print_stdout)]

use std::time::Instant;

use streamgauge::{Calendars, Ruler};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [calendar, intervals, lengths, runs] = arguments.as_slice() else {
        println!("usage: spans CALENDAR.toml INTERVALS LENGTHS RUNS");
        return;
    };
    let text = std::fs::read_to_string(calendar).expect("the calendar can be read");
    let ruler = Ruler::working(&Calendars::from_toml(&text).expect("a calendar"));
    let bytes = std::fs::read(intervals).expect("the intervals can be read");
    let instants: Vec<i64> =
        bytes.chunks_exact(8).map(|eight| i64::from_le_bytes(eight.try_into().expect("8"))).collect();
    let mut found = vec![0; instants.len() / 2];
    for _ in 0..runs.parse().expect("a number of runs") {
        let began = Instant::now();
        for (length, pair) in found.iter_mut().zip(instants.chunks_exact(2)) {
            *length = ruler.span(pair[0], pair[1]);
        }
        println!("{}", began.elapsed().as_secs_f64());
    }
    let bytes: Vec<u8> = found.iter().flat_map(|length: &i64| length.to_le_bytes()).collect();
    std::fs::write(lengths, bytes).expect("the lengths can be written");
}
