//! Calendars of working time, counted minute by minute.
//!
//! An instant is working time when the wall clock of the calendar's zone shows, at that instant, a local date and time
//! inside that day's hours. So every minute is asked of chrono; where the clock is put forward or back inside it, or its
//! offset is no whole number of minutes, every second is. Bad files are not looked for.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use chrono::{DateTime, Datelike, Days, NaiveDate, Offset, TimeZone, Timelike};
use chrono_tz::Tz;
use serde::Deserialize;
use toml::value::Datetime;

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const DAY: i64 = 24 * 60 * MINUTE;

/// Hours of one day: spans of seconds since its midnight. An end past 24 hours belongs to the next date's morning.
type Hours = Vec<(i64, i64)>;

/// One calendar.
#[derive(Debug, Clone)]
pub struct Calendar {
    zone: Tz,
    /// Monday first.
    weekdays: Vec<Hours>,
    /// Holidays and exceptions.
    dates: BTreeMap<NaiveDate, Hours>,
    /// The minutes of days that were asked already.
    days: RefCell<BTreeMap<i64, Rc<Vec<i64>>>>,
}

/// The calendars of a file, and which item is measured by which.
#[derive(Debug, Clone)]
pub struct Calendars {
    /// The field that chooses; `None` when one calendar serves all.
    pub field: Option<String>,
    default: Option<String>,
    uses: BTreeMap<String, String>,
    named: BTreeMap<String, Calendar>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct One {
    #[serde(default)]
    zone: Option<String>,
    #[serde(default, rename = "valid")]
    _valid: Option<toml::Table>,
    #[serde(default)]
    hours: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    holiday: Vec<Day>,
    #[serde(default)]
    exception: Vec<Day>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Day {
    date: Datetime,
    #[serde(default)]
    hours: Vec<String>,
    #[serde(default, rename = "name")]
    _name: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Several {
    by: String,
    default: Option<String>,
    #[serde(default, rename = "use")]
    uses: BTreeMap<String, String>,
    calendar: BTreeMap<String, One>,
}

impl Calendars {
    /// Reads a calendar file.
    pub fn parse(text: &str) -> Result<Calendars, String> {
        let table: toml::Table = toml::from_str(text).map_err(|error| error.to_string())?;
        if table.contains_key("by") || table.contains_key("calendar") {
            let file: Several = toml::from_str(text).map_err(|error| error.to_string())?;
            let one = |(name, one): (String, One)| Ok((name, Calendar::read(&one)?));
            let named = file.calendar.into_iter().map(one).collect::<Result<_, String>>()?;
            return Ok(Calendars { field: Some(file.by), default: file.default, uses: file.uses, named });
        }
        let one: One = toml::from_str(text).map_err(|error| error.to_string())?;
        let named = BTreeMap::from([(String::new(), Calendar::read(&one)?)]);
        Ok(Calendars { field: None, default: Some(String::new()), uses: BTreeMap::new(), named })
    }

    /// The calendar of a field's value: the one the file names, else the default.
    pub fn of(&self, value: Option<&str>) -> Result<&Calendar, String> {
        let used = value.and_then(|value| self.uses.get(value)).or(self.default.as_ref());
        used.and_then(|name| self.named.get(name)).ok_or_else(|| format!("no calendar for {value:?}, and no default"))
    }
}

impl Calendar {
    fn read(file: &One) -> Result<Calendar, String> {
        let name = file.zone.as_deref().unwrap_or("UTC");
        let zone = name.parse().map_err(|_| format!("zone {name:?} is not an IANA zone"))?;
        let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
        if let Some(other) = file.hours.keys().find(|day| !names.contains(&day.as_str())) {
            return Err(format!("{other:?} is no weekday"));
        }
        let none = Vec::new();
        let weekday = |name: &&str| hours(file.hours.get(*name).unwrap_or(&none));
        let weekdays = names.iter().map(weekday).collect::<Result<_, String>>()?;
        let mut dates = BTreeMap::new();
        for day in file.holiday.iter().chain(&file.exception) {
            dates.insert(date(&day.date)?, hours(&day.hours)?);
        }
        Ok(Calendar { zone, weekdays, dates, days: RefCell::default() })
    }

    /// Working time in `[from, to)`, µs.
    pub fn working(&self, from: i64, to: i64) -> i64 {
        let (mut sum, mut at) = (0, from);
        while at < to {
            let day = at.div_euclid(DAY) * DAY;
            let minute = at.div_euclid(MINUTE) * MINUTE;
            if at == day && day + DAY <= to {
                sum += self.minutes(day).iter().sum::<i64>();
                at = day + DAY;
            } else if at == minute && minute + MINUTE <= to {
                let of_day = ((minute - day) / MINUTE) as usize;
                let until = ((to.min(day + DAY) - day) / MINUTE) as usize;
                sum += self.minutes(day)[of_day..until].iter().sum::<i64>();
                at = day + until as i64 * MINUTE;
            } else {
                let end = (minute + MINUTE).min(to);
                sum += self.inside_a_minute(at, end);
                at = end;
            }
        }
        sum
    }

    /// The working time of each minute of a day of UTC, asked once.
    fn minutes(&self, day: i64) -> Rc<Vec<i64>> {
        if let Some(known) = self.days.borrow().get(&day) {
            return Rc::clone(known);
        }
        let minutes = (0..DAY / MINUTE).map(|n| day + n * MINUTE);
        let of_day = Rc::new(minutes.map(|minute| self.inside_a_minute(minute, minute + MINUTE)).collect::<Vec<_>>());
        self.days.borrow_mut().insert(day, Rc::clone(&of_day));
        of_day
    }

    /// Working time of a stretch inside one minute of UTC.
    fn inside_a_minute(&self, from: i64, to: i64) -> i64 {
        let (first, last) = (from.div_euclid(MINUTE) * MINUTE, from.div_euclid(MINUTE) * MINUTE + MINUTE - 1);
        let whole = self.offset(first) == self.offset(last) && self.offset(first) % 60 == 0;
        if whole {
            return if self.works_at(from) { to - from } else { 0 };
        }
        let (mut sum, mut at) = (0, from);
        while at < to {
            let end = ((at.div_euclid(SECOND) + 1) * SECOND).min(to);
            sum += if self.works_at(at) { end - at } else { 0 };
            at = end;
        }
        sum
    }

    /// Seconds east of UTC.
    fn offset(&self, at: i64) -> i32 {
        let utc = DateTime::from_timestamp_micros(at).unwrap_or_default().naive_utc();
        self.zone.offset_from_utc_datetime(&utc).fix().local_minus_utc()
    }

    /// Whether the wall clock shows a working hour, of its own date or of an evening before that runs past midnight.
    fn works_at(&self, at: i64) -> bool {
        let local = DateTime::from_timestamp_micros(at).unwrap_or_default().with_timezone(&self.zone).naive_local();
        let second = i64::from(local.time().num_seconds_from_midnight());
        let inside = |date: Option<NaiveDate>, second: i64| {
            let hours = date.map(|date| self.hours_of(date));
            hours.is_some_and(|hours| hours.iter().any(|(start, end)| (*start..*end).contains(&second)))
        };
        let yesterday = local.date().checked_sub_days(Days::new(1));
        inside(Some(local.date()), second) || inside(yesterday, second + 24 * 60 * 60)
    }

    fn hours_of(&self, date: NaiveDate) -> &Hours {
        let weekday = &self.weekdays[date.weekday().num_days_from_monday() as usize];
        self.dates.get(&date).unwrap_or(weekday)
    }
}

fn date(of: &Datetime) -> Result<NaiveDate, String> {
    let date = of.date.ok_or_else(|| format!("{of} is no date"))?;
    let read = NaiveDate::from_ymd_opt(i32::from(date.year), u32::from(date.month), u32::from(date.day));
    read.ok_or_else(|| format!("{of} is no date"))
}

/// Spans such as `09:00-17:00`, and `22:00-06:00+1` for one that ends on the next date.
fn hours(spans: &[String]) -> Result<Hours, String> {
    let wrong = |span: &str| format!("{span:?} are no hours");
    let second = |text: &str| -> Option<i64> {
        let (hour, minute) = text.split_once(':')?;
        Some((hour.parse::<i64>().ok()? * 60 + minute.parse::<i64>().ok()?) * 60)
    };
    let one = |span: &String| {
        let (start, end) = span.split_once('-').ok_or_else(|| wrong(span))?;
        let (end, later) = end.strip_suffix("+1").map_or((end, 0), |end| (end, 24 * 60 * 60));
        let (start, end) = second(start.trim()).zip(second(end.trim())).ok_or_else(|| wrong(span))?;
        if start < end + later { Ok((start, end + later)) } else { Err(format!("{span:?} ends before it begins")) }
    };
    spans.iter().map(one).collect()
}
