//! What is wrong with a call, in words that say how to mend it.
//!
//! An [`Error`] means that the caller must change the call: it names the column, the row and the value, and what would
//! have been right. Odd *data* are not errors but [`Finding`](crate::Finding)s.

use std::fmt;

/// The result of every call that can be wrong.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A call that must be changed.
///
/// ```
/// use streamgauge::Zone;
///
/// let error = Zone::named("Europe/Berln").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     r#"zone "Europe/Berln" is not an IANA time zone. Did you mean "Europe/Berlin"?"#
/// );
/// ```
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The table lacks a column that the call needs.
    #[error("column {column:?} is missing; the table has {has:?}{}", DidYouMean(.hint))]
    MissingColumn {
        /// The column that was looked for.
        column: String,
        /// The columns of the table.
        has: Vec<String>,
        /// The nearest of them.
        hint: Option<String>,
    },
    /// A column has a type that cannot be read as what it should hold.
    #[error("column {column:?} has type {found}; {wanted} is needed")]
    ColumnType {
        /// The column.
        column: String,
        /// Its type.
        found: String,
        /// The types that would be right.
        wanted: &'static str,
    },
    /// A cell is null or cannot be read. Rows count from 0.
    #[error("column {column:?}, row {row}: {value} {reason}")]
    Cell {
        /// The column.
        column: String,
        /// The row, from 0, over all batches of the call.
        row: usize,
        /// The value as it stands there.
        value: String,
        /// What is wrong with it and what would be right.
        reason: String,
    },
    /// A stamp that cannot be read as an instant.
    #[error("{value:?} {reason}")]
    Stamp {
        /// The text.
        value: String,
        /// What is wrong with it and what would be right.
        reason: String,
    },
    /// The name of a zone that the IANA database does not have.
    #[error("zone {zone:?} is not an IANA time zone{}", DidYouMean(.hint))]
    UnknownZone {
        /// The name.
        zone: String,
        /// The nearest name that exists.
        hint: Option<String>,
    },
    /// A balance that must be 0 and is not: an error of this library, not of the call.
    #[error("{column} is {value} and must be 0; this is an error in streamgauge, please report it")]
    Unbalanced {
        /// What was to be 0.
        column: &'static str,
        /// What it is.
        value: i128,
    },
    /// A model file that says something impossible.
    #[error("flow model: {0}")]
    Model(String),
    /// A calendar file that says something impossible.
    #[error("calendar{}: {message}", AtLine(.line))]
    Calendar {
        /// The line of the file, from 1, where one is to blame.
        line: Option<usize>,
        /// What is wrong there and what would be right.
        message: String,
    },
    /// An answer in working time that reaches past what the calendar knows.
    #[error(
        "the calendar{} is valid from {valid}; the answer needs {from} to {to}; \
         extend `valid`, or ask for a span inside it", Named(.calendar)
    )]
    OutsideCalendar {
        /// The calendar's name; empty for the only one.
        calendar: String,
        /// The dates of its validity, both included, and their zone.
        valid: String,
        /// The first instant of the answer.
        from: String,
        /// The first instant after the answer.
        to: String,
    },
    /// States or types that the model does not know.
    #[error("{0}")]
    UnknownValues(UnknownValues),
    /// A field that no event of the log sets.
    #[error("field {field:?} is not in the log; it has {has:?}{}", DidYouMean(.hint))]
    UnknownField {
        /// The field.
        field: String,
        /// The fields of the log.
        has: Vec<String>,
        /// The nearest of them.
        hint: Option<String>,
    },
    /// An argument with a value that cannot be.
    #[error("{argument} = {value}: {wanted}")]
    Argument {
        /// The argument's name.
        argument: &'static str,
        /// The value that was given.
        value: String,
        /// What would be right.
        wanted: String,
    },
    /// A log without a single event that the answer may see.
    #[error("the log has no event{0}; nothing can be measured")]
    EmptyLog(String),
    /// More of something than the columns can number.
    #[error("too many {what}: at most {limit}")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// The most there may be.
        limit: u64,
    },
    /// A sum that does not fit in 64 bits.
    #[error(
        "column {column:?}: {value} does not fit in 64 bits; take more groups; shorter windows help a load integral"
    )]
    Overflow {
        /// The column.
        column: String,
        /// The exact sum.
        value: i128,
    },
    /// Arrow refused data that came from outside.
    #[error("arrow: {0}")]
    Arrow(String),
}

