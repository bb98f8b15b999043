"""What every engine answers: the benchmark's model, the columns of all tables, and how they are laid out.

The log is `Synth::bench` of the crate `streamgauge-synth`: at most one row for an item and instant, no repeated rows,
every item with a state, a type and a stream from its first row on, nobody blocked or removed, no state or type that the
model does not know, rows in the order that the layout says. Rivals may rely on that; ours does not, and looks for all
of it.
"""

from __future__ import annotations

from typing import Final

#: States in workflow order, and by phase, as `bench.toml` of that crate has them. Ours reads the file: if it said
#: something else, the tables would differ.
STATES: Final = [
    "Backlog",
    "Selected",
    "Analysis",
    "In Progress",
    "In Review",
    "Ready for Test",
    "In Test",
    "Ready for Release",
    "Released",
    "Rejected",
]
NEW: Final = ["Backlog", "Selected"]
ACTIVE: Final = ["Analysis", "In Progress", "In Review", "In Test"]
WAITING: Final = ["Ready for Test", "Ready for Release"]
DONE: Final = ["Released"]
CANCELLED: Final = ["Rejected"]

BY_PHASE: Final = {"new": NEW, "active": ACTIVE, "waiting": WAITING, "done": DONE, "cancelled": CANCELLED}

#: The phase of each state, in workflow order.
PHASES: Final = {state: next(phase for phase, states in BY_PHASE.items() if state in states) for state in STATES}

#: Type to kind.
KINDS: Final = {
    "Story": "feature",
    "Bug": "defect",
    "Vulnerability": "risk",
    "Tech Debt": "debt",
}

#: One row for each item: what it is now, and the facts of its clock.
RECORDS: Final = [
    "item",
    "stream",
    "kind",
    "outcome",
    "arrived",
    "started",
    "finished",
    "cancelled_at",
    "flow_time",
    "active",
    "waiting",
    "paused",
    "age",
    "n_reopened",
    "n_backward",
]

#: The lengths of the windows that metrics are asked for.
EVERY: Final = ["week", "month", "quarter"]

#: One row for each window, stream and kind, dense, in that order.
METRICS: Final = [
    "window_start",
    "window_end",
    "partial",
    "stream",
    "kind",
    "velocity",
    "flow_time_n",
    "flow_time_p50",
    "flow_time_p85",
    "flow_time_p95",
    "flow_time_mean",
    "active",
    "waiting",
    "paused",
    "flow_time_sum",
    "efficiency",
    "load_start",
    "load_end",
    "load_max",
    "load_integral",
    "load_avg",
    "distribution",
]

#: One row for each end of a day (the last at `as_of`), stream and state, in that order, states in workflow order: how
#: many items were in it just before. A state has rows from the first such instant after any item was in it.
CFD: Final = ["at", "stream", "state", "phase", "n"]

#: Every table of the answer, with its columns.
TABLES: Final = {"records": RECORDS, **{f"metrics_{every}": METRICS for every in EVERY}, "cfd": CFD}
