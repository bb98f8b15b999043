"""What the programs that write RESULTS.md share: machine, commit, and the place between two marks."""
# ruff: noqa: S603, S607 - it runs git

from __future__ import annotations

import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).resolve().parent
ROOT: Final = HERE.parent
WORK: Final = ROOT / "target" / "bench"


def head(versions: list[str], command: str, *notes: str) -> str:
    """Machine, versions, commit, command and what else is to be said of the figures, as a list."""
    commit = git("rev-parse", "--short=12", "HEAD") + (" with changes" if git("status", "--porcelain") else "")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    machine = f"{processor()}, {os.cpu_count()} cores, {memory:.0f} GB, {platform.system()} {platform.release()}"
    lines = [
        f"machine: {machine}; load average over the last 5 minutes: {os.getloadavg()[1]:.1f}",
        f"versions: {', '.join(versions)}, Python {platform.python_version()}",
        f"commit: {commit}, {datetime.now(UTC):%Y-%m-%d}",
        f"command: `{command}`",
        *notes,
    ]
    return "".join(f"- {line}\n" for line in lines)


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


def into_results(name: str, text: str) -> None:
    """Puts figures between the marks of `benches/{name}.py` in RESULTS.md; what stands around them stays."""
    begin, end = f"<!-- {name}: written by benches/{name}.py -->", f"<!-- /{name} -->"
    path = HERE / "RESULTS.md"
    old = path.read_text(encoding="utf-8") if path.exists() else "# Results\n"
    if begin not in old:
        old += f"\n{begin}\n{end}\n"
    before, _, rest = old.partition(begin)
    _, _, after = rest.partition(end)
    path.write_text(f"{before}{begin}\n{text}{end}{after}", encoding="utf-8")


def say(text: str) -> None:
    """To stdout, at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
