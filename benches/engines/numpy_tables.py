"""numpy: from changes, finished items and days to the tables of metrics and cumulative flow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from engines import question as q

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]
    Cells = dict[str, Array]

DAY: Final = 86_400_000_000
NONE: Final = np.uint16(0xFFFF)  # no group
NAT: Final = np.iinfo(np.int64).min
OF_DONE: Final = ["finished", "entered_group", "flow_time", "active", "waiting"]
MONTHS: Final = {"month": 1, "quarter": 3}


class Span:
    """The days from the first row to just before `as_of`."""

    def __init__(self, first: int, as_of: int) -> None:
        """Both in µs."""
        self.as_of = as_of
        self.day0 = first // DAY
        self.n_days = (as_of - 1) // DAY - self.day0 + 1

    def day(self, at: Array) -> Array:
        """The days of instants, from 0."""
        return at // DAY - self.day0

    def windows(self, every: str) -> Array:
        """The starts of windows and the end of the last, in days since the epoch."""
        last = self.day0 + self.n_days
        if every == "week":
            monday = self.day0 - (self.day0 + 3) % 7
            return np.arange(monday, last + 7, 7)[: -((monday - last) // 7) + 1]
        step = MONTHS[every]
        first, final = (int(np.datetime64(day, "D").astype("M8[M]").astype(int)) for day in (self.day0, last - 1))
        months = np.arange(first // step * step, (final // step + 1) * step + 1, step)
        return months.astype("M8[M]").astype("M8[D]").astype(np.int64)


def packed(group: Array, at: Array, begins: int) -> Array:
    """A change of load as an integer, in order of group and instant."""
    return (group.astype(np.int64) << 52) | (at << 1) | begins


def words(codes: Array, texts: list[str]) -> pa.DictionaryArray:
    """Codes with their texts."""
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int16)), pa.array(texts))


def load_by_day(changes: Array, span: Span, present: Array) -> Cells:
    """For every group and day: the load's net change, what moves its integral, and the most that it was.

    Changes at one instant are taken together: the load counts after the last of them.
    """
    changes.sort()
    at = (changes & ((1 << 52) - 1)) >> 1
    change = ((changes & 1) << 1) - 1
    group = changes >> 52
    cell = np.searchsorted(present, group) * span.n_days + span.day(at)
    # The groups follow one another, so a running sum over all of them is the load and what groups before left.
    load = np.cumsum(change)
    instant = changes >> 1
    settled = np.append(instant[1:] != instant[:-1], True)
    begins = np.flatnonzero(np.append(True, cell[1:] != cell[:-1]))
    seen = cell[begins]
    shape = len(present), span.n_days
    net, moment = np.zeros((2, *shape), dtype=np.int64)
    net.flat[seen] = np.add.reduceat(change, begins)
    moment.flat[seen] = np.add.reduceat(change * (at - span.day0 * DAY), begins)
    before = np.cumsum(net).reshape(shape) - net
    most = before.copy()
    top = np.maximum.reduceat(np.where(settled, load, -1), begins)
    idle = at[begins] > (seen % span.n_days + span.day0) * DAY
    most.flat[seen] = np.where(idle, np.maximum(top, most.flat[seen]), top)
    return {"change": net, "moment": moment, "load_max": most - before[:, :1]}


def finished_by_day(done: Cells, span: Span, present: Array) -> Cells:
    """For every group and day sums over finished items, and the finished items with a flow time themselves."""
    cell = np.searchsorted(present, done["entered_group"]) * span.n_days + span.day(done["finished"])
    shape = len(present), span.n_days
    n_cells = shape[0] * shape[1]
    defined = done["flow_time"] != NAT
    sums = {"velocity": np.bincount(cell, minlength=n_cells)}
    cell = cell[defined]
    sums["flow_time_n"] = np.bincount(cell, minlength=n_cells)
    for name in ("active", "waiting", "flow_time"):
        sums[name] = np.zeros(n_cells, dtype=np.int64)
        np.add.at(sums[name], cell, done[name][defined])
    cells = {name: values.reshape(shape) for name, values in sums.items()}
    return cells | {"cell": cell, "length": done["flow_time"][defined]}


def metrics(every: str, span: Span, load: Cells, done: Cells, names: tuple[Array, list[str]]) -> dict[str, Any]:
    """All five metrics by window and group."""
    present, streams = names
    kinds = sorted(q.KINDS.values())
    edges = span.windows(every)
    places = np.maximum(edges[:-1] - span.day0, 0)
    start, whole_end = edges[:-1] * DAY, edges[1:] * DAY
    end = np.minimum(whole_end, span.as_of)
    # By window and group, windows first.
    sums = {
        name: np.add.reduceat(table[name], places, axis=1).T
        for table, columns in (
            (load, ("change", "moment")),
            (done, ("velocity", "flow_time_n", "active", "waiting", "flow_time")),
        )
        for name in columns
    }
    change, velocity, total = sums["change"], sums["velocity"], sums["flow_time"]
    load_end = np.cumsum(change, axis=0)
    load_start, length = load_end - change, (end - start)[:, None]
    integral = load_start * length + change * (end - span.day0 * DAY)[:, None] - sums["moment"]
    of_stream = np.zeros((len(start), len(streams)), dtype=np.int64)
    np.add.at(of_stream, (slice(None), present // len(kinds)), velocity)
    n_groups = len(present)
    table = {
        "window_start": np.repeat(start, n_groups).view("M8[us]"),
        "window_end": np.repeat(end, n_groups).view("M8[us]"),
        "partial": np.repeat(whole_end > span.as_of, n_groups),
        "stream": words(np.tile(present // len(kinds), len(start)), streams),
        "kind": words(np.tile(present % len(kinds), len(start)), kinds),
        "velocity": velocity,
        "flow_time_n": sums["flow_time_n"],
        "flow_time_mean": _mean(total, sums["flow_time_n"]),
        "active": sums["active"],
        "waiting": sums["waiting"],
        "paused": total - sums["active"] - sums["waiting"],
        "flow_time_sum": total,
        "efficiency": _ratio(sums["active"], total),
        "load_start": load_start,
        "load_end": load_end,
        "load_max": np.maximum.reduceat(load["load_max"], places, axis=1).T,
        "load_integral": integral,
        "load_avg": _ratio(integral, np.broadcast_to(length, integral.shape)),
        "distribution": _ratio(velocity, of_stream[:, present // len(kinds)]),
    }
    table |= _percentiles(done, places, span, sums["flow_time_n"])
    return {name: _column(name, table[name]) for name in q.METRICS}


def _percentiles(done: Cells, places: Array, span: Span, n: Array) -> Cells:
    """The smallest value with at least p % at or below it: one sort of integers that hold window, group and length."""
    window = np.searchsorted(places, np.arange(span.n_days), side="right") - 1
    group, day = np.divmod(done["cell"], span.n_days)
    bits = int(done["length"].max(initial=0)).bit_length()
    both = ((window[day] * n.shape[1] + group) << bits) | done["length"]
    both.sort()
    begins = np.cumsum(n).reshape(n.shape) - n
    found = {}
    for p in (50, 85, 95):
        place = np.minimum(begins + np.maximum((n * p + 99) // 100 - 1, 0), max(len(both) - 1, 0))
        found[f"flow_time_p{p}"] = np.where(n > 0, both[place] & ((1 << bits) - 1), NAT)
    return found


def cfd(net: Array, span: Span, streams: list[str]) -> dict[str, Any]:
    """Items by stream and state just before every end of a day: running sums of net entries.

    Beside them stand the entries themselves: a state is shown from the day on which an item was in it first.
    """
    shape = len(streams), len(q.STATES), span.n_days
    n = np.cumsum(net[0].reshape(shape), axis=2)
    seen = np.maximum.accumulate(net[1].reshape(shape).sum(axis=0) > 0, axis=1)
    day, stream, state = np.nonzero(np.broadcast_to(seen.T[:, None, :], (shape[2], shape[0], shape[1])))
    phases = list(dict.fromkeys(q.PHASES.values()))
    phase = np.array([phases.index(phase) for phase in q.PHASES.values()])
    return {
        "at": np.minimum((day + span.day0 + 1) * DAY, span.as_of).view("M8[us]"),
        "stream": words(stream, streams),
        "state": words(state, q.STATES),
        "phase": words(phase[state], phases),
        "n": n.transpose(2, 0, 1)[day, stream, state],
    }


def _column(name: str, values: Any) -> Any:
    """Flat, and nothing where there is nothing."""
    if isinstance(values, pa.Array):
        return values
    flat = values.ravel()
    if name.startswith("flow_time_") and name != "flow_time_n":
        return flat.view("m8[us]")
    return pa.array(flat, mask=np.isnan(flat)) if flat.dtype == np.float64 else flat


def _ratio(part: Array, whole: Array) -> Array:
    return np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole != 0)


def _mean(total: Array, n: Array) -> Array:
    """Total / n, rounded to whole µs, half to even, in integers."""
    down, rest = np.divmod(total, np.maximum(n, 1))
    up = (2 * rest > n) | ((2 * rest == n) & (down % 2 == 1))
    return np.where(n > 0, down + up, NAT)
