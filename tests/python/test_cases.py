"""Every page of the casebook, asked of the Python package as its users would ask."""

import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import streamgauge as sg

CASES = Path(__file__).parents[1] / "cases"
BLOCK = re.compile(r"^```(\w+) (\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# Findings that every engine can count; the pages speak of no others.
CODES = {
    "after_as_of", "backward_move", "bulk_close", "duplicate_event", "finished_without_start", "implausible_time",
    "no_creation", "no_type", "reopened", "repeated_state", "same_instant", "speeding",
}  # fmt: skip
INSTANTS = {"started", "cancelled_at", "window_start", "window_end", "at", "entered", "left"}
LENGTHS = {
    "flow_time", "active", "waiting", "paused", "age", "flow_time_mean", "flow_time_sum", "load_integral",
    "blocked_integral", "departed", "residual", "arrival_residual", "age_start", "age_end", "remaining_start",
    "remaining_end", "gap", "residence", "first_pass", "time_in_state", "lost",
}  # fmt: skip
FLOATS = {
    "efficiency", "efficiency_working", "difference", "load_avg", "blocked_avg", "distribution", "share",
    "blocked_share", "lost_share", "slowest_share", "unexplained",
}  # fmt: skip
# What a column means in some tables only.
INSTANTS_OF = {"records": {"arrived", "finished"}, "days_inclusive": {"finished"}, "episodes": {"began", "ended"}}
LENGTHS_OF = {
    "ledger": {"arrived"}, "visits": {"blocked"}, "states": {"blocked", "rework"}, "episodes": {"blocked"},
    "ageing": {"blocked"},
}  # fmt: skip
WITHOUT_WINDOWS = {"records", "findings", "days_inclusive", "visits", "episodes", "ageing"}
UNITS = {"d": 86_400_000_000, "h": 3_600_000_000, "m": 60_000_000, "s": 1_000_000, "ms": 1_000, "us": 1}


@dataclass(frozen=True)
class Ask:
    model: str
    events: str
    calendar: str | None
    question: dict[str, Any]
    expect: list[dict[str, str]]


def sheet(text: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split(",")] for line in text.splitlines() if line.strip()]


def asks(page: Path) -> Iterator[Ask]:
    model = events = ""
    calendar: str | None = None
    question: dict[str, Any] = {}
    for _, what, text in BLOCK.findall(page.read_text("utf-8")):
        match what:
            case "model":
                model = text
            case "events":
                events = "\n".join(",".join(row) for row in sheet(text))
            case "calendar":
                calendar = text
            case "ask":
                question = tomllib.loads(text)
            case "expect":
                header, *rows = sheet(text)
                hours = calendar if question.get("calendar", True) else None
                yield Ask(model, events, hours, question, [dict(zip(header, row, strict=True)) for row in rows])


def kind(table: str, column: str) -> str:
    """What a cell is: an instant, a length, a float or a word."""
    if column in INSTANTS or column in INSTANTS_OF.get(table, ()):
        return "instant"
    if column in FLOATS:
        return "float"
    is_length = column in LENGTHS or column in LENGTHS_OF.get(table, ())
    return "length" if is_length or column.startswith("flow_time_p") or column.endswith("_working") else "word"


def number(table: str, column: str, text: str) -> Any:
    """A page's cell as a value that equals the answer's."""
    if not text:
        return None
    match kind(table, column):
        case "instant":
            return datetime.fromisoformat(text)
        case "length":
            return sum(int(n) * UNITS[unit] for n, unit in re.findall(r"(-?\d+)(d|h|ms|us|m|s)", text))
        case "float":
            return quotient(text)
    return text


def quotient(text: str) -> float:
    """`0.25`, `1/3`, or the difference of two of these, in 64-bit floats."""
    left, minus, right = text.partition(" - ")
    if minus:
        return quotient(left) - quotient(right)
    above, _, below = text.partition("/")
    return float(above) / float(below or 1)


def value(table: str, column: str, answer: Any) -> Any:
    """A cell of the machine-readable answer."""
    if answer is None:
        return None
    what = kind(table, column)
    if what == "instant":
        return datetime.fromisoformat(answer)
    if isinstance(answer, bool):
        return str(answer).lower()
    return str(answer) if what == "word" else answer


def answer(ask: Ask, path: Path) -> sg.Table:
    path.write_text(ask.events, "utf-8")
    question = dict(ask.question)
    log, model = sg.read_events(path), sg.FlowModel.from_toml(ask.model)
    calendar = None if ask.calendar is None else sg.Calendar.from_toml(ask.calendar)
    flow = sg.measure(log, model, as_of=question.get("as_of"), calendar=calendar)
    name = question["table"]
    where = {
        "every": question.get("every"),
        "windows": question.get("windows"),
        "by": question.get("by"),
        "start": question.get("from"),
        "end": question.get("to"),
    }
    if name == "error":
        name = "metrics" if where["windows"] or where["every"] else "records"
    if name == "ageing":
        return flow.ageing(by=where["by"])
    table: sg.Table
    if name in WITHOUT_WINDOWS:
        table = getattr(flow, name)()
        return table
    if name == "metrics":
        where["percentiles"] = question.get("percentiles", (50, 85, 95))
        where["percentile_method"] = {"linear": "linear"}.get(question.get("method", ""), "inverted_cdf")
        where["distribution_of"] = question.get("of", "velocity")
    table = getattr(flow, name)(**where)
    return table


def rows(table: sg.Table) -> list[dict[str, Any]]:
    named = [{name.removesuffix("_us"): v for name, v in row.items()} for row in json.loads(table.to_json())["rows"]]
    if "code" in table.columns:
        return sorted((row for row in named if row["code"] in CODES), key=lambda row: row["code"])
    return named


@pytest.mark.parametrize("page", sorted(CASES.glob("[0-9]*.md")), ids=lambda page: page.stem)
def test_page(page: Path, tmp_path: Path) -> None:
    n_asks = 0
    for ask in asks(page):
        n_asks += 1
        if ask.question["table"] == "error":
            with pytest.raises(sg.StreamgaugeError) as error:
                answer(ask, tmp_path / "events.csv")
            assert all(row["contains"] in str(error.value) for row in ask.expect)
            continue
        name = ask.question["table"]
        actual = rows(answer(ask, tmp_path / "events.csv"))
        expect = sorted(ask.expect, key=lambda row: row["code"]) if name == "findings" else ask.expect
        wanted = [{column: number(name, column, text) for column, text in row.items()} for row in expect]
        columns = expect[0].keys() if expect else ()
        found = [{column: value(name, column, row[column]) for column in columns} for row in actual]
        assert found == wanted, ask.question
    assert n_asks > 0
