"""What all questions to a flow share: windows and groups, and the way to the compiled half."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal, TypeAlias

from streamgauge import _core
from streamgauge._arguments import listed, names, numbers
from streamgauge.table import Table

When: TypeAlias = str | date | datetime
Every: TypeAlias = Literal["hour", "day", "week", "month", "quarter", "year"]
Window: TypeAlias = str | tuple[When, When]
_Question: TypeAlias = Literal[
    "metrics", "velocity", "flow_time", "load", "efficiency", "distribution",
    "states", "blocked", "cfd", "counters", "net_flow", "ledger", "ledger_items", "identities",
    "rework", "transitions", "efficiencies",
]  # fmt: skip


class Asking:
    """A measured log that can be asked."""

    __slots__ = ("_found", "_inner")
    _inner: _core.Flow
    _found: _core.Table

    def _ask(
        self,
        name: _Question,
        every: Every | None,
        by: Sequence[str] | None,
        start: When | None,
        end: When | None,
        windows: Sequence[Window] | None,
        percentiles: Sequence[float] = (50, 85, 95),
        percentile_method: str = "inverted_cdf",
        of: str | None = None,
    ) -> Table:
        core = self._inner.ask(
            name,
            every=every,
            windows=listed("windows", windows, '["2024-Q4"] or [(start, end)]'),
            by=names("by", by),
            start=start,
            end=end,
            percentiles=numbers("percentiles", percentiles),
            percentile_method=percentile_method,
            of=of,
        )
        return Table(core, self._found)
