"""What the charts and tables of a review draw from: one load at an instant, whole ticks, zero where it is zero."""

import html
import re
from typing import Any

import pyarrow as pa
import pytest
import streamgauge as sg
import vl_convert
from streamgauge.review.charts import all_charts
from streamgauge.review.facts import gather

from conftest import MODEL


def _log(*rows: str) -> sg.EventLog:
    names = ("item", "at", "state", "stream", "type")
    return sg.EventLog(pa.Table.from_pylist([dict(zip(names, row.split(), strict=True)) for row in rows]))


def _charts(flow: sg.Flow, quarter: str) -> dict[str, dict[str, Any]]:
    return all_charts(gather(flow, quarter))


def _texts(chart: dict[str, Any], width: int = 300) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", vl_convert.vegalite_to_svg(chart | {"width": width}))


def test_the_cut_week_does_not_stand_on_the_whole_one(sample_flow: sg.Flow) -> None:
    flow = sg.measure(sample_flow.log, sample_flow.model, as_of="2024-11-04T09:00:00Z")
    chart = _charts(flow, "2024-Q4")["load-0"]
    assert chart["encoding"]["y"]["stack"] is None
    ends = [row["end"] for row in chart["data"]["values"]]
    assert len(set(ends)) == len(ends)
    assert ends[-2][:10] == ends[-1][:10] == "2024-11-04"


def test_a_kind_that_finished_nothing_has_no_share(flow: sg.Flow) -> None:
    facts = gather(flow, "2024-01")
    shares = {stream.name: [stream.now.share(kind) for kind in ("feature", "defect")] for stream in facts.streams}
    assert shares == {"Web": [1.0, 0.0], "App": [0.0, 1.0]}
    distribution = flow.review("2024-01").html.partition('<section id="distribution">')[2].partition("</section>")[0]
    assert "0 %" in distribution
    assert "undefined" not in distribution


def test_a_stream_that_finished_nothing_has_undefined_shares(model: sg.FlowModel) -> None:
    log = _log("A 2024-01-02T00:00:00Z Doing Web Story", "B 2024-01-02T00:00:00Z Doing App Bug", *_DONE)
    page = sg.measure(log, model, as_of="2024-04-01").review("2024-Q1").html
    distribution = page.partition('<section id="distribution">')[2].partition("</section>")[0]
    assert distribution.count(">undefined<") == 2


_DONE = ("C 2024-01-02T00:00:00Z Doing Web Story", "C 2024-01-09T00:00:00Z Done Web Story")


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_ticks_of_counts_are_whole_and_said_once(model: sg.FlowModel, count: int) -> None:
    log = _log(*(f"I{i} 2024-01-0{d}T00:00:00Z {s} Web Story" for i in range(count) for d, s in ((2, "Doing"),)))
    charts = _charts(sg.measure(log, model, as_of="2024-02-20"), "2024-Q1")
    for name in ("load-0", "ages"):
        ticks = [text for text in _texts(charts[name]) if re.fullmatch(r"[\d.,]+", text)]
        assert len(set(ticks)) == len(ticks) >= 2, (name, ticks)
        assert all(tick.isdigit() for tick in ticks), (name, ticks)


@pytest.mark.parametrize("as_of", ["2024-01-04", "2024-04-02T12:00:00Z"])
def test_load_of_a_short_log_is_drawn(model: sg.FlowModel, as_of: str) -> None:
    day = "2024-01-02" if as_of < "2024-02" else "2024-04-01"
    log = _log(f"A {day}T00:00:00Z Doing Web Story")
    chart = _charts(sg.measure(log, model, as_of=as_of), as_of[:7])["load-0"]
    assert [row["load"] for row in chart["data"]["values"]] == [1]
    assert chart["mark"]["point"]["filled"]


def test_a_week_that_runs_past_the_quarter_is_cut_there(model: sg.FlowModel) -> None:
    log = _log("A 2024-12-30T00:00:00Z Doing Web Story", "B 2025-01-02T00:00:00Z Doing Web Story")
    flow = sg.measure(log, model, as_of="2025-02-01")
    (row,) = _charts(flow, "2024-Q4")["load-0"]["data"]["values"]
    assert row["load"] == 1
    assert row["end"].startswith("2025-01-01T00:00")


def test_a_partial_quarter_compares_no_load_anywhere(sample_flow: sg.Flow) -> None:
    flow = sg.measure(sample_flow.log, sample_flow.model, as_of="2024-11-15")
    review = flow.review("2024-Q4")
    assert not any("against" in line for line in review.headline)
    assert '<span class="change">' not in review.html
    assert all("against" in line for line in sample_flow.review("2024-Q4").headline[:4])


def test_one_item_is_one_item(flow: sg.Flow) -> None:
    log = _log(*_DONE, "A 2024-01-02T00:00:00Z Doing Web Story")
    review = sg.measure(log, sg.FlowModel.from_toml(MODEL), as_of="2024-04-01").review("2024-Q1")
    assert "1 item finished" in review.headline[0]
    assert "1 item at the end" in review.headline[2]
    assert not re.search(r"\b1 items\b", html.unescape(re.sub(r"<[^>]+>", " ", review.html)))


def test_names_of_months_stay_inside(sample_flow: sg.Flow) -> None:
    flow = sg.measure(sample_flow.log, sample_flow.model, as_of="2024-11-04T09:00:00Z")
    svg = vl_convert.vegalite_to_svg(_charts(flow, "2024-Q4")["load-0"] | {"width": 300})
    (last,) = re.findall(r'<text text-anchor="(\w+)"[^>]*>Nov 24</text>', svg)
    assert last == "end"
