"""What the tests share: a log that a person can follow by eye, the sample, and the command line as a subprocess."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import streamgauge as sg

ROOT = Path(__file__).resolve().parents[2]

MODEL = """
[phases]
new     = ["Open"]
active  = ["Doing"]
waiting = ["Ready"]
done    = ["Done"]

[kinds]
feature = ["Story"]
defect  = ["Bug"]
"""

# A flows in 3 d, 1 d of it active. B is open. C was done without ever being started.
ROWS: list[dict[str, Any]] = [
    {"item": "A", "at": "2024-01-02T09:00:00Z", "state": "Doing", "stream": "Web", "type": "Story"},
    {"item": "A", "at": "2024-01-03T09:00:00Z", "state": "Ready", "stream": "Web", "type": "Story"},
    {"item": "A", "at": "2024-01-05T09:00:00Z", "state": "Done", "stream": "Web", "type": "Story"},
    {"item": "B", "at": "2024-01-04T00:00:00Z", "state": "Open", "stream": "App", "type": "Bug"},
    {"item": "B", "at": "2024-01-10T00:00:00Z", "state": "Doing", "stream": "App", "type": "Bug"},
    {"item": "C", "at": "2024-01-20T00:00:00Z", "state": "Open", "stream": "App", "type": "Bug"},
    {"item": "C", "at": "2024-01-21T00:00:00Z", "state": "Done", "stream": "App", "type": "Bug"},
]


WEEK_MODEL = """
[phases]
new     = ["Open"]
active  = ["Doing", "Review"]
waiting = ["Ready"]
done    = ["Done"]
"""
# Monday to Friday; it goes back from Review on Wednesday, and is blocked from 15:00 then to 9:00 on Thursday.
EVENTS = [
    ("A", "2024-01-08T09:00:00Z", "state", "Doing"),
    ("A", "2024-01-09T09:00:00Z", "state", "Review"),
    ("A", "2024-01-10T09:00:00Z", "state", "Doing"),
    ("A", "2024-01-10T15:00:00Z", "blocked", "true"),
    ("A", "2024-01-10T15:00:00Z", "blocked_reason", "no licence"),
    ("A", "2024-01-11T09:00:00Z", "blocked", None),
    ("A", "2024-01-12T09:00:00Z", "state", "Done"),
]
OFFICE = 'zone = "UTC"\nvalid = { first = 2024-01-01, last = 2024-12-31 }\n[hours]\n' + "\n".join(
    f'{day} = ["09:00-17:00"]' for day in ("mon", "tue", "wed", "thu", "fri")
)


@pytest.fixture(autouse=True)
def _wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")


@pytest.fixture
def rows() -> list[dict[str, Any]]:
    return [dict(row) for row in ROWS]


@pytest.fixture
def frame() -> pa.Table:
    return pa.Table.from_pylist(ROWS)


@pytest.fixture
def model() -> sg.FlowModel:
    return sg.FlowModel.from_toml(MODEL)


@pytest.fixture
def flow(frame: pa.Table, model: sg.FlowModel) -> sg.Flow:
    return sg.measure(sg.EventLog(frame), model, as_of="2024-02-01")


def week_log() -> sg.EventLog:
    return sg.EventLog(pa.table(dict(zip(("item", "at", "field", "value"), zip(*EVENTS, strict=True), strict=True))))


@pytest.fixture
def week() -> sg.Flow:
    return sg.measure(week_log(), sg.FlowModel.from_toml(WEEK_MODEL), as_of="2024-02-01")


@pytest.fixture
def office() -> sg.Flow:
    calendar = sg.Calendar.from_toml(OFFICE)
    return sg.measure(week_log(), sg.FlowModel.from_toml(WEEK_MODEL), as_of="2024-02-01", calendar=calendar)


@pytest.fixture(scope="session")
def sample_flow() -> sg.Flow:
    return sg.measure(*sg.sample(), as_of="2025-01-01")


@pytest.fixture(scope="session")
def sample_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample as `streamgauge sample` writes it."""
    folder = tmp_path_factory.mktemp("sample")
    log, model = sg.sample()
    log.events().write_parquet(folder / "events.parquet")
    model.save(folder / "flow.toml")
    return folder


@pytest.fixture
def tiny_folder(tmp_path: Path) -> Path:
    """The small log as `events.csv`, its model as `flow.toml`."""
    header = ",".join(ROWS[0])
    lines = [",".join(row.values()) for row in ROWS]
    (tmp_path / "events.csv").write_text("\n".join([header, *lines, ""]), encoding="utf-8")
    (tmp_path / "flow.toml").write_text(MODEL, encoding="utf-8")
    return tmp_path


Run = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs `streamgauge` in a folder; texts are split into words. A traceback is a failure whatever the test asks."""

    def run(*arguments: object, cwd: Path = tmp_path, **env: str) -> "subprocess.CompletedProcess[bytes]":
        words = [
            word
            for argument in arguments
            for word in (argument.split() if isinstance(argument, str) else [str(argument)])
        ]
        command = [sys.executable, "-m", "streamgauge", *words]
        done = subprocess.run(command, cwd=cwd, env=os.environ | env, capture_output=True, timeout=300, check=False)
        assert b"Traceback" not in done.stderr, done.stderr.decode()
        assert b"panicked" not in done.stderr, done.stderr.decode()
        return done

    return run
