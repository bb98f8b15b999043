//! The casebook: pages of `tests/cases`, read into [`Page`]s. The form of a page is told in the README beside them.
//!
//! A page is read from the top. An `ask` uses the last `model`, `events` and `calendar` above it, and the `expect`
//! below it holds its answer.

use std::path::Path;

use serde::Deserialize;

use crate::csv::{self, Sheet};
use crate::event::{Event, parse_instant};
use crate::metric::{Options, Share};
use crate::window::{Unit, Windows};

/// One definition.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The name of its file, without `.md`.
    pub name: String,
    /// The definition in a few words.
    pub title: String,
    /// Where the definition comes from.
    pub source: String,
    /// Questions and answers, in order.
    pub asks: Vec<Ask>,
}

/// One question with its answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Ask {
    /// The model file.
    pub model: String,
    /// The log as it stands on the page.
    pub events_csv: String,
    /// The log as events.
    pub events: Vec<Event>,
    /// The calendar file; `None` when there is none above it, or it wants none.
    pub calendar: Option<String>,
    /// What is asked.
    pub question: Question,
    /// The answer, as it stands on the page.
    pub expect: Sheet,
}

/// Which table an ask wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wanted {
    /// One row per item.
    Records,
    /// One row per window and group.
    Metrics,
    /// Counts of odd data.
    Findings,
    /// Where each item was.
    Visits,
    /// Time by state and phase.
    States,
    /// Flow time by dates.
    DaysInclusive,
    /// Blocked load.
    Blocked,
    /// Stretches in which an item is blocked.
    Episodes,
    /// Items by state at each boundary.
    Cfd,
    /// Counters that only grow.
    Counters,
    /// Open items that come and go.
    NetFlow,
    /// How long open items have been so.
    Ageing,
    /// Little's balance.
    Ledger,
    /// The items behind its gap.
    LedgerItems,
    /// Items that were set back.
    Rework,
    /// Moves between states.
    Transitions,
    /// Efficiency by reading of the clock.
    Efficiencies,
    /// No table: the call is wrong, and the error says so. Asks for metrics if it names windows, else for records.
    Error,
}

/// The `ask` block.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Which table.
    pub table: Wanted,
    /// The instant of the answer.
    pub as_of: Option<String>,
    /// Regular windows: hour, day, week, month, quarter, year.
    pub every: Option<String>,
    /// The start of their span.
    pub from: Option<String>,
    /// The end of their span.
    pub to: Option<String>,
    /// Windows, one by one, in place of `every`.
    pub windows: Option<Vec<(String, String)>>,
    /// The group's fields; stream and kind when not given.
    pub by: Option<Vec<String>>,
    /// Which percentiles; 50, 85 and 95 when not given.
    pub percentiles: Option<Vec<f64>>,
    /// `inverted` (when not given) or `linear`.
    pub method: Option<String>,
    /// What distribution shares out: `velocity` (when not given) or `load`.
    pub of: Option<String>,
    /// `false`: without the calendar that stands above it.
    pub calendar: Option<bool>,
}

impl Question {
    /// The instant of the answer, µs.
    pub fn as_of(&self) -> Result<Option<i64>, String> {
        self.as_of.as_deref().map(parse_instant).transpose()
    }

    /// The windows; `None` when the ask names none.
    pub fn windows(&self) -> Result<Option<Windows>, String> {
        let instant = |text: &Option<String>| text.as_deref().map(parse_instant).transpose();
        if let Some(list) = &self.windows {
            let pair = |(start, end): &(String, String)| Ok((parse_instant(start)?, parse_instant(end)?));
            let pairs = list.iter().map(pair).collect::<Result<_, String>>()?;
            return Ok(Some(Windows::List(pairs)));
        }
        let Some(every) = &self.every else { return Ok(None) };
        Ok(Some(Windows::Every { unit: Unit::parse(every)?, from: instant(&self.from)?, to: instant(&self.to)? }))
    }

    /// The group's fields.
    pub fn by(&self) -> Vec<&str> {
        match &self.by {
            Some(fields) => fields.iter().map(String::as_str).collect(),
            None => vec!["stream", "kind"],
        }
    }

