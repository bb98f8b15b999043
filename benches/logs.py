"""The logs of the benches: Parquet files by the crate `streamgauge-synth`, and the same as frames for memory."""
# ruff: noqa: S603 - it runs cargo, the program that cargo made, and itself

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from page import ROOT, WORK

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = ROOT / "target" / "release" / "examples" / "write_log"


def build() -> None:
    """The program that writes logs, up to date."""
    cargo = os.environ.get("CARGO", "cargo")
    example = ["-p", "streamgauge-synth", "--example", "write_log"]
    subprocess.run([cargo, "build", "--locked", "--release", "--quiet", *example], cwd=ROOT, check=True)


def parquet(n_events: int, layout: str) -> Path:
    """The log as a Parquet file, made anew where it is missing or older than the program that makes it."""
    WORK.mkdir(parents=True, exist_ok=True)
    path = WORK / f"{n_events}-{layout}.parquet"
    if not path.exists() or path.stat().st_mtime < PROGRAM.stat().st_mtime:
        subprocess.run([PROGRAM, f"bench:{n_events}", layout, path], check=True)
    return path


def arrow(n_events: int, layout: str) -> Path:
    """The log as a frame lies in memory, in a file that is read into memory in one piece: no decoding, no waste."""
    source = parquet(n_events, layout)
    path = source.with_suffix(".arrow")
    if not path.exists() or path.stat().st_mtime < source.stat().st_mtime:
        # In a process of its own, so that this one stays small.
        subprocess.run([sys.executable, __file__, source, layout, path], check=True)
    return path


def write_arrow(source: str, layout: str, path: str) -> None:
    """Parquet to an Arrow file of one batch. A is the prepared form, with codes for states, types and streams."""
    import polars as pl
    from engines import question as q

    frame = pl.read_parquet(source)
    if layout == "A":
        words = {"state": q.STATES, "type": list(q.KINDS), "stream": frame["stream"].unique().sort().to_list()}
        frame = frame.with_columns(pl.col(name).cast(pl.Enum(texts)) for name, texts in words.items())
    frame.rechunk().write_ipc(path, record_batch_size=max(len(frame), 1))


def warm(path: Path) -> None:
    """Reads a file into the page cache, so that the first engine does not pay for it."""
    with path.open("rb") as file:
        while file.read(1 << 20):
            pass


if __name__ == "__main__":
    write_arrow(*sys.argv[1:])
