"""streamgauge, through Python, as users call it."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import streamgauge as sg

from engines import memory
from engines import question as q

MODEL = Path(__file__).resolve().parents[2] / "crates" / "streamgauge-synth" / "src" / "bench.toml"


def version() -> str:
    """Name and version."""
    return f"streamgauge {sg.__version__}"


class Engine:
    """One run: `hold` and `take`, or `read`; then `records`, `metrics` and `cfd`."""

    def __init__(self, layout: str) -> None:
        """The model; the layout it finds out for itself."""
        del layout
        self.model = sg.FlowModel.from_toml(MODEL.read_text(encoding="utf-8"))

    def hold(self, path: str) -> None:
        """A polars frame."""
        self.frame = pl.from_arrow(memory.load(path))

    def take(self) -> None:
        """The frame to an event log."""
        self.log = sg.EventLog(self.frame)

    def read(self, path: str) -> None:
        """Parquet to an event log."""
        self.log = sg.read_events(path)

    def records(self) -> sg.Table:
        """Timelines, records and findings; the records as a table."""
        self.flow = sg.measure(self.log, self.model)
        return self.flow.records()

    def metrics(self) -> dict[str, sg.Table]:
        """All five metrics by window, stream and kind."""
        return {every: self.flow.metrics(every=every, by=["stream", "kind"]) for every in q.EVERY}

    def cfd(self) -> sg.Table:
        """Items by stream and state, day by day."""
        return self.flow.cfd(every="day", by=["stream"])
