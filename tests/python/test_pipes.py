"""Standard streams and files that are none: pipes are read, closed and full streams stop only what they must."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from conftest import MODEL, Run

EVENTS = "item,at,state\nA,2024-01-02T09:00:00Z,Doing\nB,soon,Doing\nA,2024-01-05T09:00:00Z,Done\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "events.csv").write_text(EVENTS, encoding="utf-8")
    (tmp_path / "flow.toml").write_text(MODEL, encoding="utf-8")
    return tmp_path


def _shell(folder: Path, words: str) -> "subprocess.CompletedProcess[bytes]":
    """Runs a line of shell in which `$SG` is the command."""
    done = subprocess.run(
        words.replace("$SG", f"{sys.executable} -m streamgauge"),
        shell=True,
        executable="/bin/sh",
        cwd=folder,
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    assert b"Exception" not in done.stderr, done.stderr.decode()
    return done


@pytest.mark.parametrize("name", ["-", "/dev/stdin"])
def test_standard_input_is_a_file(folder: Path, run: Run, name: str) -> None:
    words = "--model flow.toml --by kind --format json"
    done = _shell(folder, f"cat events.csv | $SG metrics {name} {words}")
    assert done.returncode == 0, done.stderr
    plain = run("metrics events.csv", words)
    assert done.stdout.decode() == plain.stdout.decode().replace("events.csv:3", f"{name}:3")
    assert f"{name}:3" in done.stderr.decode()
    assert b"streamgauge-" not in done.stdout + done.stderr


def test_a_fifo_is_a_file(folder: Path, run: Run) -> None:
    os.mkfifo(folder / "pipe.csv")
    writer = threading.Thread(target=lambda: (folder / "pipe.csv").write_text(EVENTS, encoding="utf-8"))
    writer.start()
    done = run("records pipe.csv --model flow.toml --format json")
    writer.join()
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["rows"][0]["outcome"] == "done"
    assert b"pipe.csv:3" in done.stderr


def test_an_error_names_the_pipe(folder: Path) -> None:
    done = _shell(folder, "printf '' | $SG metrics - --model flow.toml")
    assert done.returncode == 1
    assert done.stderr.startswith(b"streamgauge: -: ")
    closed = _shell(folder, "$SG metrics - --model flow.toml <&-")
    assert closed.returncode == 1
    assert closed.stderr == b"streamgauge: -: standard input is closed\n"


def test_the_page_names_the_pipe(folder: Path) -> None:
    done = _shell(folder, "cat events.csv | $SG review - --model flow.toml --quarter 2024-01 -o page.html")
    assert done.returncode == 0, done.stderr
    assert "-:3: column" in (folder / "page.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("closed", ["2>&-", "2>/dev/full"])
def test_findings_that_cannot_be_said_stop_nothing(folder: Path, run: Run, closed: str) -> None:
    words = "records events.csv --model flow.toml --format csv"
    done = _shell(folder, f"$SG {words} {closed}")
    assert done.returncode == 0
    assert done.stdout == run(words).stdout
    assert _shell(folder, f"$SG {words} -o out.csv {closed}").returncode == 0
    assert (folder / "out.csv").read_bytes() == done.stdout


def test_a_closed_output_is_an_error(folder: Path) -> None:
    words = "$SG records events.csv --model flow.toml"
    done = _shell(folder, f"{words} >&-")
    assert done.returncode == 1
    assert done.stderr == b"streamgauge: standard output is closed\n"
    full = _shell(folder, f"{words} >/dev/full")
    assert full.returncode == 1
    assert full.stderr == b"streamgauge: standard output: No space left on device\n"
    assert _shell(folder, f"{words} -o out.csv >&-").returncode == 0
    assert _shell(folder, f"{words} >&- 2>&-").returncode == 1


def test_suggest_writes_over_nothing(folder: Path, run: Run) -> None:
    done = run("model suggest events.csv -o flow.toml")
    assert done.returncode == 1
    assert done.stderr.startswith(b"streamgauge: flow.toml exists")
    assert (folder / "flow.toml").read_text(encoding="utf-8") == MODEL
    assert run("model suggest events.csv -o flow.toml --force").returncode == 0
    assert (folder / "flow.toml").read_text(encoding="utf-8") != MODEL


@pytest.mark.parametrize("words", ["metrics events.csv", "records ./events.csv", "review events.csv"])
@pytest.mark.parametrize("output", ["events.csv", "link.csv", "flow.toml"])
def test_no_input_is_written_over(folder: Path, run: Run, words: str, output: str) -> None:
    (folder / "link.csv").symlink_to("events.csv")
    done = run(words, "--model flow.toml -o", output)
    assert done.returncode == 1
    assert b"is one of the files that are read" in done.stderr
    assert (folder / "events.csv").read_text(encoding="utf-8") == EVENTS
    assert (folder / "flow.toml").read_text(encoding="utf-8") == MODEL


def test_a_long_message_is_cut(folder: Path, run: Run) -> None:
    state = "x" * 1_000_000
    (folder / "events.csv").write_text(f"item,at,state\nA,2024-01-02T09:00:00Z,{state}\n", encoding="utf-8")
    done = run("metrics events.csv --model flow.toml")
    assert done.returncode == 1
    assert 3_000 < len(done.stderr.decode()) < 4_100
    assert done.stderr.decode().endswith("…\n")
