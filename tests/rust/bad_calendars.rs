//! Calendars that say something impossible: each is refused with its line and with what would be right.

use streamgauge::{Calendars, Error};

use crate::working_time::Dice;

/// A calendar's head and Monday, three lines, then what is wrong.
const HEAD: &str =
    "zone = \"Europe/Berlin\"\nhours.mon = [\"09:00-12:00\", \"13:00-17:00\"]\nhours.fri = [\"22:00-06:00+1\"]\n";
const VALID: &str = "valid = { first = 2024-01-01, last = 2024-12-31 }\n";
const TEAMS: &str = "by = \"team\"\n[calendar.berlin]\nzone = \"Europe/Berlin\"\nhours = { mon = [\"09:00-17:00\"] }\n";

fn refused(text: &str, line: Option<usize>, wanted: &str) {
    let error = Calendars::from_toml(text).expect_err(text);
    let Error::Calendar { line: found, message } = &error else { panic!("{text}\n{error:?}") };
    assert!(message.contains(wanted), "{text}\nis refused with: {error}\nnot with: {wanted}");
    assert_eq!(*found, line, "{text}\n{error}");
    let place = line.map(|line| format!(", line {line}")).unwrap_or_default();
    assert_eq!(error.to_string(), format!("calendar{place}: {message}"));
}

fn refused_after(head: &str, text: &str, line: usize, wanted: &str) {
    refused(&format!("{head}{text}"), Some(head.lines().count() + line), wanted);
}

#[test]
fn hours() {
    let day = |hours: &str, wanted: &str| refused_after(HEAD, &format!("hours.tue = {hours}"), 1, wanted);
    day("[\"22:00-06:00\"]", "ends before it begins; write \"22:00-06:00+1\" if it runs past midnight");
    day("[\"09:00-09:00\"]", "ends where it begins");
    day("[\"9-17\"]", "\"9-17\" is no span of hours; hours are written \"09:00-17:00\"");
    day("[\"09:00-25:00\"]", "is no span of hours");
    day("[\"13:00-17:00\", \"09:00-13:30\"]", "\"13:00-17:00\" overlaps \"09:00-13:30\" on tue");
    day("\"09:00-17:00\"", "\"09:00-17:00\" stands alone; a list is needed: [\"09:00-17:00\"]");
    day("\"closed\"", "\"closed\" stands alone; a list is needed");
    day("[9]", "expected a string");
    let many: Vec<_> = (0..25).map(|n| format!("\"{n:02}:00-{n:02}:30\"")).collect();
    day(&format!("[{}]", many.join(", ")), "tue has 25 spans of hours; at most 24");
    refused_after(
        HEAD,
        "hours.sat = [\n  \"08:00-09:00\",\n  \"05:59-07:00\",\n]",
        3,
        "\"22:00-06:00+1\" of fri overlaps \"05:59-07:00\" of sat",
    );
    refused_after(
        HEAD,
        "hours.sun = [\"23:00-09:30+1\"]",
        1,
        "\"23:00-09:30+1\" of sun overlaps \"09:00-12:00\" of mon",
    );
    refused_after(HEAD, "hours.monday = []", 1, "Did you mean \"mon\"?");
    refused_after(HEAD, "hours.mon = []", 1, "duplicate key");
}

