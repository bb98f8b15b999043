"""polars: from changes, finished items and days to the tables of metrics and cumulative flow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from engines import question as q

if TYPE_CHECKING:
    from datetime import datetime

DAY: Final = 86_400_000_000
PHASE: Final = pl.Enum(["new", "active", "waiting", "done", "cancelled"])
KIND: Final = pl.Enum(sorted(q.KINDS.values()))
INSTANT: Final = pl.Datetime("us", "UTC")
TRUNCATE: Final = {"week": "1w", "month": "1mo", "quarter": "1q"}
STEP: Final = {"week": "1w", "month": "1mo", "quarter": "3mo"}


@dataclass
class Span:
    """From the first row to just after the last."""

    first: datetime
    last: datetime
    as_of: int

    def days(self) -> pl.LazyFrame:
        """Every day, as a number since the epoch."""
        day = pl.int_range(pl.lit(self.first).to_physical() // DAY, (self.as_of - 1) // DAY + 1, dtype=pl.Int64)
        return pl.select(day.alias("day")).lazy()

    def windows(self, every: str) -> pl.LazyFrame:
        """The windows from that of the first row to that of the last, cut at `as_of`."""
        start, end = pl.col("window_start"), pl.col("window_end")
        first = pl.lit(self.first).dt.truncate(TRUNCATE[every])
        starts = pl.datetime_range(first, pl.lit(self.last), TRUNCATE[every], time_unit="us", time_zone="UTC")
        as_of = pl.lit(self.as_of).cast(INSTANT)
        return (
            pl.select(starts.alias("window_start"))
            .lazy()
            .with_columns(start.dt.offset_by(STEP[every]).alias("window_end"))
            .with_columns(pl.min_horizontal(end, as_of).alias("window_end"), (end > as_of).alias("partial"))
        )


def load_by_day(changes: pl.DataFrame, span: Span, groups: pl.Series) -> pl.DataFrame:
    """For every day and group: the load's net change, what moves its integral, and the most that it was.

    Changes are integers of group, instant and direction, in order. Those at one instant are taken together: the load
    counts after the last of them.
    """
    group, at, change = pl.col("group"), pl.col("at"), pl.col("change")
    settled = ((group != group.shift(-1)) | (at != at.shift(-1))).fill_null(True)
    seen = (
        changes.lazy()
        .select(
            (pl.col("packed") // 2**52).cast(pl.UInt16).alias("group"),
            (pl.col("packed") % 2**52 // 2).alias("at"),
            (pl.col("packed") % 2 * 2 - 1).alias("change"),
        )
        # The groups follow one another, so a running sum over all of them is the load and what groups before left.
        .with_columns(pl.when(settled).then(change.cum_sum()).alias("load"), (at // DAY).alias("day"))
        .group_by("group", "day")
        .agg(change.sum(), (change * at).sum().alias("moment"), pl.col("load").max(), at.min().alias("first"))
    )
    before = pl.col("before")
    starts_idle = pl.col("first").is_null() | (pl.col("first") > pl.col("day") * DAY)
    return (
        pl.LazyFrame({"group": groups})
        .join(span.days(), how="cross")
        .join(seen, on=["group", "day"], how="left")
        .sort("group", "day")
        .with_columns(pl.col("change", "moment").fill_null(0))
        .with_columns((change.cum_sum() - change).alias("before"))
        .with_columns(pl.max_horizontal("load", pl.when(starts_idle).then(before)) - before.first().over("group"))
        .select(
            "group",
            "change",
            "moment",
            pl.col("load").alias("load_max"),
            (pl.col("day") * DAY).cast(INSTANT).alias("at"),
        )
        .collect(engine="streaming")
    )


def metrics(every: str, span: Span, names: pl.DataFrame, done: pl.DataFrame, by_day: pl.DataFrame) -> pl.LazyFrame:
    """All five metrics by window and group."""
    zeros = ["velocity", "flow_time_n", "active", "waiting", "paused", "flow_time_sum"]
    keys = ["window_start", "group"]
    velocity, length = pl.col("velocity"), _micros("window_end") - _micros("window_start")
    change = pl.col("change")
    in_load = by_day.lazy().group_by(pl.col("at").dt.truncate(TRUNCATE[every]).alias("window_start"), "group")
    return (
        span.windows(every)
        .join(names.lazy(), how="cross")
        .join(_finished(every, done), on=keys, how="left")
        .join(in_load.agg(pl.col("change", "moment").sum(), pl.col("load_max").max()), on=keys, how="left")
        .sort("window_start", "stream", "kind")
        .with_columns(pl.col(zeros).fill_null(0), change.cum_sum().over("group").alias("load_end"))
        .with_columns((pl.col("load_end") - change).alias("load_start"))
        .with_columns(
            (pl.col("load_start") * length + change * _micros("window_end") - pl.col("moment")).alias("load_integral"),
            _ratio(velocity, velocity.sum().over("window_start", "stream")).alias("distribution"),
            _ratio(pl.col("active"), pl.col("flow_time_sum")).alias("efficiency"),
        )
        .with_columns(_ratio(pl.col("load_integral"), length).alias("load_avg"))
        .select(q.METRICS)
    )


def _finished(every: str, done: pl.DataFrame) -> pl.LazyFrame:
    """Finished items by the window and group in which they were finished."""
    flow_time = pl.col("flow_time")
    ordered, n = flow_time.drop_nulls().sort(), flow_time.count()
    percentiles = [
        ordered.get((n * p + 99) // 100 - 1, null_on_oob=True).alias(f"flow_time_p{p}") for p in (50, 85, 95)
    ]
    return (
        done.lazy()
        .group_by(pl.col("finished").dt.truncate(TRUNCATE[every]).alias("window_start"), "group")
        .agg(
            pl.len().cast(pl.Int64).alias("velocity"),
            n.cast(pl.Int64).alias("flow_time_n"),
            *percentiles,
            pl.col("active", "waiting", "paused").sum(),
            flow_time.sum().alias("flow_time_sum"),
        )
        .with_columns(_mean(pl.col("flow_time_sum"), pl.col("flow_time_n")).alias("flow_time_mean"))
    )


def cfd(into: pl.LazyFrame, out: pl.LazyFrame, span: Span, streams: list[str]) -> pl.DataFrame:
    """Items by stream and state just before every end of a day, from entries and exits.

    Both are columns `packed`: stream, state and, in 16 bits, the day.
    """
    n, day, cell = pl.col("n"), pl.col("day"), pl.col("cell")
    keys = [(pl.col("packed") // 2**16).alias("cell"), (pl.col("packed") % 2**16).cast(pl.Int64).alias("day")]
    entries, exits = pl.collect_all(
        [rows.group_by("packed").len("n").select(*keys, n.cast(pl.Int64)) for rows in (into, out)], engine="streaming"
    )
    since = entries.group_by((cell % len(q.STATES)).alias("code")).agg(day.min().alias("since"))
    pairs = _pairs(streams).join(since, on="code").sort("place").with_columns(pl.int_range(pl.len()).alias("place"))
    days = span.days().collect()
    net = pl.concat([entries, exits.with_columns(-n)]).group_by("cell", "day").agg(n.sum()).join(pairs, on="cell")
    place = (day - days["day"][0]) * len(pairs) + pl.col("place")
    # Days by pairs, in order: the net entries stand at their places, all else is nought.
    dense = pl.zeros(len(days) * len(pairs), dtype=pl.Int64, eager=True).scatter(
        net.select(place).to_series(), net["n"]
    )
    return (
        days.lazy()
        .join(pairs.lazy(), how="cross", maintain_order="left_right")
        .with_columns(dense.alias("n"))
        .with_columns(n.cum_sum().over("place"))
        .filter(day >= pl.col("since"))
        .select(pl.min_horizontal((day + 1) * DAY, span.as_of).cast(INSTANT).alias("at"), *q.CFD[1:])
        .collect()
    )


def _pairs(streams: list[str]) -> pl.DataFrame:
    """The words of every stream and state, in order, with their code."""
    rows = [
        (streams.index(stream) * len(q.STATES) + code, code, stream, state, q.PHASES[state])
        for stream in sorted(streams)
        for code, state in enumerate(q.STATES)
    ]
    words = {"stream": pl.Enum(sorted(streams)), "state": pl.Enum(q.STATES), "phase": PHASE}
    return pl.DataFrame(rows, schema={"cell": pl.UInt32, "code": pl.UInt32, **words}, orient="row").with_row_index(
        "place"
    )


def names(streams: list[str], groups: pl.Series) -> pl.DataFrame:
    """The words of every group: a group is stream and kind."""
    kinds = list(q.KINDS.values())
    rows = [(group, streams[group // len(kinds)], kinds[group % len(kinds)]) for group in groups]
    return pl.DataFrame(
        rows, schema={"group": pl.UInt16, "stream": pl.Enum(sorted(streams)), "kind": KIND}, orient="row"
    )


def _micros(name: str) -> pl.Expr:
    return pl.col(name).to_physical()


def _ratio(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    return pl.when(whole != 0).then(part.cast(pl.Float64) / whole.cast(pl.Float64))


def _mean(total: pl.Expr, n: pl.Expr) -> pl.Expr:
    """Total / n, rounded to whole µs, half to even, in integers."""
    down, rest = total // n, total % n
    up = (2 * rest > n) | ((2 * rest == n) & (down % 2 == 1))
    return pl.when(n > 0).then(down + up.cast(pl.Int64))
