"""pandas: from changes, finished items and days to the tables of metrics and cumulative flow."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from engines import question as q

DAY: Final = 86_400_000_000
PHASES: Final = ["new", "active", "waiting", "done", "cancelled"]
ACTIVE, WAITING, DONE, CANCELLED = range(1, 5)
PHASE: Final = np.array([PHASES.index(phase) for phase in q.PHASES.values()], dtype=np.int8)
OF_DONE: Final = ["finished", "group_then", "flow_time", "active", "waiting", "paused"]
PERIODS: Final = {"week": "W-SUN", "month": "M", "quarter": "Q-DEC"}


class Span:
    """The days from the first row to just before `as_of`."""

    def __init__(self, first: int, as_of: int) -> None:
        """Both in µs."""
        self.as_of = as_of
        self.days = pd.RangeIndex(first // DAY, (as_of - 1) // DAY + 1)

    def windows(self, every: str) -> pd.DataFrame:
        """The window of every day."""
        periods = pd.to_datetime(self.days * DAY, unit="us").to_period(PERIODS[every])
        after = (periods + 1).start_time.as_unit("us").astype("int64")
        frame = pd.DataFrame({"window_start": periods.start_time.as_unit("us").astype("int64")}, index=self.days)
        return frame.assign(window_end=np.minimum(after, self.as_of), partial=after > self.as_of)


def phases(state: pd.Series) -> pd.Series:
    """The phases of states, as codes."""
    return pd.Series(PHASE[state.to_numpy()], index=state.index)


def changes(rows: pd.DataFrame, first: pd.Series, in_load: pd.Series) -> pd.Series:
    """Beginnings (odd) and ends (even) of stays in load: integers of group, instant and which of them, in order."""
    group = rows["group"].where(in_load, -1)
    before = group.shift(fill_value=-1).mask(first, -1)
    other = group.ne(before)
    begun, ended = other & in_load, other & before.ge(0)
    packed = [
        of_groups[which].astype("int64") * 2**52 + rows["at"][which] * 2 + is_begin
        for of_groups, which, is_begin in ((group, begun, 1), (before, ended, 0))
    ]
    both = pd.concat(packed, ignore_index=True)
    return both.sort_values(ignore_index=True)


def load_by_day(packed: pd.Series, span: Span, groups: pd.Index) -> pd.DataFrame:
    """For every group and day: the load's net change, what moves its integral, and the most that it was.

    Changes at one instant are taken together: the load counts after the last of them.
    """
    at, change = packed % 2**52 // 2, packed % 2 * 2 - 1
    instant = packed // 2
    settled = instant.ne(instant.shift(-1))
    # The groups follow one another, so a running sum over all of them is the load and what groups before left.
    rows = pd.DataFrame(
        {
            "change": change,
            "moment": change * at,
            "load": change.cumsum().where(settled, -1),
            "first": at,
        }
    )
    seen = rows.groupby([(packed // 2**52).rename("group"), (at // DAY).rename("day")], sort=False).agg(
        {"change": "sum", "moment": "sum", "load": "max", "first": "min"}
    )
    days = pd.MultiIndex.from_product([groups, span.days], names=["group", "day"])
    grid = seen.reindex(days, fill_value=0)
    before = grid["change"].cumsum() - grid["change"]
    idle = grid["first"] != days.get_level_values("day") * DAY
    load = grid["load"]
    most = load.where(~idle, np.maximum(load, before))
    return grid.assign(load_max=most - before.groupby("group").transform("first"))


def metrics(every: str, span: Span, names: pd.DataFrame, by_day: pd.DataFrame, done: pd.DataFrame) -> pd.DataFrame:
    """All five metrics by window and group."""
    windows = span.windows(every)
    window = by_day.index.get_level_values("day").map(windows["window_start"]).rename("window_start")
    keys = [window, by_day.index.get_level_values("group")]
    table = by_day.groupby(keys).agg({"change": "sum", "moment": "sum", "load_max": "max"})
    table = table.join(_finished(windows, done)).reset_index()
    table = table.join(windows.drop_duplicates().set_index("window_start"), on="window_start").join(names, on="group")
    zeros = ["velocity", "flow_time_n", "active", "waiting", "paused", "flow_time_sum"]
    table[zeros] = table[zeros].fillna(0).astype("int64")
    length = table["window_end"] - table["window_start"]
    load_end = table.groupby("group")["change"].cumsum()
    load_start = load_end - table["change"]
    integral = load_start * length + table["change"] * table["window_end"] - table["moment"]
    of_stream = table.groupby(["window_start", "stream"], observed=True)["velocity"].transform("sum")
    return table.assign(
        load_end=load_end,
        load_start=load_start,
        load_integral=integral,
        load_avg=integral / length,
        efficiency=_ratio(table["active"], table["flow_time_sum"]),
        distribution=_ratio(table["velocity"], of_stream),
    )[q.METRICS]


def _finished(windows: pd.DataFrame, done: pd.DataFrame) -> pd.DataFrame:
    """Finished items by the window and group in which they were finished."""
    day = done["finished"].astype("int64") // DAY
    window = windows["window_start"].take(day - windows.index[0]).set_axis(done.index)
    keys = [window, done["group_then"].astype("int64").rename("group")]
    velocity = done.groupby(keys).size()
    rows = done.assign(window_start=keys[0], group=keys[1]).dropna(subset="flow_time").astype("int64")
    rows = rows.sort_values("flow_time")
    grouped = rows.groupby(["window_start", "group"])
    sums = grouped[["active", "waiting", "paused", "flow_time"]].sum().rename(columns={"flow_time": "flow_time_sum"})
    n = grouped.size()
    place = grouped.cumcount()
    of_row = grouped["flow_time"].transform("size")
    for p in (50, 85, 95):
        found = rows[place == (of_row * p + 99) // 100 - 1].set_index(["window_start", "group"])["flow_time"]
        sums[f"flow_time_p{p}"] = found.astype("Int64")
    down, rest = sums["flow_time_sum"] // n, sums["flow_time_sum"] % n
    up = (2 * rest > n) | ((2 * rest == n) & (down % 2 == 1))
    sums["flow_time_mean"] = (down + up).astype("Int64")
    return velocity.to_frame("velocity").join(sums.assign(flow_time_n=n))


def cfd(rows: pd.DataFrame, span: Span, streams: list[str]) -> pd.DataFrame:
    """Items by stream and state just before every end of a day, from entries and exits."""
    n_states, n_days = len(q.STATES), len(span.days)
    cell = rows["group"].astype("int32") // len(q.KINDS) * n_states + rows["state"]
    day = (rows["at"] // DAY - span.days[0]).astype("int32")
    moved = rows["item"].eq(rows["item"].shift())
    cells = pd.RangeIndex(len(streams) * n_states * n_days)
    into = (cell * n_days + day).value_counts(sort=False)
    out = (cell.shift(fill_value=0) * n_days + day)[moved].value_counts(sort=False)
    into, out = (counts.reindex(cells, fill_value=0) for counts in (into, out))
    index = pd.MultiIndex.from_product(
        [range(len(streams)), range(n_states), span.days], names=["stream", "state", "day"]
    )
    net = pd.DataFrame({"net": (into - out).array, "into": into.array}, index=index)
    since = net[net["into"] > 0].reset_index().groupby("state")["day"].min()
    table = net.groupby(["stream", "state"])["net"].cumsum().rename("n").reset_index()
    table = table[table["day"] >= table["state"].map(since)].sort_values("day", kind="stable")
    state = table["state"].to_numpy()
    return pd.DataFrame(
        {
            "at": np.minimum((table["day"] + 1) * DAY, span.as_of),
            "stream": pd.Categorical.from_codes(table["stream"], streams),
            "state": pd.Categorical.from_codes(state, q.STATES),
            "phase": pd.Categorical.from_codes(PHASE[state], PHASES),
            "n": table["n"],
        }
    )


def _ratio(part: pd.Series, whole: pd.Series) -> pd.Series:
    return (part / whole).where(whole != 0)