#[test]
fn dates() {
    let head = format!("{VALID}{HEAD}");
    let day = |text: &str, line, wanted: &str| refused_after(&head, text, line, wanted);
    day(
        "[[holiday]]\ndate = 2025-01-01",
        2,
        "holiday 2025-01-01 lies outside the validity, 2024-01-01 to 2024-12-31; extend `valid`",
    );
    day("[[exception]]\nhours = []\ndate = 2023-12-31", 3, "exception 2023-12-31 lies outside the validity");
    day(
        "[[holiday]]\ndate = 2024-05-01\n[[holiday]]\ndate = 2024-05-01",
        4,
        "holiday 2024-05-01 stands twice, first on line 6; keep one",
    );
    day(
        "[[holiday]]\ndate = 2024-05-01\n[[exception]]\ndate = 2024-05-01\nhours = []",
        4,
        "both a holiday (line 6) and an exception",
    );
    day(
        "[[exception]]\ndate = 2024-05-01\nhours = [\"09:00-11:00\", \"10:00-12:00\"]",
        3,
        "\"10:00-12:00\" overlaps \"09:00-11:00\" on this date",
    );
    day(
        "[[exception]]\ndate = 2024-05-04\nhours = [\"05:00-11:00\"]",
        2,
        "\"22:00-06:00+1\" of 2024-05-03 overlaps \"05:00-11:00\" of 2024-05-04",
    );
    day(
        "[[exception]]\ndate = 2024-05-05\nhours = [\"22:00-09:01+1\"]",
        2,
        "\"22:00-09:01+1\" of 2024-05-05 overlaps \"09:00-12:00\" of 2024-05-06",
    );
    day("[[holiday]]\ndate = \"1 May\"", 2, "\"1 May\" is no date; 2024-12-24 is");
    day("[[holiday]]\ndate = 2024-05-01T09:00:00", 2, "is no date");
    day("[[holiday]]\ndate = 2024-02-30", 2, "");
    day("[[holiday]]\nday = 2024-05-01", 2, "unknown field `day`, expected `date` or `name`");
    day("[[holliday]]\ndate = 2024-05-01", 1, "Did you mean \"holiday\"?");
    day("[[exception]]\ndate = 2024-05-01", 1, "an exception needs hours, such as hours = [\"09:00-13:00\"]");
    day("[[holiday]]\nname = \"May Day\"", 1, "missing field `date`");
    // The night of a Friday that is closed reaches nobody's morning.
    let closed = "[[holiday]]\ndate = 2024-05-03\n[[exception]]\ndate = 2024-05-04\nhours = [\"05:00-11:00\"]";
    Calendars::from_toml(&format!("{head}{closed}")).unwrap();
}

#[test]
fn zone_and_validity() {
    let monday = "hours = { mon = [\"09:00-17:00\"] }";
    refused(
        &format!("{monday}\nzone = \"Europe/Berln\""),
        Some(2),
        "zone \"Europe/Berln\" is not an IANA time zone. Did you mean \"Europe/Berlin\"?",
    );
    refused(monday, None, "zone is missing; write zone = \"Europe/Berlin\"");
    refused(&format!("zone = 1\n{monday}"), Some(1), "expected a string");
    let valid = |first: &str, last: &str, line, wanted: &str| {
        refused(&format!("zone = \"UTC\"\n{monday}\n[valid]\nfirst = {first}\nlast = {last}"), Some(line), wanted);
    };
    valid("2024-01-01", "2023-12-31", 5, "valid.last 2023-12-31 lies before valid.first 2024-01-01");
    valid("1899-12-31", "2023-12-31", 4, "1899-12-31 lies outside the years 1900 to 2099");
    valid("2024-01-01", "2100-01-01", 5, "2100-01-01 lies outside the years 1900 to 2099");
    valid("2024", "2100-01-01", 4, "2024 is no date; 2024-12-24 is");
    refused(&format!("zone = \"UTC\"\n{monday}\nvalid = {{ first = 2024-01-01 }}"), Some(3), "missing field `last`");
}

#[test]
fn no_working_time() {
    let none = "there is no working time at all; give a weekday hours";
    refused("zone = \"UTC\"", None, none);
    refused("zone = \"UTC\"\n\n[hours]\nmon = []", Some(3), none);
    // A Tuesday alone.
    refused(
        "zone = \"UTC\"\nvalid = { first = 2024-01-02, last = 2024-01-02 }\nhours.mon = [\"09:00-17:00\"]",
        Some(3),
        none,
    );
    refused(
        &format!("{TEAMS}[calendar.seoul]\nzone = \"Asia/Seoul\"").replace("by", "default = \"berlin\"\nby"),
        Some(6),
        none,
    );
    // In that night the clocks of Berlin go from 2 to 3.
    let gap =
        "zone = \"Europe/Berlin\"\nvalid = { first = 2024-03-31, last = 2024-03-31 }\nhours.sun = [\"02:00-03:00\"]";
    refused(gap, Some(3), none);
    Calendars::from_toml(&gap.replace("03:00", "03:01")).unwrap();
    refused("", None, "there is no calendar; write zone");
}