    /// Percentiles, their method, and what distribution shares out.
    pub fn options(&self) -> Result<Options, String> {
        let linear = match self.method.as_deref() {
            None | Some("inverted") => false,
            Some("linear") => true,
            Some(other) => return Err(format!("method = {other:?}; it is inverted or linear")),
        };
        let distribution_of = match self.of.as_deref() {
            None | Some("velocity") => Share::Velocity,
            Some("load") => Share::Load,
            Some(other) => return Err(format!("of = {other:?}; it is velocity or load")),
        };
        let percentiles = self.percentiles.clone().unwrap_or(Options::default().percentiles);
        Ok(Options { percentiles, linear, distribution_of })
    }
}

impl Page {
    /// Reads one page. `name` is the name of its file.
    pub fn parse(name: &str, text: &str) -> Result<Page, String> {
        let said = |error: String| format!("page {name}: {error}");
        let (prose, blocks) = divide(text).map_err(said)?;
        let line = |start: &str| {
            let found = prose.lines().find_map(|line| line.strip_prefix(start));
            found
                .map(|rest| rest.trim().to_owned())
                .ok_or_else(|| format!("page {name}: no line begins with {start:?}"))
        };
        Ok(Page {
            name: name.trim_end_matches(".md").to_owned(),
            title: line("# ")?,
            source: line("Source:")?,
            asks: asks(&blocks).map_err(said)?,
        })
    }
}

/// A fenced block: the words after the fence, and the lines inside.
type Block = (String, String);

/// Divides a page into its prose and its fenced blocks.
fn divide(text: &str) -> Result<(String, Vec<Block>), String> {
    let mut prose = String::new();
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for line in text.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(words)) => open = Some((words.trim().to_owned(), String::new())),
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some((_, inside)), None) => *inside += &format!("{line}\n"),
            (None, None) => prose += &format!("{line}\n"),
        }
    }
    match open {
        Some((words, _)) => Err(format!("the block {words:?} has no end")),
        None => Ok((prose, blocks)),
    }
}

fn asks(blocks: &[Block]) -> Result<Vec<Ask>, String> {
    let (mut model, mut events_csv, mut calendar) = (None, None, None);
    let mut question: Option<Question> = None;
    let mut asks = Vec::new();
    for (words, inside) in blocks {
        match words.as_str() {
            "toml model" => model = Some(inside.clone()),
            "toml calendar" => calendar = Some(inside.clone()),
            "csv events" => events_csv = Some(inside.clone()),
            "toml ask" => question = Some(toml::from_str(inside).map_err(|error| error.to_string())?),
            "csv expect" => {
                let events_csv = events_csv.clone().ok_or("an ask without events above it")?;
                let question = question.take().ok_or("an expect without an ask above it")?;
                asks.push(Ask {
                    model: model.clone().ok_or("an ask without a model above it")?,
                    events: csv::events(&events_csv)?,
                    events_csv,
                    calendar: calendar.clone().filter(|_| question.calendar != Some(false)),
                    question,
                    expect: Sheet::parse(inside)?,
                });
            }
            other => return Err(format!("the block {other:?} is none of model, events, calendar, ask, expect")),
        }
    }
    match (question, asks.is_empty()) {
        (None, false) => Ok(asks),
        (None, true) => Err("no ask".to_owned()),
        (Some(_), _) => Err("an ask without an expect below it".to_owned()),
    }
}

/// Reads all pages of a folder, in order of their names. The README is no page.
pub fn pages(folder: &Path) -> Result<Vec<Page>, String> {
    let said = |error: std::io::Error| format!("{}: {error}", folder.display());
    let mut pages = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(said)? {
        let path = entry.map_err(said)?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if name.ends_with(".md") && name != "README.md" {
            let text = std::fs::read_to_string(&path).map_err(said)?;
            pages.push(Page::parse(&name, &text)?);
        }
    }
    pages.sort_by(|left, right| left.name.cmp(&right.name));
    Ok(pages)
}
