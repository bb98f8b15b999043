"""numpy: what an expert writes who may use nothing else, with pyarrow for files and texts.

Rows by item and time, in blocks of whole items that fit the caches, on all cores (numpy lets go of the interpreter).
Sums by `reduceat`, rare things by their places, load and cumulative flow as differences, counted by day once and rolled
up to weeks, months and quarters.
"""

from __future__ import annotations

import itertools
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd  # noqa: F401 - pyarrow imports it when it first meets a numpy array: not within the clock
import pyarrow as pa
import pyarrow.compute as pc  # noqa: F401 - the same
import pyarrow.parquet as pq

from engines import memory
from engines import numpy_tables as tables
from engines import question as q

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

PHASES: Final = ["new", "active", "waiting", "done", "cancelled"]
ACTIVE, WAITING, DONE, CANCELLED = range(1, 5)
PHASE: Final = np.array([PHASES.index(phase) for phase in q.PHASES.values()], dtype=np.uint8)
ROWS: Final = 1 << 18  # in a block, about
NAT: Final = np.iinfo(np.int64).min


def version() -> str:
    """Name and version."""
    return f"numpy {np.__version__} with pyarrow {pa.__version__}"


@dataclass
class Words:
    """Codes and the texts that they stand for."""

    codes: Array
    texts: Any


