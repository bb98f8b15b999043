"""The command line as a subprocess: what goes where, and with which exit status."""

import io
import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
import streamgauge as sg
from streamgauge import _commands

from conftest import ROOT, Run


def test_metrics_prints_a_table_and_says_findings_elsewhere(run: Run, tiny_folder: Path) -> None:
    done = run(
        "metrics", "events.csv", "--model", "flow.toml", "--every", "month", "--by", "stream", "--as-of", "2024-02-01"
    )
    assert done.returncode == 0
    assert b"velocity" in done.stdout
    assert b"definitions 1" in done.stdout
    assert b"finding finished_without_start: 1 (C)" in done.stderr
    assert b"\r" not in done.stderr  # no progress bar where there is no terminal


def test_json_is_the_package_s_string(run: Run, tiny_folder: Path, flow: sg.Flow) -> None:
    done = run("metrics events.csv --model flow.toml --as-of 2024-02-01 --every month --format json")
    assert done.stdout.decode() == flow.metrics(every="month").to_json(flow.findings())


def test_csv_and_parquet(run: Run, tiny_folder: Path, flow: sg.Flow) -> None:
    done = run("records events.csv --model flow.toml --as-of 2024-02-01 --format csv")
    assert done.stdout.decode() == flow.records().to_csv()
    assert pl.read_csv(io.BytesIO(done.stdout))["outcome"].to_list() == ["done", "open", "done"]
    done = run("records events.csv --model flow.toml --as-of 2024-02-01 -o records.parquet")
    assert done.returncode == 0
    assert done.stdout == b""
    assert pl.read_parquet(tiny_folder / "records.parquet").height == 3


def test_findings_is_a_table(run: Run, tiny_folder: Path) -> None:
    done = run("findings events.csv --model flow.toml --format json")
    assert {row["code"] for row in json.loads(done.stdout)["rows"]} >= {"finished_without_start"}
    assert b"finding " not in done.stderr


def test_options_reach_the_question(run: Run, tiny_folder: Path) -> None:
    done = run(
        "metrics events.csv --model flow.toml --every week --by kind --from 2024-01-08 --to 2024-01-15",
        "--percentiles 50,90 --percentile-method linear --zone Europe/Berlin --as-of 2024-02-01 --format json",
    )
    rows = json.loads(done.stdout)["rows"]
    assert [row["kind"] for row in rows] == ["defect", "feature"]
    assert rows[0]["window_start"] == "2024-01-07T23:00:00Z"
    assert {"flow_time_p50_linear_us", "flow_time_p90_linear_us"} <= set(rows[0])


def test_read_then_measure_is_the_same(run: Run, tiny_folder: Path) -> None:
    assert run("read", "events", "events.csv", "-o", "long.parquet").returncode == 0
    one = run("metrics", "events.csv", "--model", "flow.toml", "--format", "json")
    two = run("metrics", "long.parquet", "--model", "flow.toml", "--format", "json")
    assert json.loads(one.stdout)["rows"] == json.loads(two.stdout)["rows"]
    assert json.loads(one.stdout)["log_hash"] == json.loads(two.stdout)["log_hash"]


def test_columns_and_quoted_patterns(run: Run, tiny_folder: Path) -> None:
    text = (tiny_folder / "events.csv").read_text(encoding="utf-8").replace("item,at,", "Key,When,")
    (tiny_folder / "renamed.csv").write_text(text, encoding="utf-8")
    done = run("metrics renam*.csv --model flow.toml --columns item=Key,at=When --source events")
    assert done.returncode == 0, done.stderr


def test_stamps_without_a_zone(run: Run, tiny_folder: Path) -> None:
    text = (tiny_folder / "events.csv").read_text(encoding="utf-8").replace("Z,", ",")
    (tiny_folder / "naive.csv").write_text(text, encoding="utf-8")
    refused = run("metrics", "naive.csv", "--model", "flow.toml")
    assert refused.returncode == 1
    assert b"zone" in refused.stderr
    assert run("metrics", "naive.csv", "--model", "flow.toml", "--zone", "UTC").returncode == 0


