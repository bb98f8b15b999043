"""Bad input: a typed error or a finding, with file, line and reason; from the command line as one message."""

import gzip
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import streamgauge as sg

from conftest import MODEL, ROWS, Run

HEAD = "item,at,state,stream,type\n"
GOOD = "A,2024-01-02T09:00:00Z,Doing,Web,Story\nA,2024-01-05T09:00:00Z,Done,Web,Story\n"
METRICS = ["metrics", "events.csv", "--model", "flow.toml", "--format", "json"]


def _parquet_cut_short(folder: Path) -> None:
    pq.write_table(pa.Table.from_pylist(ROWS), folder / "events.csv")
    data = (folder / "events.csv").read_bytes()
    (folder / "events.csv").write_bytes(data[: len(data) * 2 // 3])


def _text(events: str | bytes, model: str = MODEL) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / "events.csv").write_bytes(events.encode() if isinstance(events, str) else events)
        (folder / "flow.toml").write_text(model, encoding="utf-8")

    return write


# What is wrong, how to make it, further words of the command, what the message must say.
ERRORS: dict[str, tuple[Callable[[Path], None], str, list[str]]] = {
    "unknown states and types": (
        _text(HEAD + GOOD + "B,2024-01-03T00:00:00Z,Parked,Web,Spike\nB,2024-01-04T00:00:00Z,Frozen,Web,Spike\n"),
        "",
        ["Parked", "Frozen", "Spike", "[phases]", "[kinds]", "1x"],
    ),
    "missing column": (_text(HEAD.replace("at", "when") + GOOD), "", ['"at" is missing', "when", "events.csv"]),
    "empty file": (_text(""), "", ["events.csv", "empty"]),
    "no file": (lambda folder: (folder / "events.csv").unlink(), "", ["events.csv"]),
    "no table": (_text(bytes(range(256)) * 40), "", ["events.csv"]),
    "gzip cut short": (_text(gzip.compress((HEAD + GOOD * 500).encode())[:-12]), "", ["events.csv"]),
    "parquet cut short": (_parquet_cut_short, "", ["events.csv"]),
    "only rejected rows": (_text(HEAD + "A,soon,Doing,Web,Story\n"), "", ["events.csv", "soon"]),
    "stamps without a zone": (_text(HEAD + GOOD.replace("Z,", ",")), "", ["events.csv", "zone"]),
    "unknown zone": (_text(HEAD + GOOD), "--zone Europe/Berln", ['"Europe/Berln"', "Europe/Berlin"]),
    "state mapped twice": (
        _text(HEAD + GOOD, MODEL.replace('["Ready"]', '["Ready", "Doing"]')),
        "",
        ["flow.toml", "mapped twice"],
    ),
    "model is no TOML": (_text(HEAD + GOOD, "[phases"), "", ["flow.toml", "line 1"]),
    "window ends before it starts": (
        _text(HEAD + GOOD),
        "--from 2024-01-05 --to 2024-01-02",
        ["end must be after the start"],
    ),
    "span after as_of": (_text(HEAD + GOOD), "--from 2025-01-01 --to 2025-02-01", ["as_of"]),
    "unknown field": (_text(HEAD + GOOD), "--by strem", ["strem", "stream"]),
    "unknown period": (_text(HEAD + GOOD), "--every fortnight", ["fortnight", "week"]),
    "percentile out of range": (_text(HEAD + GOOD), "--percentiles 50,101", ["101"]),
    "percentile zero": (_text(HEAD + GOOD), "--percentiles 0", ["0"]),
    "as_of before every event": (_text(HEAD + GOOD), "--as-of 1999-01-01", ["no event"]),
    "as_of that is no instant": (_text(HEAD + GOOD), "--as-of yesterday", ["yesterday"]),
    "fields of Jira for events": (_text(HEAD + GOOD), "--fields Points", ["--fields"]),
    "parquet without a file": (_text(HEAD + GOOD), "--format parquet", ["-o FILE.parquet"]),
    "output that cannot be written": (_text(HEAD + GOOD), "-o no/such/folder/out.csv", ["no/such/folder/out.csv"]),
}


@pytest.mark.parametrize("what", ERRORS)
def test_errors(run: Run, tiny_folder: Path, what: str) -> None:
    make, more, wanted = ERRORS[what]
    make(tiny_folder)
    done = run(*METRICS, *more.split())
    message = done.stderr.decode()
    assert done.returncode == 1, message
    assert done.stdout == b""
    assert message.startswith("streamgauge: "), message
    for word in wanted:
        assert word in message, message


# What is odd, the rows beside two good ones, the finding, how often.
FINDINGS: dict[str, tuple[str | bytes, str, int]] = {
    "rejected row": ("B,soon,Doing,Web,Story\n", "rejected_row", 1),
    "ragged row": ("B,2024-01-02T09:00:00Z\n", "rejected_row", 1),
    "invalid UTF-8": (b"\xff\xfe,2024-01-02T09:00:00Z,Doing,Web,Story\n", "rejected_row", 1),
    "year 1": ("B,0001-01-01T00:00:00Z,Doing,Web,Story\n", "implausible_time", 1),
    "year 9999": ("B,9999-12-31T00:00:00Z,Doing,Web,Story\n", "implausible_time", 1),
    "before 1970": ("B,1969-12-31T23:59:59Z,Doing,Web,Story\n", "implausible_time", 1),
}


@pytest.mark.parametrize("what", FINDINGS)
def test_findings(run: Run, tiny_folder: Path, what: str) -> None:
    bad, code, count = FINDINGS[what]
    data = bad.encode() if isinstance(bad, str) else bad
    _text(HEAD.encode() + GOOD.encode() + data)(tiny_folder)
    done = run(*METRICS)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    found = {finding["code"]: finding for finding in answer["findings"]}
    assert found[code]["count"] >= count, answer["findings"]
    if code == "rejected_row":
        assert "events.csv:4" in found[code]["details"][0]
        assert b"events.csv:4" in done.stderr
    assert sum(row["velocity"] for row in answer["rows"]) == 1


def test_a_byte_order_mark_and_quoted_newlines(run: Run, tiny_folder: Path) -> None:
    row = 'B,2024-01-03T09:00:00Z,Doing,"Web\nApp",Story\n'
    _text("\ufeff" + HEAD + GOOD + row + "C,soon,Doing,Web,Story\n")(tiny_folder)
    done = run(*METRICS)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert "Web\nApp" in {row["stream"] for row in answer["rows"]}
    assert b"events.csv:6" in done.stderr  # a quoted newline is a line of the file


def test_several_kinds_of_files(run: Run, tiny_folder: Path) -> None:
    (tiny_folder / "issues.json").write_text(
        '{"issues": [{"key": "A-1", "fields": {}, "changelog": {}}]}', encoding="utf-8"
    )
    done = run("metrics", "events.csv", "issues.json", "--model", "flow.toml")
    assert done.returncode == 1
    assert b"--source" in done.stderr


def test_a_folder_and_a_pattern_without_files(run: Run, tiny_folder: Path) -> None:
    assert b"is a folder" in run("metrics", ".", "--model", "flow.toml").stderr
    assert b"no file matches" in run("metrics", "*.parquet", "--model", "flow.toml").stderr


def test_the_same_words_from_python(tiny_folder: Path, model: sg.FlowModel) -> None:
    (tiny_folder / "none.csv").touch()
    parked = sg.EventLog(pa.table({"item": ["A"], "at": ["2024-01-01T00:00:00Z"], "state": ["Parked"]}))
    with pytest.raises(sg.ReadError, match="empty"):
        sg.read_events(tiny_folder / "none.csv")
    with pytest.raises(sg.ModelError, match="mapped twice"):
        sg.FlowModel.from_toml('[phases]\nactive = ["A"]\ndone = ["A"]')
    with pytest.raises(sg.ModelError, match="Parked"):
        sg.measure(parked, model)
    with pytest.raises(sg.ArgumentError, match="at least one file"):
        sg.read_events([])
    with pytest.raises(sg.ReadError, match="No such file"):
        sg.FlowModel.load(tiny_folder / "no.toml")
    for error in (sg.ReadError, sg.ModelError, sg.ColumnError, sg.ArgumentError):
        assert issubclass(error, sg.StreamgaugeError)
        assert issubclass(error, ValueError)


def test_ten_million_rows_of_one_item(model: sg.FlowModel) -> None:
    n = 10_000_000
    frame = pl.select(
        item=pl.lit("A").repeat_by(n).explode(),
        at=(pl.int_range(n, dtype=pl.Int64) * 60_000_000).cast(pl.Datetime("us", "UTC")),
        state=pl.when(pl.int_range(n) % 2 == 0).then(pl.lit("Doing")).otherwise(pl.lit("Ready")),
    )
    flow = sg.measure(sg.EventLog(frame), model)
    (record,) = flow.records().rows()
    half = timedelta(minutes=n // 2)
    last = timedelta(minutes=1, microseconds=-1)  # of the last row's minute there is 1 µs
    assert (record["item"], record["outcome"], record["state"]) == ("A", "open", "Ready")
    assert (record["active"], record["waiting"], record["age"]) == (half, half - last, 2 * half - last)
    found = {row["code"]: row["count"] for row in flow.findings().rows()}
    assert found == {"no_type": 1, "no_creation": 1, "backward_move": n // 2 - 1}


def _issue(key: str, *histories: dict[str, Any]) -> str:
    fields = {"created": "2024-01-02T09:00:00Z", "status": {"name": "Done"}}
    moved = {
        "id": "1",
        "created": "2024-01-05T09:00:00Z",
        "items": [{"field": "status", "fromString": "Doing", "toString": "Done"}],
    }
    return json.dumps({"key": key, "fields": fields, "changelog": {"histories": [moved, *histories]}})


@pytest.mark.parametrize("more", [{}, {"items": None}, {"items": {"field": "status"}}, {"items": "status"}])
def test_a_history_without_changes(run: Run, tiny_folder: Path, more: dict[str, Any]) -> None:
    odd = {"id": "10077", "created": "2024-01-06T09:00:00Z", **more}
    (tiny_folder / "issues.jsonl").write_text(f"{_issue('W-1')}\n{_issue('W-2', odd)}\n", encoding="utf-8")
    log = sg.read_jira(tiny_folder / "issues.jsonl")
    assert (log.n_items, log.values("state")) == (2, [("Doing", 2), ("Done", 2)])
    (finding,) = log.findings().rows()
    assert (finding["code"], finding["count"]) == ("rejected_row", 1)
    assert "issues.jsonl:2: W-2: history 10077 has " in finding["details"][0]
    assert b"issues.jsonl:2: W-2: history 10077 has " in run("read", "jira", "issues.jsonl").stderr


def test_files_that_are_not_what_their_names_say(run: Run, tiny_folder: Path, model: sg.FlowModel) -> None:
    log = sg.read_events(tiny_folder / "events.csv")
    (tiny_folder / "a.parquet").write_bytes((tiny_folder / "events.csv").read_bytes())
    pq.write_table(log.events().to_arrow(), tiny_folder / "b.csv")
    (tiny_folder / "issues.csv").write_text(_issue("W-1"), encoding="utf-8")
    for name, promised, found in (("a.parquet", "Parquet", "CSV"), ("b.csv", "CSV", "Parquet")):
        odd = sg.measure(sg.read_events(tiny_folder / name), model)
        (finding,) = [row for row in odd.findings().rows() if row["code"] == "misnamed_file"]
        said = f"{tiny_folder / name}: its name says {promised}; its content begins as {found} and was read as that"
        assert (finding["count"], finding["items"], finding["details"]) == (1, [], [said])
        assert odd.metrics().rows() == sg.measure(log, model).metrics().rows()
        page = odd.review("2024-01").html
        assert "misnamed file" in page
        assert finding["effect"] in page
        assert b"finding misnamed_file: 1. " in run("metrics", name, "--model", "flow.toml").stderr
    both = sg.read_events([tiny_folder / "a.parquet", tiny_folder / "b.csv"])
    assert {row["code"]: row["count"] for row in both.findings().rows()}["misnamed_file"] == 2
    (finding,) = sg.read_jira(tiny_folder / "issues.csv").findings().rows()
    assert (finding["code"], finding["count"]) == ("misnamed_file", 1)
    assert log.findings().rows() == []


def test_implausible_times_say_where_they_stand(tiny_folder: Path, model: sg.FlowModel) -> None:
    stamps = [datetime(2024, 1, day, tzinfo=UTC) for day in range(1, 9)]
    stamps[2:7] = [datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)] + [
        datetime(2100, 1, 1, hour, tzinfo=UTC) for hour in range(4)
    ]
    frame = pl.DataFrame({"item": ["A"] * 8, "at": stamps, "state": ["Doing"] * 8})

    def told(log: sg.EventLog) -> list[str]:
        (finding,) = [row for row in sg.measure(log, model).findings().rows() if row["code"] == "implausible_time"]
        assert finding["count"] % 5 == 0
        details: list[str] = finding["details"]
        return details

    text = frame.with_columns(pl.col("at").dt.strftime("%Y-%m-%dT%H:%M:%SZ"))
    for one in (frame, text, frame.to_pandas(), pl.concat([frame[:4], frame[4:]], rechunk=False)):
        details = told(sg.EventLog(one))
        assert details[0] == "row 3: 1969-12-31T23:59:59Z lies outside 1970 to 2100"
        assert [detail.split(":")[0] for detail in details] == [f"row {row}" for row in range(3, 8)]
    assert len(told(sg.EventLog(pl.concat([frame, frame.with_columns(item=pl.lit("B"))])))) == 5
    for one in (frame, text):
        one.write_parquet(tiny_folder / "old.parquet")
        details = told(sg.read_events(tiny_folder / "old.parquet"))
        place = tiny_folder / "old.parquet"
        assert details[0] == f"{place}:3: 1969-12-31T23:59:59Z lies outside 1970 to 2100"
        assert [detail.split(": ")[0] for detail in details] == [f"{place}:{row}" for row in range(3, 8)]


# A question, and what the message must say.
ARGUMENTS: dict[str, tuple[Callable[[sg.Flow], object], str]] = {
    "as_of": (lambda flow: sg.measure(flow.log, flow.model, as_of="yesterday"), 'as_of = "yesterday": is no instant'),
    "start": (lambda flow: flow.velocity(start="soon"), 'start = "soon": is no instant'),
    "end": (lambda flow: flow.velocity(end="soon"), 'end = "soon": is no instant'),
    "pair": (lambda flow: flow.velocity(windows=[("soon", "later")]), 'windows = "soon": is no instant'),
    "one text": (lambda flow: flow.velocity(windows="2024-Q1"), "windows = '2024-Q1': a list is needed"),
    "one number": (lambda flow: flow.flow_time(percentiles=85), "percentiles = 85: a list is needed"),  # type: ignore[arg-type]
    "words": (lambda flow: flow.flow_time(percentiles=["half"]), "a list of numbers is needed"),  # type: ignore[list-item]
    "fields": (lambda flow: flow.velocity(by=[1]), "by = [1]: a list of texts is needed"),  # type: ignore[list-item]
    "year 10000": (
        lambda flow: sg.measure(flow.log, flow.model, as_of="9999-12-31T23:59:59-14:00"),
        'as_of = "9999-12-31T23:59:59-14:00": ',
    ),
    "year 0": (
        lambda flow: sg.measure(flow.log, flow.model, zone="Asia/Seoul").velocity(start="0001-01-01"),
        'start = "0001-01-01": ',
    ),
    "last quarter": (lambda flow: flow.review("9999-Q4"), '"9999-Q4"'),
    "first quarter": (lambda flow: flow.review("0001-Q1"), "-Q"),
}


@pytest.mark.parametrize("what", ARGUMENTS)
def test_arguments_are_named(flow: sg.Flow, what: str) -> None:
    ask, wanted = ARGUMENTS[what]
    with pytest.raises(sg.ArgumentError) as error:
        ask(flow)
    assert wanted in str(error.value)


@pytest.mark.parametrize(
    "more",
    [
        "review --quarter 9999-Q4",
        "review --quarter 0001-Q1 --zone Asia/Seoul",
        "metrics --from 0001-01-01 --zone Asia/Seoul",
        "metrics --as-of 9999-12-31T23:59:59-14:00",
    ],
)
def test_years_that_python_has_not(run: Run, tiny_folder: Path, more: str) -> None:
    command, *rest = more.split()
    done = run(command, "events.csv", "--model", "flow.toml", *rest)
    assert done.returncode == 1
    assert done.stderr.startswith(b"streamgauge: ")


@pytest.mark.parametrize("option", ["--by", "--zone", "--columns", "--every", "--as-of", "--from"])
def test_bytes_that_are_no_text(run: Run, tiny_folder: Path, option: str) -> None:
    value = "item=Key\udcff" if option == "--columns" else "stream\udcff"
    done = run("metrics", "events.csv", "--model", "flow.toml", option, value)
    assert done.returncode == 1
    assert b"is not UTF-8 text" in done.stderr
    assert done.stderr.count(b"\n") == 1


def test_a_file_s_name_may_be_any_bytes(run: Run, tiny_folder: Path) -> None:
    flags = "--model flow.toml --as-of 2024-02-01"
    for command, name in (("review --quarter 2024-01", "p\udcff.html"), ("model suggest", "m\udcff.toml")):
        done = run(command, "events.csv", flags if command.startswith("review") else "", "-o", name)
        assert done.returncode == 0, done.stderr
        assert os.fsencode(name) in done.stdout
        assert (tiny_folder / name).exists()
    for name in ("m\udcff.csv", "m\udcff.parquet"):
        assert run("metrics events.csv", flags, "-o", name).returncode == 0
        assert (tiny_folder / name).exists()
