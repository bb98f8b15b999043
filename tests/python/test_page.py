"""The review page: on its own, escaped, true, and drawn by a browser."""

import html
import json
import re
import shutil
import subprocess
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import streamgauge as sg
from streamgauge.review.facts import gather
from streamgauge.review.page import render
from streamgauge.review.words import tell

from conftest import MODEL

NASTY = "</script><script>document.title='owned'</script><img src=x onerror=alert(1)>\u2028&amp;"


@pytest.fixture(scope="module")
def page(sample_flow: sg.Flow) -> str:
    return sample_flow.review("2024-Q4").html


def _specs(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="specs">(.*?)</script>', page, re.DOTALL)
    assert found
    specs: dict[str, Any] = json.loads(found[1])
    return specs


def _without_scripts(page: str) -> str:
    return re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)


def _moves(*rows: tuple[str, str, str, str | None, str]) -> sg.EventLog:
    names = ["item", "at", "state", "stream", "type"]
    return sg.EventLog(pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows]))


def test_unfinished_items_are_those_of_the_records_then() -> None:
    sample, model = sg.sample()
    started, moved, done = "2024-01-02T09:00:00Z", "2024-02-02T09:00:00Z", "2024-11-02T09:00:00Z"
    odd = _moves(
        ("moves", started, "In Progress", "Web", "Story"),
        ("moves", moved, "In Progress", "App", "Story"),
        ("nowhere", started, "In Progress", None, "Bug"),
        ("called so", moved, "In Progress", "(no stream)", "Bug"),
        ("done later", started, "In Progress", "Web", "Bug"),
        ("done later", done, "Released", "Web", "Bug"),
        ("does not count", started, "In Progress", "Web", "Epic"),
    )
    table = pa.table({"item": ["A"], "at": [started], "state": ["In Progress"], "type": ["Story"]})
    for log, none in ((sample, "(no stream)"), (odd, "(no stream)"), (sg.EventLog(table), "All work")):
        for as_of in ("2025-01-01T00:00:00Z", "2024-08-15T00:00:00Z"):
            facts = gather(sg.measure(log, model, as_of=as_of), "2024-Q3")
            then = sg.measure(log, model, as_of=facts.quarter.end).records()
            expected: dict[str, list[Any]] = {}
            for row in then.rows():
                if row["outcome"] == "open" and row["kind"] != "ignored":
                    expected.setdefault(row.get("stream") or none, []).append(row["age"])
            assert facts.n_unfinished == sum(map(len, expected.values())) > 0
            assert facts.unfinished == {stream: sorted(ages, reverse=True) for stream, ages in expected.items()}


def test_ages_of_streams_of_one_name_are_counted_once() -> None:
    started = "2024-01-02T09:00:00Z"
    moves = _moves(("A", started, "In Progress", None, "Bug"), ("B", started, "In Progress", "(no stream)", "Bug"))
    page = sg.measure(moves, sg.sample()[1], as_of="2025-01-01T00:00:00Z").review("2024-Q3").html
    values = _specs(page)["ages"]["data"]["values"]
    assert sum(row["items"] for row in values) == 2


def test_large_numbers_are_divided_in_words(sample_flow: sg.Flow) -> None:
    facts = gather(sample_flow, "2024-Q4")
    old = replace(facts, unfinished={facts.busy[0].name: [sample_flow.as_of - sample_flow.first] * 1_234})
    assert any("1,234 of 1,234 unfinished items are older" in sentence for sentence in tell(old).slows)
    assert "The 1,234 items that were started" in _without_scripts(render(old))


