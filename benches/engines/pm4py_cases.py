"""pm4py's case durations: a program of its own, for an interpreter that has pm4py.

    python pm4py_cases.py LOG.parquet DURATIONS.json

Prints the seconds of reading and of the durations and the peak of memory as JSON; writes the sorted durations, in
seconds as pm4py gives them, into a file.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
import time
from pathlib import Path

with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):  # it greets
    import pandas as pd
    import pm4py

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from engines import memory


def main(log: str, out: str) -> None:
    """One run."""
    memory.settle()
    at = [time.perf_counter()]
    frame = pd.read_parquet(log, columns=["item", "at", "state"])
    at.append(time.perf_counter())
    with contextlib.redirect_stdout(io.StringIO()):
        durations = pm4py.get_all_case_durations(frame, activity_key="state", timestamp_key="at", case_id_key="item")
    at.append(time.perf_counter())
    peak_kb = memory.peak_kb()
    Path(out).write_text(json.dumps(durations), encoding="utf-8")
    figures = {"whole": at[2] - at[0], "reading": at[1] - at[0], "durations": at[2] - at[1], "peak": peak_kb}
    json.dump({**figures, "version": f"pm4py {pm4py.__version__}"}, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
