"""A table as people look at it, and as machines read it."""

import csv
import io
import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import streamgauge as sg
from streamgauge._text import instant


def test_repr_has_units_dates_dashes_and_a_receipt(flow: sg.Flow) -> None:
    text = repr(flow.flow_time(every="month", by=["stream"]))
    head, app, web, _, footer = text.splitlines()
    assert head.split() == [
        "window_start", "window_end", "partial", "stream", "flow_time_n",
        "flow_time_p50", "flow_time_p85", "flow_time_p95", "flow_time_mean",
    ]  # fmt: skip
    assert app.split() == ["2024-01-01", "2024-02-01", "no", "App", "0", "-", "-", "-", "-"]
    assert web.split() == ["2024-01-01", "2024-02-01", "no", "Web", "1", *["3.0", "d"] * 4]
    assert footer == "2 rows · as of 2024-02-01T00:00:00Z · zone UTC · percentiles inverted_cdf · definitions 1"


def test_dates_are_those_of_the_zone(flow: sg.Flow) -> None:
    seoul = sg.measure(flow.log, flow.model, as_of="2024-02-01", zone="Asia/Seoul")
    table = seoul.velocity(every="month", by=[])
    assert table.rows()[0]["window_start"].isoformat() == "2023-12-31T15:00:00+00:00"
    assert repr(table).splitlines()[1].split()[:2] == ["2024-01-01", "2024-02-01"]


def test_wide_tables_keep_their_groups_in_sight(flow: sg.Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    table = flow.metrics()
    blocks = repr(table).split("\n\n")
    assert len(blocks) > 2
    for block in blocks[:-1]:
        assert block.startswith("window_start")
        assert "stream" in block
        assert max(map(len, block.splitlines())) <= 100
    assert all(column in repr(table) for column in table.columns)


def test_long_tables_show_both_ends(sample_flow: sg.Flow) -> None:
    records = sample_flow.records()
    text = repr(records)
    assert "…" in text
    assert f"{len(records):,} rows" in text
    assert len(records.to_text().splitlines()) > len(records)


def test_text_from_the_data_cannot_break_the_lines(model: sg.FlowModel) -> None:
    nasty = "A\x1b[31m\n<script>alert(1)</script>" + "x" * 1_000_000
    log = sg.EventLog(pa.table({"item": [nasty], "at": ["2024-01-01T00:00:00Z"], "state": ["Open"]}))
    assert log.events().rows()[0]["item"] == nasty
    text = repr(log.events())
    assert "\x1b" not in text
    assert len(text) < 1_000
    html = log.events()._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert sg.measure(log, model).records().rows()[0]["item"] == nasty


def test_json_is_the_contract(flow: sg.Flow) -> None:
    text = flow.metrics(every="month").to_json(flow.findings())
    answer = json.loads(text)
    assert list(answer) == ["definitions_version", "as_of", "model_hash", "log_hash", "rows", "findings"]
    app, web = answer["rows"]
    assert web["window_start"] == "2024-01-01T00:00:00Z"
    assert web["flow_time_p85_us"] == 3 * 86_400_000_000
    assert app["flow_time_p85_us"] is None
    assert isinstance(web["load_integral"], int)
    assert {finding["code"] for finding in answer["findings"]} >= {"finished_without_start"}
    assert "NaN" not in text
    assert "Infinity" not in text


def test_csv(flow: sg.Flow) -> None:
    rows = list(csv.DictReader(io.StringIO(flow.metrics(every="month").to_csv())))
    assert rows[1]["flow_time_p50_us"] == str(3 * 86_400_000_000)
    assert rows[0]["flow_time_p50_us"] == ""


def test_a_table_without_rows(model: sg.FlowModel, frame: pa.Table) -> None:
    findings = sg.EventLog(frame).findings()
    assert len(findings) == 0
    assert findings.rows() == []
    assert "0 rows" in repr(findings)
    assert findings.to_polars().height == 0


def test_json_has_the_findings_without_being_told(flow: sg.Flow) -> None:
    for table in (flow.metrics(), flow.velocity(), flow.records(), flow.findings()):
        assert table.to_json() == table.to_json(flow.findings())
        assert json.loads(table.to_json())["findings"]
    nothing = sg.EventLog(flow.log.events()).findings()
    assert json.loads(flow.records().to_json(nothing))["findings"] == []


def test_json_of_a_log_has_what_the_reader_found(tmp_path: Path) -> None:
    (tmp_path / "events.csv").write_text("item,at,state\nA,2024-01-02T09:00:00Z,Open\nB,soon,Open\n")
    log = sg.read_events(tmp_path / "events.csv")
    (finding,) = json.loads(log.events().to_json())["findings"]
    assert finding["code"] == "rejected_row"


def test_instants_that_python_has_not_are_text() -> None:
    stamps = ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "9999-12-31T23:00:00Z"]
    log = sg.EventLog(pa.table({"item": ["A", "B", "C"], "at": stamps, "state": ["Open"] * 3}))
    at = {row["item"]: row["at"] for row in log.events().rows()}
    assert at["A"] == "0000-12-31T10:00:00Z"
    assert at["B"] == "+10000-01-01T13:59:59Z"
    assert at["C"] == datetime(9999, 12, 31, 23, tzinfo=UTC)
    assert "0000-12-31T10:00:00Z" in repr(log.events())
    assert "0000-12-31T10:00:00Z" in log.events()._repr_html_()
    assert instant(at["C"], ZoneInfo("Asia/Seoul")) == "9999-12-31T23:00:00Z"
    assert instant(datetime(1, 1, 1, tzinfo=UTC), ZoneInfo("America/New_York")) == "0001-01-01T00:00:00Z"
    assert instant(datetime(1, 1, 2, tzinfo=UTC), UTC) == "0001-01-02"