#[test]
fn several() {
    refused(TEAMS, Some(1), "no calendar is used; write a default, or values under [use]");
    refused(
        &format!("default = \"berln\"\n{TEAMS}"),
        Some(1),
        "calendar \"berln\" is not in this file. Did you mean \"berlin\"?",
    );
    refused(
        &format!("{TEAMS}[use]\nred = \"berlin\"\nblue = \"seoul\""),
        Some(7),
        "calendar \"seoul\" is not in this file",
    );
    refused(TEAMS.trim_start_matches("by = \"team\"\n"), None, "`by` is missing; name the field that chooses");
    refused(&format!("zone = \"UTC\"\n{TEAMS}"), None, "give each a name");
    refused("zone = \"UTC\"\nby = \"team\"", Some(2), "[calendar.NAME]");
    refused("by = \"team\"", None, "there is no calendar");
    refused(&format!("{TEAMS}holidays = []"), Some(5), "Did you mean \"holiday\"?");
    let apart = "by = \"team\"\ndefault = \"old\"\n\
                 [calendar.old]\nzone = \"UTC\"\nhours.mon = [\"09:00-17:00\"]\nvalid = { first = 2020-01-01, last = 2020-12-31 }\n\
                 [calendar.new]\nzone = \"UTC\"\nhours.mon = [\"09:00-17:00\"]\nvalid = { first = 2021-01-01, last = 2021-12-31 }";
    // Each item needs its own calendar only.
    Calendars::from_toml(apart).unwrap();
}

#[test]
fn a_calendar_without_a_name() {
    let nameless = "[calendar] has no name; write [calendar.NAME], or drop it";
    refused("by = \"team\"\n[calendar]\nzone = \"UTC\"", Some(3), nameless);
    refused("[calendar]\nzone = \"UTC\"\n[calendar.hours]\nmon = [\"09:00-17:00\"]", Some(2), nameless);
    refused("[calendar.hours]\nmon = [\"09:00-17:00\"]\n[calendar]\nzone = \"UTC\"", Some(2), nameless);
}

#[test]
fn no_toml() {
    refused("zone = \"UTC\"\n[hours", Some(2), "");
    refused("\u{feff}zone = ", Some(1), "");
    for text in
        ["=", "[[holiday]]", "[calendar]", "[calendar.a]", "by = 1", "\0", "zone = \"UTC\"\nhours = 1", "[use]\na = 1"]
    {
        assert!(matches!(Calendars::from_toml(text), Err(Error::Calendar { .. })), "{text:?}");
    }
}

#[test]
fn any_text_gives_a_calendar_or_an_error() {
    let whole = format!("{TEAMS}[[calendar.berlin.holiday]]\ndate = 2024-12-24\n[use]\nred = \"berlin\"\n");
    let texts = [format!("{VALID}{HEAD}[[exception]]\ndate = 2024-12-24\nhours = [\"09:00-13:00\"]\n"), whole];
    texts.iter().for_each(|text| drop(Calendars::from_toml(text).unwrap()));
    let (mut dice, mut n_read) = (Dice(3), 0);
    for turn in 0..20_000 {
        let mut bytes = texts[turn % 2].clone().into_bytes();
        for _ in 0..=dice.below(3) {
            let at = dice.below(bytes.len() as i64) as usize;
            match dice.below(4) {
                0 if bytes.len() > 1 => drop(bytes.remove(at)),
                1 => bytes[at] = b"0123456789:-+\"[]\n=. {}"[dice.below(22) as usize],
                2 => bytes[at] = dice.below(256) as u8,
                _ => bytes.truncate(at + 1),
            }
        }
        match Calendars::from_toml(&String::from_utf8_lossy(&bytes)) {
            Ok(_) => n_read += 1,
            Err(Error::Calendar { line, message }) => assert!(line != Some(0) && !message.is_empty()),
            Err(other) => panic!("{other:?}"),
        }
    }
    assert!(n_read > 100, "{n_read}");
}
