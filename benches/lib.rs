//! The benchmarks: `pipeline.rs` times the stages of the core, `rivals.py` the same work by other tools beside it; `working_time.rs` and
//! `working_time.py` do the same for the hours of a calendar.
