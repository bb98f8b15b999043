//! The crate as an engine of the casebook: each page is asked of `streamgauge` as its users would ask.

use streamgauge::{
    Calendars, EventLog, Every, Flow, FlowModel, Instant, Method, Percentiles, Question, Table, WindowsOf, measure,
    measure_working,
};
use streamgauge_read::{EventOptions, read_events};
use streamgauge_tests::casebook::{Ask, Page, Wanted};
use streamgauge_tests::engine::Engine;
use streamgauge_tests::table::Cells;
use streamgauge_tests::{Event, Options, Share, Unit, Windows};

/// The crate, fed by its reader of files.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Crate;

impl Engine for Crate {
    fn name(&self) -> &str {
        "crate"
    }

    fn run(&self, _page: &Page, ask: &Ask) -> Result<Vec<Cells>, String> {
        let model = FlowModel::from_toml(&ask.model).map_err(|error| error.to_string())?;
        let log = log_from_csv(&ask.events_csv)?;
        let as_of = ask.question.as_of()?.map(Instant);
        let flow = match &ask.calendar {
            None => measure(&log, &model, as_of),
            Some(calendar) => {
                Calendars::from_toml(calendar).and_then(|calendars| measure_working(&log, &model, as_of, &calendars))
            }
        };
        let table = answer(&flow.map_err(|error| error.to_string())?, ask)?;
        Ok(cells(&table.map_err(|error| error.to_string())?))
    }
}

/// The table that is asked for.
fn answer(flow: &Flow, ask: &Ask) -> Result<streamgauge::Result<Table>, String> {
    let by = ask.question.by();
    let windows = ask.question.windows()?;
    let asked = match &windows {
        Some(windows) => question(windows, &by, &ask.question.options()?)?,
        None => Question::default(),
    };
    if let Some(table) = ledger_table(flow, ask.question.table, &by, &asked) {
        return Ok(table);
    }
    match (ask.question.table, windows) {
        (Wanted::Records, _) | (Wanted::Error, None) => Ok(flow.records()),
        (Wanted::Findings, _) => Ok(flow.findings()),
        (_, Some(_)) => Ok(flow.metrics(&asked)),
        (table, None) => Err(format!("{table:?} without windows")),
    }
}

/// The tables of where the time goes.
pub(crate) const LEDGER: [Wanted; 14] = [
    Wanted::DaysInclusive,
    Wanted::Visits,
    Wanted::States,
    Wanted::Blocked,
    Wanted::Episodes,
    Wanted::Cfd,
    Wanted::Counters,
    Wanted::NetFlow,
    Wanted::Ageing,
    Wanted::Ledger,
    Wanted::LedgerItems,
    Wanted::Rework,
    Wanted::Transitions,
    Wanted::Efficiencies,
];

/// A table of where the time goes; `None` for the others.
pub(crate) fn ledger_table(
    flow: &Flow,
    wanted: Wanted,
    by: &[&str],
    question: &Question,
) -> Option<streamgauge::Result<Table>> {
    Some(match wanted {
        Wanted::Visits => flow.visits(),
        Wanted::DaysInclusive => flow.days_inclusive(),
        Wanted::Episodes => flow.episodes(),
        Wanted::Ageing => flow.ageing(by),
        Wanted::States => flow.states(question),
        Wanted::Blocked => flow.blocked(question),
        Wanted::Cfd => flow.cfd(question),
        Wanted::Counters => flow.counters(question),
        Wanted::NetFlow => flow.net_flow(question),
        Wanted::Ledger => flow.ledger(question),
        Wanted::LedgerItems => flow.ledger_items(question),
        Wanted::Rework => flow.rework(question),
        Wanted::Transitions => flow.transitions(question),
        Wanted::Efficiencies => flow.efficiencies(question),
        Wanted::Records | Wanted::Metrics | Wanted::Findings | Wanted::Error => return None,
    })
}

/// A log from a page's CSV, through a file and the reader.
fn log_from_csv(csv: &str) -> Result<EventLog, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let path = folder.path().join("events.csv");
    // Pages allow blanks around cells; files do not.
    let plain = csv.lines().map(|line| line.split(',').map(str::trim).collect::<Vec<_>>().join(","));
    std::fs::write(&path, plain.collect::<Vec<_>>().join("\n")).map_err(|error| error.to_string())?;
    read_events(&[path], &EventOptions::default(), None).map_err(|error| error.to_string())
}

/// A log from the oracle's events.
pub(crate) fn log_from_events(events: &[Event]) -> EventLog {
    let mut log = EventLog::builder();
    for event in events {
        let known_at = event.known_at.map(Instant);
        log.push(&event.item, Instant(event.at), &event.field, event.value.as_deref(), known_at).unwrap();
    }
    log.finish().unwrap()
}

/// The crate's words for a question.
pub(crate) fn question(windows: &Windows, by: &[&str], options: &Options) -> Result<Question, String> {
    let windows = match windows {
        Windows::Every { unit, from, to } => {
            let every = match unit {
                Unit::Hour => Every::Hour,
                Unit::Day => Every::Day,
                Unit::Week => Every::Week,
                Unit::Month => Every::Month,
                Unit::Quarter => Every::Quarter,
                Unit::Year => Every::Year,
            };
            WindowsOf::Every { every, from: from.map(Instant), to: to.map(Instant) }
        }
        Windows::List(list) => WindowsOf::List(list.iter().map(|&(a, b)| (Instant(a), Instant(b))).collect()),
    };
    let method = if options.linear { Method::Linear } else { Method::InvertedCdf };
    let percentiles = Percentiles::new(&options.percentiles, method).map_err(|error| error.to_string())?;
    let by = by.iter().map(|field| (*field).to_owned()).collect();
    Ok(Question { windows, by, percentiles, load_distribution: options.distribution_of == Share::Load })
}

/// A table's rows in the casebook's canonical form, by way of the machine-readable JSON.
pub(crate) fn cells(table: &Table) -> Vec<Cells> {
    let json: serde_json::Value = serde_json::from_str(&table.to_json(None)).unwrap();
    let rows = json["rows"].as_array().unwrap();
    let cell = |value: &serde_json::Value| match value {
        serde_json::Value::Null => String::new(),
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Number(number) if number.is_f64() => number.as_f64().unwrap().to_string(),
        other => other.to_string(),
    };
    let name = |name: &str| name.strip_suffix("_us").unwrap_or(name).to_owned();
    rows.iter()
        .map(|row| row.as_object().unwrap().iter().map(|(key, value)| (name(key), cell(value))).collect())
        .collect()
}

/// The flow of a case, or what is wrong with the call.
pub(crate) fn flow(events: &[Event], model: &str, as_of: Option<i64>) -> Result<Flow, streamgauge::Error> {
    let model = FlowModel::from_toml(model).unwrap();
    measure(&log_from_events(events), &model, as_of.map(Instant))
}
