//! The benchmarks: `pipeline.rs` times the stages of the core, `rivals.py` the same work by other tools beside it.