def test_suggest_then_use(run: Run, tiny_folder: Path) -> None:
    done = run("model", "suggest", "events.csv", "-o", "suggested.toml")
    assert done.returncode == 0
    assert run("metrics", "events.csv", "--model", "suggested.toml").returncode == 0
    assert b"[phases]" in run("model", "suggest", "events.csv").stdout


def test_sample_and_review(run: Run, tmp_path: Path) -> None:
    assert run("sample", "-o", "sample").returncode == 0
    done = run(
        "review sample/events.parquet --model sample/flow.toml --as-of 2025-01-01 --quarter 2024-Q4 -o page.html"
    )
    assert done.returncode == 0, done.stderr
    assert b"velocity" in done.stdout
    assert b"page.html" in done.stdout
    assert "<html" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_jira_is_recognised(run: Run, tmp_path: Path) -> None:
    issue = {
        "key": "WEB-1",
        "fields": {
            "created": "2024-01-02T09:00:00.000+0000",
            "status": {"name": "Done"},
            "issuetype": {"name": "Story"},
            "project": {"key": "WEB"},
        },
        "changelog": {
            "total": 1,
            "histories": [
                {
                    "id": "1",
                    "created": "2024-01-05T09:00:00.000+0000",
                    "items": [{"field": "status", "fromString": "Doing", "toString": "Done"}],
                }
            ],
        },
    }
    (tmp_path / "issues.json").write_text(json.dumps(issue), encoding="utf-8")
    done = run("read", "jira", "issues.json", "--format", "csv")
    assert b"WEB-1,2024-01-02T09:00:00Z,state,Doing" in done.stdout
    (tmp_path / "flow.toml").write_text('[phases]\nactive = ["Doing"]\ndone = ["Done"]', encoding="utf-8")
    done = run("metrics", "issues.json", "--model", "flow.toml", "--by", "stream", "--format", "json")
    assert json.loads(done.stdout)["rows"][0] | {"stream": "WEB", "velocity": 1} == json.loads(done.stdout)["rows"][0]


# Each command that asks where the time goes: its option for another table, and the two methods behind.
ASKED = {
    "states": ("--visits", "states", "visits"),
    "cfd": ("--counters", "cfd", "counters"),
    "blocked": ("--episodes", "blocked", "episodes"),
    "netflow": ("", "net_flow", ""),
    "ledger": ("--items", "ledger", "ledger_items"),
    "rework": ("--transitions", "rework", "transitions"),
    "efficiency": ("", "efficiencies", ""),
}
TINY = "events.csv --model flow.toml --as-of 2024-02-01"
OFFICE = """
zone = "UTC"
valid = { first = 2024-01-01, last = 2024-12-31 }
[hours]
tue = ["09:00-17:00"]
wed = ["09:00-17:00"]
"""


@pytest.fixture
def office(tiny_folder: Path) -> Path:
    """The small log with a calendar beside it."""
    (tiny_folder / "calendar.toml").write_text(OFFICE, encoding="utf-8")
    return tiny_folder


@pytest.mark.parametrize("command", ASKED)
def test_where_the_time_goes(run: Run, tiny_folder: Path, flow: sg.Flow, command: str) -> None:
    option, method, other = ASKED[command]
    done = run(command, TINY, "--every month --by stream --from 2024-01-01 --to 2024-02-01 --format json")
    assert done.returncode == 0, done.stderr
    assert done.stdout.decode() == getattr(flow, method)(every="month", by=["stream"]).to_json()
    assert b"finding finished_without_start: 1 (C)" in done.stderr
    if option:
        done = run(command, TINY, option, "--format csv")
        assert done.returncode == 0, done.stderr
        assert done.stdout.decode() == getattr(flow, other)().to_csv()
    # Quarters by stream and kind, as of all metrics.
    assert run(command, TINY, "--format csv").stdout.decode() == getattr(flow, method)().to_csv()


