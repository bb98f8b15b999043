"""Every length in two readings: elapsed, and in the working time of a calendar."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import streamgauge as sg

from conftest import OFFICE, WEEK_MODEL, week_log

H = timedelta(hours=1)
D = timedelta(days=1)
WEEK = {"windows": [("2024-01-08", "2024-01-15")], "by": []}
WORKING = {
    "states": ["residence", "blocked", "first_pass", "rework"],
    "visits": ["residence", "blocked"],
    "episodes": ["blocked"],
    "rework": ["lost", "flow_time_sum"],
    "transitions": ["lost"],
    "net_flow": ["age_start", "age_end"],
    "ageing": ["age", "time_in_state", "blocked"],
    "records": ["flow_time", "active", "waiting", "paused", "age"],
}


def ask(flow: sg.Flow, name: str) -> sg.Table:
    table: sg.Table = getattr(flow, name)()
    return table


@pytest.mark.parametrize("name", WORKING)
def test_working_time_stands_at_the_end(office: sg.Flow, week: sg.Flow, name: str) -> None:
    elapsed, both = ask(week, name), ask(office, name)
    assert both.columns == [*elapsed.columns, *(f"{column}_working" for column in WORKING[name])]
    assert [{column: row[column] for column in elapsed.columns} for row in both.rows()] == elapsed.rows()


@pytest.mark.parametrize("name", ["cfd", "counters", "ledger", "ledger_items", "blocked", "load"])
def test_load_has_no_working_reading(office: sg.Flow, week: sg.Flow, name: str) -> None:
    assert ask(office, name).rows() == ask(week, name).rows()


def test_metrics_in_working_time(office: sg.Flow) -> None:
    (row,) = office.metrics(**WEEK, percentiles=[85]).rows()
    assert (row["flow_time_p85"], row["flow_time_p85_working"]) == (4 * D, 32 * H)
    assert (row["efficiency"], row["efficiency_working"]) == (78 / 96, 30 / 32)


def test_working_time_is_shown_in_hours(office: sg.Flow) -> None:
    text = office.records().to_text()
    assert "4.0 d" in text
    assert "32.0 h" in text


def test_a_calendar_may_be_a_path(tmp_path: Path, office: sg.Flow) -> None:
    path = tmp_path / "office.toml"
    path.write_text(OFFICE, encoding="utf-8")
    model = sg.FlowModel.from_toml(WEEK_MODEL)
    for given in (path, str(path)):
        flow = sg.measure(week_log(), model, as_of="2024-02-01", calendar=given)
        assert flow.records().rows() == office.records().rows()
        assert flow.calendar is not None
        assert flow.calendar.hash == sg.Calendar.load(path).hash
    assert sg.measure(week_log(), model).calendar is None


@pytest.mark.parametrize(
    ("calendar", "error", "words"),
    [
        (OFFICE, sg.ArgumentError, "Calendar.from_toml"),
        ({"mon": ["09:00-17:00"]}, sg.ArgumentError, "calendar is of type dict"),
        ("nowhere.toml", sg.ReadError, "nowhere.toml"),
    ],
)
def test_what_is_no_calendar(calendar: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        sg.measure(week_log(), sg.FlowModel.from_toml(WEEK_MODEL), calendar=calendar)


def test_the_log_and_the_windows_stay_within_the_calendar(office: sg.Flow) -> None:
    late = sg.Calendar.from_toml(OFFICE.replace("2024-01-01", "2024-01-09"))
    with pytest.raises(sg.CalendarError, match="valid"):
        sg.measure(week_log(), sg.FlowModel.from_toml(WEEK_MODEL), calendar=late)
    with pytest.raises(sg.CalendarError, match="valid"):
        office.states(windows=[("2023-12-31", "2024-01-15")], by=[])


def test_the_review_sees_the_calendar_too(sample_flow: sg.Flow) -> None:
    everyday = sg.Calendar.from_toml('zone = "UTC"\n[hours]\nmon = ["09:00-17:00"]\ntue = ["09:00-17:00"]')
    flow = sg.measure(sample_flow.log, sample_flow.model, as_of="2025-01-02", calendar=everyday)
    review, plain = (f.review("2024-Q4") for f in (flow, sg.measure(flow.log, flow.model, as_of="2025-01-02")))
    assert review.headline == plain.headline
