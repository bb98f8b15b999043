"""streamgauge, through Python, as users call it."""

from __future__ import annotations

from pathlib import Path

import streamgauge as sg

MODEL = Path(__file__).resolve().parents[2] / "crates" / "streamgauge-synth" / "src" / "bench.toml"


def version() -> str:
    """Name and version."""
    return f"streamgauge {sg.__version__}"


class Engine:
    """One run: `ingest`, then `records`, then `metrics`."""

    def ingest(self, path: str, layout: str) -> None:  # noqa: ARG002 - it finds out for itself
        """Parquet to an event log."""
        self.model = sg.FlowModel.from_toml(MODEL.read_text(encoding="utf-8"))
        self.log = sg.read_events(path)

    def records(self) -> sg.Table:
        """Timelines, records and findings; the records as a table."""
        self.flow = sg.measure(self.log, self.model)
        return self.flow.records()

    def metrics(self) -> sg.Table:
        """All five metrics by quarter, stream and kind."""
        return self.flow.metrics(every="quarter", by=["stream", "kind"])
