//! Engines answer the asks of the casebook; [`check`] lays the answer beside the page.

use crate::casebook::{Ask, Page, Wanted};
use crate::finding::{CODES, findings};
use crate::metric::metrics;
use crate::model::Model;
use crate::record::records;
use crate::table::{Cells, canonical_rows, metric_cells, record_cells};
use crate::window::Windows;

/// Anything that can answer an ask: the oracle, the crate, a package that wraps it.
pub trait Engine {
    /// What to call it in a message.
    fn name(&self) -> &str;

    /// The answer: rows in order, cells in the canonical form of [`crate::table`], all columns or more than the page has.
    /// A table of findings has the columns `code` and `count`. An error that the caller must mend is `Err`.
    fn run(&self, page: &Page, ask: &Ask) -> Result<Vec<Cells>, String>;

    /// Whether its errors must hold the texts that the page expects. The oracle only has to err.
    fn explains_errors(&self) -> bool {
        true
    }
}

/// The oracle as an engine.
#[derive(Debug, Clone, Copy, Default)]
pub struct Oracle;

impl Engine for Oracle {
    fn name(&self) -> &str {
        "oracle"
    }

    fn run(&self, _page: &Page, ask: &Ask) -> Result<Vec<Cells>, String> {
        let model = Model::parse(&ask.model)?;
        let as_of = ask.question.as_of()?;
        let windows = ask.question.windows()?;
        match (ask.question.table, windows) {
            (Wanted::Records, _) | (Wanted::Error, None) => {
                Ok(records(&ask.events, &model, as_of)?.iter().map(record_cells).collect())
            }
            (Wanted::Metrics, None) => Err("metrics without windows".to_owned()),
            (Wanted::Metrics | Wanted::Error, Some(windows)) => metric_rows(ask, &model, as_of, &windows),
            (Wanted::Findings, _) => {
                let counts = findings(&ask.events, &model, as_of)?;
                let cells = |(code, count): (&&str, &u64)| {
                    Cells::from([("code".to_owned(), (*code).to_owned()), ("count".to_owned(), count.to_string())])
                };
                Ok(counts.iter().map(cells).collect())
            }
        }
    }

    fn explains_errors(&self) -> bool {
        false
    }
}

fn metric_rows(ask: &Ask, model: &Model, as_of: Option<i64>, windows: &Windows) -> Result<Vec<Cells>, String> {
    let (by, options) = (ask.question.by(), ask.question.options()?);
    let rows = metrics(&ask.events, model, as_of, windows, &by, &options)?;
    Ok(rows.iter().map(|row| metric_cells(row, &by, &options)).collect())
}

/// Whether an engine gives the answer that stands on the page; if not, what it gave.
pub fn check(page: &Page, ask: &Ask, engine: &dyn Engine) -> Result<(), String> {
    let answer = engine.run(page, ask);
    let said = |error: String| format!("page {}, {}: {error}\nask: {:?}", page.name, engine.name(), ask.question);
    if ask.question.table == Wanted::Error {
        return check_error(ask, engine, answer).map_err(said);
    }
    let mut actual = answer.map_err(said)?;
    let mut expected = canonical_rows(&ask.expect).map_err(said)?;
    if ask.question.table == Wanted::Findings {
        // Only the findings that every engine can count; in order of their codes.
        actual.retain(|row| row.get("code").is_some_and(|code| CODES.contains(&code.as_str())));
        let code = |row: &Cells| row.get("code").cloned();
        actual.sort_by_key(code);
        expected.sort_by_key(code);
    }
    let columns = &ask.expect.header;
    let actual = actual.iter().map(|row| select(row, columns)).collect::<Result<Vec<_>, _>>().map_err(said)?;
    let expected = expected.iter().map(|row| select(row, columns)).collect::<Result<Vec<_>, _>>().map_err(said)?;
    if actual == expected {
        return Ok(());
    }
    Err(said(difference(columns, &expected, &actual)))
}

fn check_error(ask: &Ask, engine: &dyn Engine, answer: Result<Vec<Cells>, String>) -> Result<(), String> {
    let error = match answer {
        Ok(rows) => return Err(format!("it must err; it gave {} rows", rows.len())),
        Err(error) => error,
    };
    let wanted = ask.expect.rows.iter().flatten();
    let mut missing = wanted.filter(|text| engine.explains_errors() && !error.contains(text.as_str()));
    match missing.next() {
        Some(text) => Err(format!("the error must contain {text:?}; it is: {error}")),
        None => Ok(()),
    }
}

fn select(row: &Cells, columns: &[String]) -> Result<Vec<String>, String> {
    let cell = |name: &String| row.get(name).cloned().ok_or_else(|| format!("column {name:?} is missing in {row:?}"));
    columns.iter().map(cell).collect()
}

fn difference(columns: &[String], expected: &[Vec<String>], actual: &[Vec<String>]) -> String {
    let lines = |rows: &[Vec<String>]| rows.iter().map(|row| row.join(",")).collect::<Vec<_>>();
    let (expected, actual) = (lines(expected), lines(actual));
    let mut text = format!("the answer differs\n    {}\n", columns.join(","));
    for i in 0..expected.len().max(actual.len()) {
        match (expected.get(i), actual.get(i)) {
            (Some(page), Some(engine)) if page == engine => text += &format!("    {page}\n"),
            (page, engine) => {
                text += &page.map_or(String::new(), |page| format!("  - {page}\n"));
                text += &engine.map_or(String::new(), |engine| format!("  + {engine}\n"));
            }
        }
    }
    text
}
