"""Measures working time beside numpy and pandas: the same intervals, equal results, one thread, in the same minute.

    python benches/working_time.py [--intervals 1000000] [--hours 2000] [--runs 5] [--no-report]

What each computes:

- streamgauge: exact µs of work between any two instants, for any zone, breaks and nights (`examples/spans.rs`).
- numpy `busday_count`: whole working days between two dates. It knows neither hours nor zones; times the hours of a
  day it is working time from midnight to midnight in UTC.
- numpy by hand: `busday_count`, and the parts of the first and the last day cut to the hours; exact in µs for one span
  a day in a zone whose clock is never moved.
- pandas `CustomBusinessHour`: an offset to step with. The working hours of an interval are the steps of a `date_range`
  that begin an hour, one interval at a time, in whole hours.

Each rival gets the calendar that it can do, 09:00-17:00 from Monday to Friday in UTC with twelve holidays a year, and
must agree on every interval. The calendar with breaks and nights in Berlin no rival can do; it is shown alone.
"""
# ruff: noqa: S603 - it runs cargo

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable

HERE: Final = Path(__file__).resolve().parent
ROOT: Final = HERE.parent
WORK: Final = ROOT / "target" / "bench" / "working_time"
BEGIN, END = "<!-- working time: written by benches/working_time.py -->", "<!-- /working time -->"

HOUR: Final = 3_600_000_000
DAY: Final = 24 * HOUR
FROM, UNTIL = np.datetime64("2020-01-01"), np.datetime64("2030-01-01")
HOLIDAYS: Final = np.array([f"{year}-{month:02}-15" for year in range(2020, 2030) for month in range(1, 13)], "M8[D]")
PLAIN: Final = "\n".join(
    ['zone = "UTC"', "[hours]", *(f'{day} = ["09:00-17:00"]' for day in ("mon", "tue", "wed", "thu", "fri"))]
    + [f"[[holiday]]\ndate = {date}" for date in HOLIDAYS]
)
BERLIN: Final = """
zone = "Europe/Berlin"
[hours]
mon = ["09:00-12:00", "13:00-17:00"]
tue = ["09:00-12:00", "13:00-17:00"]
wed = ["09:00-12:00", "13:00-17:00"]
thu = ["22:00-06:00+1"]
fri = ["09:00-12:00", "22:00-06:00+1"]
"""


def main() -> None:
    """Runs everything and writes the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--intervals", type=int, default=1_000_000)
    parser.add_argument("--hours", type=int, default=2_000, help="intervals for pandas, which is slow")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--no-report", action="store_true", help="print only, leave RESULTS.md alone")
    arguments = parser.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    build = ["cargo", "build", "--release", "--locked", "-p", "streamgauge-benches", "--example", "spans"]
    subprocess.run(build, cwd=ROOT, check=True)
    n, runs = arguments.intervals, arguments.runs
    anywhere, dates, hours = intervals(n, 1), intervals(n, DAY), intervals(arguments.hours, HOUR)
    table = [
        *beside("any instants, µs", PLAIN, anywhere, "numpy by hand", by_hand, runs),
        *beside("whole days", PLAIN, dates, "numpy busday_count", whole_days, runs),
        *beside("whole hours", PLAIN, hours, "pandas CustomBusinessHour", business_hours, runs),
        *alone("any instants, Berlin, breaks and nights", BERLIN, anywhere, runs),
    ]
    text = "\n".join(report(arguments, table))
    print(text)  # noqa: T201
    if not arguments.no_report:
        write(text)


def intervals(n: int, unit: int) -> np.ndarray[Any, Any]:
    """Pairs of instants in no order, up to 30 days apart, in whole units of so many µs."""
    dice = np.random.default_rng(42)
    first, last = (int(edge.astype("M8[us]").astype("i8")) for edge in (FROM, UNTIL))
    start = dice.integers(first, last - 30 * DAY, n)
    pairs = np.stack([start, start + dice.integers(0, 30 * DAY, n)], axis=1)
    return pairs // unit * unit


def by_hand(pairs: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Whole days, and the parts of the first and the last one."""
    dates = pairs.astype("M8[us]").astype("M8[D]")
    into = np.clip(pairs % DAY, 9 * HOUR, 17 * HOUR) - 9 * HOUR
    into *= np.is_busday(dates, holidays=HOLIDAYS)
    days = np.busday_count(dates[:, 0], dates[:, 1], holidays=HOLIDAYS)
    return days * (8 * HOUR) + into[:, 1] - into[:, 0]