impl From<arrow_schema::ArrowError> for Error {
    fn from(error: arrow_schema::ArrowError) -> Self {
        Self::Arrow(error.to_string())
    }
}

/// Every state and type that a model does not know, with its count of steps.
///
/// ```
/// use streamgauge::{Error, EventLog, FlowModel, Instant, timelines};
///
/// let mut log = EventLog::builder();
/// log.push("A", Instant(0), "state", Some("Doing"), None)?;
/// log.push("A", Instant(1), "state", Some("On Hold"), None)?;
/// let model = FlowModel::from_toml("[phases]\nactive = [\"Doing\"]")?;
/// let error = timelines(&log.finish()?, &model, None).unwrap_err();
/// assert!(error.to_string().starts_with(r#"the flow model does not know the states "On Hold" (1x)"#));
/// let Error::UnknownValues(unknown) = error else { return Ok(()) };
/// assert_eq!(unknown.states, [("On Hold".to_owned(), 1)]);
/// assert!(unknown.types.is_empty());
/// # Ok::<(), streamgauge::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UnknownValues {
    /// States and how many steps have them, most first.
    pub states: Vec<(String, u64)>,
    /// Types and how many steps have them, most first.
    pub types: Vec<(String, u64)>,
}

impl fmt::Display for UnknownValues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = |values: &[(String, u64)]| {
            let each: Vec<_> = values.iter().map(|(value, n)| format!("{value:?} ({n}x)")).collect();
            each.join(", ")
        };
        let paste = |values: &[(String, u64)]| {
            let each: Vec<_> = values.iter().map(|(value, _)| toml::Value::from(value.as_str()).to_string()).collect();
            each.join(", ")
        };
        write!(f, "the flow model does not know")?;
        if !self.states.is_empty() {
            write!(f, " the states {}", counts(&self.states))?;
        }
        if !self.types.is_empty() {
            let and = if self.states.is_empty() { "" } else { " and" };
            write!(f, "{and} the types {}", counts(&self.types))?;
        }
        writeln!(f, ". Put each where it belongs, for instance:\n")?;
        if !self.states.is_empty() {
            writeln!(f, "[phases]   # new, active, waiting, done, cancelled or ignored")?;
            writeln!(f, "active = [{}]", paste(&self.states))?;
        }
        if !self.types.is_empty() {
            writeln!(f, "[kinds]    # feature, defect, risk, debt or ignored")?;
            writeln!(f, "feature = [{}]", paste(&self.types))?;
        }
        write!(f, "\nor say on_unknown = \"waiting\" or on_unknown = \"ignored\" at the head of the model")
    }
}

/// The end of a message: a full stop, or the nearest thing that exists.
struct DidYouMean<'a>(&'a Option<String>);

impl fmt::Display for DidYouMean<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(hint) => write!(f, ". Did you mean {hint:?}?"),
            None => Ok(()),
        }
    }
}

/// A name behind what it names.
struct Named<'a>(&'a str);

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            "" => Ok(()),
            name => write!(f, " {name}"),
        }
    }
}

/// Where in a file.
struct AtLine<'a>(&'a Option<usize>);

impl fmt::Display for AtLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(line) => write!(f, ", line {line}"),
            None => Ok(()),
        }
    }
}

/// The candidate that is most like `word`, if one is like it at all.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let lower = word.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate.to_owned())
}
