"""A log measured by a model: the five metrics, the records behind them, and what is odd about the data."""

import os
from collections.abc import Sequence
from datetime import datetime
from typing import Literal, TypeAlias

from streamgauge import _core
from streamgauge._asking import Every, When, Window
from streamgauge.calendars import Calendar, calendar_needed
from streamgauge.ledger import Ledger
from streamgauge.log import EventLog, log_needed
from streamgauge.model import FlowModel, model_needed
from streamgauge.residence import Residence
from streamgauge.review import Review, make_review
from streamgauge.table import Table

PercentileMethod: TypeAlias = Literal["inverted_cdf", "linear"]
DistributionOf: TypeAlias = Literal["velocity", "load"]


def measure(
    log: EventLog,
    model: FlowModel,
    as_of: When | None = None,
    zone: str | None = None,
    calendar: Calendar | str | os.PathLike[str] | None = None,
) -> "Flow":
    r"""Puts a log and a model together as of an instant.

    Args:
        log: What happened.
        model: What its words mean.
        as_of: Events at or after it do not exist for the answer. A text in RFC 3339, a date (midnight in the
            model's zone) or a datetime. Default: the last event's instant plus one microsecond.
        zone: The IANA zone in which windows are cut, if it is not the model's.
        calendar: When people work: a `Calendar` or the path of its file. With it every duration comes in two readings,
            elapsed and, in a column that ends in `_working`, working time. Which items finish, windows and load do not
            depend on it.

    Raises:
        ModelError: If the log has states or types that the model does not know: all of them, with counts and TOML to
        paste.
        CalendarError: If an item, or later a window that is asked for, reaches out of its calendar's validity.
        ArgumentError: If no event lies before `as_of`, the zone does not exist, no calendar is for a value of the log
        or its field is not in the log, or `log`, `model` or `calendar` is something else.

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
        >>> hours = "\n".join(f'{day} = ["09:00-17:00"]' for day in ("mon", "tue", "wed", "thu", "fri"))
        >>> office = sg.Calendar.from_toml(f'zone = "UTC"\n[hours]\n{hours}')
        >>> record = sg.measure(log, model, calendar=office).records().rows()[0]
        >>> print(record["flow_time"], "of which", record["flow_time_working"])
        3 days, 0:00:00 of which 1 day, 0:00:00
    """
    log_needed(log)
    model_needed(model)
    if zone is not None:
        model = model.with_zone(zone)
    return Flow._of(log, model, None if calendar is None else calendar_needed(calendar), as_of)


