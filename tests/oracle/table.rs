//! Tables as text, in one canonical form, so that answers of any engine can be laid beside the page.
//!
//! Null is the empty text; instants are RFC 3339 with `Z`; lengths are whole µs; floats are Rust's shortest text
//! that reads back the same; truths are `true` and `false`. A page may write lengths as `1d 2h 30m` and floats as `1/3`.

use std::collections::BTreeMap;

use crate::casebook::Wanted;
use crate::csv::Sheet;
use crate::event::{parse_instant, write_instant};
use crate::metric::{Options, Row};
use crate::record::Record;

/// One row: column and cell.
pub type Cells = BTreeMap<String, String>;

/// What stands in a column, told by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// RFC 3339.
    Instant,
    /// Whole µs.
    Length,
    /// A 64-bit float.
    Float,
    /// Anything else, taken as it stands.
    Text,
}

impl Column {
    /// The kind of a column of the contract. Some names mean different things in different tables.
    pub fn of(table: Wanted, name: &str) -> Column {
        let in_tables = |tables: &[Wanted]| tables.contains(&table);
        use Wanted::{Ageing, Episodes, Ledger, Records, States, Visits};
        match name {
            "window_start" | "window_end" | "at" => Column::Instant,
            "started" | "cancelled_at" | "entered" | "left" => Column::Instant,
            "arrived" | "finished" if table == Records => Column::Instant,
            "began" | "ended" if table == Episodes => Column::Instant,

            "flow_time" | "active" | "waiting" | "paused" | "age" | "flow_time_sum" | "flow_time_mean" => {
                Column::Length
            }
            "load_integral" | "blocked_integral" | "departed" | "residual" | "arrival_residual" => Column::Length,
            "age_start" | "age_end" | "remaining_start" | "remaining_end" | "gap" => Column::Length,
            "residence" | "first_pass" | "time_in_state" | "lost" => Column::Length,
            "arrived" if table == Ledger => Column::Length,
            "rework" if table == States => Column::Length,
            "blocked" if in_tables(&[Visits, States, Episodes, Ageing]) => Column::Length,

            "efficiency" | "efficiency_working" | "difference" | "load_avg" | "blocked_avg" => Column::Float,
            "distribution" | "unexplained" | "share" | "blocked_share" | "lost_share" | "slowest_share" => {
                Column::Float
            }
            _ if name.ends_with("_working") => Column::Length,
            _ if name.starts_with("flow_time_p") => Column::Length,
            _ => Column::Text,
        }
    }

    /// A page's cell in the canonical form.
    pub fn canonical(self, cell: &str) -> Result<String, String> {
        if cell.is_empty() {
            return Ok(String::new());
        }
        match self {
            Column::Instant => parse_instant(cell).map(write_instant),
            Column::Length => parse_length(cell).map(|length| length.to_string()),
            Column::Float => parse_float(cell).map(|float| float.to_string()),
            Column::Text => Ok(cell.to_owned()),
        }
    }
}

/// Whole µs of a length such as `1d 2h 30m`, `90s`, `1500ms` or `-5us`; a day is 24 hours.
pub fn parse_length(text: &str) -> Result<i128, String> {
    let mut sum = 0;
    for part in text.split_whitespace() {
        let digits = part.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
        let unit = match &part[digits.len()..] {
            "d" => 86_400_000_000,
            "h" => 3_600_000_000,
            "m" => 60_000_000,
            "s" => 1_000_000,
            "ms" => 1_000,
            "us" => 1,
            _ => return Err(format!("length {text:?}: {part:?} needs one of d, h, m, s, ms, us")),
        };
        let count: i128 = digits.parse().map_err(|error| format!("length {text:?}: {error}"))?;
        sum += count * unit;
    }
    Ok(sum)
}

/// A float such as `0.25`, the one division `1/3`, or the difference `1/2 - 1/3` of two.
pub fn parse_float(text: &str) -> Result<f64, String> {
    if let Some((left, right)) = text.split_once(" - ") {
        return Ok(parse_float(left)? - parse_float(right)?);
    }
    let one = |part: &str| part.trim().parse::<f64>().map_err(|error| format!("float {text:?}: {error}"));
    match text.split_once('/') {
        Some((num, den)) => Ok(one(num)? / one(den)?),
        None => one(text),
    }
}

/// The rows of a page's table in the canonical form.
pub fn canonical_rows(table: Wanted, sheet: &Sheet) -> Result<Vec<Cells>, String> {
    let mut rows = Vec::new();
    for row in &sheet.rows {
        let mut cells = Cells::new();
        for (name, cell) in sheet.header.iter().zip(row) {
            cells.insert(name.clone(), Column::of(table, name).canonical(cell)?);
        }
        rows.push(cells);
    }
    Ok(rows)
}

fn text<T: ToString>(value: Option<T>) -> String {
    value.map_or(String::new(), |value| value.to_string())
}

/// The cells of a record.
pub fn record_cells(record: &Record) -> Cells {
    let mut cells: Cells = record.fields.iter().map(|(name, value)| (name.clone(), text(value.as_ref()))).collect();
    let fixed = [
        ("item", record.item.clone()),
        ("kind", text(record.kind.map(|kind| kind.name()))),
        ("outcome", record.outcome.name().to_owned()),
        ("arrived", write_instant(record.arrived)),
        ("started", text(record.started.map(write_instant))),
        ("finished", text(record.finished.map(write_instant))),
        ("cancelled_at", text(record.cancelled_at.map(write_instant))),
        ("flow_time", text(record.flow_time)),
        ("active", text(record.active)),
        ("waiting", text(record.waiting)),
        ("paused", text(record.paused)),
        ("age", text(record.age)),
        ("n_reopened", record.n_reopened.to_string()),
        ("n_backward", record.n_backward.to_string()),
    ];
    cells.extend(fixed.map(|(name, cell)| (name.to_owned(), cell)));
    cells
}

/// The cells of a row of metrics.
pub fn metric_cells(row: &Row, by: &[&str], options: &Options) -> Cells {
    let mut cells = Cells::new();
    for (field, value) in by.iter().zip(&row.group) {
        cells.insert((*field).to_owned(), text(value.as_ref()));
    }
    let suffix = if options.linear { "_linear" } else { "" };
    for (percent, value) in &row.percentiles {
        cells.insert(format!("flow_time_p{percent}{suffix}"), text(*value));
    }
    let fixed = [
        ("window_start", write_instant(row.window.start)),
        ("window_end", write_instant(row.window.end)),
        ("partial", row.window.partial.to_string()),
        ("velocity", row.velocity.to_string()),
        ("flow_time_n", row.flow_time_n.to_string()),
        ("flow_time_mean", text(row.flow_time_mean)),
        ("active", row.active.to_string()),
        ("waiting", row.waiting.to_string()),
        ("paused", row.paused.to_string()),
        ("flow_time_sum", row.flow_time_sum.to_string()),
        ("efficiency", text(row.efficiency)),
        ("load_start", row.load_start.to_string()),
        ("load_end", row.load_end.to_string()),
        ("load_max", row.load_max.to_string()),
        ("load_integral", row.load_integral.to_string()),
        ("load_avg", text(row.load_avg)),
        ("distribution", text(row.distribution)),
    ];
    cells.extend(fixed.map(|(name, cell)| (name.to_owned(), cell)));
    cells
}