def test_ageing_and_the_oldest(run: Run, tiny_folder: Path, flow: sg.Flow) -> None:
    done = run("ageing", TINY, "--by stream --format json")
    assert done.stdout.decode() == flow.ageing(by=["stream"]).to_json()
    lines = "".join(f"X{i},2024-01-{i + 11}T00:00:00Z,Doing,Web,Story\n" for i in range(9))
    with (tiny_folder / "events.csv").open("a", encoding="utf-8") as file:
        file.write(lines)
    done = run("ageing", TINY, "--by stream --top 3 --format json")
    assert [row["item"] for row in json.loads(done.stdout)["rows"]] == ["B", "X0", "X1"]
    assert b"3 rows" in run("ageing", TINY, "--top 3").stdout
    assert run("ageing", TINY, "--top 3 -o oldest.parquet").returncode == 0
    assert pl.read_parquet(tiny_folder / "oldest.parquet").height == 3


def test_ledger_says_the_number_on_top(run: Run, tiny_folder: Path) -> None:
    said = b"share of load not explained by departures, all groups together, 2024-01-01 to 2024-02-01: 88.0%\n"
    for options in ("--every month", "--every month --items", "--every month --by=", "--every day --by stream"):
        done = run("ledger", TINY, options)
        assert done.returncode == 0, done.stderr
        day = b"2024-01-01" if "month" in options else b"2024-01-02"
        assert done.stderr.endswith(said.replace(b"2024-01-01", day)), done.stderr
    quiet = run("ledger", TINY, "--every day --from 2024-01-06 --to 2024-01-08")
    assert b"2024-01-06 to 2024-01-08: undefined, there was no load\n" in quiet.stderr


def test_ledger_checks(run: Run, tiny_folder: Path, flow: sg.Flow) -> None:
    done = run("ledger", TINY, "--every month --by stream --check --format csv")
    assert done.returncode == 0
    assert done.stdout.decode() == flow.identities(every="month", by=["stream"]).to_csv()
    assert done.stderr.endswith(b"8 identities checked, residual 0 \xc2\xb5s\n")


def test_a_broken_identity_is_exit_status_1(capsys: pytest.CaptureFixture[str]) -> None:
    class Broken:
        def rows(self) -> list[dict[str, int]]:
            return [{"checked": 5, "broken": 1, "residual": -7}, {"checked": 1_000, "broken": 0, "residual": 0}]

    assert _commands._checked(Broken()) == 1  # type: ignore[arg-type]
    assert capsys.readouterr().err == "1,005 identities checked, 1 of them broken, residual -7 µs\n"


@pytest.mark.parametrize("command", [*ASKED, "metrics", "records", "findings", "ageing"])
def test_calendars(run: Run, office: Path, command: str) -> None:
    done = run(command, TINY, "--calendar calendar.toml --format csv")
    assert done.returncode == 0, done.stderr
    header = done.stdout.decode().splitlines()[0]
    assert ("_working_us" in header) is (command not in {"cfd", "blocked", "ledger", "efficiency", "findings"})
    if command == "efficiency":
        assert b",working,median_of_items," in done.stdout
    if command == "records":
        # A: Tuesday from 9:00 to Wednesday is active, Wednesday and Thursday are waiting.
        assert (
            json.loads(run("records", TINY, "--calendar calendar.toml --format json").stdout)["rows"][0]
            | {
                "active_working_us": 8 * 3_600_000_000,
                "waiting_working_us": 8 * 3_600_000_000,
            }
            == json.loads(run("records", TINY, "--calendar calendar.toml --format json").stdout)["rows"][0]
        )


def test_a_review_with_a_calendar(run: Run, office: Path) -> None:
    done = run("review", TINY, "--calendar calendar.toml --quarter 2024-01 -o page.html")
    assert done.returncode == 0, done.stderr
    assert (office / "page.html").exists()


