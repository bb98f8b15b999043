//! What must always hold of working time, and days worked out by hand.

use chrono_tz::TZ_VARIANTS;
use streamgauge::{Calendars, Error, EventLog, Flow, FlowModel, Instant, Question, Ruler, WindowsOf, measure_working};

use crate::working_time::{Dice, Plain, changes};

const HOUR: i64 = 3_600_000_000;
const FROM: i64 = -40 * 365 * 24 * HOUR;
const UNTIL: i64 = 140 * 365 * 24 * HOUR;

fn ruler(text: &str) -> Ruler {
    Ruler::working(&Calendars::from_toml(text).unwrap())
}

fn at(text: &str) -> i64 {
    Instant::parse(text, None).unwrap().instant.0
}

fn hours(ruler: &Ruler, from: &str, to: &str) -> f64 {
    ruler.span(at(from), at(to)) as f64 / HOUR as f64
}

#[test]
fn additive_monotone_and_never_more_than_elapsed() {
    let mut dice = Dice(7);
    let mut n = 0;
    for (turn, zone) in TZ_VARIANTS.iter().step_by(7).enumerate() {
        let ruler = Plain::rolled(*zone, turn % 6, &changes(*zone), &mut dice).ruler();
        for _ in 0..2_000 {
            let mut three: Vec<i64> = (0..3).map(|_| FROM + dice.below(UNTIL - FROM)).collect();
            three.sort_unstable();
            let (a, b, c) = (three[0], three[1], three[2]);
            let (ab, bc, ac) = (ruler.span(a, b), ruler.span(b, c), ruler.span(a, c));
            assert_eq!(ab + bc, ac, "{zone}: additive");
            assert!(0 <= ab && ab <= ac, "{zone}: monotone");
            assert!(ac <= c - a, "{zone}: at most elapsed");
            assert_eq!((ruler.span(a, a), ruler.span(c, a)), (0, -ac), "{zone}: signed");
            n += 1;
        }
    }
    assert!(n > 100_000, "{n}");
}

#[test]
fn always_open_is_elapsed() {
    let week = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].map(|day| format!("{day} = [\"00:00-24:00\"]\n"));
    let mut dice = Dice(11);
    for zone in TZ_VARIANTS.iter().step_by(5) {
        let ruler = ruler(&format!("zone = \"{}\"\n[hours]\n{}", zone.name(), week.concat()));
        for _ in 0..500 {
            let (a, length) = (24 * HOUR + dice.below(129 * 365 * 24 * HOUR), dice.below(200 * 24 * HOUR));
            assert_eq!(ruler.span(a, a + length), length, "{zone}");
        }
    }
}

#[test]
fn any_two_instants_have_a_length() {
    let ruler = ruler("zone = \"UTC\"\nhours = { mon = [\"09:00-17:00\"] }");
    let all = ruler.span(i64::MIN, i64::MAX);
    assert_eq!(all, ruler.span(at("1970-01-01T00:00:00Z"), at("2100-01-01T00:00:00Z")));
    // 1970 to 2099 has 6,783 Mondays.
    assert_eq!(all, 6_783 * 8 * HOUR);
    assert_eq!((ruler.span(i64::MAX, i64::MAX), ruler.span(i64::MAX, i64::MIN)), (0, -all));
}

#[test]
fn one_instant_has_many_spellings() {
    let ruler = ruler("zone = \"Asia/Seoul\"\nhours = { mon = [\"09:00-18:00\"], tue = [\"09:00-18:00\"] }");
    let utc = hours(&ruler, "2024-01-08T03:30:00Z", "2024-01-09T02:00:00Z");
    let seoul = hours(&ruler, "2024-01-08T12:30:00+09:00", "2024-01-09T11:00:00+09:00");
    assert_eq!((utc, seoul), (7.5, 7.5));
}

#[test]
fn holidays_count_nothing_and_nights_belong_to_the_evening() {
    let week = "zone = \"Europe/Berlin\"\nhours = { thu = [\"22:00-06:00+1\"], fri = [\"22:00-06:00+1\"] }\n";
    let week_of_two_nights = |holiday: &str| {
        let ruler = ruler(&format!("{week}{holiday}"));
        hours(&ruler, "2024-05-13T00:00:00Z", "2024-05-20T00:00:00Z")
    };
    assert_eq!(week_of_two_nights(""), 16.0);
    assert_eq!(week_of_two_nights("[[holiday]]\ndate = 2024-05-17"), 8.0);
    assert_eq!(week_of_two_nights("[[holiday]]\ndate = 2024-05-18"), 16.0);
    assert_eq!(week_of_two_nights("[[exception]]\ndate = 2024-05-18\nhours = [\"08:00-10:00\"]"), 18.0);
    assert_eq!(week_of_two_nights("[[exception]]\ndate = 2024-05-17\nhours = [\"08:00-10:00\"]"), 10.0);
}