class Engine:
    """One run: `hold` and `take`, or `read`; then `records`, `metrics` and `cfd`."""

    def __init__(self, layout: str) -> None:
        """Nothing is read yet."""
        self.layout = layout
        self.pool = ThreadPoolExecutor(os.cpu_count())

    def hold(self, path: str) -> None:
        """Columns in memory: codes in layout A, Arrow texts in B."""
        table = memory.load(path)
        if self.layout == "B":
            texts = [(name, table[name].cast(pa.large_string())) for name in ("item", "state", "type", "stream")]
            table = pa.table({"at": table["at"], **dict(texts)})
        self.table = table

    def take(self) -> None:
        """Codes in place of texts."""
        self._columns(self.table)

    def read(self, path: str) -> None:
        """Parquet to codes; words that the file has in dictionaries stay in them."""
        words = ["item", "state", "type", "stream"]
        self._columns(pq.read_table(path, read_dictionary=words, memory_map=True, pre_buffer=False))

    def _columns(self, table: pa.Table) -> None:
        if self.layout == "long":
            raise NotImplementedError("the numpy engine has no long form")
        item = self.pool.submit(_coded if self.layout == "B" else _plain, table["item"])
        words = [self.pool.submit(_coded, table[name]) for name in ("state", "type", "stream")]
        state, kind, stream = (word.result() for word in words)
        self.at = _plain(table["at"].cast(pa.int64()))
        self.state = _recoded(state, q.STATES)
        kinds, self.streams = sorted(q.KINDS.values()), sorted(stream.texts.to_pylist())
        types = sorted(q.KINDS, key=lambda name: kinds.index(q.KINDS[name]))
        self.group = _recoded(stream, self.streams).astype(np.uint16) * len(kinds) + _recoded(kind, types)
        self.item = item.result()

    def records(self) -> dict[str, Any]:
        """Rows in order of item and time, and one row for each item."""
        texts = None
        if self.layout == "B":
            texts, self.item = self.item.texts, self.item.codes
            order, self.item = _by_item(self.item)
            self.at, self.state, self.group = (column[order] for column in (self.at, self.state, self.group))
        self.as_of = int(self.at.max()) + 1
        self.first = int(self.at.min())
        parts = list(self.pool.map(self._walk, *zip(*self._blocks(ROWS), strict=True)))
        facts = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        self.changes = (facts.pop("begins"), facts.pop("ends"))
        self.facts = _outcome(facts, self.as_of)
        return self._table(self.facts, texts)

    def _blocks(self, rows: int) -> list[tuple[int, int]]:
        """Whole items, about so many rows at a time."""
        edges = [0]
        while edges[-1] < len(self.item):
            place = min(edges[-1] + rows, len(self.item))
            last = self.item[place - 1]
            edges.append(place + int(np.searchsorted(self.item[place:], last, side="right")))
        return list(itertools.pairwise(edges))

    def _walk(self, begin: int, end: int) -> dict[str, Array]:
        """One block: the facts of its items, and the stays in load that begin and end."""
        item, at, state, group = (x[begin:end] for x in (self.item, self.at, self.state, self.group))
        first = np.empty(len(item), dtype=bool)
        first[0] = True
        np.not_equal(item[1:], item[:-1], out=first[1:])
        starts = np.flatnonzero(first)
        ends = np.append(starts[1:], len(item)) - 1
        owner = np.cumsum(first, dtype=np.int32) - 1
        span = np.empty_like(at)
        np.subtract(at[1:], at[:-1], out=span[:-1])
        span[ends] = self.as_of - at[ends]
        phase = PHASE[state]
        phase_before = np.empty_like(phase)
        phase_before[0], phase_before[1:] = 0, phase[:-1]
        phase_before[starts] = 0
        in_load = (phase == ACTIVE) | (phase == WAITING)
        load_group = np.where(in_load, group, tables.NONE)
        other = first.copy()
        other[1:] |= load_group[1:] != load_group[:-1]
        begins = np.flatnonzero(other & in_load)
        ended = np.flatnonzero(other[1:] & in_load[:-1] & ~first[1:])
        entered = np.flatnonzero((phase >= DONE) & (phase_before != phase))
        started_at = np.full(len(starts), NAT)
        started_at[owner[begins[::-1]]] = at[begins[::-1]]
        entered_at, entered_group = np.full(len(starts), NAT), np.zeros(len(starts), dtype=np.uint16)
        entered_at[owner[entered]], entered_group[owner[entered]] = at[entered], group[entered]
        n_reopened = np.bincount(owner[(phase_before == DONE) & (phase != DONE)], minlength=len(starts))
        back = np.flatnonzero((state[1:] < state[:-1]) & ~first[1:]) + 1
        return {
            "item": item[starts],
            "phase": phase[ends],
            "group": group[ends],
            "arrived": at[starts],
            "started": started_at,
            "entered": entered_at,
            "entered_group": entered_group,
            "active": np.add.reduceat(span * (phase == ACTIVE), starts),
            "waiting": np.add.reduceat(span * (phase == WAITING), starts),
            "n_reopened": n_reopened,
            "n_backward": np.bincount(owner[back], minlength=len(starts)),
            "begins": tables.packed(load_group[begins], at[begins], 1),
            "ends": tables.packed(load_group[ended], at[ended + 1], 0),
        }

    def _table(self, facts: dict[str, Array], texts: Any) -> dict[str, Any]:
        kinds, outcome = sorted(q.KINDS.values()), ["not_started", "open", "done", "cancelled"]
        item = facts["item"] if texts is None else texts.take(pa.array(facts["item"]))
        table = {
            "item": item,
            "stream": tables.words(facts["group"] // len(kinds), self.streams),
            "kind": tables.words(facts["group"] % len(kinds), kinds),
            "outcome": tables.words(facts["outcome"], outcome),
            "n_reopened": facts["n_reopened"],
            "n_backward": facts["n_backward"],
        }
        table |= {name: facts[name].view("M8[us]") for name in ("arrived", "started", "finished", "cancelled_at")}
        return table | {
            name: facts[name].view("m8[us]") for name in ("flow_time", "active", "waiting", "paused", "age")
        }

    def metrics(self) -> dict[str, dict[str, Any]]:
        """All five metrics by window, stream and kind."""
        span = tables.Span(self.first, self.as_of)
        present = np.flatnonzero(np.bincount(self.group))
        by_day = tables.load_by_day(np.concatenate(self.changes), span, present)
        done = {name: self.facts[name][self.facts["outcome"] == 2] for name in tables.OF_DONE}
        finished = tables.finished_by_day(done, span, present)
        return {every: tables.metrics(every, span, by_day, finished, (present, self.streams)) for every in q.EVERY}

    def cfd(self) -> dict[str, Any]:
        """Items by stream and state at every end of a day, from differences."""
        span = tables.Span(self.first, self.as_of)
        pieces = self._blocks(-(-len(self.item) // (os.cpu_count() or 1)))
        net = sum(self.pool.map(lambda piece: self._entries(span, *piece), pieces))
        return tables.cfd(net, span, self.streams)

    def _entries(self, span: tables.Span, begin: int, end: int) -> Array:
        """By cell and day: items that came into the cell, less those that left it. And whether any came, below."""
        item, state, group = (x[begin:end] for x in (self.item, self.state, self.group))
        cell = (group // len(q.KINDS)).astype(np.int64) * len(q.STATES) + state
        cell *= span.n_days
        day = span.day(self.at[begin:end])
        n_cells = len(self.streams) * len(q.STATES) * span.n_days
        into = np.bincount(cell + day, minlength=n_cells)
        same = item[1:] == item[:-1]
        out = np.bincount((cell[:-1] + day[1:])[same], minlength=n_cells)
        return np.stack([into - out, into])


def _outcome(facts: dict[str, Array], as_of: int) -> dict[str, Array]:
    """Where each item stands, when it came there, and how long that took."""
    phase, started, entered = facts.pop("phase"), facts["started"], facts.pop("entered")
    is_done, is_cancelled, has_start = phase == DONE, phase == CANCELLED, started != NAT
    is_open = ~is_done & ~is_cancelled & has_start
    facts["outcome"] = np.select([is_done, is_cancelled, is_open], [2, 3, 1], 0).astype(np.uint8)
    facts["finished"] = np.where(is_done, entered, NAT)
    facts["cancelled_at"] = np.where(is_cancelled, entered, NAT)
    facts["flow_time"] = np.where(is_done & has_start, entered - started, NAT)
    facts["age"] = np.where(is_open, as_of - started, NAT)
    length = np.where(is_open, facts["age"], facts["flow_time"])
    facts["paused"] = np.where(length != NAT, length - facts["active"] - facts["waiting"], NAT)
    for name in ("active", "waiting"):
        facts[name] = np.where(length != NAT, facts[name], NAT)
    return facts


def _plain(column: pa.ChunkedArray) -> Array:
    return column.to_numpy()


def _coded(column: pa.ChunkedArray) -> Words:
    """Codes by a hash table, or as the dictionaries have them."""
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    column = column.unify_dictionaries()
    codes = [chunk.indices.to_numpy() for chunk in column.chunks]
    return Words(codes[0] if len(codes) == 1 else np.concatenate(codes), column.chunk(0).dictionary)


def _recoded(words: Words, texts: list[str]) -> Array:
    """Codes by places in `texts`."""
    return np.array([texts.index(text) for text in words.texts.to_pylist()], dtype=np.uint8)[words.codes]


def _by_item(item: Array) -> tuple[Array, Array]:
    """The order by item and place, and the items in it: one sort of integers that hold both."""
    bits = len(item).bit_length()
    both = item.astype(np.int64) << bits
    both |= np.arange(len(item))
    both.sort()
    return both & ((1 << bits) - 1), (both >> bits).astype(np.int32)