REFUSED = {
    "unknown field": ("states --by tem", ['field "tem"', "stream"]),
    "unknown field beside an item": ("ageing --by strem", ['field "strem"', '"stream"']),
    "bad period": ("cfd --every fortnight", ["hour, day, week, month, quarter or year"]),
    "bad instant": ("netflow --from yesterday", ["yesterday"]),
    "span after the data": ("ledger --from 2030-01-01", ["2030-01-01"]),
    "visits have no windows": ("states --visits --every month --by stream", ["leave out --every, --by"]),
    "episodes have no windows": ("blocked --episodes --from 2024-01-01", ["leave out --from"]),
    "log outside the calendar": ("rework --calendar late.toml", ["valid from 2024-01-04", "2024-01-02"]),
    "window outside the calendar": (
        "states --calendar calendar.toml --from 2023-12-01 --to 2024-01-05",
        ["valid from 2024-01-01", "2023-10-01T00:00:00Z"],
    ),
    "no such calendar": ("metrics --calendar nowhere.toml", ["nowhere.toml"]),
    "a model is no calendar": ("metrics --calendar flow.toml", ["flow.toml", "line 2"]),
    "parquet to standard output": ("cfd --format parquet", ["-o FILE.parquet"]),
    "written onto the calendar": ("records --calendar calendar.toml -o calendar.toml", ["calendar.toml is one of"]),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_question_that_cannot_be_is_exit_status_1(run: Run, office: Path, what: str) -> None:
    question, words = REFUSED[what]
    (office / "late.toml").write_text(OFFICE.replace("2024-01-01", "2024-01-04"), encoding="utf-8")
    command, _, options = question.partition(" ")
    done = run(command, TINY, options)
    assert done.returncode == 1
    assert done.stdout == b""
    assert done.stderr.startswith(b"streamgauge: ")
    assert done.stderr.count(b"\n") == 1
    assert all(word in done.stderr.decode() for word in words), done.stderr
    assert (office / "calendar.toml").read_text(encoding="utf-8") == OFFICE


def test_stamps_and_windows_may_have_their_own_zones(run: Run, tiny_folder: Path) -> None:
    text = (tiny_folder / "events.csv").read_text(encoding="utf-8").replace("Z,", ",")
    (tiny_folder / "naive.csv").write_text(text, encoding="utf-8")
    ask = "cfd naive.csv --model flow.toml --every day --by stream --from 2024-01-03 --to 2024-01-04 --format json"
    both = json.loads(run(ask, "--zone Asia/Seoul").stdout)["rows"]
    assert {row["at"] for row in both} == {"2024-01-02T15:00:00Z", "2024-01-03T15:00:00Z"}
    apart = run(ask, "--zone Asia/Seoul --stamps-zone UTC", "--as-of 2024-02-01")
    assert apart.returncode == 0, apart.stderr
    assert {row["at"] for row in json.loads(apart.stdout)["rows"]} == {row["at"] for row in both}
    first = "--stamps-zone {} --format csv"
    assert (
        b"A,Web,feature,Story,Done,done,2024-01-02T09:00:00Z"
        in run("records naive.csv --model flow.toml --zone Asia/Seoul", first.format("UTC")).stdout
    )
    assert (
        b"A,Web,feature,Story,Done,done,2024-01-02T00:00:00Z"
        in run("records naive.csv --model flow.toml", first.format("Asia/Seoul")).stdout
    )
    assert b"Europe/Berlin" in run("records naive.csv --model flow.toml --stamps-zone Europe/Berln").stderr


def test_help_and_version(run: Run) -> None:
    assert run("--version").stdout.startswith(b"streamgauge ")
    for words in (
        [],
        ["review"],
        ["metrics"],
        ["records"],
        ["findings"],
        *([name] for name in ASKED),
        ["read", "jira"],
        ["model", "suggest"],
        ["sample"],
    ):
        done = run(*words, "--help")
        assert done.returncode == 0
        assert b"usage: streamgauge" in done.stdout


USAGE = {
    "nothing": [],
    "unknown command": ["measure"],
    "unknown option": ["metrics", "events.csv", "--model", "flow.toml", "--evry", "week"],
    "no model": ["metrics", "events.csv"],
    "no files": ["metrics", "--model", "flow.toml"],
    "unknown format": ["metrics", "events.csv", "--model", "flow.toml", "--format", "xlsx"],
    "percentiles that are none": ["metrics", "events.csv", "--model", "flow.toml", "--percentiles", "half"],
    "items and check": ["ledger", "events.csv", "--model", "flow.toml", "--items", "--check"],
    "no number on top": ["ageing", "events.csv", "--model", "flow.toml", "--top", "0"],
    "ageing has no windows": ["ageing", "events.csv", "--model", "flow.toml", "--every", "week"],
    "columns that are none": ["metrics", "events.csv", "--model", "flow.toml", "--columns", "key=item"],
}


@pytest.mark.parametrize("what", USAGE)
def test_usage_is_exit_status_2_and_one_line(run: Run, tiny_folder: Path, what: str) -> None:
    done = run(*USAGE[what])
    assert done.returncode == 2
    assert done.stdout == b""
    assert done.stderr.startswith(b"streamgauge: ")
    assert done.stderr.count(b"\n") == 1
    if what == "no model":
        assert b"streamgauge model suggest" in done.stderr


def test_a_reader_that_has_had_enough(run: Run, tmp_path: Path) -> None:
    lines = [f"I{i},2024-01-01T00:00:{i % 60:02}Z,Open" for i in range(50_000)]
    (tmp_path / "events.csv").write_text("\n".join(["item,at,state", *lines, ""]), encoding="utf-8")
    command = [sys.executable, "-m", "streamgauge", "read", "events", "events.csv", "--format", "csv"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()
        assert process.wait() == 0


def test_public_data_of_jira_gives_a_page(run: Run, tmp_path: Path) -> None:
    export = ROOT.parent / "shared" / "data" / "jira_apache" / "issues_rest_sanitised.jsonl.gz"
    if not export.exists():
        pytest.skip("the public data are not beside the repository")
    model = ROOT / "tests" / "models" / "jira_apache.toml"
    done = run("review", export, "--model", model, "--quarter", "2014-Q4", "--as-of", "2015-02-01", "-o", "page.html")
    assert done.returncode == 0, done.stderr
    flow = sg.measure(sg.read_jira(export), sg.FlowModel.load(model), as_of="2015-02-01")
    (total,) = flow.velocity(windows=["2014-Q4"], by=[]).rows()
    assert f"{total['velocity']} items finished" in done.stdout.decode()
    assert "Flow review 2014-Q4" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_findings_say_more_only_where_there_are_more(run: Run, tiny_folder: Path) -> None:
    lines = (tiny_folder / "events.csv").read_text(encoding="utf-8")
    lines += "".join(f"A,{year}-01-01T00:00:00Z,Doing,Web,Story\n" for year in range(1900, 1905))
    (tiny_folder / "events.csv").write_text(lines, encoding="utf-8")
    done = run("metrics", "events.csv", "--model", "flow.toml")
    assert b"finding implausible_time: 5 (A). " in done.stderr
    lines += "".join(f"X{i},1900-01-01T00:00:00Z,Doing,Web,Story\n" for i in range(5))
    (tiny_folder / "events.csv").write_text(lines, encoding="utf-8")
    assert "finding implausible_time: 10 (A, X0, X1 …). " in run("metrics events.csv --model flow.toml").stderr.decode()


def test_a_proposal_has_the_zone_that_was_asked_for(run: Run, tiny_folder: Path) -> None:
    done = run("model suggest events.csv --zone Europe/Berlin", cwd=tiny_folder)
    assert done.returncode == 0
    assert b'zone = "Europe/Berlin"' in done.stdout
