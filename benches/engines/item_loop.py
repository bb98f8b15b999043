"""Time in each state as the open-source flow tools have it: a plain loop over items and their changes.

For each item its rows are filtered from the history of all; its changes are gone through one after another, timestamps
are parsed from text, and the time of each state is added up.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def time_in_states(items: list[str], history: pd.DataFrame, as_of: datetime) -> dict[str, dict[str, timedelta]]:
    """For each item, how long it was in each state."""
    result = {}
    for item in items:
        changes = history[history["item"] == item].sort_values("at")
        times: dict[str, timedelta] = {}
        state, since = None, None
        for _, change in changes.iterrows():
            at = datetime.fromisoformat(change["at"])
            if state is not None:
                times[state] = times.get(state, timedelta()) + (at - since)
            state, since = change["state"], at
        times[state] = times.get(state, timedelta()) + (as_of - since)
        result[item] = times
    return result
