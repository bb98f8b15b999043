"""The numbers of a review, asked of the flow and put together by stream. Nothing is computed here but differences."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, final

from streamgauge._core import ArgumentError

if TYPE_CHECKING:
    from streamgauge.flow import Flow

KINDS = ("feature", "defect", "risk", "debt", None)
_QUARTERS_SHOWN = 4
_ALL = "All work"


@dataclass(frozen=True, slots=True)
class Period:
    """A named window, cut at `as_of`."""

    name: str
    start: datetime
    end: datetime
    partial: bool

    @property
    def length(self) -> str:
        """What a window of its length is called, as its name tells.

        Examples:
            >>> names = ["2024", "2024-Q4", "2024-10", "2024-W40", "2024-10-01"]
            >>> [Period(name, datetime.min, datetime.max, partial=False).length for name in names]
            ['year', 'quarter', 'month', 'week', 'day']
        """
        _year, *rest = self.name.split("-")
        if len(rest) == 1:
            return {"Q": "quarter", "W": "week"}.get(rest[0][:1], "month")
        return "day" if rest else "year"


@final
@dataclass(frozen=True, slots=True)
class Measured:
    """The five metrics of one window and group."""

    velocity: int
    flow_time_n: int
    p50: timedelta | None
    p85: timedelta | None
    p95: timedelta | None
    active: timedelta
    waiting: timedelta
    paused: timedelta
    flow_time_sum: timedelta
    efficiency: float | None
    load_start: int
    load_end: int
    load_max: int
    load_avg: float
    kinds: dict[str | None, int]
    """Items finished of each kind."""
    shares: dict[str | None, float | None]
    """Each kind's share of velocity."""

    def share(self, kind: str | None) -> float | None:
        """The kind's share of velocity: zero where others finished and it did not, undefined where nothing did."""
        return (self.shares.get(kind) or 0.0) if self.velocity else None

    @property
    def idle(self) -> bool:
        """Whether nothing was finished and nothing was in load."""
        return self.velocity == 0 and self.load_max == 0


@dataclass(frozen=True, slots=True)
class Stream:
    """One value stream, or all of them: this quarter and the one before."""

    name: str
    now: Measured
    before: Measured | None

    @property
    def idle(self) -> bool:
        """Whether nothing was finished and nothing was in load, in both quarters."""
        return self.now.idle and (self.before is None or self.before.idle)


@dataclass(frozen=True, slots=True)
class Week:
    """Velocity and load of one stream in one week."""

    stream: str
    start: datetime
    end: datetime
    partial: bool
    velocity: int
    load_end: int


@dataclass(frozen=True)
class Facts:
    """All that the page says."""

    flow: "Flow"
    quarter: Period
    before: Period | None
    total: Stream
    streams: list[Stream]
    weeks: list[Week]
    unfinished: dict[str, list[timedelta]]
    """By stream, the ages of the items that were started and not finished at the end of the quarter, oldest first."""
    findings: list[dict[str, Any]]
    receipt: dict[str, str]
    has_streams: bool

    @cached_property
    def busy(self) -> list[Stream]:
        """The streams in which something was finished or in load, in either quarter."""
        return [stream for stream in self.streams if not stream.idle]

    @cached_property
    def idle(self) -> list[Stream]:
        """The other ones."""
        return [stream for stream in self.streams if stream.idle]

    @property
    def n_unfinished(self) -> int:
        """How many items were started and not finished at the end of the quarter."""
        return sum(map(len, self.unfinished.values()))

    @property
    def comparable(self) -> bool:
        """Whether the two quarters were observed from beginning to end, so that their difference means something."""
        return self.before is not None and not self.quarter.partial and self.flow.first <= self.before.start


