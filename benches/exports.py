"""Measures the reading of exports as trackers write them, CSV and JSON Lines, beside polars, DuckDB and pandas.

    python benches/exports.py [--events 1000000] [--runs 5] [--report] [--no-build]

The log is that of layout B; polars writes it as text, with stamps such as `2021-01-01T03:30:01.868023+0000`. What is
measured goes from the file to an event log (ours: texts as codes, rows by item, findings and all) or to a frame whose
stamps are instants (the others). Every run is a process of its own, tools in turn; that all have read the same is seen by
`log_hash`, for which the others' frames become logs when their clocks have stopped.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any, Final

import logs
import page

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Run = dict[str, Any]
STAMP: Final = "%Y-%m-%dT%H:%M:%S%.6f%z"


def main() -> None:
    """Runs everything and shows the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, nargs="+", default=[1_000_000])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--report", action="store_true", help="write the figures into RESULTS.md")
    parser.add_argument("--no-build", action="store_true", help="the program that writes logs is used as it is")
    parser.add_argument("--one", nargs=2, metavar=("TOOL", "FILE"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        json.dump(one(*arguments.one), sys.stdout)
    else:
        report(arguments)


def report(arguments: argparse.Namespace) -> None:
    """Measures all tools, compares what they have read, and shows."""
    if not arguments.no_build:
        logs.build()
    sections, versions = [], set()
    for n_events in arguments.events:
        for path in exports(n_events):
            logs.warm(path)
            turns = [{tool: child(tool, path) for tool in TOOLS} for _ in range(arguments.runs)]
            if len({run["hash"] for turn in turns for run in turn.values()}) != 1:
                sys.exit(f"failed: not all have read the same from {path.name}")
            versions |= {run["version"] for run in turns[0].values()}
            size = path.stat().st_size / 1e6
            sections.append(section(f"{n_events:,} events, {path.suffix[1:]}, {size:,.0f} MB", n_events, turns))
    for text in sections:
        page.say(text)
    if arguments.report:
        command = f"python benches/exports.py --events {' '.join(map(str, arguments.events))} --runs {arguments.runs}"
        notes = (
            f"medians of {arguments.runs} runs, in turn, every run a process of its own, the file in the page cache;\n"
            "  ratios are medians of the turns' ratios. All had read the same events (`log_hash`)."
        )
        head = page.head(sorted(versions), f"{command} --report", notes)
        page.into_results("exports", "\n".join([head, *sections]))


def exports(n_events: int) -> list[Path]:
    """The log as CSV and as JSON Lines."""
    import polars as pl

    source = logs.parquet(n_events, "B")
    paths = [source.with_suffix(ending) for ending in (".csv", ".jsonl")]
    if any(not path.exists() or path.stat().st_mtime < source.stat().st_mtime for path in paths):
        frame = pl.read_parquet(source).with_columns(pl.col("at").dt.strftime(STAMP))
        frame.write_csv(paths[0])
        frame.write_ndjson(paths[1])
    return paths


def one(tool: str, path: str) -> Run:
    """Reads a file once by one tool."""
    import streamgauge as sg
    from engines import memory
    from engines.streamgauge_engine import MODEL

    version, read = TOOLS[tool](path)
    memory.settle()
    begin = time.perf_counter()
    held = read()
    seconds, peak = time.perf_counter() - begin, memory.peak_kb()
    log = held if isinstance(held, sg.EventLog) else sg.EventLog(held)
    flow = sg.measure(log, sg.FlowModel.from_toml(MODEL.read_text(encoding="utf-8")))
    return {"seconds": seconds, "peak": peak, "version": version, "hash": flow.log_hash}


def ours(path: str) -> tuple[str, Callable[[], Any]]:
    """To an event log."""
    import streamgauge as sg

    return f"streamgauge {sg.__version__}", lambda: sg.read_events(path)


def by_polars(path: str) -> tuple[str, Callable[[], Any]]:
    """By the streaming engine, stamps by their known form."""
    import polars as pl

    scan = pl.scan_csv if path.endswith(".csv") else pl.scan_ndjson
    at = pl.col("at").str.to_datetime(STAMP, time_unit="us", time_zone="UTC")
    return f"polars {pl.__version__}", lambda: scan(path).with_columns(at).collect(engine="streaming")


def by_duckdb(path: str) -> tuple[str, Callable[[], Any]]:
    """To an Arrow table, stamps by their known form."""
    import duckdb

    texts = "columns = {item: 'VARCHAR', 'at': 'VARCHAR', state: 'VARCHAR', type: 'VARCHAR', stream: 'VARCHAR'}"
    source = f"read_csv('{path}', {texts})" if path.endswith(".csv") else f"read_json('{path}', {texts})"
    stamp = """strptime("at", '%Y-%m-%dT%H:%M:%S.%f%z') AS "at\""""
    query = f"SELECT * REPLACE ({stamp}) FROM {source}"
    return f"duckdb {duckdb.__version__}", lambda: duckdb.sql(query).to_arrow_table()


def by_pandas(path: str) -> tuple[str, Callable[[], Any]]:
    """CSV by its C reader, JSON Lines by the only one there is."""
    import pandas as pd

    def read() -> Any:
        is_csv = path.endswith(".csv")
        frame = pd.read_csv(path, dtype=str) if is_csv else pd.read_json(path, lines=True, dtype=False)
        return frame.assign(at=pd.to_datetime(frame["at"], format="ISO8601", utc=True))

    return f"pandas {pd.__version__}", read


TOOLS: Final = {"streamgauge": ours, "polars": by_polars, "duckdb": by_duckdb, "pandas": by_pandas}


def child(tool: str, path: Path) -> Run:
    """One run in a process of its own."""
    command = [sys.executable, __file__, "--one", tool, str(path)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"failed: {' '.join(command)}")
    return json.loads(done.stdout)


def section(title: str, n_events: int, turns: list[dict[str, Run]]) -> str:
    """One table: median seconds, events a second, peak memory and the ratio to ours."""
    lines = [f"### {title}", "", "| | seconds | events a second | peak, MB | takes, ratio to ours |"]
    lines.append("| --- | ---: | ---: | ---: | ---: |")
    for tool in turns[0]:
        seconds, peak = (statistics.median(turn[tool][key] for turn in turns) for key in ("seconds", "peak"))
        ratio = statistics.median(turn[tool]["seconds"] / turn["streamgauge"]["seconds"] for turn in turns)
        lines.append(f"| {tool} | {seconds:.3f} | {n_events / seconds:,.0f} | {peak / 1024:.0f} | {ratio:.2f}x |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main()