class Flow(Residence, Ledger):
    """A log measured by a model, as of an instant. Every method answers with a `Table`.

    The five metrics; where the time goes (`states`, `visits`, `blocked`, `episodes`, `rework`, `transitions`,
    `efficiencies`); how many came, left and stay (`cfd`, `counters`, `net_flow`, `ageing`, `ledger`, `ledger_items`,
    `identities`); what is behind them all (`records`, `findings`).

    The questions share their arguments:

    * `every`: `"hour"`, `"day"`, `"week"` (ISO), `"month"`, `"quarter"` (the default) or `"year"`; quarters and years
      follow the fiscal year.
    * `by`: the fields of a group, any of the log's fields and `kind`; `[]` takes everything together. Default: `stream`
      and `kind`. Rows are dense: every window × every group.
    * `start`, `end`: the whole windows that overlap this span. Default: from the first event to `as_of`.
    * `windows`: instead of `every`, a list of periods (`"2014-Q4"`, `"2014-10"`, `"2014-W40"` …) or of pairs of
      instants.

    A window that reaches past `as_of` is cut there and marked `partial`. What is undefined is null, never zero.
    """

    __slots__ = ("calendar", "log", "model")
    log: EventLog
    model: FlowModel
    calendar: Calendar | None

    def __init__(self) -> None:
        raise TypeError("use measure(log, model)")

    @classmethod
    def _of(cls, log: EventLog, model: FlowModel, calendar: Calendar | None, as_of: When | None) -> "Flow":
        flow = cls.__new__(cls)
        hours = None if calendar is None else calendar._inner
        flow.log, flow.model, flow.calendar = log, model, calendar
        flow._inner = _core.measure(log._inner, model._inner, as_of=as_of, calendar=hours)
        flow._found = flow._inner.findings()
        return flow

    def _seen_at(self, as_of: datetime) -> "Flow":
        """The same log, model and calendar as of an earlier instant."""
        return self._of(self.log, self.model, self.calendar, as_of)

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
            `distribution`. With a calendar the durations once more at the end, as `flow_time_p50_working` and so on,
            and `efficiency_working`.

        Raises:
            ArgumentError: If a field is not in the log, a window's end is not after its start, a span lies after
                `as_of`, or a name is not one of those above.

        Examples:
            >>> import streamgauge as sg
            >>> flow = sg.measure(*sg.sample(), as_of="2025-01-01")
            >>> table = flow.metrics(every="year", by=[], percentiles=[85])
            >>> table.columns[:6]
            ['window_start', 'window_end', 'partial', 'velocity', 'flow_time_n', 'flow_time_p85']
            >>> len(table)
            2
        """
        return self._ask("metrics", every, by, start, end, windows, percentiles, percentile_method, of=distribution_of)

    def velocity(
        self,
        *,
        every: Every | None = None,
        by: Sequence[str] | None = None,
        start: When | None = None,
        end: When | None = None,
        windows: Sequence[Window] | None = None,
    ) -> Table:
        """Velocity: how many items have `finished` in the window, grouped by their values at that instant.

        Examples:
            >>> import streamgauge as sg
            >>> flow = sg.measure(*sg.sample(), as_of="2025-01-01")
            >>> by_year = flow.velocity(every="year", by=[]).rows()
            >>> by_quarter = flow.velocity(by=[]).rows()
            >>> sum(row["velocity"] for row in by_quarter) == sum(row["velocity"] for row in by_year)
            True
        """
        return self._ask("velocity", every, by, start, end, windows)

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
        """Flow time of the items that finished in the window: how many have one, percentiles and mean (durations).

        Examples:
            >>> import streamgauge as sg
            >>> flow = sg.measure(*sg.sample(), as_of="2025-01-01")
            >>> flow.flow_time(windows=["2024-Q4"], by=[], percentiles=[85]).columns[3:]
            ['flow_time_n', 'flow_time_p85', 'flow_time_mean']
        """
        return self._ask("flow_time", every, by, start, end, windows, percentiles, percentile_method)

    def load(
        self,
        *,
        every: Every | None = None,
        by: Sequence[str] | None = None,
        start: When | None = None,
        end: When | None = None,
        windows: Sequence[Window] | None = None,
    ) -> Table:
        """Flow load: items in active or waiting, just before the window and its end, at most, and on average.

        Examples:
            >>> import streamgauge as sg
            >>> flow = sg.measure(*sg.sample(), as_of="2025-01-01")
            >>> third, fourth = flow.load(windows=["2024-Q3", "2024-Q4"], by=[]).rows()
            >>> third["load_end"] == fourth["load_start"]
            True
        """
        return self._ask("load", every, by, start, end, windows)

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

        Examples:
            >>> import streamgauge as sg
            >>> flow = sg.measure(*sg.sample(), as_of="2025-01-01")
            >>> (row,) = flow.efficiency(windows=["2024-Q4"], by=[]).rows()
            >>> row["efficiency"] == row["active"] / row["flow_time_sum"]
            True
        """
        return self._ask("efficiency", every, by, start, end, windows, percentiles, percentile_method)

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
        """Flow distribution: each kind's share of velocity, or of the load integral, within the rest of its group.

        Examples:
            >>> import streamgauge as sg
            >>> flow = sg.measure(*sg.sample(), as_of="2025-01-01")
            >>> rows = flow.distribution(windows=["2024-Q4"], by=["kind"]).rows()
            >>> round(sum(row["distribution"] for row in rows), 9)
            1.0
        """
        return self._ask("distribution", every, by, start, end, windows, of=of)

    def records(self) -> Table:
        """One row for each item, in order of `item`: its fields at the end, outcome, instants, times and counts.

        Returns:
            `item`, the fields, `outcome` (not_started, open, done, cancelled, removed), `arrived, started, finished,
            cancelled_at` (timestamps), `flow_time, active, waiting, paused, age` (durations), `n_reopened, n_backward`.
            Of an open item the times are so far, up to `as_of`. With a calendar the five durations once more at the
            end, as `flow_time_working` and so on.

        Examples:
            >>> import streamgauge as sg
            >>> flow = sg.measure(*sg.sample(), as_of="2025-01-01")
            >>> record = next(row for row in flow.records().rows() if row["flow_time"] is not None)
            >>> record["active"] + record["waiting"] + record["paused"] == record["flow_time"]
            True
        """
        return Table(self._inner.records(), self._found)

    def days_inclusive(self) -> Table:
        """Flow time as tools count that take the dates: end date − start date + 1, in the zone of the model.

        Returns:
            `item`, `started, finished` (timestamps), `days_inclusive` (calendar days, at least 1); only items whose
            flow time is defined. It is neither elapsed nor working time. Source: definitions §3; casebook, page 118.

        Examples:
            >>> import streamgauge as sg
            >>> flow = sg.measure(*sg.sample(), as_of="2025-01-01")
            >>> flow.days_inclusive().columns
            ['item', 'started', 'finished', 'days_inclusive']
        """
        return Table(self._inner.days_inclusive(), self._found)

    def findings(self) -> Table:
        """Odd data, counted and not hidden: `code`, `count`, what it does to the numbers, and a sample of items.

        Examples:
            >>> import streamgauge as sg
            >>> flow = sg.measure(*sg.sample(), as_of="2025-01-01")
            >>> flow.findings().columns
            ['code', 'count', 'items', 'effect', 'details']
        """
        return Table(self._found, self._found)

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

        Examples:
            >>> import streamgauge as sg
            >>> flow = sg.measure(*sg.sample(), as_of="2025-01-01")
            >>> for line in flow.review("2024-Q4").headline:
            ...     print(line)
            velocity      ... items finished ...
            flow time     85 % took at most ...
            load          ... items at the end ...
            efficiency    ... of flow time was active ...
            distribution  ...
        """
        return make_review(self, quarter)

    def __repr__(self) -> str:
        return (
            f"Flow: {self.log.n_items:,} items, {self.first:%Y-%m-%d} to {self.as_of:%Y-%m-%d}, zone {self.model.zone}"
        )