#[test]
fn nights_of_7_and_9_hours() {
    let ruler = ruler("zone = \"Europe/Berlin\"\nhours = { sat = [\"22:00-06:00+1\"] }");
    assert_eq!(hours(&ruler, "2024-03-30T00:00:00Z", "2024-04-01T00:00:00Z"), 7.0);
    assert_eq!(hours(&ruler, "2024-10-26T00:00:00Z", "2024-10-28T00:00:00Z"), 9.0);
}

#[test]
fn the_ends_of_the_validity() {
    let nights = ["mon", "tue", "wed"].map(|day| format!("{day} = [\"22:00-06:00+1\"]\n")).concat();
    let valid = "valid = { first = 2024-01-02, last = 2024-01-03 }\n";
    let ruler = ruler(&format!("zone = \"Asia/Seoul\"\n{valid}[hours]\n{nights}"));
    // Tuesday's whole night, and Wednesday's up to midnight; nothing of Monday's.
    assert_eq!(ruler.span(i64::MIN, i64::MAX), 10 * HOUR);
    let check = |from, to| ruler.check(Instant(at(from)), Instant(at(to)));
    assert!(check("2024-01-02T00:00:00+09:00", "2024-01-04T00:00:00+09:00").is_ok());
    let error = check("2024-01-01T12:00:00Z", "2024-01-03T00:00:00Z").unwrap_err();
    assert_eq!(
        error.to_string(),
        "the calendar is valid from 2024-01-02 to 2024-01-03 (Asia/Seoul); the answer needs \
         2024-01-01T12:00:00Z to 2024-01-03T00:00:00Z; extend `valid`, or ask for a span inside it"
    );
    assert!(check("2024-01-02T00:00:00+09:00", "2024-01-04T00:00:01+09:00").is_err());
    assert!(Ruler::elapsed().check(Instant(i64::MIN), Instant(i64::MAX)).is_ok());
    assert_eq!(Ruler::elapsed().span(i64::MIN, i64::MAX), i64::MAX);
}

const TEAMS: &str = "by = \"team\"\nuse = { red = \"berlin\", blue = \"seoul\" }\n\
    [calendar.berlin]\nzone = \"Europe/Berlin\"\nhours = { mon = [\"09:00-17:00\"] }\n\
    valid = { first = 2024-01-01, last = 2024-01-31 }\n\
    [calendar.seoul]\nzone = \"Asia/Seoul\"\nhours = { mon = [\"09:00-17:00\"] }\n\
    valid = { first = 2024-02-01, last = 2024-12-31 }\n\
    [calendar.old]\nzone = \"UTC\"\nhours = { mon = [\"09:00-17:00\"] }\n\
    valid = { first = 2020-01-01, last = 2020-12-31 }\n";

/// What an item that begins on 8 January, with these changes of a field, is measured as on 20 March.
fn measured(field: &str, changes: &[(&str, Option<&str>)], calendars: &str) -> Result<Flow, Error> {
    let mut log = EventLog::builder();
    log.push("A", Instant(at("2024-01-08T00:00:00Z")), "state", Some("Doing"), None)?;
    for (since, value) in changes {
        log.push("A", Instant(at(since)), field, *value, None)?;
    }
    let model = FlowModel::from_toml("[phases]\nactive = [\"Doing\"]")?;
    let as_of = Instant(at("2024-03-20T00:00:00Z"));
    measure_working(&log.finish()?, &model, Some(as_of), &Calendars::from_toml(calendars)?)
}

