"""Measures streamgauge beside polars and DuckDB: the same log, the same tables, in the same hour.

    python benches/rivals.py [--events 1000000 10000000] [--layouts A B long] [--engines …] [--runs 5] [--no-report]

Every run is a process of its own that reads a Parquet file (ingest), makes the flow records (records) and the five
metrics by quarter, stream and kind (metrics). Engines take turns, so that a busy hour is busy for all; ratios are
taken within a turn, and their median is shown. All tables are compared, cell by cell and floats to the bit, before a
figure is written to RESULTS.md.

Layouts: A is a state log by item and time with integer ids; B is one as exports are, by time, text ids; `long` is the
long form by time. The logs are written by the crate `streamgauge-synth` into `target/bench`.
"""
# ruff: noqa: S603, S607 - it runs itself, cargo and git

from __future__ import annotations

import argparse
import importlib
import itertools
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).resolve().parent
ROOT: Final = HERE.parent
WORK: Final = ROOT / "target" / "bench"
ENGINES: Final = ["streamgauge", "polars", "duckdb"]
STAGES: Final = ["ingest", "records", "metrics", "end to end"]
BEGIN, END = "<!-- rivals: written by benches/rivals.py -->", "<!-- /rivals -->"

Run = dict[str, Any]


def main() -> None:
    """Runs everything and writes the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--layouts", nargs="+", choices=["A", "B", "long"], default=["A", "B", "long"])
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=ENGINES)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--no-report", action="store_true", help="print only, leave RESULTS.md alone")
    parser.add_argument(
        "--one",
        nargs=4,
        metavar=("ENGINE", "LAYOUT", "LOG", "OUT"),
        help=argparse.SUPPRESS,
    )
    parser.add_argument("--same", nargs="+", metavar="OUT", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        one(*arguments.one)
    elif arguments.same:
        same([Path(out) for out in arguments.same])
    else:
        report(arguments)


def one(engine: str, layout: str, log: str, out: str) -> None:
    """One run, in this process: times on stdout as JSON, tables into the folder `out`."""
    module = importlib.import_module(f"engines.{engine}_engine")
    imported_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    run = module.Engine()
    at = [time.perf_counter()]
    run.ingest(log, layout)
    at.append(time.perf_counter())
    records = run.records()
    at.append(time.perf_counter())
    metrics = run.metrics()
    at.append(time.perf_counter())
    peak_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    spans = [later - earlier for earlier, later in itertools.pairwise(at)]
    times = dict(zip(STAGES, [*spans, at[-1] - at[0]], strict=True))
    Path(out).mkdir(parents=True, exist_ok=True)
    for name, table in (("records", records), ("metrics", metrics)):
        write(table, Path(out) / f"{name}.parquet")
    json.dump(
        {
            **times,
            "peak_kb": peak_kb,
            "imported_kb": imported_kb,
            "version": module.version(),
        },
        sys.stdout,
    )


def write(table: Any, path: Path) -> None:
    """Any table as Parquet."""
    if hasattr(table, "write_parquet"):
        table.write_parquet(path)
        return
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table(table), path)


def same(outs: list[Path]) -> None:
    """Compares the tables of all runs with those of the first."""
    module = importlib.import_module("engines.same")
    for other in outs[1:]:
        module.assert_same(outs[0], other)


def report(arguments: argparse.Namespace) -> None:
    """Measures every size and layout, compares the tables and shows the figures."""
    sections, versions = [], {}
    for n_events in arguments.events:
        for layout in arguments.layouts:
            log = written(n_events, layout)
            turns = [turn(arguments.engines, layout, log) for _ in range(arguments.runs)]
            versions |= {engine: run["version"] for engine, run in turns[0].items()}
            sections.append(section(n_events, layout, turns))
            say(sections[-1])
    if not arguments.no_report:
        text = "\n".join([head(arguments, list(versions.values())), *sections])
        into_results(text)


def turn(engines: list[str], layout: str, log: Path) -> dict[str, Run]:
    """Every engine once, one after another; then their tables are compared."""
    runs = {engine: json.loads(child("--one", engine, layout, str(log), str(WORK / engine))) for engine in engines}
    child("--same", *(str(WORK / engine) for engine in engines))
    return runs


def child(*arguments: str) -> str:
    """This program in a process of its own, so that its memory is its own; this process stays small."""
    done = subprocess.run(
        [sys.executable, __file__, *arguments],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        sys.exit(f"failed: rivals.py {' '.join(arguments[:3])}")
    return done.stdout


def written(n_events: int, layout: str) -> Path:
    """The log as a Parquet file, made anew where it is missing or older than the program that makes it."""
    WORK.mkdir(parents=True, exist_ok=True)
    cargo = os.environ.get("CARGO", "cargo")
    example = ["-p", "streamgauge-synth", "--example", "write_log"]
    subprocess.run(
        [cargo, "build", "--locked", "--release", "--quiet", *example],
        cwd=ROOT,
        check=True,
    )
    program = ROOT / "target" / "release" / "examples" / "write_log"
    path = WORK / f"{n_events}-{layout}.parquet"
    if not path.exists() or path.stat().st_mtime < program.stat().st_mtime:
        subprocess.run([program, f"bench:{n_events}", layout, path], check=True)
    with path.open("rb") as file:  # into the page cache, so that the first engine does not pay for it
        while file.read(1 << 20):
            pass
    return path


def section(n_events: int, layout: str, turns: list[dict[str, Run]]) -> str:
    """One table: median seconds, peak memory, and how many times longer than ours."""
    rows = [
        f"### {n_events:,} events, layout {layout}",
        "",
        "| engine | " + " | ".join(f"{stage}, s" for stage in STAGES) + " | peak, MB | of that imports, MB |",
        "| --- |" + " ---: |" * (len(STAGES) + 2),
    ]
    for engine in turns[0]:
        seconds = [f"{median(turns, engine, stage):.3f}" for stage in STAGES]
        peak, imported = (median(turns, engine, key) / 1024 for key in ("peak_kb", "imported_kb"))
        rows.append(f"| {engine} | " + " | ".join(seconds) + f" | {peak:.0f} | {imported:.0f} |")
    ours = next(iter(turns[0]))
    for engine in list(turns[0])[1:]:
        ratios = [statistics.median(t[engine][stage] / t[ours][stage] for t in turns) for stage in STAGES]
        memory = statistics.median(t[engine]["peak_kb"] / t[ours]["peak_kb"] for t in turns)
        rows.append(f"| *{engine} / {ours}* | " + " | ".join(f"{r:.2f}x" for r in ratios) + f" | {memory:.2f}x | |")
    return "\n".join([*rows, ""])


def median(turns: list[dict[str, Run]], engine: str, key: str) -> float:
    """The median over the turns."""
    return statistics.median(turn[engine][key] for turn in turns)


def head(arguments: argparse.Namespace, versions: list[str]) -> str:
    """Machine, versions, commit and command."""
    commit = git("rev-parse", "--short=12", "HEAD") + (" with changes" if git("status", "--porcelain") else "")
    asked = {"events": arguments.events, "layouts": arguments.layouts, "engines": arguments.engines}
    options = [f"--{name} {' '.join(map(str, values))}" for name, values in asked.items()]
    command = " ".join(["python benches/rivals.py", *options, f"--runs {arguments.runs}"])
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    machine = f"{processor()}, {os.cpu_count()} cores, {memory:.0f} GB, {platform.system()} {platform.release()}"
    return f"""\
- machine: {machine}; load average over the last 5 minutes: {os.getloadavg()[1]:.1f}
- versions: {", ".join(versions)}, Python {platform.python_version()}
- commit: {commit}, {datetime.now(UTC):%Y-%m-%d}
- command: `{command}`
- medians of {arguments.runs} runs, engines in turn, every run a process of its own; ratios are medians of the turns'
  ratios. All tables were equal, cell by cell, floats to the bit.
"""


def processor() -> str:
    """The processor's name, where the system tells."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def git(*arguments: str) -> str:
    """What git says, or nothing where there is no repository."""
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def into_results(text: str) -> None:
    """Puts the figures between their marks in RESULTS.md; what stands around them stays."""
    path = HERE / "RESULTS.md"
    old = path.read_text(encoding="utf-8") if path.exists() else f"# Results\n\n{BEGIN}\n{END}\n"
    before, _, rest = old.partition(BEGIN)
    _, _, after = rest.partition(END)
    path.write_text(f"{before}{BEGIN}\n{text}{END}{after}", encoding="utf-8")


def say(text: str) -> None:
    """To stdout, at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
