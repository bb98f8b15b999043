"""Measures streamgauge beside its rivals: the same log, the same tables, in the same hour.

    python benches/rivals.py [--events 1000000 10000000] [--layouts A B long] [--modes mem e2e] [--engines …]
                             [--runs 3] [--no-report] [--no-build]

Every run is a process of its own that makes all tables: the flow records (records); the five metrics by stream and
kind, for every week, month and quarter (metrics); the daily cumulative flow by stream and state (cfd). `e2e` begins
with a Parquet file, `mem` with what the engine naturally holds: the way there is outside the clock, the way from there
to what the engine works on is *ingest*. Engines take turns, so that a busy hour is busy for all; ratios are taken
within a turn, and their median is shown. All tables are compared, cell by cell and floats to the bit, before a figure
is written to RESULTS.md.

Layouts: A is a state log by item and time with integer ids, in memory with codes for words; B is one as exports are,
by time, all texts; `long` is the long form by time, from a file only. The logs are written by the crate
`streamgauge-synth` into `target/bench`.
"""
# ruff: noqa: S603 - it runs itself

from __future__ import annotations

import argparse
import importlib
import itertools
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

import logs
import page

ENGINES: Final = ["streamgauge", "polars", "duckdb", "pandas", "numpy"]
OURS: Final = ENGINES[0]
NOT_LONG: Final = ["pandas", "numpy"]  # engines that know the state log only
STAGES: Final = ["ingest", "records", "metrics", "cfd", "whole"]
MODES: Final = {"mem": "from a frame in memory", "e2e": "from a Parquet file"}

Run = dict[str, Any]
Turn = dict[str, Run]


