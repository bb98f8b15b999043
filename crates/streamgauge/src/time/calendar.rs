//! Calendars: the hours in which people work, read from a small TOML file and checked.
//!
//! The one rule: an instant is working time when the wall clock of the calendar's zone shows, at that instant, a local date and time
//! inside that day's hours. So a local time that does not exist takes no time, and one that exists twice counts both times. Hours
//! that run past midnight belong to the day on which they begin, wholly: a holiday on Friday takes Friday's night with its
//! Saturday morning, one on Saturday leaves it. Outside its validity a calendar knows nothing, and nothing is counted.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use xxhash_rust::xxh3::xxh3_64;

use super::Zone;
use super::calendar_file::{FileSpec, Source};
use super::spans::Spans;
use super::working_days::WorkingDays;
use crate::error::{Error, Result, nearest};

/// The most calendars in one file.
const MOST_CALENDARS: usize = 1_000;

/// The name of a file's only calendar.
const ONLY: &str = "calendar";

/// When people work: one calendar for all items, or several of which a field of the log chooses.
///
/// Each has an IANA zone, hours for each weekday, holidays, exceptions (dates with hours of their own) and a validity, by default from
/// 1970-01-01 to 2099-12-31. [`Ruler::working`](crate::Ruler::working) measures with them.
///
/// ```
/// use streamgauge::{Calendars, Instant, Ruler};
///
/// let calendars = Calendars::from_toml(r#"
///     zone = "Europe/Berlin"
///     [hours]
///     mon = ["09:00-12:00", "13:00-17:00"]
///     fri = ["22:00-06:00+1"]
///     [[holiday]]
///     date = 2024-01-01
///     name = "Neujahr"
/// "#)?;
/// let at = |text| Instant::parse(text, None).map(|stamp| stamp.instant.0);
/// let ruler = Ruler::working(&calendars);
/// assert_eq!(ruler.span(at("2024-01-01T00:00:00Z")?, at("2024-01-05T00:00:00Z")?), 0);
/// assert_eq!(ruler.span(at("2024-01-05T00:00:00Z")?, at("2024-01-07T00:00:00Z")?), 8 * 3_600_000_000);
/// # Ok::<(), streamgauge::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Calendars {
    text: String,
    by: Option<String>,
    default: Option<u16>,
    uses: BTreeMap<String, u16>,
    /// In the order of the file.
    calendars: Vec<(String, WorkingDays)>,
    /// Their working time, in the same order; compiled once, however often it is measured.
    spans: Arc<[Spans]>,
}

impl Calendars {
    /// Reads a calendar file.
    ///
    /// # Errors
    /// [`Error::Calendar`] with the line, for text that is no TOML, unknown keys or zones, hours that overlap or end before they begin,
    /// a date that stands twice or outside the validity, no working time at all, or a calendar that is used and not there.
    ///
    /// ```
    /// use streamgauge::Calendars;
    ///
    /// let error = Calendars::from_toml("zone = \"UTC\"\n[hours]\nmon = [\"22:00-06:00\"]").unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     r#"calendar, line 3: "22:00-06:00" ends before it begins; write "22:00-06:00+1" if it runs past midnight"#
    /// );
    /// ```
    pub fn from_toml(text: &str) -> Result<Self> {
        let source = Source(text);
        let mut file = source.read()?;
        match file.single() {
            Some(_) if !file.calendar.is_empty() => Err(whole_file(
                "one calendar stands at the head of the file and others under [calendar.NAME]; give each a name",
            )),
            Some(only) => {
                if let Some(chosen) = file.by.as_ref().or(file.default.as_ref()).or(file.uses.values().next()) {
                    let message = "`by`, `default` and [use] choose among several; write each as [calendar.NAME]";
                    return Err(source.wrong(chosen, message));
                }
                let (days, spans) = WorkingDays::new(source, only, None)?;
                let (calendars, spans) = (vec![(ONLY.to_owned(), days)], [spans].into());
                Ok(Self { text: text.to_owned(), by: None, default: Some(0), uses: BTreeMap::new(), calendars, spans })
            }
            None => Self::several(source, file),
        }
    }

    /// Several calendars, and what chooses among them.
    fn several(source: Source<'_>, file: FileSpec) -> Result<Self> {
        let FileSpec { by, default, uses, calendar, .. } = file;
        if calendar.is_empty() {
            return Err(whole_file("there is no calendar; write zone = \"Europe/Berlin\" and [hours]"));
        }
        if calendar.len() > MOST_CALENDARS {
            return Err(whole_file(&format!("there are {} calendars; at most {MOST_CALENDARS}", calendar.len())));
        }
        let by = by.ok_or_else(|| whole_file("`by` is missing; name the field that chooses, such as by = \"team\""))?;
        if uses.is_empty() && default.is_none() {
            return Err(source.wrong(&by, "no calendar is used; write a default, or values under [use]"));
        }
        let mut named: Vec<_> = calendar.into_iter().collect();
        named.sort_by_key(|(name, _)| name.span().start);
        let compiled = named.into_iter().map(|(name, spec)| {
            let (days, spans) = WorkingDays::new(source, spec, Some(&name))?;
            Ok(((name.into_inner(), days), spans))
        });
        let (calendars, spans): (Vec<_>, Vec<_>) = compiled.collect::<Result<Vec<_>>>()?.into_iter().unzip();
        let place = |name: &toml::Spanned<String>| {
            let at = calendars.iter().position(|(known, _)| known == name.get_ref());
            at.map(|at| at as u16).ok_or_else(|| {
                let hint = nearest(name.get_ref(), calendars.iter().map(|(known, _)| known.as_str()));
                let hint = hint.map(|hint| format!(". Did you mean {hint:?}?")).unwrap_or_default();
                source.wrong(name, format!("calendar {:?} is not in this file{hint}", name.get_ref()))
            })
        };
        let default = default.as_ref().map(place).transpose()?;
        let uses = uses.iter().map(|(value, name)| Ok((value.get_ref().clone(), place(name)?)));
        let uses = uses.collect::<Result<_>>()?;
        let (text, by, spans) = (source.0.to_owned(), Some(by.into_inner()), spans.into());
        Ok(Self { text, by, default, uses, calendars, spans })
    }

