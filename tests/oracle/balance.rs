//! The oracle's own tests: every page, without any other engine, and the sums that must hold on the log of every page.

use std::path::Path;

use crate::asked::Asked;
use crate::blocked::blocked;
use crate::casebook::{Ask, Page, Wanted, pages};
use crate::cfd::{cfd, counters};
use crate::engine::{Oracle, check, rows};
use crate::ledger::{ledger, ledger_items};
use crate::model::Model;
use crate::net_flow::net_flow;
use crate::rework::{rework, transitions};
use crate::states::states;
use crate::table::Cells;
use crate::window::{Unit, Windows};

const DAY: i64 = 86_400_000_000;

type Said = Result<(), String>;

fn all_pages() -> Result<Vec<Page>, String> {
    pages(&Path::new(env!("CARGO_MANIFEST_DIR")).join("cases"))
}

/// The crate may lag behind a page, the oracle may not.
#[test]
fn the_oracle_answers_every_page() -> Said {
    let mut wrong = Vec::new();
    for page in &all_pages()? {
        wrong.extend(page.asks.iter().filter_map(|ask| check(page, ask, &Oracle).err()));
    }
    if wrong.is_empty() { Ok(()) } else { Err(format!("{} asks differ:\n\n{}", wrong.len(), wrong.join("\n"))) }
}

/// Asks each page's log for its sums, in three groupings, over the page's own windows, or by day where it has none.
#[test]
fn sums_hold_on_every_log() -> Said {
    let mut n_rows = 0;
    for page in &all_pages()? {
        for ask in page.asks.iter().filter(|ask| ask.question.table != Wanted::Error) {
            let instants = ask.events.iter().map(|event| event.at);
            let long = instants.clone().max().zip(instants.min()).is_none_or(|(max, min)| max - min > 60 * DAY);
            let by_day = Windows::Every { unit: Unit::Day, from: None, to: None };
            let Some(windows) = ask.question.windows()?.or(Some(by_day)).filter(|_| !long) else { continue };
            for by in [vec![], vec!["team", "kind"], vec!["state"]] {
                n_rows += sums(ask, &windows, &by).map_err(|error| format!("{}: {error}", page.name))?;
            }
        }
    }
    if n_rows > 1000 { Ok(()) } else { Err(format!("only {n_rows} rows were looked at")) }
}

fn sums(ask: &Ask, windows: &Windows, by: &[&str]) -> Result<usize, String> {
    let model = Model::parse(&ask.model)?;
    let (as_of, options) = (ask.question.as_of()?, ask.question.options()?);
    let Some(asked) = Asked::new(&ask.events, &model, as_of, Some(windows), by, &options, None)? else {
        return Ok(0);
    };
    let metrics = rows(Wanted::Metrics, &ask.events, &model, as_of, Some(windows), by, &options, None)?;
    let (ledger, items, rework) = (ledger(&asked), ledger_items(&asked), rework(&asked));
    let net_flow = net_flow(&asked);
    for ((metric, ledger), (flow, rework)) in metrics.iter().zip(&ledger).zip(net_flow.iter().zip(&rework)) {
        same("residual", int(ledger, "residual"), 0)?;
        same("arrival residual", int(ledger, "arrival_residual"), 0)?;
        same("load", int(ledger, "load_integral"), int(metric, "load_integral"))?;
        let gaps = items.iter().filter(|item| same_cell(&asked, item, ledger)).map(|item| int(item, "gap")).sum();
        same("gaps", int(ledger, "load_integral") - int(ledger, "departed"), gaps)?;
        same("net flow", int(flow, "open_end") - int(flow, "open_start"), int(flow, "net_flow"))?;
        let ways = ["done", "cancelled", "removed", "moved"];
        same("departures", int(flow, "departures"), ways.iter().map(|way| int(flow, way)).sum())?;
        same("finished", int(rework, "finished"), int(metric, "velocity"))?;
        same("flow time", int(rework, "flow_time_sum"), int(metric, "flow_time_sum"))?;
    }
    for (metric, blocked) in metrics.iter().zip(blocked(&asked)) {
        let begun = int(&blocked, "blocked_start") + int(&blocked, "began");
        let last = int(&blocked, "blocked_end") + int(&blocked, "ended");
        same("blocked", begun, last)?;
        let load = int(metric, "load_integral") - int(&blocked, "blocked_integral");
        same("blocked is load", load.min(0), 0)?;
    }
    grows(&asked)?;
    if !by.contains(&"state") {
        by_state(&asked, &metrics)?;
    }
    Ok(metrics.len())
}

/// Rows by state: finished ones sum to the flow time, clipped ones to the load; and the diagram to what has arrived.
fn by_state(asked: &Asked, metrics: &[Cells]) -> Said {
    let states = states(asked)?;
    for metric in metrics {
        let of = |population: &str, column: &str, counted: &dyn Fn(&Cells) -> bool| -> i128 {
            let here = states.iter().filter(|row| same_cell(asked, row, metric) && row["population"] == population);
            here.filter(|row| counted(row)).map(|row| int(row, column)).sum()
        };
        let load = |row: &Cells| ["active", "waiting"].contains(&row["phase"].as_str());
        same("finished", of("finished", "residence", &|_| true), int(metric, "flow_time_sum"))?;
        same("clipped", of("clipped", "residence", &load), int(metric, "load_integral"))?;
        for population in ["finished", "clipped"] {
            let passes = of(population, "first_pass", &|_| true) + of(population, "rework", &|_| true);
            same("passes", of(population, "residence", &|_| true), passes)?;
        }
    }
    let (cfd, counters) = (cfd(asked)?, counters(asked));
    for gross in counters.iter().filter(|row| row["counter"] == "gross") {
        let here = |row: &&Cells| row["at"] == gross["at"] && same_group(asked, row, gross);
        let total = |rows: &[Cells], column: &str| rows.iter().filter(here).map(|row| int(row, column)).sum::<i128>();
        let now = |column: &str| 2 * int(gross, column) - total(&counters, column);
        same("in sight", total(&cfd, "n"), now("arrived") - now("removed"))?;
    }
    Ok(())
}

/// No counter ever falls, and moves that set back hold no more time than there is.
fn grows(asked: &Asked) -> Said {
    let counters = counters(asked);
    for (i, row) in counters.iter().enumerate() {
        let later =
            counters[i + 1..].iter().find(|later| later["counter"] == row["counter"] && same_group(asked, later, row));
        for column in ["arrived", "committed", "done", "cancelled", "removed"] {
            let fall = later.map_or(0, |later| int(later, column) - int(row, column));
            same("a counter falls", fall.min(0), 0)?;
        }
    }
    let lost_forward =
        transitions(asked).iter().filter(|row| row["direction"] != "backward").map(|row| int(row, "lost")).sum();
    same("lost by other moves", lost_forward, 0)
}

fn int(row: &Cells, column: &str) -> i128 {
    row.get(column).and_then(|cell| cell.parse().ok()).unwrap_or_default()
}

fn same_group(asked: &Asked, left: &Cells, right: &Cells) -> bool {
    asked.by.iter().all(|field| left[*field] == right[*field])
}

fn same_cell(asked: &Asked, left: &Cells, right: &Cells) -> bool {
    let window = ["window_start", "window_end"];
    window.iter().all(|column| left[*column] == right[*column]) && same_group(asked, left, right)
}

fn same(what: &str, left: i128, right: i128) -> Said {
    if left == right { Ok(()) } else { Err(format!("{what}: {left} and {right}")) }
}