#[test]
fn each_calendar_must_reach_as_far_as_it_is_used() {
    let (start, moved) = ("2024-01-08T00:00:00Z", "2024-01-31T23:00:00Z");
    // Berlin and Seoul are never valid at one time, nobody goes by the old one: each moment is known all the same.
    let flow = measured("team", &[(start, Some("red")), (moved, Some("blue"))], TEAMS).unwrap();
    // Mondays: four in Berlin, four of February and three of March in Seoul.
    assert!(flow.records().unwrap().to_csv().contains(&format!(",{}\n", 11 * 8 * HOUR)));
    let says = |changes: &[(&str, Option<&str>)], wanted: &str| {
        let error = measured("team", changes, TEAMS).unwrap_err();
        assert!(matches!(error, Error::OutsideCalendar { .. }), "{error}");
        assert_eq!(error.to_string(), format!("{wanted}; extend `valid`, or ask for a span inside it"));
    };
    says(
        &[(start, Some("red")), ("2024-02-01T00:00:00Z", Some("blue"))],
        "the calendar berlin is valid from 2024-01-01 to 2024-01-31 (Europe/Berlin); the answer needs \
         2024-01-08T00:00:00Z to 2024-02-01T00:00:00Z",
    );
    says(
        &[(start, Some("blue"))],
        "the calendar seoul is valid from 2024-02-01 to 2024-12-31 (Asia/Seoul); the answer needs \
         2024-01-08T00:00:00Z to 2024-03-20T00:00:00Z",
    );
    // Windows that are asked for may not lie where no calendar knows anything.
    let week = |from, to| Question {
        windows: WindowsOf::List(vec![(Instant(at(from)), Instant(at(to)))]),
        by: vec![],
        ..Question::default()
    };
    assert!(flow.metrics(&week("2024-01-01T00:00:00Z", "2024-01-15T00:00:00Z")).is_ok());
    let error = flow.metrics(&week("2019-12-04T00:00:00Z", "2024-01-15T00:00:00Z")).unwrap_err();
    assert!(error.to_string().starts_with("the calendar old is valid from 2020-01-01 to 2020-12-31 (UTC); the answer"));
}

#[test]
fn a_field_that_chooses_is_in_the_log() {
    let start = "2024-01-08T00:00:00Z";
    let always = TEAMS.replace("2024-01-31", "2024-12-31");
    let with_default = format!("default = \"berlin\"\n{always}");
    for calendars in [&always, &with_default] {
        let error = measured("taem", &[(start, Some("red"))], calendars).unwrap_err();
        assert!(matches!(&error, Error::UnknownField { field, .. } if field == "team"), "{error}");
        assert!(error.to_string().ends_with("Did you mean \"taem\"?"), "{error}");
    }
    // Every log has streams and types, if only as nulls.
    for field in ["stream", "type"] {
        assert!(measured("team", &[], &with_default.replace("team", field)).is_ok());
    }
    let says = |changes: &[(&str, Option<&str>)], wanted: &str| {
        let error = measured("team", changes, &always).unwrap_err().to_string();
        assert_eq!(error, format!("calendar = team = {wanted}"));
    };
    let noon = "2024-01-08T12:00:00Z";
    says(&[(noon, Some("red"))], "null: some items have no value for some time; name a `default` for them");
    says(&[(start, Some("green"))], "\"green\": give each value a calendar under [use], or name a `default`");
    says(
        &[(noon, Some("green"))],
        "\"green\", null: name a `default` for items without a value, and give the others a calendar under [use]",
    );
}

#[test]
fn a_field_chooses() {
    let text = "by = \"team\"\ndefault = \"a\"\nuse = { red = \"b\", blue = \"a\" }\n\
                [calendar.a]\nzone = \"UTC\"\nhours = { mon = [\"09:00-10:00\"] }\n\
                [calendar.b]\nzone = \"UTC\"\nhours = { mon = [\"09:00-12:00\"] }";
    let week = |ruler: &Ruler, value| {
        let span = ruler.span_of(value, at("2024-01-01T00:00:00Z"), at("2024-01-08T00:00:00Z"));
        span.map(|span| span / HOUR)
    };
    let with_default = ruler(text);
    assert_eq!(with_default.field(), Some("team"));
    let each = [Some("red"), Some("blue"), Some("green"), None].map(|value| week(&with_default, value));
    assert_eq!(each, [Some(3), Some(1), Some(1), Some(1)]);
    let without = ruler(&text.replace("default = \"a\"\n", ""));
    let each = [Some("red"), Some("blue"), Some("green"), None].map(|value| week(&without, value));
    assert_eq!(each, [Some(3), Some(1), None, None]);
    assert_eq!(week(&Ruler::elapsed(), Some("green")), Some(168));
}
