//! All Rust tests that look at the project from outside: the casebook, the laws, and whatever stands beside them.

mod casebook;
mod laws_oracle;
mod strategies;
