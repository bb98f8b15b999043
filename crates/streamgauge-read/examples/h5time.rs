//! scratch
use std::time::Instant;
use streamgauge_read::*;
fn main() {
    for file in std::env::args().skip(1) {
        for _ in 0..4 {
            let t = Instant::now();
            let log = read_events(&[file.clone().into()], &EventOptions::default(), None).unwrap();
            let e = t.elapsed();
            println!("{file} {} events {:.3} s", log.n_events(), e.as_secs_f64());
        }
    }
}
