"""Counts the instructions of each stage of the core on a fixed log, and fails when one grew by more than 10 %.

    python benches/counts.py [--write] [--install] [--jobs 2]

Times on a shared machine do not repeat; instruction counts do: they differ from run to run by less than 0.1 %. Each
stage of `examples/stages.rs` is run under callgrind, and what it took is compared with `counts.json`. A count knows
nothing of caches, branches or threads: that a stage is fast is for `rivals.py` to say; that it stayed so is said here.

Counts change with the compiler, and a little with valgrind and the C library (which choose how memory is copied);
where they differ from those of `counts.json`, that is said below the figures. `--write` writes the file anew: do so
after a change that was meant to cost, or that made a stage faster, so that the gain is kept.
"""
# ruff: noqa: S603, S607 - it runs cargo, valgrind and apt-get

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).resolve().parent
ROOT: Final = HERE.parent
COMMITTED: Final = HERE / "counts.json"
#: The function of `stages.rs` in which a stage is done.
COUNTED: Final = "stages::counted*"
#: A stage may grow by this share.
ALLOWED: Final = 0.10


def main() -> None:
    """Counts, then writes or compares."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write counts.json anew")
    parser.add_argument("--install", action="store_true", help="install valgrind by apt-get where it is missing")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="stages counted at a time")
    arguments = parser.parse_args()
    need_valgrind(install=arguments.install)
    program = built()
    stages = output([program]).split()
    with ThreadPoolExecutor(arguments.jobs) as pool:
        counts = dict(zip(stages, pool.map(lambda stage: count(program, stage), stages), strict=True))
    if arguments.write:
        written = {"date": f"{datetime.now(UTC):%Y-%m-%d}", "made by": tools(), "instructions": counts}
        COMMITTED.write_text(json.dumps(written, indent=2) + "\n", encoding="utf-8")
        say(f"{COMMITTED.relative_to(ROOT)} is written anew")
    elif failures := compare(json.loads(COMMITTED.read_text(encoding="utf-8")), counts):
        sys.exit("\n".join(failures))
    else:
        say(f"\nSuccess: no stage grew by more than {ALLOWED:.0%}.")


def compare(committed: dict[str, Any], counts: dict[str, int]) -> list[str]:
    """Shows both figures of each stage, and gives what is wrong with them, in sentences."""
    before = committed["instructions"]
    failures = [f"{stage} has no committed count." for stage in counts if stage not in before]
    failures += [f"{stage} is committed, but is no stage any more." for stage in before if stage not in counts]
    say("| stage | committed | now | change |\n| --- | ---: | ---: | ---: |")
    for stage in (stage for stage in counts if stage in before):
        change = counts[stage] / before[stage] - 1
        say(f"| {stage} | {before[stage]:,} | {counts[stage]:,} | {change:+.1%} |")
        if change > ALLOWED:
            failures.append(f"{stage} takes {change:.1%} more instructions; {ALLOWED:.0%} more are allowed.")
    if others := other_tools(committed["made by"]):
        say(f"\nThe counts of {committed['date']} were made by other tools, which alone can change them: {others}.")
    if failures:
        failures.append("If that is meant, `python benches/counts.py --write` writes the counts anew.")
    return failures


def other_tools(before: dict[str, str]) -> str:
    """Which tools are not those of the committed counts."""
    here = tools()
    return "; ".join(
        f"{tool} was {before.get(tool)}, is {here[tool]}" for tool in here if here[tool] != before.get(tool)
    )


def count(program: Path, stage: str) -> int:
    """How many instructions a stage takes."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "callgrind.out"
        callgrind = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", f"--toggle-collect={COUNTED}"]
        done = subprocess.run([*callgrind, program, stage], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"{stage} failed under callgrind:\n{done.stderr}")
        found = re.search(r"^summary: (\d+)$", out.read_text(encoding="utf-8"), re.MULTILINE)
    n = int(found[1]) if found else 0
    if n == 0:
        sys.exit(f"{stage}: callgrind saw no function {COUNTED!r}; is it called something else in stages.rs?")
    return n


def built() -> Path:
    """The program that does one stage."""
    example = ["-p", "streamgauge-benches", "--example", "stages"]
    cargo = [
        os.environ.get("CARGO", "cargo"),
        "build",
        "--release",
        "--locked",
        "--message-format=json-render-diagnostics",
    ]
    messages = [json.loads(line) for line in output([*cargo, *example]).splitlines()]
    return Path(next(path for message in reversed(messages) if (path := message.get("executable"))))


def need_valgrind(*, install: bool) -> None:
    """Ends the program where there is no valgrind and none can be installed."""
    if shutil.which("valgrind") is None and install and shutil.which("apt-get"):
        for apt in (["update"], ["install", "-y", "--no-install-recommends", "valgrind"]):
            subprocess.run(["apt-get", *apt], stdout=subprocess.DEVNULL, check=False)
    if shutil.which("valgrind") is None:
        sys.exit("valgrind is needed to count instructions: apt-get install valgrind, or counts.py --install as root")


def tools() -> dict[str, str]:
    """What has a say in the counts, beside the code."""
    rustc = os.environ.get("RUSTC", "rustc")
    library = " ".join(platform.libc_ver())
    return {"rustc": output([rustc, "--version"]), "valgrind": output(["valgrind", "--version"]), "C library": library}


def output(command: list[str | Path]) -> str:
    """What a program says; that it fails ends this one."""
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"failed: {' '.join(map(str, command))}")
    return done.stdout.strip()


def say(text: str) -> None:
    """To stdout, at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
