"""pandas: categories for words, shifts for neighbours, and `groupby` only where a mask does not do.

Rows are in order of items, so an item's first and last rows are masks, and only the sums of time are grouped. Load and
cumulative flow are differences, counted by day once and rolled up to weeks, months and quarters.
"""

from __future__ import annotations

from typing import Final

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from engines import memory
from engines import pandas_tables as tables
from engines import question as q

KINDS: Final = sorted(q.KINDS.values())
TYPES: Final = sorted(q.KINDS, key=lambda name: KINDS.index(q.KINDS[name]))
OUTCOMES: Final = ["not_started", "open", "done", "cancelled"]


def version() -> str:
    """Name and version."""
    return f"pandas {pd.__version__}"


class Engine:
    """One run: `hold` and `take`, or `read`; then `records`, `metrics` and `cfd`."""

    def __init__(self, layout: str) -> None:
        """Nothing is read yet."""
        self.layout = layout

    def hold(self, path: str) -> None:
        """A frame: categories in layout A, texts in B."""
        self.held = memory.load(path).to_pandas(self_destruct=True, split_blocks=True)
        pa.default_memory_pool().release_unused()

    def take(self) -> None:
        """The frame with codes in place of words."""
        self._columns(self.held)

    def read(self, path: str) -> None:
        """Parquet to codes; words that the file has in dictionaries stay in them."""
        words = ["item", "state", "type", "stream"]
        table = pq.read_table(path, read_dictionary=words, memory_map=True, pre_buffer=False)
        self._columns(table.to_pandas(self_destruct=True, split_blocks=True))

    def _columns(self, frame: pd.DataFrame) -> None:
        if self.layout == "long":
            raise NotImplementedError("the pandas engine has no long form")
        words = {name: _category(frame[name]) for name in ("state", "type", "stream")}
        self.streams = sorted(words["stream"].categories)
        group = _codes(words["stream"], self.streams).astype("int16") * len(KINDS) + _codes(words["type"], TYPES)
        item = frame["item"]
        self.items = None
        if self.layout == "B":
            category = _category(item)
            item, self.items = category.codes, category.categories
        state = _codes(words["state"], q.STATES)
        at = frame["at"].astype("int64")
        self.frame = pd.DataFrame({"item": item, "at": at, "state": state, "group": group}, copy=False)

    def records(self) -> pd.DataFrame:
        """Rows in order of item and time, each row's neighbours, then one row for each item."""
        rows = self.frame if self.layout == "A" else self.frame.sort_values("item", kind="stable", ignore_index=True)
        self.frame = rows
        self.span = tables.Span(int(rows["at"].min()), int(rows["at"].max()) + 1)
        item, at, state = rows["item"], rows["at"], rows["state"]
        first, last = item.ne(item.shift()), item.ne(item.shift(-1))
        phase = tables.phases(state)
        phase_before = phase.shift(fill_value=0).mask(first, 0)
        in_load = phase.isin([tables.ACTIVE, tables.WAITING])
        span = at.shift(-1, fill_value=0).mask(last, self.span.as_of) - at
        owner = first.cumsum() - 1
        sums = pd.DataFrame(
            {
                "active": span.where(phase.eq(tables.ACTIVE), 0),
                "waiting": span.where(phase.eq(tables.WAITING), 0),
                "n_reopened": phase_before.eq(tables.DONE) & phase.ne(tables.DONE),
                "n_backward": state.lt(state.shift(fill_value=0)) & ~first,
            },
            copy=False,
        )
        facts = sums.groupby(owner, sort=False).sum()
        facts["item"] = item[first].array
        facts["arrived"] = at[first].array
        facts["phase"] = phase[last].array
        facts["group"] = rows["group"][last].array
        self.changes = tables.changes(rows, first, in_load)
        begun = owner[in_load].drop_duplicates()
        facts["started"] = pd.Series(at[begun.index].array, index=begun.array, dtype="Int64")
        entered = owner[phase.ge(tables.DONE) & phase.ne(phase_before)].drop_duplicates(keep="last")
        into = pd.DataFrame(
            {"entered": at[entered.index].array, "in": rows["group"][entered.index].array}, entered.array
        )
        facts[["entered", "group_then"]] = into.reindex(facts.index).astype("Int64")
        self.facts = _outcome(facts, self.span.as_of)
        return self._named(self.facts)

    def _named(self, facts: pd.DataFrame) -> pd.DataFrame:
        words = {
            "stream": pd.Categorical.from_codes(facts["group"] // len(KINDS), self.streams),
            "kind": pd.Categorical.from_codes(facts["group"] % len(KINDS), KINDS),
        }
        if self.items is not None:
            words["item"] = pd.Categorical.from_codes(facts["item"], self.items)
        return facts.assign(**words)[q.RECORDS]

    def metrics(self) -> dict[str, pd.DataFrame]:
        """All five metrics by window, stream and kind."""
        groups = pd.Index(self.frame["group"].unique()).sort_values()
        by_day = tables.load_by_day(self.changes, self.span, groups)
        done = self.facts.loc[self.facts["outcome"].eq("done"), tables.OF_DONE].astype("Int64")
        names = pd.DataFrame(
            {
                "stream": pd.Categorical.from_codes(groups // len(KINDS), self.streams),
                "kind": pd.Categorical.from_codes(groups % len(KINDS), KINDS),
            },
            index=groups,
        )
        return {every: tables.metrics(every, self.span, names, by_day, done) for every in q.EVERY}

    def cfd(self) -> pd.DataFrame:
        """Items by stream and state at every end of a day, from differences."""
        return tables.cfd(self.frame, self.span, self.streams)


def _outcome(facts: pd.DataFrame, as_of: int) -> pd.DataFrame:
    """Where each item stands, when it came there, and how long that took."""
    phase, started, entered = facts["phase"], facts["started"], facts["entered"]
    is_done, is_cancelled = phase.eq(tables.DONE), phase.eq(tables.CANCELLED)
    is_open = ~is_done & ~is_cancelled & started.notna()
    code = is_done * 2 + is_cancelled * 3 + is_open * 1
    flow_time, age = (entered - started).where(is_done), (as_of - started).where(is_open)
    length = flow_time.fillna(age)
    return facts.assign(
        outcome=pd.Categorical.from_codes(code, OUTCOMES),
        finished=entered.where(is_done),
        cancelled_at=entered.where(is_cancelled),
        flow_time=flow_time,
        age=age,
        paused=length - facts["active"] - facts["waiting"],
        active=facts["active"].where(length.notna()).astype("Int64"),
        waiting=facts["waiting"].where(length.notna()).astype("Int64"),
    )


def _category(column: pd.Series) -> pd.Categorical:
    """A column of texts as codes, by a hash table; categories as they are."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.array
    codes, texts = pd.factorize(column)
    return pd.Categorical.from_codes(codes, texts)


def _codes(category: pd.Categorical, texts: list[str]) -> pd.Series:
    """Codes by places in `texts`."""
    return pd.Series(category.set_categories(texts).codes)