def gather(flow: "Flow", name: str | None) -> Facts:
    """Asks the flow for every number of the page.

    Args:
        flow: The measured log.
        name: The quarter; None for the last whole one.

    Raises:
        ArgumentError: If the log does not reach into that quarter.
    """
    core = flow._inner
    quarter = _period(flow, *core.period(name or core.last_whole_period("quarter")))
    if quarter.end <= flow.first or quarter.start >= flow.as_of:
        seen = f"the log is seen from {flow.first:%Y-%m-%d} to {flow.as_of:%Y-%m-%d}"
        raise ArgumentError(f'quarter = "{quarter.name}": nothing is known of it; {seen}')
    earlier = _period(flow, *core.period_before(quarter.name))
    before = earlier if earlier.end > flow.first else None
    windows = [period.name for period in (before, quarter) if period is not None]
    has_streams = "stream" in flow.log.fields
    group = ["stream"] if has_streams else []
    table = flow.metrics(windows=windows, by=group)
    kinds = flow.metrics(windows=windows, by=[*group, "kind"]).rows()
    total = flow.metrics(windows=windows, by=[]).rows()
    total_kinds = flow.metrics(windows=windows, by=["kind"]).rows()
    streams = _streams(table.rows(), kinds)
    return Facts(
        flow=flow,
        quarter=quarter,
        before=before,
        total=_streams(total, total_kinds)[0],
        streams=sorted(streams, key=lambda stream: -stream.now.velocity) if has_streams else [],
        weeks=_weeks(flow, quarter, group),
        unfinished=_unfinished(flow, quarter, group),
        findings=flow.findings().rows(),
        receipt=table.receipt,
        has_streams=has_streams,
    )


def stream_name(value: str | None) -> str:
    """A stream's name; items that have no stream are a group too."""
    return "(no stream)" if value is None else value


def _period(flow: "Flow", name: str, start: datetime, end: datetime) -> Period:
    return Period(name, start, min(end, flow.as_of), partial=end > flow.as_of)


def _streams(rows: Sequence[dict[str, Any]], kinds: Sequence[dict[str, Any]]) -> list[Stream]:
    """Rows of one or two windows, paired by stream."""
    kinds_of: dict[tuple[object, str | None], list[dict[str, Any]]] = {}
    for kind in kinds:
        kinds_of.setdefault((kind["window_start"], kind.get("stream")), []).append(kind)
    by_stream: dict[str | None, list[Measured]] = {}
    for row in rows:
        mine = kinds_of.get((row["window_start"], row.get("stream")), [])
        by_stream.setdefault(row.get("stream", _ALL), []).append(_measured(row, mine))
    return [
        Stream(stream_name(stream), each[-1], each[0] if len(each) > 1 else None) for stream, each in by_stream.items()
    ]


def _measured(row: dict[str, Any], kinds: Sequence[dict[str, Any]]) -> Measured:
    return Measured(
        velocity=row["velocity"],
        flow_time_n=row["flow_time_n"],
        p50=row["flow_time_p50"],
        p85=row["flow_time_p85"],
        p95=row["flow_time_p95"],
        active=row["active"],
        waiting=row["waiting"],
        paused=row["paused"],
        flow_time_sum=row["flow_time_sum"],
        efficiency=row["efficiency"],
        load_start=row["load_start"],
        load_end=row["load_end"],
        load_max=row["load_max"],
        load_avg=row["load_avg"],
        kinds={k["kind"]: k["velocity"] for k in kinds},
        shares={k["kind"]: k["distribution"] for k in kinds},
    )


def _weeks(flow: "Flow", quarter: Period, group: list[str]) -> list[Week]:
    """Whole weeks over the last quarters, up to the end of this one."""
    name = quarter.name
    start = quarter.start
    for _ in range(_QUARTERS_SHOWN - 1):
        name, start, _end = flow._inner.period_before(name)
    start = max(start, flow.first)
    rows = flow.metrics(every="week", by=group, start=start, end=quarter.end).rows()
    return [
        Week(
            stream=stream_name(row["stream"]) if group else _ALL,
            start=row["window_start"],
            end=row["window_end"],
            partial=row["partial"],
            velocity=row["velocity"],
            load_end=row["load_end"],
        )
        for row in rows
    ]


def _unfinished(flow: "Flow", quarter: Period, group: list[str]) -> dict[str, list[timedelta]]:
    """Of items that were open just before the end of the quarter: the log seen as of that instant."""
    then = flow if quarter.partial or quarter.end == flow.as_of else flow._seen_at(quarter.end)
    table = then.ageing(by=group)._inner
    ages = table.values("age")
    if not group:
        return {_ALL: ages}
    by_stream: dict[str, list[timedelta]] = {}
    for stream, age in zip(table.values("stream"), ages, strict=True):
        by_stream.setdefault(stream_name(stream), []).append(age)
    return by_stream