def main() -> None:
    """Runs everything and writes the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--layouts", nargs="+", choices=["A", "B", "long"], default=["A", "B"])
    parser.add_argument("--modes", nargs="+", choices=list(MODES), default=list(MODES))
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=ENGINES)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--no-report", action="store_true", help="print only, leave RESULTS.md alone")
    parser.add_argument("--no-build", action="store_true", help="the program that writes logs is used as it is")
    one_run = ("ENGINE", "LAYOUT", "MODE", "LOG", "OUT")
    parser.add_argument("--one", nargs=len(one_run), metavar=one_run, help=argparse.SUPPRESS)
    parser.add_argument("--same", nargs="+", metavar="OUT", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        one(*arguments.one)
    elif arguments.same:
        same([Path(out) for out in arguments.same])
    else:
        report(arguments)


def one(engine: str, layout: str, mode: str, log: str, out: str) -> None:
    """One run, in this process: times on stdout as JSON, tables into the folder `out`."""
    module = importlib.import_module(f"engines.{engine}_engine")
    memory = importlib.import_module("engines.memory")
    run = module.Engine(layout)
    if mode == "mem":
        run.hold(log)
    held_kb = memory.settle()
    at = [time.perf_counter()]
    if mode == "mem":
        run.take()
    else:
        run.read(log)
    at.append(time.perf_counter())
    tables = {"records": run.records()}
    at.append(time.perf_counter())
    tables |= {f"metrics_{every}": table for every, table in run.metrics().items()}
    at.append(time.perf_counter())
    tables["cfd"] = run.cfd()
    at.append(time.perf_counter())
    peak_kb = memory.peak_kb()
    Path(out).mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        write(table, Path(out) / f"{name}.parquet")
    spans = [later - earlier for earlier, later in itertools.pairwise(at)]
    figures = dict(zip(STAGES, [*spans, at[-1] - at[0]], strict=True))
    json.dump({**figures, "peak": peak_kb, "beyond": peak_kb - held_kb, "version": module.version()}, sys.stdout)


def write(table: Any, path: Path) -> None:
    """Any table as Parquet."""
    if hasattr(table, "write_parquet"):
        table.write_parquet(path)
    elif hasattr(table, "to_parquet"):
        table.to_parquet(path, index=False)
    else:
        import pyarrow as pa
        import pyarrow.parquet as pq

        pq.write_table(pa.table(table), path)


def same(outs: list[Path]) -> None:
    """Compares the tables of all runs with those of the first."""
    module = importlib.import_module("engines.same")
    for other in outs[1:]:
        module.assert_same(outs[0], other)


def report(arguments: argparse.Namespace) -> None:
    """Measures every size, layout and mode, compares the tables and shows the figures."""
    if not arguments.no_build:
        logs.build()
    sections, versions = [], {}
    for n_events, layout, mode in itertools.product(arguments.events, arguments.layouts, arguments.modes):
        if (layout, mode) == ("long", "mem"):
            continue
        log = logs.arrow(n_events, layout) if mode == "mem" else logs.parquet(n_events, layout)
        logs.warm(log)
        engines = [engine for engine in arguments.engines if layout != "long" or engine not in NOT_LONG]
        turns = [turn(rotated(engines, i), layout, mode, log) for i in range(arguments.runs)]
        versions |= {engine: turns[0][engine]["version"] for engine in engines}
        title = f"### {n_events:,} events, layout {layout}, {mode} ({MODES[mode]})"
        sections.append("\n".join([title, "", *table(engines, turns, n_events), ""]))
        page.say(sections[-1])
    if not arguments.no_report:
        page.into_results("rivals", "\n".join([head(arguments, list(versions.values())), *sections]))


def rotated(engines: list[str], by: int) -> list[str]:
    """Every turn begins with another engine."""
    by %= len(engines)
    return engines[by:] + engines[:by]


def turn(engines: list[str], layout: str, mode: str, log: Path) -> Turn:
    """Every engine once, one after another; then their tables are compared."""
    runs = {}
    for engine in engines:
        runs[engine] = json.loads(child("--one", engine, layout, mode, str(log), str(page.WORK / engine)))
    child("--same", *(str(page.WORK / engine) for engine in engines))
    return runs


def child(*arguments: str) -> str:
    """This program in a process of its own, so that its memory is its own."""
    done = subprocess.run([sys.executable, __file__, *arguments], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"failed: rivals.py {' '.join(arguments[:4])}")
    return done.stdout


def table(engines: list[str], turns: list[Turn], n_events: int) -> list[str]:
    """One table: median seconds and memory, how many times ours, and the best rival of each turn beside ours."""
    heads = [*(f"{stage}, s" for stage in STAGES), "peak, MB", "beyond the start, MB", "that, bytes an event"]
    rows = ["| engine | " + " | ".join(heads) + " |", "| --- |" + " ---: |" * len(heads)]
    for engine in engines:
        seconds = [f"{median(turns, engine, stage):.3f}" for stage in STAGES]
        peak, beyond = (median(turns, engine, key) / 1024 for key in ("peak", "beyond"))
        cells = [*seconds, f"{peak:.0f}", f"{beyond:.0f}", f"{beyond * 2**20 / n_events:.0f}"]
        rows.append(f"| {engine} | " + " | ".join(cells) + " |")
    rivals = [engine for engine in engines if engine != OURS]
    if rivals and OURS in engines:
        rows += [f"| *{engine} / {OURS}* | {ratios(turns, [engine])} |" for engine in rivals]
        rows.append(f"| **best rival / {OURS}** | {ratios(turns, rivals)} |")
    return rows


def ratios(turns: list[Turn], rivals: list[str]) -> str:
    """The best of the rivals beside ours: for every column, the median over the turns."""
    cells = []
    for key in [*STAGES, "peak", "beyond"]:
        of_turns = [min(turn[rival][key] for rival in rivals) / turn[OURS][key] for turn in turns]
        cells.append(f"{statistics.median(of_turns):.2f}x")
    return " | ".join([*cells, ""]).rstrip()


def median(turns: list[Turn], engine: str, key: str) -> float:
    """The median over the turns."""
    return statistics.median(turn[engine][key] for turn in turns)


def head(arguments: argparse.Namespace, versions: list[str]) -> str:
    """Machine, versions, commit and command."""
    options = [
        f"--{name} {' '.join(map(str, getattr(arguments, name)))}" for name in ("events", "layouts", "modes", "engines")
    ]
    return page.head(
        versions,
        " ".join(["python benches/rivals.py", *options, f"--runs {arguments.runs}"]),
        f"medians of {arguments.runs} runs, engines in turn, every run a process of its own; ratios are medians of\n"
        "  the turns' ratios, the best rival chosen anew for every column and turn. All tables were equal, cell by\n"
        "  cell, floats to the bit. *Peak* is the most that the process held within the clock, libraries and frame\n"
        "  included; *beyond the start*, what that is more than when the clock began, with the frame there (mem) or\n"
        "  nothing but libraries (e2e).",
    )


if __name__ == "__main__":
    main()