def test_the_records_are_not_unfolded(sample_flow: sg.Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(sg.Flow, "records")
    assert "ages" in _specs(sample_flow.review("2024-Q4").html)


def test_nothing_is_loaded(page: str) -> None:
    rest = _without_scripts(page)
    assert not re.search(r"https?://", rest)
    assert not re.search(r"""(src|href)\s*=\s*["']?(?!#)""", rest)
    assert "url(" not in rest
    assert "@import" not in rest
    assert "http" not in json.dumps(_specs(page))
    assert "default-src 'none'" in page


def test_one_bundle_draws_every_chart(page: str) -> None:
    assert page.count("window.vegaEmbed=") == 1
    specs = _specs(page)
    assert {"flow-time", "efficiency", "distribution", "ages"} <= set(specs)
    assert sum(name.startswith("velocity-") for name in specs) == 4
    assert sum(name.startswith("load-") for name in specs) == 4
    for name in specs:
        assert f'id="chart-{name}"' in page


def test_five_metrics_of_two_quarters_for_each_stream(page: str, sample_flow: sg.Flow) -> None:
    text = html.unescape(re.sub(r"<[^>]+>", " ", _without_scripts(page)))
    for word in ("Velocity", "Flow time", "Load", "Efficiency", "Distribution", "2024-Q3", "2024-Q4"):
        assert word in text
    rows = sample_flow.metrics(windows=["2024-Q3", "2024-Q4"], by=["stream"]).rows()
    for before, now in zip(rows[:4], rows[4:], strict=True):
        line = re.escape(f"{now['stream']}") + rf"\s+{now['velocity']}\s+{before['velocity']}\s"
        assert re.search(line, text), now["stream"]


def test_it_says_what_it_was_made_from(page: str, sample_flow: sg.Flow) -> None:
    for said in (sample_flow.log_hash, sample_flow.model_hash, "definitions 1", "inverted_cdf", sample_flow.model.zone):
        assert said in page
    for state in sample_flow.model.states:
        assert html.escape(state) in page
    for row in sample_flow.findings().rows():
        assert row["code"].replace("_", " ") in page


def test_the_same_facts_give_the_same_bytes(page: str, sample_flow: sg.Flow) -> None:
    assert sample_flow.review("2024-Q4").html == page


def test_default_is_the_last_whole_quarter(sample_flow: sg.Flow) -> None:
    assert sample_flow.review().quarter == "2024-Q4"


def test_save(sample_flow: sg.Flow, tmp_path: Path, page: str) -> None:
    path = sample_flow.review("2024-Q4").save(tmp_path / "review.html")
    assert path.read_text(encoding="utf-8") == page


def _nasty_flow() -> sg.Flow:
    rows = [
        {"item": NASTY, "at": "2024-01-02T09:00:00Z", "state": NASTY, "stream": NASTY, "type": NASTY},
        {"item": NASTY, "at": "2024-01-05T09:00:00Z", "state": "Done", "stream": NASTY, "type": NASTY},
        {"item": "B", "at": "2024-01-05T09:00:00Z", "state": "Done", "stream": NASTY, "type": NASTY},
    ]
    model = MODEL.replace('["Doing"]', json.dumps([NASTY])).replace('["Story"]', json.dumps([NASTY]))
    return sg.measure(sg.EventLog(pa.Table.from_pylist(rows)), sg.FlowModel.from_toml(model), as_of="2024-04-01")


def test_what_comes_from_the_data_is_escaped() -> None:
    page = _nasty_flow().review("2024-Q1").html
    assert page.count("<script") == 2
    assert page.count("</script") == 2
    assert "<img" not in _without_scripts(page)
    assert "\u2028" not in re.search(r'id="specs">(.*?)</script>', page, re.DOTALL)[1]  # type: ignore[index]
    assert html.escape("<img src=x onerror=alert(1)>") in page
    assert any(NASTY in json.dumps(spec, ensure_ascii=False) for spec in _specs(page).values())


def test_undefined_is_said_with_its_reason(flow: sg.Flow) -> None:
    page = flow.review("2024-01").html
    assert 'title="no finished item has a start">undefined' in page
    assert "There is no earlier month" in html.unescape(page)


def test_a_partial_quarter_is_marked_and_not_compared(sample_flow: sg.Flow) -> None:
    flow = sg.measure(sample_flow.log, sample_flow.model, as_of="2024-11-15")
    page = flow.review("2024-Q4").html
    assert "Partial quarter." in page
    assert "is not compared with the quarter before" in page
    facts = gather(flow, "2024-Q4")
    assert not facts.comparable
    assert facts.before
    assert not any(facts.before.name in sentence for sentence in tell(facts).flows + tell(facts).slows)


@pytest.mark.parametrize(("period", "before"), [("2024-Q4", "2024-Q3"), ("2024-12", "2024-11")])
def test_the_words_name_what_is_compared(sample_flow: sg.Flow, period: str, before: str) -> None:
    facts = gather(sample_flow, period)
    assert facts.before
    assert facts.before.name == before
    told = tell(facts)
    sentences = " ".join(told.flows + told.slows)
    assert f"than in {before}" in sentences
    assert "quarter" not in sentences
    page = html.unescape(_without_scripts(sample_flow.review(period).html))
    assert "in the quarter" not in page
    assert "end of the quarter" not in page


def _one_stream(waiting: bool) -> sg.Flow:
    moves = [("Doing", 1), *([("Ready", 2)] if waiting else []), ("Done", 5)]
    rows = [
        {"item": f"I{i}", "at": f"2024-01-{day + i:02}T09:00:00Z", "state": state, "stream": "Web", "type": "Bug"}
        for i in range(12)
        for state, day in moves
    ]
    return sg.measure(sg.EventLog(pa.Table.from_pylist(rows)), sg.FlowModel.from_toml(MODEL), as_of="2024-04-01")


def test_waiting_is_spoken_of_where_there_is_some() -> None:
    none, some = (tell(gather(_one_stream(waiting), "2024-Q1")).slows for waiting in (False, True))
    assert not any("wait" in sentence for sentence in none)
    assert "Items of “Web” waited in 75 % of their flow time." in some
    assert not any("largest" in sentence for sentence in some)


def test_many_streams_are_gathered_in_a_moment(model: sg.FlowModel) -> None:
    n = 3_000
    states = [("2024-01-02T09:00:00Z", "Doing"), ("2024-02-02T09:00:00Z", "Done")]
    rows = [
        {"item": f"I{i}", "at": at, "state": state, "stream": f"S{i}", "type": "Bug"}
        for i in range(n)
        for at, state in states
    ]
    flow = sg.measure(sg.EventLog(pa.Table.from_pylist(rows)), model, as_of="2024-04-01")
    start = time.perf_counter()
    facts = gather(flow, "2024-Q1")
    assert (len(facts.busy), len(facts.idle)) == (n, 0)
    assert facts.busy[0].now.kinds == {"defect": 1}
    assert time.perf_counter() - start < 10  # it took minutes when streams were looked for in lists


def test_a_log_without_streams_and_kinds() -> None:
    frame = pa.table(
        {"item": ["A", "A"], "at": ["2024-01-02T00:00:00Z", "2024-01-09T00:00:00Z"], "state": ["Doing", "Done"]}
    )
    model = sg.FlowModel.from_toml('[phases]\nactive = ["Doing"]\ndone = ["Done"]')
    review = sg.measure(sg.EventLog(frame), model, as_of="2024-04-01").review("2024-Q1")
    assert "All work" in review.html
    assert "7.0 d" in review.html


@pytest.mark.parametrize("quarter", ["2010-Q1", "2030-Q1", "2024-Q5", "soon"])
def test_quarters_that_cannot_be(sample_flow: sg.Flow, quarter: str) -> None:
    with pytest.raises(sg.ArgumentError, match=re.escape(quarter)):
        sample_flow.review(quarter)


def test_the_words_name_the_stream_that_slows(sample_flow: sg.Flow) -> None:
    rows = sample_flow.load(windows=["2024-Q4"], by=["stream"]).rows()
    worst = max(rows, key=lambda row: row["load_end"] - row["load_start"])
    if worst["load_end"] - worst["load_start"] >= max(3, worst["load_start"] / 10):
        told = tell(gather(sample_flow, "2024-Q4"))
        assert any(sentence.startswith(f"Work piles up in “{worst['stream']}”") for sentence in told.slows)


def _drawn(path: Path) -> str:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no chromium here")
    command = [
        chromium,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--virtual-time-budget=20000",
        "--dump-dom",
        path.as_uri(),
    ]
    return subprocess.run(command, capture_output=True, text=True, timeout=180, check=True).stdout


def test_a_browser_draws_it(page: str, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    dom = _drawn(tmp_path / "page.html")
    assert 'data-charts="drawn"' in dom
    assert len(re.findall(r"<svg[^>]*marks", dom)) == len(_specs(page))


def test_a_browser_runs_nothing_from_the_data(tmp_path: Path) -> None:
    path = _nasty_flow().review("2024-Q1").save(tmp_path / "page.html")
    dom = _drawn(path)
    assert "<title>Flow review 2024-Q1</title>" in dom
    assert 'data-charts="drawn"' in dom
    assert "<img" not in _without_scripts(dom)
