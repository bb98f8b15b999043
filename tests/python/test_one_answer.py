"""One log gives one answer: however it is split and shuffled, and on any number of threads."""

import hashlib
import random
from pathlib import Path

import pytest
import streamgauge as sg

from conftest import Run

MODEL_AND_FORM = ["--model", "flow.toml", "--every", "month", "--format", "json"]


@pytest.fixture
def seven(sample_folder: Path, tmp_path: Path) -> Path:
    """The sample's events, dealt to seven files. Rows of one item at one instant stay together and in order."""
    runs: dict[tuple[str, str], list[str]] = {}
    lines = sg.read_events(sample_folder / "events.parquet").events().to_csv().splitlines()
    for line in lines[1:]:
        item, at, _ = line.split(",", 2)
        runs.setdefault((item, at), []).append(line)
    dealt = list(runs.values())
    random.Random(7).shuffle(dealt)
    for i in range(7):
        rows = [line for run in dealt[i::7] for line in run]
        (tmp_path / f"part{i}.csv").write_text("\n".join([lines[0], *rows, ""]), encoding="utf-8")
    (tmp_path / "all.csv").write_text("\n".join([*lines, ""]), encoding="utf-8")
    (tmp_path / "flow.toml").write_bytes((sample_folder / "flow.toml").read_bytes())
    return tmp_path


def test_seven_shuffled_files_and_one_or_two_threads(run: Run, seven: Path) -> None:
    parts = [f"part{i}.csv" for i in range(7)]
    backwards = parts[::-1]
    digests = {}
    for name, files in {"all": ["all.csv"], "parts": parts, "backwards": backwards, "pattern": ["part*.csv"]}.items():
        for threads in ("1", "2"):
            done = run("metrics", *files, *MODEL_AND_FORM, RAYON_NUM_THREADS=threads)
            assert done.returncode == 0, done.stderr
            digests[name, threads] = hashlib.sha256(done.stdout).hexdigest()
    assert len(set(digests.values())) == 1, digests


def test_a_later_event_changes_nothing_but_its_finding(sample_folder: Path, run: Run) -> None:
    log, model = sg.sample()
    flow = sg.measure(log, model, as_of="2024-07-01")
    done = run(
        "metrics", sample_folder / "events.parquet", "--model", sample_folder / "flow.toml", "--as-of", "2024-07-01",
        "--every", "quarter", "--format", "csv",
    )  # fmt: skip
    assert done.stdout.decode() == flow.metrics(every="quarter").to_csv()
    assert b"finding after_as_of" in done.stderr
