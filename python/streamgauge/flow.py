"""A log measured by a model: the five metrics, the records behind them, and what is odd about the data."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal, TypeAlias

from streamgauge import _core
from streamgauge.log import EventLog
from streamgauge.model import FlowModel
from streamgauge.review import Review, make_review
from streamgauge.table import Table

When: TypeAlias = str | date | datetime
Every: TypeAlias = Literal["day", "week", "month", "quarter", "year"]
Window: TypeAlias = str | tuple[When, When]
PercentileMethod: TypeAlias = Literal["inverted_cdf", "linear"]
DistributionOf: TypeAlias = Literal["velocity", "load"]
_Name: TypeAlias = Literal["metrics", "velocity", "flow_time", "load", "efficiency", "distribution"]


def measure(log: EventLog, model: FlowModel, as_of: When | None = None, zone: str | None = None) -> "Flow":
    r"""Puts a log and a model together as of an instant.

    Args:
        log: What happened.
        model: What its words mean.
        as_of: Events at or after it do not exist for the answer. A text in RFC 3339, a date (midnight in the
            model's zone) or a datetime. Default: the last event's instant plus one microsecond.
        zone: The IANA zone in which windows are cut, if it is not the model's.

    Raises:
        ModelError: If the log has states or types that the model does not know: all of them, with counts and TOML to
        paste.
        ArgumentError: If no event lies before `as_of`, or the zone does not exist.

    Examples:
        >>> import pyarrow as pa
        >>> import streamgauge as sg
        >>> log = sg.EventLog(pa.table({
        ...     "item": ["A", "A", "A"],
        ...     "at": ["2024-01-02T09:00:00Z", "2024-01-03T09:00:00Z", "2024-01-05T09:00:00Z"],
        ...     "state": ["Doing", "Ready", "Done"],
        ... }))
        >>> model = sg.FlowModel.from_toml('[phases]\nactive = ["Doing"]\nwaiting = ["Ready"]\ndone = ["Done"]')
        >>> flow = sg.measure(log, model, as_of="2024-02-01")
        >>> flow.efficiency(every="month", by=[]).rows()[0]["efficiency"]
        0.3333333333333333
    """
    if zone is not None:
        model = model.with_zone(zone)
    return Flow._of(log, model, _core.measure(log._inner, model._inner, as_of=as_of))


class Flow:
    """A log measured by a model, as of an instant. Every method answers with a `Table`.

    The metrics share their arguments:

    * `every`: `"day"`, `"week"` (ISO), `"month"`, `"quarter"` (the default) or `"year"`; quarters and years follow the
      fiscal year.
    * `by`: the fields of a group, any of the log's fields and `kind`; `[]` takes everything together. Default: `stream`
      and `kind`. Rows are dense: every window × every group.
    * `start`, `end`: the whole windows that overlap this span. Default: from the first event to `as_of`.
    * `windows`: instead of `every`, a list of periods (`"2014-Q4"`, `"2014-10"`, `"2014-W40"` …) or of pairs of
      instants.

    A window that reaches past `as_of` is cut there and marked `partial`. What is undefined is null, never zero.
    """

    __slots__ = ("_inner", "log", "model")
    _inner: _core.Flow
    log: EventLog
    model: FlowModel

    def __init__(self) -> None:
        raise TypeError("use measure(log, model)")

    @classmethod
    def _of(cls, log: EventLog, model: FlowModel, core: _core.Flow) -> "Flow":
        flow = cls.__new__(cls)
        flow.log, flow.model, flow._inner = log, model, core
        return flow

    def _seen_at(self, as_of: datetime) -> "Flow":
        """The same log and model as of an earlier instant."""
        return self._of(self.log, self.model, _core.measure(self.log._inner, self.model._inner, as_of=as_of))

    @property
    def as_of(self) -> datetime:
        """The instant of the answer, in UTC: events at or after it do not exist for it."""
        return self._inner.as_of

    @property
    def first(self) -> datetime:
        """The first event's instant, in UTC."""
        return self._inner.first

    @property
    def log_hash(self) -> str:
        """A fingerprint of the events."""
        return self._inner.log_hash

    @property
    def model_hash(self) -> str:
        """A fingerprint of what the model says."""
        return self._inner.model_hash

    def metrics(
        self,
        *,
        every: Every | None = None,
        by: Sequence[str] | None = None,
        start: When | None = None,
        end: When | None = None,
        windows: Sequence[Window] | None = None,
        percentiles: Sequence[float] = (50, 85, 95),
        percentile_method: PercentileMethod = "inverted_cdf",
        distribution_of: DistributionOf = "velocity",
    ) -> Table:
        """All five metrics in one wide table, one row for each window and group.

        Args:
            every: The windows' length.
            by: The fields of a group.
            start: The first instant of interest.
            end: The first instant no longer of interest.
            windows: A list of windows instead of `every`.
            percentiles: Which percentiles of flow time, each more than 0 and at most 100.
            percentile_method: `"inverted_cdf"`, the smallest observed value with p % of values at or below it, or
                `"linear"` (type 7).
            distribution_of: Shares of `"velocity"` or of the `"load"` integral.

        Returns:
            `window_start, window_end` (timestamp µs UTC), `partial`, the group's fields, then `velocity`;
            `flow_time_n`, the percentiles and the mean (durations); `active, waiting, paused, flow_time_sum`
            (durations); `efficiency`; `load_start, load_end, load_max, load_integral` (item·µs) and `load_avg`;
            `distribution`.

        Raises:
            ArgumentError: If a field is not in the log, a window's end is not after its start, a span lies after
                `as_of`, or a name is not one of those above.
        """
        return self._metric(
            "metrics", every, by, start, end, windows, percentiles, percentile_method, of=distribution_of
        )

    def velocity(
        self,
        *,
        every: Every | None = None,
        by: Sequence[str] | None = None,
        start: When | None = None,
        end: When | None = None,
        windows: Sequence[Window] | None = None,
    ) -> Table:
        """Velocity: how many items have `finished` in the window, grouped by their values at that instant."""
        return self._metric("velocity", every, by, start, end, windows)

    def flow_time(
        self,
        *,
        every: Every | None = None,
        by: Sequence[str] | None = None,
        start: When | None = None,
        end: When | None = None,
        windows: Sequence[Window] | None = None,
        percentiles: Sequence[float] = (50, 85, 95),
        percentile_method: PercentileMethod = "inverted_cdf",
    ) -> Table:
        """Flow time of the items that finished in the window: how many have one, percentiles and mean (durations)."""
        return self._metric("flow_time", every, by, start, end, windows, percentiles, percentile_method)

    def load(
        self,
        *,
        every: Every | None = None,
        by: Sequence[str] | None = None,
        start: When | None = None,
        end: When | None = None,
        windows: Sequence[Window] | None = None,
    ) -> Table:
        """Flow load: items in active or waiting, just before the window and its end, at most, and on average."""
        return self._metric("load", every, by, start, end, windows)

    def efficiency(
        self,
        *,
        every: Every | None = None,
        by: Sequence[str] | None = None,
        start: When | None = None,
        end: When | None = None,
        windows: Sequence[Window] | None = None,
        percentiles: Sequence[float] = (50, 85, 95),
        percentile_method: PercentileMethod = "inverted_cdf",
    ) -> Table:
        """Flow efficiency of the items that finished in the window: the sum of active / the sum of flow time.

        Beside it stand percentiles of the items' own efficiencies, over the `item_efficiency_n` items whose flow
        time is above zero.
        """
        return self._metric("efficiency", every, by, start, end, windows, percentiles, percentile_method)

    def distribution(
        self,
        *,
        every: Every | None = None,
        by: Sequence[str] | None = None,
        start: When | None = None,
        end: When | None = None,
        windows: Sequence[Window] | None = None,
        of: DistributionOf = "velocity",
    ) -> Table:
        """Flow distribution: each kind's share of velocity, or of the load integral, within the rest of its group."""
        return self._metric("distribution", every, by, start, end, windows, of=of)

    def records(self) -> Table:
        """One row for each item, in order of `item`: its fields at the end, outcome, instants, times and counts.

        Returns:
            `item`, the fields, `outcome` (not_started, open, done, cancelled, removed), `arrived, started, finished,
            cancelled_at` (timestamps), `flow_time, active, waiting, paused, age` (durations), `n_reopened, n_backward`.
            Of an open item the times are so far, up to `as_of`.
        """
        return Table(self._inner.records())

    def findings(self) -> Table:
        """Odd data, counted and not hidden: `code`, `count`, what it does to the numbers, and a sample of items."""
        return Table(self._inner.findings())

    def review(self, quarter: str | None = None) -> Review:
        """The quarterly review: one page, on its own, that needs no network.

        Args:
            quarter: The quarter, such as `"2014-Q4"`; any other period (`"2014-10"`, `"2014"`) will do. Default: the
                last whole quarter before `as_of`.

        Returns:
            The page; `review.save("review.html")` writes it.

        Raises:
            ArgumentError: If the log does not reach into that quarter.
            StreamgaugeError: If the `review` extra is not installed.
        """
        return make_review(self, quarter)

    def _metric(
        self,
        name: _Name,
        every: Every | None,
        by: Sequence[str] | None,
        start: When | None,
        end: When | None,
        windows: Sequence[Window] | None,
        percentiles: Sequence[float] = (50, 85, 95),
        percentile_method: str = "inverted_cdf",
        of: str | None = None,
    ) -> Table:
        core = self._inner.metric(
            name,
            every=every,
            windows=windows,
            by=[by] if isinstance(by, str) else by,
            start=start,
            end=end,
            percentiles=percentiles,
            percentile_method=percentile_method,
            of=of,
        )
        return Table(core)

    def __repr__(self) -> str:
        return (
            f"Flow: {self.log.n_items:,} items, {self.first:%Y-%m-%d} to {self.as_of:%Y-%m-%d}, zone {self.model.zone}"
        )
