"""polars: lazy, streaming engine, as an expert would write it.

Words become small codes while the file is read. A log that is not in order of items is put there by one sort of packed
integers. From then on the next and previous row of an item are a shift and a comparison, and what the clock needs are
masked columns whose minimum, maximum or sum is the answer. Load is differences and running sums, not an overlap of
stays and windows.
"""

from __future__ import annotations

import polars as pl

from engines import question as q

STATE = pl.Enum(q.STATES)
TYPE = pl.Enum(list(q.KINDS))
KIND = pl.Enum(sorted(q.KINDS.values()))
# Categories of their own keep the codes of the few streams small.
ITEM = pl.Categorical(pl.Categories("items"))
STREAM = pl.Categorical(pl.Categories("streams", physical=pl.UInt16))
OUTCOME = pl.Enum(["not_started", "open", "done", "cancelled"])


def version() -> str:
    """Name and version."""
    return f"polars {pl.__version__}"


class Engine:
    """One run: `ingest`, then `records`, then `metrics`."""

    def ingest(self, path: str, layout: str) -> None:
        """Parquet to rows as they stand there, with codes in place of words."""
        self.layout = layout
        item = pl.col("item") if layout == "A" else pl.col("item").cast(ITEM)
        words = {"state": STATE, "type": TYPE, "stream": STREAM}
        scan = pl.scan_parquet(path)
        if layout == "long":
            value = pl.col("value")
            # Every cell by its own dictionary; null where the row is of another field.
            cells = [value.cast(dtype, strict=False).alias(name) for name, dtype in words.items() if name != "stream"]
            cells.append(pl.when(pl.col("field") == "stream").then(value).cast(STREAM).alias("stream"))
        else:
            cells = [pl.col(name).cast(dtype) for name, dtype in words.items()]
        self.frame = scan.select(item, "at", *cells).collect(engine="streaming")

    def records(self) -> pl.DataFrame:
        """Rows in order of item and time, each row's neighbours, then one row for each item."""
        frame = self.frame if self.layout == "A" else _by_item(self.frame)
        frame = _state_log(frame) if self.layout == "long" else frame
        codes = [pl.col("state").to_physical(), pl.col("type").to_physical().alias("kind")]
        self.frame = frame.select("item", "at", *codes, "stream")
        self.as_of = self.frame["at"].max() + pl.duration(microseconds=1)
        self.steps = self._steps().collect(engine="streaming")
        self.facts = self._facts().collect(engine="streaming")
        return self.facts.select(q.RECORDS)

    def _steps(self) -> pl.LazyFrame:
        """Each row with where its item goes next and was before: rows are in order of items, so neighbours tell."""
        state, item, at = pl.col("state"), pl.col("item"), pl.col("at")
        last = (item != item.shift(-1)).fill_null(True)
        first = last.shift(1).fill_null(True)
        rows = self.frame.lazy().with_columns(
            pl.when(last).then(self.as_of).otherwise(at.shift(-1)).alias("next"),
            pl.when(~first).then(state.shift(1)).alias("before"),
            _in_phase(q.ACTIVE + q.WAITING).alias("load"),
            (pl.col("stream").to_physical().cast(pl.UInt32) * len(q.KINDS) + pl.col("kind")).alias("group"),
        )
        # A stay in load begins where the row before is of another item or group, or not in load; it ends likewise.
        load, group = pl.col("load"), pl.col("group")
        other = (group != group.shift(1)).fill_null(True)
        begins = load & (first | other | ~load.shift(1).fill_null(False))
        ends = load & ~last & ((other | ~load).shift(-1).fill_null(True))
        return rows.with_columns(begins.alias("begins"), ends.alias("ends"))

    def _facts(self) -> pl.LazyFrame:
        at, span = pl.col("at"), _micros(pl.col("next") - pl.col("at"))
        was_done, was_cancelled = (
            _is_in(pl.col("before"), states).fill_null(False) for states in (q.DONE, q.CANCELLED)
        )
        rows = self.steps.lazy().select(
            "item",
            "at",
            "state",
            "stream",
            "kind",
            pl.when(pl.col("load")).then(at).alias("started"),
            pl.when(_in_phase(q.DONE) & ~was_done).then(at).alias("finished"),
            pl.when(_in_phase(q.CANCELLED) & ~was_cancelled).then(at).alias("cancelled_at"),
            pl.when(_in_phase(q.ACTIVE)).then(span).otherwise(0).alias("active"),
            pl.when(_in_phase(q.WAITING)).then(span).otherwise(0).alias("waiting"),
            (was_done & ~_in_phase(q.DONE)).alias("reopens"),
            (pl.col("state") < pl.col("before")).fill_null(False).alias("goes_back"),
        )
        items = rows.group_by("item", maintain_order=True).agg(
            at.first().alias("arrived"),
            pl.col("started").min(),
            pl.col("finished").max(),
            pl.col("cancelled_at").max(),
            pl.col("active").sum(),
            pl.col("waiting").sum(),
            pl.col("reopens").sum().alias("n_reopened"),
            pl.col("goes_back").sum().alias("n_backward"),
            pl.col("state").last(),
            pl.col("stream").last(),
            pl.col("kind").last(),
        )
        is_done, is_cancelled = _in_phase(q.DONE), _in_phase(q.CANCELLED)
        started, finished = pl.col("started"), pl.col("finished")
        is_open = ~is_done & ~is_cancelled & started.is_not_null()
        length = _micros(pl.when(is_done).then(finished - started).when(is_open).then(self.as_of - started))
        outcome = pl.when(is_done).then(pl.lit("done")).when(is_cancelled).then(pl.lit("cancelled"))
        outcome = outcome.when(is_open).then(pl.lit("open")).otherwise(pl.lit("not_started"))
        kinds = pl.Series(list(q.KINDS.values()), dtype=KIND)
        return items.with_columns(
            pl.when(is_done).then(finished).alias("finished"),
            pl.when(is_cancelled).then(pl.col("cancelled_at")).alias("cancelled_at"),
            outcome.cast(OUTCOME).alias("outcome"),
            pl.lit(kinds).gather(pl.col("kind")).alias("kind"),
            pl.when(is_done).then(length).alias("flow_time"),
            pl.when(is_open).then(length).alias("age"),
            pl.when(length.is_not_null()).then(pl.col("active")).alias("active"),
            pl.when(length.is_not_null()).then(pl.col("waiting")).alias("waiting"),
            (length - pl.col("active") - pl.col("waiting")).alias("paused"),
        )

    def metrics(self) -> pl.DataFrame:
        """All five metrics by quarter, stream and kind."""
        windows = self._windows().lazy()
        names = self.steps.lazy().select("group", "stream", "kind").unique("group")
        zeros = [
            "velocity",
            "flow_time_n",
            "active",
            "waiting",
            "paused",
            "flow_time_sum",
        ]
        table = (
            windows.join(names, how="cross")
            .join(self._finished(), on=["window_start", "group"], how="left")
            .join(
                self._load(windows, names.select("group")),
                on=["window_start", "group"],
                how="left",
            )
            .with_columns(pl.col(zeros).fill_null(0))
            .with_columns(
                _ratio(pl.col("active"), pl.col("flow_time_sum")).alias("efficiency"),
                _ratio(pl.col("load_integral"), _length()).alias("load_avg"),
                _ratio(
                    pl.col("velocity"),
                    pl.col("velocity").sum().over("window_start", "stream"),
                ).alias("distribution"),
                pl.col("stream").cast(pl.String),
                pl.lit(pl.Series(list(q.KINDS.values()))).gather(pl.col("kind")).alias("kind"),
            )
            .sort("window_start", "stream", "kind")
            .select(q.METRICS)
        )
        return table.collect(engine="streaming")

    def _windows(self) -> pl.DataFrame:
        """The quarters from that of the first row to that of the last, cut at `as_of`."""
        first, last = self.frame["at"].min(), self.frame["at"].max()
        return pl.select(
            pl.datetime_range(
                pl.lit(first).dt.truncate("1q"),
                pl.lit(last),
                "1q",
                time_unit="us",
                time_zone="UTC",
            ).alias("window_start")
        ).select(
            "window_start",
            pl.min_horizontal(pl.col("window_start").dt.offset_by("3mo"), self.as_of).alias("window_end"),
            (pl.col("window_start").dt.offset_by("3mo") > self.as_of).alias("partial"),
        )

    def _finished(self) -> pl.LazyFrame:
        """Finished items by the quarter, stream and kind in which they were finished."""
        done = self.facts.lazy().filter(pl.col("finished").is_not_null())
        times = ["finished", "flow_time", "active", "waiting", "paused"]
        where = self.steps.lazy().filter(_in_phase(q.DONE)).select("item", pl.col("at").alias("finished"), "group")
        rows = where.join(done.select("item", *times), on=["item", "finished"])
        n = pl.col("flow_time").count()
        percentiles = [
            pl.col("flow_time")
            .drop_nulls()
            .sort()
            .get((n * p + 99) // 100 - 1, null_on_oob=True)
            .alias(f"flow_time_p{p}")
            for p in (50, 85, 95)
        ]
        return (
            rows.group_by(pl.col("finished").dt.truncate("1q").alias("window_start"), "group")
            .agg(
                pl.len().cast(pl.Int64).alias("velocity"),
                n.cast(pl.Int64).alias("flow_time_n"),
                *percentiles,
                pl.col("active", "waiting", "paused").sum(),
                pl.col("flow_time").sum().alias("flow_time_sum"),
            )
            .with_columns(_mean(pl.col("flow_time_sum"), pl.col("flow_time_n")).alias("flow_time_mean"))
        )

    def _load(self, windows: pl.LazyFrame, groups: pl.LazyFrame) -> pl.LazyFrame:
        """Load by differences: a stay is +1 where it begins and −1 where it ends; running sums do the rest."""
        steps = self.steps.lazy()
        packed = pl.col("group").cast(pl.Int64) * 2**52 + _micros(pl.col("at")) * 2
        begins = steps.filter("begins").select(packed + 1)
        ends = steps.filter("ends").select(pl.col("next").alias("at"), "group").select(packed)
        group, at = pl.col("group"), pl.col("at")
        # Changes at one instant are taken together: the load counts after the last of them.
        settled = (group != group.shift(-1)).fill_null(True) | (at != at.shift(-1)).fill_null(True)
        changes = (
            # One sort of integers that hold group, instant and whether it is a beginning.
            pl.concat([begins, ends])
            .select(pl.col("group").sort().alias("packed"))
            .select(
                (pl.col("packed") // 2**52).cast(pl.UInt32).alias("group"),
                (pl.col("packed") % 2**52 // 2).cast(pl.Datetime("us", "UTC")).alias("at"),
                (pl.col("packed") % 2 * 2 - 1).alias("change"),
            )
            .with_columns(
                pl.when(settled).then(pl.col("change").cum_sum().over("group")).alias("load"),
                at.dt.truncate("1q").alias("window_start"),
            )
            .join(
                windows.select("window_start", "window_end"),
                on="window_start",
                how="left",
            )
        )
        seen = changes.group_by("window_start", "group").agg(
            pl.col("change").sum(),
            (pl.col("change") * _micros(pl.col("window_end") - at)).sum().alias("area"),
            pl.col("load").max(),
            at.min().alias("first"),
        )
        starts_idle = (pl.col("first") > pl.col("window_start")).fill_null(True)
        return (
            windows.join(groups, how="cross")
            .join(seen, on=["window_start", "group"], how="left")
            .sort("group", "window_start")
            .with_columns(pl.col("change", "area").fill_null(0))
            .with_columns(pl.col("change").cum_sum().over("group").alias("load_end"))
            .with_columns((pl.col("load_end") - pl.col("change")).alias("load_start"))
            .select(
                "window_start",
                "group",
                "load_start",
                "load_end",
                pl.max_horizontal(pl.col("load"), pl.when(starts_idle).then(pl.col("load_start"))).alias("load_max"),
                (pl.col("load_start") * _length() + pl.col("area")).alias("load_integral"),
            )
        )


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


def _codes(states: list[str]) -> list[int]:
    return [q.STATES.index(state) for state in states]


def _is_in(state: pl.Expr, states: list[str]) -> pl.Expr:
    codes = _codes(states)
    return state == codes[0] if len(codes) == 1 else state.is_in(codes)


def _in_phase(states: list[str]) -> pl.Expr:
    return _is_in(pl.col("state"), states)


def _length() -> pl.Expr:
    return _micros(pl.col("window_end") - pl.col("window_start"))


def _micros(value: pl.Expr) -> pl.Expr:
    return value.cast(pl.Int64)


def _ratio(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    return pl.when(whole != 0).then(part.cast(pl.Float64) / whole.cast(pl.Float64))


def _mean(total: pl.Expr, n: pl.Expr) -> pl.Expr:
    """Total / n, rounded to whole µs, half to even, in integers."""
    down, rest = total // n, total % n
    up = (2 * rest > n) | ((2 * rest == n) & (down % 2 == 1))
    return pl.when(n > 0).then(down + up.cast(pl.Int64))
