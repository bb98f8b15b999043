"""Working calendars: the class, the file that the command freezes, and the schema."""

import json
import sys
import tomllib
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import streamgauge as sg

from conftest import Run

OFFICE = """
zone = "Europe/Berlin"
valid = { first = 2024-01-01, last = 2027-12-31 }
[hours]
mon = ["09:00-12:00", "13:00-17:00"]
fri = ["22:00-06:00+1"]
[[holiday]]
date = 2024-01-01
name = "Neujahr"
[[exception]]
date = 2024-12-24
hours = ["09:00-13:00"]
name = "half day"
"""
TEAMS = """
by = "team"
use = { red = "berlin", blue = "seoul" }
[calendar.berlin]
zone = "Europe/Berlin"
hours = { mon = ["09:00-17:00"] }
[calendar.seoul]
zone = "Asia/Seoul"
hours = { mon = ["09:00-18:00"] }
"""
DE = "calendar DE --years 2024-2027 --zone Europe/Berlin --hours 09:00-17:00"


def as_json(value: Any) -> Any:
    """What an editor's schema sees of a TOML file: dates are texts."""
    if isinstance(value, dict):
        return {key: as_json(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [as_json(entry) for entry in value]
    return value.isoformat() if isinstance(value, date) else value


@pytest.fixture
def fits() -> Callable[[str], bool]:
    schema = json.loads(sg.Calendar.schema())
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    return lambda text: validator.is_valid(as_json(tomllib.loads(text)))


def test_one_calendar() -> None:
    calendar = sg.Calendar.from_toml(OFFICE)
    assert (calendar.names, calendar.field) == (["calendar"], None)
    assert calendar.text == OFFICE
    assert repr(calendar) == f"Calendar: hash {calendar.hash[:8]}"
    # A holiday, a Monday with a break, a night that ends on Saturday, a half day.
    spans = [("2024-01-01", "2024-01-02"), ("2024-01-08", "2024-01-09"), ("2024-01-13", "2024-01-14")]
    spans.append(("2024-12-24", "2024-12-25"))
    assert [calendar.working_time(*span) / timedelta(hours=1) for span in spans] == [0, 7, 6, 4]


def test_one_instant_has_many_spellings() -> None:
    calendar = sg.Calendar.from_toml(OFFICE)
    spellings = [
        ("2024-01-08T09:00:00Z", "2024-01-08T15:00:00Z"),
        ("2024-01-08T18:00:00+09:00", "2024-01-09T00:00:00+09:00"),
        ("2024-01-08T10:00:00", "2024-01-08T16:00:00"),
        (datetime(2024, 1, 8, 9, tzinfo=UTC), datetime(2024, 1, 8, 15, tzinfo=UTC)),
    ]
    assert {calendar.working_time(start, end) for start, end in spellings} == {timedelta(hours=5)}


def test_several_calendars() -> None:
    calendar = sg.Calendar.from_toml(TEAMS)
    assert (calendar.names, calendar.field) == (["berlin", "seoul"], "team")
    assert repr(calendar).startswith("Calendar: berlin, seoul by team")
    day = (date(2024, 1, 8), date(2024, 1, 9))
    assert [calendar.working_time(*day, team) / timedelta(hours=1) for team in ("red", "blue")] == [8, 9]
    with pytest.raises(sg.ArgumentError, match=r'value = "green": no calendar is for this team; add it under \[use\]'):
        calendar.working_time(*day, "green")
    with pytest.raises(sg.ArgumentError, match="value = None"):
        calendar.working_time(*day)


def test_bad_calendars(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match=r"Calendar\.load"):
        sg.Calendar()
    overlap = r'line 15: "22:00-06:00\+1" of 2024-01-05 overlaps "05:00-07:00" of 2024-01-06'
    with pytest.raises(sg.CalendarError, match=overlap):
        sg.Calendar.from_toml(OFFICE + '[[exception]]\ndate = 2024-01-06\nhours = ["05:00-07:00"]')
    path = tmp_path / "calendar.toml"
    path.write_text('zone = "Europe/Berln"', encoding="utf-8")
    with pytest.raises(sg.CalendarError, match=r"calendar.toml: calendar, line 1: .* Did you mean \"Europe/Berlin\""):
        sg.Calendar.load(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(sg.ReadError, match="is not UTF-8 text"):
        sg.Calendar.load(path)
    with pytest.raises(sg.ReadError, match="No such file"):
        sg.Calendar.load(tmp_path / "none.toml")


def test_working_time_that_is_not_known_is_an_error() -> None:
    calendar = sg.Calendar.from_toml(OFFICE)
    with pytest.raises(sg.CalendarError, match="valid from 2024-01-01 to 2027-12-31"):
        calendar.working_time("2023-06-01", "2024-06-01")
    with pytest.raises(sg.ArgumentError, match="the end must not be before the start"):
        calendar.working_time("2024-06-02", "2024-06-01")


def test_schema(fits: Callable[[str], bool], run: Run) -> None:
    assert run("calendar --schema").stdout.decode() == sg.Calendar.schema()
    assert fits(OFFICE)
    assert fits(TEAMS)
    bad = [
        OFFICE.replace("mon =", "monday ="),
        OFFICE.replace("09:00-12:00", "9-12"),
        OFFICE.replace("date = 2024-12-24", ""),
        OFFICE.replace("zone", "zones"),
        TEAMS.replace("by =", "through ="),
        "",
    ]
    for text in bad:
        assert not fits(text), text
        with pytest.raises(sg.CalendarError):
            sg.Calendar.from_toml(text)


def test_frozen_holidays(run: Run, tmp_path: Path, fits: Callable[[str], bool]) -> None:
    done = run(f"{DE} --subdivision BY -o calendar.toml")
    assert (done.returncode, done.stdout) == (0, b"calendar.toml\n"), done.stderr
    text = (tmp_path / "calendar.toml").read_text(encoding="utf-8")
    assert fits(text)
    said = tomllib.loads(text)
    assert set(said["hours"]) == {"mon", "tue", "wed", "thu", "fri"}
    assert {"date": date(2024, 1, 1), "name": "Neujahr"} in said["holiday"]  # local names, whatever the machine speaks
    assert date(2025, 6, 19) in {day["date"] for day in said["holiday"]}  # Corpus Christi, in Bavaria
    calendar = sg.Calendar.load(tmp_path / "calendar.toml")
    assert calendar.working_time("2024-10-03", "2024-10-04") == timedelta(0)
    assert calendar.working_time("2024-10-02", "2024-10-03") == timedelta(hours=8)
    # On standard output it is the same, and a file that exists stays.
    assert run(f"{DE} --subdivision BY").stdout.decode() == text
    again = run(f"{DE} -o calendar.toml")
    assert (again.returncode, b"--force" in again.stderr) == (1, True)
    assert run(f"{DE} -o calendar.toml --force").returncode == 0
    assert date(2025, 6, 19) not in {
        day["date"] for day in tomllib.loads((tmp_path / "calendar.toml").read_text(encoding="utf-8"))["holiday"]
    }


def test_days_and_hours(run: Run) -> None:
    done = run("calendar KR --years 2024 --zone Asia/Seoul --hours 09:00-12:00,13:00-18:00 --days mon,sat-sun")
    said = tomllib.loads(done.stdout.decode())
    assert said["hours"] == {day: ["09:00-12:00", "13:00-18:00"] for day in ("mon", "sat", "sun")}
    assert said["valid"] == {"first": date(2024, 1, 1), "last": date(2024, 12, 31)}
    assert "추석" in {day["name"] for day in said["holiday"]}


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        (("DE", "XQ"), "XQ is no country of the package holidays; an ISO code is needed, such as DE, KR or US"),
        (("DE", "Grmany"), "did you mean DE (Germany)?"),
        (("DE", "DE --subdivision QQ"), "--subdivision QQ: DE has no such subdivision; it has BB, BE, BW, BY"),
        (("Europe/Berlin", "Europe/Berln"), 'Did you mean "Europe/Berlin"?'),
        (("2024-2027", "24-27"), "years are written 2024-2027 or 2024"),
        (("2024-2027", "2027-2024"), "the first year comes first"),
        (("09:00-17:00", "9-17"), '"9-17" is no span of hours; hours are written "09:00-17:00"'),
        (("09:00-17:00", "17:00-09:00"), 'write "17:00-09:00+1" if it runs past midnight'),
        (("DE", "DE --days mon-freitag"), "days are written mon-fri or mon,wed"),
    ],
)
def test_bad_command_lines(run: Run, change: tuple[str, str], wanted: str) -> None:
    done = run(DE.replace(*change))
    assert (done.returncode, done.stdout) == (1, b"")
    assert wanted in done.stderr.decode()
    assert done.stderr.decode().startswith("streamgauge: ")
    assert "line" not in done.stderr.decode()


def test_an_option_that_is_missing(run: Run) -> None:
    done = run("calendar DE --years 2024 --hours 09:00-17:00")
    assert done.returncode == 2
    assert b"--zone" in done.stderr


def test_without_the_package(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from streamgauge.cli import main

    monkeypatch.setitem(sys.modules, "holidays", None)
    assert main(DE.split()) == 1
    assert 'streamgauge calendar needs holidays; pip install "streamgauge[calendars]"' in capsys.readouterr().err
