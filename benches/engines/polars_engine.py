"""polars: lazy, streaming engine, as an expert would write it.

Words become small codes on the way in. A log that is not in order of items is put there by one sort of packed integers.
From then on the next and previous row of an item are a shift and a comparison, and the records are running sums and
fills, read off at each item's first or last row: no `group_by` of all rows. Load and cumulative flow are differences,
counted by day once and rolled up to weeks, months and quarters, not an overlap of stays and windows.
"""

from __future__ import annotations

import polars as pl

from engines import memory
from engines import polars_tables as tables
from engines import question as q

STATE = pl.Enum(q.STATES)
TYPE = pl.Enum(list(q.KINDS))
# Categories of their own keep the codes of the few streams small.
ITEM = pl.Categorical(pl.Categories("items"))
STREAM = pl.Categorical(pl.Categories("streams", physical=pl.UInt16))
OUTCOME = pl.Enum(["not_started", "open", "done", "cancelled"])
#: A group is a stream and a kind; so many bits hold it beside an instant in one integer.
GROUP_BITS = 12
INSTANTS = ["arrived", "started", "finished", "cancelled_at"]


def version() -> str:
    """Name and version."""
    return f"polars {pl.__version__}"


class Engine:
    """One run: `hold` and `take`, or `read`; then `records`, `metrics` and `cfd`."""

    def __init__(self, layout: str) -> None:
        """Nothing is read yet."""
        self.layout = layout

    def hold(self, path: str) -> None:
        """A frame: enumerated words in layout A, texts in B."""
        self.held = pl.from_arrow(memory.load(path))

    def take(self) -> None:
        """The frame with codes in place of words."""
        self.frame = self.held if self.layout == "A" else self._coded(self.held.lazy())

    def read(self, path: str) -> None:
        """Parquet to rows as they stand there, with codes in place of words."""
        self.frame = self._coded(pl.scan_parquet(path))

    def _coded(self, rows: pl.LazyFrame) -> pl.DataFrame:
        item = pl.col("item") if self.layout == "A" else pl.col("item").cast(ITEM)
        words = {"state": STATE, "type": TYPE, "stream": STREAM}
        if self.layout == "long":
            value = pl.col("value")
            # Every cell by its own dictionary; null where the row is of another field.
            cells = [value.cast(dtype, strict=False).alias(name) for name, dtype in words.items() if name != "stream"]
            cells.append(pl.when(pl.col("field") == "stream").then(value).cast(STREAM).alias("stream"))
        else:
            cells = [pl.col(name).cast(dtype) for name, dtype in words.items()]
        return rows.select(item, "at", *cells).collect(engine="streaming")

    def records(self) -> pl.DataFrame:
        """Rows in order of item and time, each row's neighbours, then one row for each item."""
        frame = self.frame if self.layout == "A" else _by_item(self.frame)
        frame = _state_log(frame) if self.layout == "long" else frame
        self.streams = _words(frame["stream"])
        self.first, self.last = frame["at"].min(), frame["at"].max()
        self.as_of = int(frame["at"].to_physical().max()) + 1
        del self.frame
        self.steps = self._steps(frame).collect(engine="streaming")
        facts = self._facts().collect(engine="streaming")
        self.done = facts.filter(pl.col("outcome") == "done")
        return facts.select(self._named(name) for name in q.RECORDS)

    def _steps(self, frame: pl.DataFrame) -> pl.LazyFrame:
        """Each row with where its item goes next and was before: rows are in order of items, so neighbours tell."""
        item, at = pl.col("item"), pl.col("at")
        last = (item != item.shift(-1)).fill_null(True)
        group = pl.col("stream").to_physical().cast(pl.UInt16) * len(q.KINDS) + pl.col("type").to_physical()
        rows = frame.lazy().select(
            "item",
            at.to_physical(),
            pl.col("state").to_physical(),
            group.alias("group"),
            last.alias("last"),
            last.shift(1).fill_null(True).alias("first"),
        )
        return rows.with_columns(
            (pl.when("last").then(self.as_of).otherwise(at.shift(-1)) - at).alias("span"),
            pl.when(~pl.col("first")).then(pl.col("state").shift(1)).alias("before"),
            _in(pl.col("state"), q.ACTIVE + q.WAITING).alias("load"),
        )

    def _facts(self) -> pl.LazyFrame:
        at, state, before, group = pl.col("at"), pl.col("state"), pl.col("before"), pl.col("group")
        first, last, span = pl.col("first"), pl.col("last"), pl.col("span")
        was = {name: _in(before, states).fill_null(False) for name, states in (("d", q.DONE), ("c", q.CANCELLED))}
        is_done, is_cancelled = _in(state, q.DONE), _in(state, q.CANCELLED)
        # Of an item that ends in done or cancelled, the last entry into one of them is where its final stay began.
        entered = pl.when((is_done & ~was["d"]) | (is_cancelled & ~was["c"])).then(at * 2**GROUP_BITS + group)
        started = pl.when("load").then(at).when("last").then(0)
        counts = (was["d"] & ~is_done).cast(pl.Int64) + (state < before).fill_null(False).cast(pl.Int64) * 2**32
        sums = {
            "active": pl.when(_in(state, q.ACTIVE)).then(span).otherwise(0),
            "waiting": pl.when(_in(state, q.WAITING)).then(span).otherwise(0),
            "counts": counts,
        }
        running = [value.cum_sum().filter(last).alias(name) for name, value in sums.items()]
        return (
            self.steps.lazy()
            .select(
                pl.col("item").filter(first),
                at.filter(first).alias("arrived"),
                started.backward_fill().filter(first).replace(0, None).alias("started"),
                entered.forward_fill().filter(last).alias("entered"),
                state.filter(last),
                group.filter(last),
                *running,
            )
            .with_columns(pl.col(name) - pl.col(name).shift(1, fill_value=0) for name in sums)
            .with_columns(*self._outcome())
            .with_columns(
                pl.when(pl.col("outcome") == "done").then("length").alias("flow_time"),
                pl.when(pl.col("outcome") == "open").then("length").alias("age"),
                (pl.col("length") - pl.col("active") - pl.col("waiting")).alias("paused"),
            )
            .with_columns(
                pl.when(pl.col("length").is_not_null()).then(name).alias(name) for name in ("active", "waiting")
            )
        )

    def _outcome(self) -> list[pl.Expr]:
        """Where the item stands, when it came there, and how long that took."""
        started, entered = pl.col("started"), pl.col("entered") // 2**GROUP_BITS
        is_done, is_cancelled = _in(pl.col("state"), q.DONE), _in(pl.col("state"), q.CANCELLED)
        is_open = ~is_done & ~is_cancelled & started.is_not_null()
        outcome = pl.when(is_done).then(pl.lit("done")).when(is_cancelled).then(pl.lit("cancelled"))
        outcome = outcome.when(is_open).then(pl.lit("open")).otherwise(pl.lit("not_started"))
        return [
            outcome.cast(OUTCOME).alias("outcome"),
            pl.when(is_done).then(entered).alias("finished"),
            pl.when(is_cancelled).then(entered).alias("cancelled_at"),
            pl.when(is_done).then(entered - started).when(is_open).then(self.as_of - started).alias("length"),
            (pl.col("counts") % 2**32).alias("n_reopened"),
            (pl.col("counts") // 2**32).alias("n_backward"),
        ]

    def metrics(self) -> dict[str, pl.DataFrame]:
        """All five metrics by window, stream and kind."""
        span = tables.Span(self.first, self.last, self.as_of)
        groups = self.steps.lazy().select(pl.col("group").unique()).collect(engine="streaming").to_series()
        names = tables.names(self.streams, groups)
        by_day = tables.load_by_day(self._changes(), span, names["group"])
        done = self.done.select(
            pl.col("finished").cast(pl.Datetime("us", "UTC")),
            (pl.col("entered") % 2**GROUP_BITS).cast(pl.UInt16).alias("group"),
            "flow_time",
            "active",
            "waiting",
            "paused",
        )
        asked = [tables.metrics(every, span, names, done, by_day) for every in q.EVERY]
        return dict(zip(q.EVERY, pl.collect_all(asked, engine="streaming"), strict=True))

    def _changes(self) -> pl.DataFrame:
        """Beginnings (odd) and ends (even) of stays in load: integers of group, instant and which of them, in order."""
        load, group, first, last = (pl.col(name) for name in ("load", "group", "first", "last"))
        # A stay begins where the row before is of another item or group, or not in load; it ends likewise.
        other = (group != group.shift(1)).fill_null(True)
        begins = load & (first | other | ~load.shift(1).fill_null(False))
        ends = load & ~last & ((other | ~load).shift(-1).fill_null(True))
        packed = group.cast(pl.Int64) * 2**52 + pl.col("at") * 2
        begun = self.steps.lazy().filter(begins).select(packed + 1)
        ended = self.steps.lazy().filter(ends).select(packed + 2 * pl.col("span"))
        return pl.concat([begun, ended]).select(pl.col("group").sort().alias("packed")).collect(engine="streaming")

    def cfd(self) -> pl.DataFrame:
        """Items by stream and state at every end of a day, from differences."""
        state, group, first = pl.col("state"), pl.col("group"), pl.col("first")
        cell = (group // len(q.KINDS)).cast(pl.UInt32) * len(q.STATES) + state
        before = (group.shift(1) // len(q.KINDS)).cast(pl.UInt32) * len(q.STATES) + pl.col("before")
        day = (pl.col("at") // tables.DAY).cast(pl.UInt32)
        rows = self.steps.lazy()
        into = rows.select((cell * 2**16 + day).alias("packed"))
        out = rows.select((before * 2**16 + day).alias("packed"), "first").filter(~first).select("packed")
        return tables.cfd(into, out, tables.Span(self.first, self.last, self.as_of), self.streams)

    def _named(self, name: str) -> pl.Expr:
        """A column of the records, with its type."""
        kinds = pl.Series(list(q.KINDS.values()), dtype=tables.KIND)
        streams = pl.Series(self.streams, dtype=pl.Enum(self.streams))
        if name in ("stream", "kind"):
            texts, code = (
                (streams, pl.col("group") // len(kinds)) if name == "stream" else (kinds, pl.col("group") % len(kinds))
            )
            return pl.lit(texts).gather(code).alias(name)
        return pl.col(name).cast(tables.INSTANT) if name in INSTANTS else pl.col(name)


def _by_item(frame: pl.DataFrame) -> pl.DataFrame:
    """Rows in order of time to rows in order of item and time: one sort of integers that hold item and place."""
    places = frame.with_row_index("place").select(
        (pl.col("item").to_physical().cast(pl.UInt64) * 2**32 + pl.col("place")).sort().alias("packed")
    )
    return frame[places.select((pl.col("packed") & (2**32 - 1)).cast(pl.UInt32)).to_series()]


def _state_log(rows: pl.DataFrame) -> pl.DataFrame:
    """Long form in order of items to state log: one row for an item and instant, with all fields as they are then."""
    item, at = pl.col("item").to_physical(), pl.col("at")
    last = ((item != item.shift(-1)) | (at != at.shift(-1))).fill_null(True)
    # Every item's first instant has all three, so nothing of the item before is left when its last row is reached.
    return rows.lazy().with_columns(pl.col("state", "type", "stream").forward_fill()).filter(last).collect()


def _words(column: pl.Series) -> list[str]:
    """The words of a column by their codes."""
    seen = column.unique()
    texts = dict(zip(seen.to_physical(), seen.cast(pl.String), strict=True))
    return [texts.get(code, f"? {code}") for code in range(max(texts) + 1)]


def _in(state: pl.Expr, states: list[str]) -> pl.Expr:
    codes = [q.STATES.index(name) for name in states]
    return state == codes[0] if len(codes) == 1 else state.is_in(codes)
