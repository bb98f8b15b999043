//! The top of the house: one call from a log and a model to everything that can be asked of them.

mod ledger;

use std::sync::{Arc, Mutex, PoisonError};

use crate::error::Result;
use crate::flow::{
    FlowRecords, Groups, Timelines, check_windows, days_inclusive, findings_table, records, records_table, timelines,
};
use crate::metric::{self, Of, Percentiles};
use crate::model::{EventLog, Finding, FlowModel};
use crate::table::{Receipt, Table};
use crate::time::{Calendars, Cut, Every, Instant, Observed, Period, Ruler, Windows};

/// A log measured by a model: the stages, ready to be asked.
///
/// ```
/// use streamgauge::{EventLog, FlowModel, Instant, Question, measure};
///
/// let mut log = EventLog::builder();
/// log.push("A", Instant(0), "state", Some("Doing"), None)?;
/// log.push("A", Instant(3_600_000_000), "state", Some("Done"), None)?;
/// let model = FlowModel::from_toml("[phases]\nactive = [\"Doing\"]\ndone = [\"Done\"]")?;
/// let flow = measure(&log.finish()?, &model, None)?;
/// let table = flow.metrics(&Question::default())?;
/// assert_eq!(table.num_rows(), 1);
/// # Ok::<(), streamgauge::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Flow {
    timelines: Timelines,
    records: FlowRecords,
    findings: Vec<Finding>,
    /// The groups that were asked for last: the next question is often of other windows.
    last_groups: Arc<Mutex<Option<Arc<Groups>>>>,
}

/// Where and how to measure: windows, groups and options. The default is quarters by stream and kind.
///
/// ```
/// use streamgauge::{Every, Question, WindowsOf};
///
/// let weeks = WindowsOf::Every { every: Every::Week, from: None, to: None };
/// let question = Question { windows: weeks, by: vec!["team".to_owned()], ..Question::default() };
/// assert!(!question.load_distribution);
/// assert_eq!(Question::default().by, ["stream", "kind"]);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// The windows.
    pub windows: WindowsOf,
    /// The group's fields.
    pub by: Vec<String>,
    /// Percentiles of flow times and of items' efficiencies.
    pub percentiles: Percentiles,
    /// Whether shares are of the load integral in place of velocity.
    pub load_distribution: bool,
}

/// Which windows.
///
/// ```
/// use streamgauge::{Instant, WindowsOf};
///
/// let hour = 3_600_000_000;
/// let windows = WindowsOf::List(vec![(Instant(0), Instant(hour)), (Instant(hour), Instant(2 * hour))]);
/// assert!(matches!(windows, WindowsOf::List(list) if list.len() == 2));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WindowsOf {
    /// Calendar windows; `from` is the first event and `to` is `as_of` where they are `None`.
    Every {
        /// Their length.
        every: Every,
        /// The first window holds it.
        from: Option<Instant>,
        /// The last window holds the instant before it.
        to: Option<Instant>,
    },
    /// Intervals `[start, end)`, in order, without overlap.
    List(Vec<(Instant, Instant)>),
}

impl Default for Question {
    fn default() -> Self {
        Self {
            windows: WindowsOf::Every { every: Every::Quarter, from: None, to: None },
            by: vec!["stream".to_owned(), "kind".to_owned()],
            percentiles: Percentiles::default(),
            load_distribution: false,
        }
    }
}

/// Measures a log by a model. Events at or after `as_of` do not exist for the answer; by default it is one µs after the last
/// event.
///
/// ```
/// use streamgauge::{EventLog, FlowModel, Instant, measure};
///
/// let mut log = EventLog::builder();
/// log.push("A", Instant(0), "state", Some("Doing"), None)?;
/// let model = FlowModel::from_toml("[phases]\nactive = [\"Doing\"]")?;
/// let flow = measure(&log.finish()?, &model, Some(Instant(60_000_000)))?;
/// assert_eq!(flow.observed().as_of, Instant(60_000_000));
/// assert!(flow.records()?.to_csv().contains("open"));
/// # Ok::<(), streamgauge::Error>(())
/// ```
///
/// # Errors
/// As [`timelines`]: an empty log, values that the model does not know, rules that tell too much apart, millions of states.
pub fn measure(log: &EventLog, model: &FlowModel, as_of: Option<Instant>) -> Result<Flow> {
    measure_by(log, model, as_of, &Ruler::elapsed())
}

