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
INSTANTS = {"arrived", "started", "finished", "cancelled_at", "window_start", "window_end"}
LENGTHS = {"flow_time", "active", "waiting", "paused", "age", "flow_time_sum", "flow_time_mean", "load_integral"}
FLOATS = {"efficiency", "load_avg", "distribution"}
UNITS = {"d": 86_400_000_000, "h": 3_600_000_000, "m": 60_000_000, "s": 1_000_000, "ms": 1_000, "us": 1}


@dataclass(frozen=True)
class Ask:
    model: str
    events: str
    question: dict[str, Any]
    expect: list[dict[str, str]]


def sheet(text: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split(",")] for line in text.splitlines() if line.strip()]


def asks(page: Path) -> Iterator[Ask]:
    model = events = ""
    question: dict[str, Any] = {}
    for _, what, text in BLOCK.findall(page.read_text("utf-8")):
        match what:
            case "model":
                model = text
            case "events":
                events = "\n".join(",".join(row) for row in sheet(text))
            case "ask":
                question = tomllib.loads(text)
            case "expect":
                header, *rows = sheet(text)
                yield Ask(model, events, question, [dict(zip(header, row, strict=True)) for row in rows])


def number(column: str, text: str) -> Any:
    """A page's cell as a value that equals the answer's."""
    if not text:
        return None
    if column in INSTANTS:
        return datetime.fromisoformat(text)
    if column in LENGTHS or column.startswith("flow_time_p"):
        return sum(int(n) * UNITS[unit] for n, unit in re.findall(r"(\d+)(d|h|ms|us|m|s)", text))
    if column in FLOATS:
        above, _, below = text.partition("/")
        return float(above) / float(below or 1)
    return text


def value(column: str, answer: Any) -> Any:
    """A cell of the machine-readable answer."""
    if column in INSTANTS and answer is not None:
        return datetime.fromisoformat(answer)
    if isinstance(answer, bool):
        return str(answer).lower()
    numbers = column in LENGTHS or column in FLOATS or column.startswith("flow_time_p")
    return answer if answer is None or numbers else str(answer)


def answer(ask: Ask, path: Path) -> sg.Table:
    path.write_text(ask.events, "utf-8")
    question = dict(ask.question)
    log, model = sg.read_events(path), sg.FlowModel.from_toml(ask.model)
    flow = sg.measure(log, model, as_of=question.get("as_of"))
    windows = question.get("windows") or question.get("every")
    if question["table"] == "findings":
        return flow.findings()
    if question["table"] == "records" or not windows:
        return flow.records()
    return flow.metrics(
        every=question.get("every"),
        windows=question.get("windows"),
        by=question.get("by"),
        start=question.get("from"),
        end=question.get("to"),
        percentiles=question.get("percentiles", (50, 85, 95)),
        percentile_method={"linear": "linear"}.get(question.get("method", ""), "inverted_cdf"),
        distribution_of=question.get("of", "velocity"),
    )


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
        actual = rows(answer(ask, tmp_path / "events.csv"))
        expect = sorted(ask.expect, key=lambda row: row["code"]) if ask.question["table"] == "findings" else ask.expect
        wanted = [{column: number(column, text) for column, text in row.items()} for row in expect]
        columns = expect[0].keys() if expect else ()
        assert [{column: value(column, row[column]) for column in columns} for row in actual] == wanted, ask.question
    assert n_asks > 0
