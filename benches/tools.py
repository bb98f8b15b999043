"""Measures streamgauge beside the tools people use: pm4py's case durations, and a loop over items in plain Python.

    python benches/tools.py --python PATH [--events 1000000] [--loop-events 20000] [--runs 3] [--report] [--no-build]

`--python` is an interpreter with pm4py, pandas and pyarrow (`python -m venv …`, `pip install pm4py pyarrow`); without
it only the loop is measured. Both get the same Parquet files of layout B (text ids, in order of time).

*Case durations*: of the log's finished items, up to their finish, the time from an item's first event to its last. For
streamgauge that is the flow time of a clock that starts when the item is created. *Time in states*: how long each item
was in each state; the loop is `engines/item_loop.py`, and its sums over active and over waiting states are compared
with the records. Every run is a process of its own, tools in turn; results are compared, every item, to the µs.
"""
# ruff: noqa: S603 - it runs itself and another interpreter

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import logs
import page

PM4PY: Final = page.HERE / "engines" / "pm4py_cases.py"
CREATED: Final = '\n[clock]\nstart = "created"\n'

Run = dict[str, Any]


def main() -> None:
    """Runs everything and shows the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", help="an interpreter that has pm4py")
    parser.add_argument("--events", type=int, nargs="+", default=[1_000_000])
    parser.add_argument("--loop-events", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--report", action="store_true", help="write the figures into RESULTS.md")
    parser.add_argument("--no-build", action="store_true", help="the program that writes logs is used as it is")
    parser.add_argument("--one", nargs=3, metavar=("WHAT", "LOG", "OUT"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        what, log, out = arguments.one
        json.dump({"ours": ours, "ours-created": ours_created, "loop": loop}[what](log, out), sys.stdout)
    else:
        report(arguments)


def report(arguments: argparse.Namespace) -> None:
    """Measures both, compares and shows."""
    if not arguments.no_build:
        logs.build()
    sections, versions = [], {}
    for n_events in arguments.events if arguments.python else []:
        log, n = finished_only(n_events)
        turns = [cases(arguments.python, log) for _ in range(arguments.runs)]
        versions |= {name: run["version"] for name, run in turns[0].items()}
        sections.append(section(f"Case durations, {n:,} events of layout B, from a Parquet file", n, turns))
    log = logs.parquet(arguments.loop_events, "B")
    n = rows(log)
    turns = [states(log) for _ in range(arguments.runs)]
    versions |= {name: run["version"] for name, run in turns[0].items()}
    sections.append(section(f"Time in states, {n:,} events of layout B, from a Parquet file", n, turns))
    for text in sections:
        page.say(text)
    if arguments.report:
        page.into_results("tools", "\n".join([head(arguments, sorted(set(versions.values()))), *sections]))


def cases(python: str, log: Path) -> dict[str, Run]:
    """One turn of pm4py and ours; the durations are the same."""
    theirs, mine = page.WORK / "pm4py.json", page.WORK / "ours.json"
    runs = {"pm4py": child(python, PM4PY, log, theirs), "streamgauge": myself("ours-created", log, mine)}
    seconds = json.loads(theirs.read_text(encoding="utf-8"))
    if [round(second * 1e6) for second in seconds] != json.loads(mine.read_text(encoding="utf-8")):
        sys.exit("failed: the durations differ")
    return runs


def states(log: Path) -> dict[str, Run]:
    """One turn of the loop and ours; active and waiting time are the same wherever the clock ran."""
    theirs, mine = page.WORK / "loop.json", page.WORK / "ours.json"
    runs = {"loop over items": myself("loop", log, theirs), "streamgauge": myself("ours", log, mine)}
    by_loop, by_us = (json.loads(path.read_text(encoding="utf-8")) for path in (theirs, mine))
    if by_us.keys() - by_loop.keys() or any(by_loop[item] != times for item, times in by_us.items()):
        sys.exit("failed: the times in states differ")
    return runs


def ours_created(log: str, out: str) -> Run:
    """Our flow times from creation, sorted."""
    table, figures = measured(log, CREATED)
    Path(out).write_text(json.dumps(sorted(micros(table, "flow_time"))), encoding="utf-8")
    return figures


def ours(log: str, out: str) -> Run:
    """Our active and waiting time of every item whose clock ran."""
    table, figures = measured(log, "")
    rows = zip(table["item"].to_pylist(), micros(table, "active"), micros(table, "waiting"), strict=True)
    times = {item: [active, waiting] for item, active, waiting in rows if active is not None}
    Path(out).write_text(json.dumps(times), encoding="utf-8")
    return figures


def measured(log: str, clock: str) -> tuple[Any, Run]:
    """Our records as an Arrow table, and what they took: from the file to the table."""
    import pyarrow as pa
    import streamgauge as sg
    from engines import memory
    from engines.streamgauge_engine import MODEL, version

    model = sg.FlowModel.from_toml(MODEL.read_text(encoding="utf-8") + clock)
    memory.settle()
    begin = time.perf_counter()
    records = sg.measure(sg.read_events(log), model).records()
    seconds = time.perf_counter() - begin
    return pa.table(records), {"whole": seconds, "peak": memory.peak_kb(), "version": version()}


def micros(table: Any, name: str) -> list[int | None]:
    """A column of durations in µs."""
    return table[name].cast("int64").to_pylist()


def loop(log: str, out: str) -> Run:
    """The loop: its history is in memory, with timestamps as texts, before the clock starts."""
    import pandas as pd
    from engines import item_loop, memory
    from engines import question as q

    history = pd.read_parquet(log, columns=["item", "at", "state"])
    as_of = history["at"].max().to_pydatetime() + timedelta(microseconds=1)
    history["at"] = history["at"].map(datetime.isoformat)
    items = list(history["item"].unique())
    memory.settle()
    begin = time.perf_counter()
    result = item_loop.time_in_states(items, history, as_of)
    seconds = time.perf_counter() - begin
    sums = {
        item: [
            sum(span // timedelta(microseconds=1) for state, span in times.items() if state in states)
            for states in (q.ACTIVE, q.WAITING)
        ]
        for item, times in result.items()
    }
    Path(out).write_text(json.dumps(sums), encoding="utf-8")
    return {"whole": seconds, "peak": memory.peak_kb(), "version": f"pandas {pd.__version__}"}


def finished_only(n_events: int) -> tuple[Path, int]:
    """The log of finished items up to their finish, and the number of its events."""
    import polars as pl
    import streamgauge as sg
    from engines.streamgauge_engine import MODEL

    source = logs.parquet(n_events, "B")
    path = source.with_name(f"{n_events}-B-finished.parquet")
    if not path.exists() or path.stat().st_mtime < source.stat().st_mtime:
        model = sg.FlowModel.from_toml(MODEL.read_text(encoding="utf-8"))
        records = pl.DataFrame(sg.measure(sg.read_events(source), model).records())
        finished = records.filter(pl.col("finished").is_not_null()).select("item", "finished")
        log = pl.read_parquet(source).join(finished, on="item", maintain_order="left")
        log.filter(pl.col("at") <= pl.col("finished")).drop("finished").write_parquet(path)
    logs.warm(path)
    return path, rows(path)


def rows(path: Path) -> int:
    """How many rows a Parquet file has."""
    import pyarrow.parquet as pq

    return pq.ParquetFile(path).metadata.num_rows


def myself(*arguments: str | Path) -> Run:
    """This program in a process of its own."""
    return child(sys.executable, __file__, "--one", *arguments)


def child(*command: str | Path) -> Run:
    """What a program says, as JSON."""
    done = subprocess.run(list(command), stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"failed: {' '.join(map(str, command))}")
    return json.loads(done.stdout)


def section(title: str, n_events: int, turns: list[dict[str, Run]]) -> str:
    """One table: median seconds, events a second, peak memory and the ratio to ours."""
    lines = [f"### {title}", "", "| | seconds | events a second | peak, MB |", "| --- | ---: | ---: | ---: |"]
    for name in turns[0]:
        seconds, peak = (statistics.median(turn[name][key] for turn in turns) for key in ("whole", "peak"))
        lines.append(f"| {name} | {seconds:.3f} | {n_events / seconds:,.0f} | {peak / 1024:.0f} |")
    them, us = turns[0]
    ratio = statistics.median(turn[them]["whole"] / turn[us]["whole"] for turn in turns)
    return "\n".join([*lines, f"| *{them} / {us}* | {ratio:,.1f}x | | |", ""])


def head(arguments: argparse.Namespace, versions: list[str]) -> str:
    """Machine, versions, commit and command."""
    command = f"python benches/tools.py --python PATH --events {' '.join(map(str, arguments.events))}"
    return page.head(
        versions,
        f"{command} --loop-events {arguments.loop_events} --runs {arguments.runs} --report",
        f"medians of {arguments.runs} runs, in turn, every run a process of its own; ratios are medians of the turns'\n"
        "  ratios. Durations were equal, item by item, to the µs. The loop's history is in memory before its clock\n"
        "  starts; ours reads the file within its clock.",
    )


if __name__ == "__main__":
    main()