def test_head_is_the_first_rows_in_every_form(tmp_path: Path, model: sg.FlowModel) -> None:
    items = ["plain", 'says "hi", twice', "two\nlines", "]", "last"]
    frame = pa.table({"item": items, "at": [date(2024, 1, 1)] * 5, "state": ["Doing"] * 5})
    flow = sg.measure(sg.EventLog(frame, zone="UTC"), model)
    whole = flow.visits()
    for n in range(len(whole) + 2):
        head = whole.head(n)
        assert head.rows() == whole.rows()[:n]
        assert head.columns == whole.columns
        assert len(head) == head.to_arrow().num_rows == head.to_polars().height == min(n, 5)
        answer, rest = json.loads(head.to_json()), json.loads(whole.to_json())
        assert answer == rest | {"rows": rest["rows"][:n]}
        rows = list(csv.reader(io.StringIO(head.to_csv())))
        assert rows == list(csv.reader(io.StringIO(whole.to_csv())))[: n + 1]
        head.write_parquet(tmp_path / "head.parquet")
        assert pq.read_table(tmp_path / "head.parquet").to_pylist() == head.to_arrow().to_pylist()
        assert head.receipt == whole.receipt
        assert head.head(2).rows() == whole.rows()[: min(n, 2)]
    assert pl.DataFrame(whole.head(2)).height == 2
    assert "2 rows" in repr(whole.head(2))


@pytest.mark.parametrize("n", [-1, 1.5, "3", None, True])
def test_head_of_what_is_no_number(flow: sg.Flow, n: Any) -> None:
    with pytest.raises(sg.ArgumentError, match="whole number"):
        flow.visits().head(n)


def test_one_column_or_an_error(sample_flow: sg.Flow) -> None:
    records = sample_flow.records()
    assert records._inner.values("age") == [row["age"] for row in records.rows()]
    with pytest.raises(KeyError, match="nobody"):
        records._inner.values("nobody")