/// As [`measure`], with working time beside elapsed time: all durations come in both readings, the second with `_working` in its name.
///
/// ```
/// use streamgauge::{Calendars, EventLog, FlowModel, Instant, measure_working};
///
/// let mut log = EventLog::builder();
/// log.push("A", Instant::parse("2024-01-05T16:00:00Z", None)?.instant, "state", Some("Doing"), None)?;
/// log.push("A", Instant::parse("2024-01-08T10:00:00Z", None)?.instant, "state", Some("Done"), None)?;
/// let model = FlowModel::from_toml("[phases]\nactive = [\"Doing\"]\ndone = [\"Done\"]")?;
/// let week = "hours = { mon = [\"09:00-17:00\"], fri = [\"09:00-17:00\"] }";
/// let calendars = Calendars::from_toml(&format!("zone = \"UTC\"\n{week}"))?;
/// let flow = measure_working(&log.finish()?, &model, None, &calendars)?;
/// // One hour on Friday and one on Monday.
/// assert!(flow.records()?.to_csv().contains(",7200000000,"));
/// # Ok::<(), streamgauge::Error>(())
/// ```
///
/// # Errors
/// As [`measure`]; [`Error::OutsideCalendar`](crate::Error::OutsideCalendar) if an item reaches out of its calendar's validity;
/// [`Error::UnknownField`](crate::Error::UnknownField) if the log lacks the field that chooses calendars;
/// [`Error::Argument`](crate::Error::Argument) if an item has a value for which no calendar is named.
pub fn measure_working(
    log: &EventLog,
    model: &FlowModel,
    as_of: Option<Instant>,
    calendars: &Calendars,
) -> Result<Flow> {
    measure_by(log, model, as_of, &Ruler::working(calendars))
}

/// As [`measure_working`], with calendars that are compiled already.
///
/// ```
/// use streamgauge::{EventLog, FlowModel, Instant, Ruler, measure, measure_by};
///
/// let mut log = EventLog::builder();
/// log.push("A", Instant(0), "state", Some("Doing"), None)?;
/// let (log, model) = (log.finish()?, FlowModel::from_toml("[phases]\nactive = [\"Doing\"]")?);
/// let flow = measure_by(&log, &model, None, &Ruler::elapsed())?;
/// assert_eq!(flow.records()?, measure(&log, &model, None)?.records()?);
/// # Ok::<(), streamgauge::Error>(())
/// ```
///
/// # Errors
/// As [`measure_working`].
pub fn measure_by(log: &EventLog, model: &FlowModel, as_of: Option<Instant>, ruler: &Ruler) -> Result<Flow> {
    let (timelines, odd_events) = timelines(log, model, as_of)?;
    let (records, odd_clocks) = records(&timelines, model.clock(), ruler)?;
    let findings = log.findings().iter().cloned().chain(odd_events).chain(odd_clocks);
    let mut findings = Finding::merged(findings);
    // A reader may tell where something stands that is counted, or not, only here.
    findings.retain(|finding| finding.count > 0);
    Ok(Flow { findings, timelines, records, last_groups: Arc::default() })
}

impl Flow {
    /// All five metrics, in the columns of [`metrics`](metric::metrics).
    ///
    /// # Errors
    /// As [`Windows`], [`Groups::by`] and the metric.
    pub fn metrics(&self, question: &Question) -> Result<Table> {
        let (windows, groups) = self.measured_grid(question)?;
        let Question { percentiles, load_distribution, .. } = question;
        metric::metrics(&self.timelines, &self.records, &windows, &groups, percentiles, *load_distribution)
    }

    /// [`velocity`](metric::velocity).
    ///
    /// # Errors
    /// As [`metrics`](Self::metrics).
    pub fn velocity(&self, question: &Question) -> Result<Table> {
        let (windows, groups) = self.grid(question)?;
        metric::velocity(&self.records, &windows, &groups)
    }

    /// [`flow_time`](metric::flow_time).
    ///
    /// # Errors
    /// As [`metrics`](Self::metrics).
    pub fn flow_time(&self, question: &Question) -> Result<Table> {
        let (windows, groups) = self.measured_grid(question)?;
        metric::flow_time(&self.records, &windows, &groups, &question.percentiles)
    }

    /// [`load`](metric::load).
    ///
    /// # Errors
    /// As [`metrics`](Self::metrics).
    pub fn load(&self, question: &Question) -> Result<Table> {
        let (windows, groups) = self.grid(question)?;
        metric::load(&self.timelines, &windows, &groups)
    }

    /// [`efficiency`](metric::efficiency).
    ///
    /// # Errors
    /// As [`metrics`](Self::metrics).
    pub fn efficiency(&self, question: &Question) -> Result<Table> {
        let (windows, groups) = self.measured_grid(question)?;
        metric::efficiency(&self.records, &windows, &groups, &question.percentiles)
    }