    /// The field whose value chooses the calendar; `None` where one calendar is for all.
    ///
    /// ```
    /// use streamgauge::Calendars;
    ///
    /// let one = Calendars::from_toml("zone = \"UTC\"\nhours = { mon = [\"09:00-17:00\"] }")?;
    /// assert_eq!(one.field(), None);
    /// # Ok::<(), streamgauge::Error>(())
    /// ```
    pub fn field(&self) -> Option<&str> {
        self.by.as_deref()
    }

    /// The calendars' names in the order of the file; one that stands alone is called `calendar`.
    ///
    /// ```
    /// use streamgauge::Calendars;
    ///
    /// let two = Calendars::from_toml(r#"
    ///     by = "team"
    ///     default = "office"
    ///     use = { red = "shift" }
    ///     [calendar.office]
    ///     zone = "Europe/Berlin"
    ///     hours = { mon = ["09:00-17:00"] }
    ///     [calendar.shift]
    ///     zone = "Asia/Seoul"
    ///     hours = { sun = ["22:00-06:00+1"] }
    /// "#)?;
    /// assert_eq!((two.field(), two.names()), (Some("team"), vec!["office", "shift"]));
    /// # Ok::<(), streamgauge::Error>(())
    /// ```
    pub fn names(&self) -> Vec<&str> {
        self.calendars.iter().map(|(name, _)| name.as_str()).collect()
    }

    /// The zone of the calendar that a value of [`field`](Self::field) uses; `None` where the file names none for it.
    ///
    /// ```
    /// use streamgauge::{Calendars, Zone};
    ///
    /// let one = Calendars::from_toml("zone = \"Asia/Seoul\"\nhours = { mon = [\"09:00-17:00\"] }")?;
    /// assert_eq!(one.zone_of(None).map(Zone::name), Some("Asia/Seoul"));
    /// # Ok::<(), streamgauge::Error>(())
    /// ```
    pub fn zone_of(&self, value: Option<&str>) -> Option<Zone> {
        self.calendars.get(usize::from(self.place_of(value)?)).map(|(_, days)| days.zone)
    }

    /// The file as it was read.
    ///
    /// ```
    /// use streamgauge::Calendars;
    ///
    /// let text = "zone = \"UTC\"\nhours = { mon = [\"09:00-17:00\"] }";
    /// assert_eq!(Calendars::from_toml(text)?.text(), text);
    /// # Ok::<(), streamgauge::Error>(())
    /// ```
    pub fn text(&self) -> &str {
        &self.text
    }

    /// A fingerprint of what the calendars say, apart from comments, layout, order and the names of days.
    ///
    /// ```
    /// use streamgauge::Calendars;
    ///
    /// let one = Calendars::from_toml("zone = \"UTC\"\nhours = { mon = [\"09:00-17:00\"] }")?;
    /// let same = Calendars::from_toml("zone = \"UTC\" # the same\n[hours]\nmon = [\"09:00-17:00\"]")?;
    /// assert_eq!(one.hash(), same.hash());
    /// # Ok::<(), streamgauge::Error>(())
    /// ```
    pub fn hash(&self) -> u64 {
        let name = |at: &u16| self.calendars.get(usize::from(*at)).map_or("", |(name, _)| name.as_str());
        let mut said = String::new();
        let _ = writeln!(said, "by {:?}", self.by);
        let _ = writeln!(said, "default {:?}", self.default.as_ref().map(name));
        for (value, at) in &self.uses {
            let _ = writeln!(said, "use {value:?} {:?}", name(at));
        }
        let each: BTreeMap<_, _> = self.calendars.iter().map(|(name, days)| (name, days)).collect();
        for (name, days) in each {
            let _ = writeln!(said, "calendar {name:?}");
            days.write_canonical(&mut said);
        }
        xxh3_64(said.as_bytes())
    }

    /// The JSON Schema of a calendar file, for editors.
    ///
    /// ```
    /// assert!(streamgauge::Calendars::schema().contains("\"holiday\""));
    /// ```
    pub const fn schema() -> &'static str {
        include_str!("calendar.schema.json")
    }

    /// Which calendar a value of the field uses.
    pub(super) fn place_of(&self, value: Option<&str>) -> Option<u16> {
        value.and_then(|value| self.uses.get(value).copied()).or(self.default)
    }

    /// The calendars' days, in the order of the file.
    pub(super) fn days(&self) -> impl Iterator<Item = &WorkingDays> {
        self.calendars.iter().map(|(_, days)| days)
    }

    /// Their working time, in the same order.
    pub(super) fn spans(&self) -> &[Spans] {
        &self.spans
    }
}

fn whole_file(message: &str) -> Error {
    Error::Calendar { line: None, message: message.to_owned() }
}
