"""How much came, left and stays: cumulative flow, net flow, ageing work, and Little's ledger."""

from collections.abc import Sequence

from streamgauge._arguments import names
from streamgauge._asking import Asking, Every, When, Window
from streamgauge.table import Table


class Ledger(Asking):
    """The questions to a `Flow` about counts, load and age."""

    __slots__ = ()

    def cfd(
        self,
        *,
        every: Every | None = None,
        by: Sequence[str] | None = None,
        start: When | None = None,
        end: When | None = None,
        windows: Sequence[Window] | None = None,
    ) -> Table:
        """Cumulative flow: how many items stand in each state at the windows' edges, the bands of the diagram.

        A backward move makes a band dip; the `counters` never do. A state has no rows before an item was first in it.

        Returns:
            `at` (timestamp: the first window's start, then every edge in order), the group's fields, `state, phase`,
            `n`: items just before `at`, by their group then; removed ones are nowhere. Source: Vacanti, *Actionable
            Agile Metrics*; casebook, pages 90 and 91.

        Raises:
            ArgumentError: As `states`.

        Examples:
            >>> import streamgauge as sg
            >>> flow = sg.measure(*sg.sample(), as_of="2025-01-01")
            >>> table = flow.cfd(every="month", by=["stream"])
            >>> table.columns
            ['at', 'stream', 'state', 'phase', 'n']
            >>> frozen = [row["n"] for row in table.rows() if row["state"] == "Ready for Release"]
            >>> len(frozen) <= 4 * 25  # four streams, at most 25 edges of months
            True
        """
        return self._ask("cfd", every, by, start, end, windows)

    def counters(
        self,
        *,
        every: Every | None = None,
        by: Sequence[str] | None = None,
        start: When | None = None,
        end: When | None = None,
        windows: Sequence[Window] | None = None,
    ) -> Table:
        """Cumulative counters at the windows' edges: how many items came through, and how often that was taken back.

        Returns:
            `at`, the group's fields, `counter`, `arrived, committed, done, cancelled, removed` (items). The rows
            `gross` count how often that became true of an item before `at`, the rows `corrections` how often it ceased
            to be (reopened, brought back, moved to another group). Neither ever falls; `gross − corrections` is of how
            many items it is true just before `at`. Source: Vacanti, *Actionable Agile Metrics*; casebook, pages 92 and
            93.

        Examples:
            >>> import streamgauge as sg
            >>> flow = sg.measure(*sg.sample(), as_of="2025-01-01")
            >>> done = [row["done"] for row in flow.counters(every="month", by=[]).rows() if row["counter"] == "gross"]
            >>> done == sorted(done)
            True
        """
        return self._ask("counters", every, by, start, end, windows)

    def net_flow(
        self,
        *,
        every: Every | None = None,
        by: Sequence[str] | None = None,
        start: When | None = None,
        end: When | None = None,
        windows: Sequence[Window] | None = None,
    ) -> Table:
        """Net flow and total work-item age: what came, what left, and how old the rest is.

        An item is open from its start until it is done, cancelled, removed or no longer started.

        Returns:
            `window_start, window_end, partial`, the group's fields, `arrivals`, `departures` divided into `done,
            cancelled, removed, moved` (to another group, an ignored kind, or back before its start), `net_flow` =
            arrivals − departures = open_end − open_start, `open_start, open_end` (items), `age_start, age_end`
            (durations, with a calendar in `_working` too): the sum of the open items' ages just before the edge.
            Source: Vacanti, *Actionable Agile Metrics*; casebook, pages 94 and 95.

        Examples:
            >>> import streamgauge as sg
            >>> flow = sg.measure(*sg.sample(), as_of="2025-01-01")
            >>> (row,) = flow.net_flow(windows=["2024-Q4"], by=[]).rows()
            >>> row["arrivals"] - row["departures"] == row["net_flow"] == row["open_end"] - row["open_start"]
            True
        """
        return self._ask("net_flow", every, by, start, end, windows)

    def ageing(self, *, by: Sequence[str] | None = None) -> Table:
        """The items that are open at `as_of`, the oldest first.

        Args:
            by: Fields to stand beside the item. Default: `stream` and `kind`.

        Returns:
            `item`, these fields, `state, phase`, `age` (since it was started), `time_in_state` (of the visit that
            runs), `blocked` (since it was started; durations), `is_blocked` (at `as_of`), `started` (timestamp). With a
            calendar the durations once more, in `_working`. Source: Vacanti, *Actionable Agile Metrics*; casebook,
            pages 96 and 97.

        Raises:
            ArgumentError: If a field is not in the log.

        Examples:
            >>> import streamgauge as sg
            >>> flow = sg.measure(*sg.sample(), as_of="2025-01-01")
            >>> oldest = flow.ageing(by=["team"]).head(3).rows()
            >>> oldest[0]["age"] >= oldest[1]["age"] >= oldest[2]["age"]
            True
        """
        return Table(self._inner.ageing(names("by", by)), self._found)

    def ledger(
        self,
        *,
        every: Every | None = None,
        by: Sequence[str] | None = None,
        start: When | None = None,
        end: When | None = None,
        windows: Sequence[Window] | None = None,
    ) -> Table:
        """Little's ledger: `load_integral = departed + age_end − age_start`, exact to the microsecond, with its terms.

        Returns:
            `window_start, window_end`, the group's fields; in item·µs `load_integral`, `departed` (whole lengths of the
            stays in load that end in the window), `age_start, age_end` (lengths so far of those that run just before
            the edge), `residual` (always 0: another answer is refused); `unexplained` = (load_integral − departed) /
            load_integral, the share of load that departures do not explain: near 0 in a steady stream, near 1 where
            work comes in and does not leave, negative where more left than the window held. Then the form by arrivals,
            for closed data: `arrived, remaining_start, remaining_end, arrival_residual`, null where one of these stays
            has not ended. Source: definitions §5, law 2; Little 1961; Kim and Whitt 2013; casebook, pages 98, 99 and
            114.

        Examples:
            >>> import streamgauge as sg
            >>> flow = sg.measure(*sg.sample(), as_of="2025-01-01")
            >>> (row,) = flow.ledger(windows=["2024-Q4"], by=[]).rows()
            >>> row["load_integral"] == row["departed"] + row["age_end"] - row["age_start"], row["residual"]
            (True, 0)
        """
        return self._ask("ledger", every, by, start, end, windows)

    def ledger_items(
        self,
        *,
        every: Every | None = None,
        by: Sequence[str] | None = None,
        start: When | None = None,
        end: When | None = None,
        windows: Sequence[Window] | None = None,
    ) -> Table:
        """The items behind the gap: which open work holds how much of the load that departures do not explain.

        Returns:
            `window_start, window_end`, the group's fields, `item`; in item·µs `age_start, age_end` (its terms in the
            `ledger`) and `gap` = age_end − age_start; `share` = gap / the cell's load_integral. The gaps of a cell sum
            to load_integral − departed. The largest gap stands first. Source: as `ledger`; casebook, pages 100 and 101.

        Examples:
            >>> import streamgauge as sg
            >>> flow = sg.measure(*sg.sample(), as_of="2025-01-01")
            >>> (row,) = flow.ledger(windows=["2024-Q4"], by=[]).rows()
            >>> items = flow.ledger_items(windows=["2024-Q4"], by=[]).rows()
            >>> sum(item["gap"] for item in items) == row["load_integral"] - row["departed"]
            True
        """
        return self._ask("ledger_items", every, by, start, end, windows)

    def identities(
        self,
        *,
        every: Every | None = None,
        by: Sequence[str] | None = None,
        start: When | None = None,
        end: When | None = None,
        windows: Sequence[Window] | None = None,
    ) -> Table:
        """What must always hold, counted on this very log: for every item, and for every window and group.

        Returns:
            `identity`, `checked` (how often), `broken` (how often it does not hold: 0), `residual` (µs or item·µs left
            over in all: 0). Of items `flow_time`, `age`, `residence` and, with a calendar, `flow_time_working`; of
            windows and groups `little` and `load`. Source: definitions §5, laws 1 and 2.

        Examples:
            >>> import streamgauge as sg
            >>> flow = sg.measure(*sg.sample(), as_of="2025-01-01")
            >>> rows = flow.identities().rows()
            >>> sum(row["checked"] for row in rows) > 2_000, sum(row["broken"] for row in rows)
            (True, 0)
        """
        return self._ask("identities", every, by, start, end, windows)