    /// [`distribution`](metric::distribution).
    ///
    /// # Errors
    /// As [`metrics`](Self::metrics).
    pub fn distribution(&self, question: &Question) -> Result<Table> {
        let (windows, groups) = self.grid(question)?;
        let of = if question.load_distribution { Of::Load(&self.timelines) } else { Of::Velocity(&self.records) };
        metric::distribution(of, &windows, &groups)
    }

    /// One row for each item, in byte order of `item`.
    ///
    /// Columns: `item`; its fields at the end: `stream, kind, type, state`, then every other field of the log in byte order (one whose name is
    /// taken by another column is called `field.NAME`); `outcome`; `arrived, started, finished, cancelled_at`; `flow_time, active, waiting,
    /// paused, age` (durations, null when undefined); `n_reopened, n_backward`.
    ///
    /// # Errors
    /// [`Error::TooMany`](crate::Error::TooMany) if the texts are more than Arrow's offsets can number.
    pub fn records(&self) -> Result<Table> {
        records_table(&self.timelines, &self.records)
    }

    /// [`days_inclusive`](crate::days_inclusive): flow time as end date − start date + 1, in the model's zone.
    ///
    /// # Errors
    /// As [`records`](Self::records).
    pub fn days_inclusive(&self) -> Result<Table> {
        days_inclusive(&self.timelines, &self.records)
    }

    /// What is odd about the data: `code, count, items` (some of them), `effect` (what it does to the numbers), `details`.
    ///
    /// # Errors
    /// [`Error::TooMany`](crate::Error::TooMany) if the texts are more than Arrow's offsets can number.
    pub fn findings(&self) -> Result<Table> {
        findings_table(&self.findings, self.timelines.receipt.clone())
    }

    /// What the reader of a log found odd, in the columns of [`findings`](Self::findings).
    ///
    /// # Errors
    /// As [`findings`](Self::findings).
    pub fn findings_of(log: &EventLog) -> Result<Table> {
        let findings: Vec<_> = log.findings().iter().filter(|finding| finding.count > 0).cloned().collect();
        findings_table(&findings, Receipt::of_data())
    }

    /// The fingerprint of the events that this answer saw.
    pub fn log_hash(&self) -> &str {
        self.timelines.receipt.get("log_hash")
    }

    /// The fingerprint of the model.
    pub fn model_hash(&self) -> &str {
        self.timelines.receipt.get("model_hash")
    }

    /// From the first event to `as_of`.
    pub const fn observed(&self) -> Observed {
        self.timelines.observed
    }

    /// Where calendar windows are cut.
    pub const fn cut(&self) -> Cut {
        self.timelines.cut
    }

    /// The last calendar period that lies wholly before `as_of`, or the first that is observed if there is none.
    pub fn last_whole_period(&self, every: Every) -> Period {
        let Observed { first, as_of } = self.observed();
        let last = Period::holding(Instant(as_of.0 - 1), every, self.cut());
        let whole = if last.end() <= as_of { last } else { last.previous() };
        if whole.end() <= first { last } else { whole }
    }

    /// As [`grid`](Self::grid), for tables that have columns in working time.
    fn measured_grid(&self, question: &Question) -> Result<(Windows, Arc<Groups>)> {
        let (windows, groups) = self.grid(question)?;
        // Before the first event there is nothing to measure: only a window that was asked for must lie within the calendars.
        let from = match question.windows {
            WindowsOf::Every { from: None, .. } => Some(self.observed().first),
            _ => None,
        };
        check_windows(&self.records.ruler, &windows, from)?;
        Ok((windows, groups))
    }

    fn grid(&self, question: &Question) -> Result<(Windows, Arc<Groups>)> {
        let observed = self.observed();
        let windows = match &question.windows {
            WindowsOf::Every { every, from, to } => Windows::every(*every, self.cut(), observed, *from, *to)?,
            WindowsOf::List(windows) => Windows::list(windows, observed.as_of)?,
        };
        Ok((windows, self.groups(&question.by)?))
    }

    /// The groups by some fields; those of the last question, if they are by the same.
    fn groups(&self, by: &[String]) -> Result<Arc<Groups>> {
        // Nothing that can fail is done while the lock is held, so what is in it is whole.
        let last = || self.last_groups.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(groups) = last().as_ref().filter(|groups| groups.fields() == by) {
            return Ok(Arc::clone(groups));
        }
        let by: Vec<&str> = by.iter().map(String::as_str).collect();
        let groups = Arc::new(Groups::by(&self.timelines, &by)?);
        *last() = Some(Arc::clone(&groups));
        Ok(groups)
    }
}
