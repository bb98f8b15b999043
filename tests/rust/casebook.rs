//! Every page of `tests/cases`, through every engine.

use std::collections::BTreeSet;
use std::path::Path;

use streamgauge_tests::casebook::{Page, pages};
use streamgauge_tests::engine::{Engine, Oracle, check};

use crate::engine::Crate;

/// All pages of the casebook.
pub(crate) fn all_pages() -> Vec<Page> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    pages(&folder).unwrap_or_else(|error| panic!("{error}"))
}

/// Runs every ask of every page and tells all differences at once.
pub(crate) fn run_all(engine: &dyn Engine) {
    let mut wrong = Vec::new();
    for page in all_pages() {
        wrong.extend(page.asks.iter().filter_map(|ask| check(&page, ask, engine).err()));
    }
    assert!(wrong.is_empty(), "{} asks differ:\n\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_oracle_answers_every_page() {
    run_all(&Oracle);
}

#[test]
fn pages_are_numbered_and_named_once() {
    let pages = all_pages();
    assert!(pages.len() >= 45, "{} pages", pages.len());
    let numbers: BTreeSet<&str> = pages.iter().filter_map(|page| page.name.split('-').next()).collect();
    let titles: BTreeSet<&str> = pages.iter().map(|page| page.title.as_str()).collect();
    assert_eq!(numbers.len(), pages.len(), "a number stands twice");
    assert_eq!(titles.len(), pages.len(), "a title stands twice");
}

#[test]
fn the_crate_answers_every_page() {
    run_all(&Crate);
}
