//! Engines answer the asks of the casebook; [`check`] lays the answer beside the page.

use crate::asked::Asked;
use crate::blocked::{blocked, episodes};
use crate::calendar::Calendars;
use crate::casebook::{Ask, Page, Wanted};
use crate::cfd::{cfd, counters};
use crate::days::days_inclusive;
use crate::efficiencies::efficiencies;
use crate::event::Event;
use crate::finding::{CODES, findings};
use crate::ledger::{ledger, ledger_items};
use crate::metric::{Options, metrics};
use crate::model::Model;
use crate::net_flow::{ageing, net_flow};
use crate::record::records;
use crate::rework::{rework, transitions};
use crate::states::states;
use crate::table::{Cells, canonical_rows, metric_cells, record_cells};
use crate::visits::visits;
use crate::window::Windows;
use crate::working::{working_metrics, working_records};

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
        let (question, as_of) = (&ask.question, ask.question.as_of()?);
        let (windows, by, options) = (question.windows()?, question.by(), question.options()?);
        let calendars = ask.calendar.as_deref().map(Calendars::parse).transpose()?;
        if question.table == Wanted::Findings {
            let counts = findings(&ask.events, &model, as_of)?;
            let cells = |(code, count): (&&str, &u64)| {
                Cells::from([("code".to_owned(), (*code).to_owned()), ("count".to_owned(), count.to_string())])
            };
            return Ok(counts.iter().map(cells).collect());
        }
        rows(question.table, &ask.events, &model, as_of, windows.as_ref(), &by, &options, calendars)
    }

    fn explains_errors(&self) -> bool {
        false
    }
}

/// The rows of a table, as the oracle answers. Findings aside, any table can be asked for here.
#[allow(clippy::too_many_arguments)]
pub fn rows(
    table: Wanted,
    events: &[Event],
    model: &Model,
    as_of: Option<i64>,
    windows: Option<&Windows>,
    by: &[&str],
    options: &Options,
    calendars: Option<Calendars>,
) -> Result<Vec<Cells>, String> {
    let takes_windows = !matches!(
        table,
        Wanted::Records
            | Wanted::DaysInclusive
            | Wanted::Visits
            | Wanted::Episodes
            | Wanted::Ageing
            | Wanted::Findings
            | Wanted::Error
    );
    if takes_windows && windows.is_none() {
        return Err(format!("{table:?} without windows"));
    }
    let working = calendars.is_some();
    let asked = Asked::new(events, model, as_of, windows, by, options, calendars)?;
    let Some(asked) = asked else { return Ok(Vec::new()) };
    let beside = |mut rows: Vec<Cells>, more: fn(&Asked) -> Vec<Cells>| {
        if working {
            rows.iter_mut().zip(more(&asked)).for_each(|(row, more)| row.extend(more));
        }
        rows
    };
    match (table, windows) {
        (Wanted::Metrics | Wanted::Error, Some(windows)) => {
            let rows = metrics(events, model, as_of, windows, by, options)?;
            Ok(beside(rows.iter().map(|row| metric_cells(row, by, options)).collect(), working_metrics))
        }
        (Wanted::Records | Wanted::Error | Wanted::Metrics | Wanted::Findings, _) => {
            let records = records(events, model, as_of)?;
            Ok(beside(records.iter().map(record_cells).collect(), working_records))
        }
        (Wanted::Visits, _) => Ok(visits(&asked)),
        (Wanted::DaysInclusive, _) => Ok(days_inclusive(&asked, &records(events, model, as_of)?)),
        (Wanted::States, _) => states(&asked),
        (Wanted::Blocked, _) => Ok(blocked(&asked)),
        (Wanted::Episodes, _) => Ok(episodes(&asked)),
        (Wanted::Cfd, _) => cfd(&asked),
        (Wanted::Counters, _) => Ok(counters(&asked)),
        (Wanted::NetFlow, _) => Ok(net_flow(&asked)),
        (Wanted::Ageing, _) => Ok(ageing(&asked)),
        (Wanted::Ledger, _) => Ok(ledger(&asked)),
        (Wanted::LedgerItems, _) => Ok(ledger_items(&asked)),
        (Wanted::Rework, _) => Ok(rework(&asked)),
        (Wanted::Transitions, _) => Ok(transitions(&asked)),
        (Wanted::Efficiencies, _) => Ok(efficiencies(&asked)),
    }
}

/// Whether an engine gives the answer that stands on the page; if not, what it gave.
pub fn check(page: &Page, ask: &Ask, engine: &dyn Engine) -> Result<(), String> {
    let answer = engine.run(page, ask);
    let said = |error: String| format!("page {}, {}: {error}\nask: {:?}", page.name, engine.name(), ask.question);
    if ask.question.table == Wanted::Error {
        return check_error(ask, engine, answer).map_err(said);
    }
    let mut actual = answer.map_err(said)?;
    let mut expected = canonical_rows(ask.question.table, &ask.expect).map_err(said)?;
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