def whole_days(pairs: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Working days times their hours."""
    dates = pairs.astype("M8[us]").astype("M8[D]")
    return np.busday_count(dates[:, 0], dates[:, 1], holidays=HOLIDAYS) * (8 * HOUR)


def business_hours(pairs: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The business hours that begin in each interval."""
    step = pd.offsets.CustomBusinessHour(start="09:00", end="17:00", holidays=list(HOLIDAYS))
    # To pandas 17:00 is a business hour, and the step from it ends at 10:00. An hour later it is none, as it should be.
    pairs = pairs + np.where(pairs % DAY == 17 * HOUR, HOUR, 0)
    stamps = pairs.astype("M8[us]")
    counts = [len(pd.date_range(start, end, freq=step, inclusive="left")) for start, end in stamps]
    return np.array(counts) * HOUR


def ours(calendar: str, pairs: np.ndarray[Any, Any], runs: int) -> tuple[float, np.ndarray[Any, Any]]:
    """The median of the seconds, and the lengths."""
    files = [WORK / name for name in ("calendar.toml", "intervals", "lengths")]
    files[0].write_text(calendar, encoding="utf-8")
    pairs.astype("<i8").tofile(files[1])
    command = [ROOT / "target" / "release" / "examples" / "spans", *files, str(runs)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return statistics.median(map(float, done.stdout.split())), np.fromfile(files[2], "<i8")


def beside(
    what: str,
    calendar: str,
    pairs: np.ndarray[Any, Any],
    name: str,
    rival: Callable[[np.ndarray[Any, Any]], np.ndarray[Any, Any]],
    runs: int,
) -> list[str]:
    """Rows of ours and a rival's, in turn, with equal lengths."""
    mine, theirs = [], []
    for _ in range(runs):
        seconds, lengths = ours(calendar, pairs, 3)
        mine.append(seconds)
        began = time.perf_counter()
        found = rival(pairs)
        theirs.append(time.perf_counter() - began)
        if not np.array_equal(lengths, found):
            at = int(np.flatnonzero(lengths != found)[0])
            raise SystemExit(f"{what}: {pairs[at].astype('M8[us]')}: ours {lengths[at]}, {name} {found[at]}")
    ratio = statistics.median(b / a for a, b in zip(mine, theirs, strict=True))
    rates = [len(pairs) / statistics.median(times) for times in (mine, theirs)]
    return [
        f"| {what} | {len(pairs):,} | streamgauge | {rates[0]:,.0f} | |",
        f"| {what} | {len(pairs):,} | {name} | {rates[1]:,.0f} | {ratio:,.1f}x |",
    ]


def alone(what: str, calendar: str, pairs: np.ndarray[Any, Any], runs: int) -> list[str]:
    """A row of ours."""
    seconds, _ = ours(calendar, pairs, 3 * runs)
    return [f"| {what} | {len(pairs):,} | streamgauge | {len(pairs) / seconds:,.0f} | no rival |"]


def report(arguments: argparse.Namespace, table: list[str]) -> list[str]:
    """The block of RESULTS.md."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    cpus = [line.partition(":")[2].strip() for line in lines if "model name" in line]
    load = f"load average over the last 5 minutes: {os.getloadavg()[1]:.1f}"
    versions = f"numpy {np.__version__}, pandas {pd.__version__}, Python {platform.python_version()}"
    options = f"--intervals {arguments.intervals} --hours {arguments.hours} --runs {arguments.runs}"
    return [
        BEGIN,
        f"- machine: {cpus[0]}, {len(cpus)} cores, shared with other builds; {load}",
        f"- versions: {versions}; {datetime.now(UTC):%Y-%m-%d}",
        f"- command: `python benches/working_time.py {options}`",
        "- one thread each, in turn; medians. Intervals of up to 30 days, 2020 to 2029. The rivals' calendar",
        "  is 09:00-17:00 from Monday to Friday in UTC with 120 holidays, and every length was equal.",
        "- numpy's `busday_count` counts whole days only; by hand the parts of the first and last day are cut to the",
        "  hours, for one span a day in UTC; pandas steps hour by hour. Only ours does zones, breaks and nights.",
        "",
        "| intervals | n | tool | intervals a second | tool / streamgauge, time |",
        "| --- | ---: | --- | ---: | ---: |",
        *table,
        END,
    ]


def write(text: str) -> None:
    """Puts the block at its place in RESULTS.md, or at the end."""
    page = HERE / "RESULTS.md"
    before, begin, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    whole = before + text + after if begin else before.rstrip("\n") + "\n\n" + text + "\n"
    page.write_text(whole, encoding="utf-8")


if __name__ == "__main__":
    main()
