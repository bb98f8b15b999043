"""Where the time goes: by state, blocked and set back; and efficiency in every way that is in use."""

from collections.abc import Sequence

from streamgauge._asking import Asking, Every, When, Window
from streamgauge.table import Table


class Residence(Asking):
    """The questions to a `Flow` about what the time was spent on."""

    __slots__ = ()

    def states(
        self,
        *,
        every: Every | None = None,
        by: Sequence[str] | None = None,
        start: When | None = None,
        end: When | None = None,
        windows: Sequence[Window] | None = None,
    ) -> Table:
        """Time in state: where the time goes, by state and phase, in two readings that are never mixed.

        Population `finished`: the items finished in the window, by their group then; all of their time from started to
        finished, whenever it was, so that the residences of a cell sum to its `flow_time_sum`. Population `clipped`:
        every item, open ones too, by its group at each instant; what of its time lies in the window, so that active and
        waiting sum to its `load_integral`.

        Args:
            every: The windows' length.
            by: The fields of a group. One that shares its name with a column of the table is called `field.NAME`
                there: `field.state` is the item's own value, `state` the effective one.
            start: The first instant of interest.
            end: The first instant no longer of interest.
            windows: A list of windows instead of `every`.

        Returns:
            `window_start, window_end` (timestamp µs UTC), the group's fields, `population`, `state, phase` (null: out
            of sight), `items`, `visits`, `residence` and of it `blocked`, `first_pass` (an item's first visits to the
            state) and `rework` (its later ones; durations), `rework_visits`, and of `finished` `slowest_share`: the
            state's share of the flow time of the items that took at least the p85. With a calendar the durations once
            more at the end, in `_working`. Source: definitions §3 and §5; casebook, pages 81 to 84.

        Raises:
            ArgumentError: If a field is not in the log, a window's end is not after its start, or a span lies after
                `as_of`.
            CalendarError: If a window leaves the calendar's validity.

        Examples:
            >>> import streamgauge as sg
            >>> flow = sg.measure(*sg.sample(), as_of="2025-01-01")
            >>> from datetime import timedelta
            >>> rows = flow.states(windows=["2024-Q4"], by=[]).rows()
            >>> finished = [row for row in rows if row["population"] == "finished"]
            >>> (total,) = flow.metrics(windows=["2024-Q4"], by=[]).rows()
            >>> sum((row["residence"] for row in finished), start=timedelta()) == total["flow_time_sum"]
            True
        """
        return self._ask("states", every, by, start, end, windows)

    def visits(self) -> Table:
        """Each stay of an item in a state, from when to when: one row for each, by item, then by time.

        Returns:
            `item`, `state, phase` (null while the item is out of sight), `entered`, `left` (timestamps; null if it is
            still there at `as_of`), `residence` and of it `blocked` (durations, up to `as_of`), `pass`: 1 for the
            item's first visit to that state. With a calendar the durations once more, in `_working`. Source: casebook,
            pages 78 to 80.

        Examples:
            >>> import streamgauge as sg
            >>> flow = sg.measure(*sg.sample(), as_of="2025-01-01")
            >>> first = flow.visits().rows()[0]
            >>> first["left"] - first["entered"] == first["residence"]
            True
        """
        return Table(self._inner.visits(), self._found)

    def blocked(
        self,
        *,
        every: Every | None = None,
        by: Sequence[str] | None = None,
        start: When | None = None,
        end: When | None = None,
        windows: Sequence[Window] | None = None,
    ) -> Table:
        """The blocked part of the load: items in active or waiting that their flag or their state says are blocked.

        Flag and state together count once.

        Returns:
            `window_start, window_end, partial`, the group's fields, `blocked_start, blocked_end, blocked_max`,
            `blocked_integral` (item·µs), `blocked_avg` as those of `load`, `blocked_share` of the load integral (null
            without load), `began, ended`: how often an item became blocked load of the group, or ceased to be. Source:
            definitions §3; casebook, pages 85 to 87.

        Examples:
            >>> import streamgauge as sg
            >>> flow = sg.measure(*sg.sample(), as_of="2025-01-01")
            >>> (row,) = flow.blocked(windows=["2024-Q4"], by=[]).rows()
            >>> row["blocked_end"] - row["blocked_start"] == row["began"] - row["ended"]
            True
        """
        return self._ask("blocked", every, by, start, end, windows)

    def episodes(self) -> Table:
        """Each unbroken stretch in which an item was blocked, by item, then by time.

        Returns:
            `item`, `state, phase` when it began, `began`, `ended` (timestamps; null if it runs at `as_of`), `blocked`
            (duration, up to `as_of`), `by` (`flag`, `state` or `both`), `reason`: the first text that the field
            `blocked_reason` held meanwhile, null if the source has none. With a calendar `blocked_working`. Source:
            definitions §3; casebook, pages 88 and 89.

        Examples:
            >>> import streamgauge as sg
            >>> flow = sg.measure(*sg.sample(), as_of="2025-01-01")
            >>> sorted({episode["reason"] for episode in flow.episodes().rows()})[0]
            'Decision needed'
        """
        return Table(self._inner.episodes(), self._found)

    def rework(
        self,
        *,
        every: Every | None = None,
        by: Sequence[str] | None = None,
        start: When | None = None,
        end: When | None = None,
        windows: Sequence[Window] | None = None,
    ) -> Table:
        """Rework behind the items that finished in the window: what was reopened or went back, and the time it took.

        Returns:
            `window_start, window_end, partial`, the group's fields, `finished` (items), of these `reworked`; `reopened,
            backward` (how often); `lost`: the time, under way and in sight, in which a finished item stood before
            the furthest place of the workflow that it had had; `flow_time_sum` (durations); `share` = reworked /
            finished; `lost_share` = lost / flow_time_sum. With a calendar `lost_working, flow_time_sum_working`.
            Source: casebook, pages 102 and 103.

        Examples:
            >>> import streamgauge as sg
            >>> flow = sg.measure(*sg.sample(), as_of="2025-01-01")
            >>> (row,) = flow.rework(windows=["2024-Q4"], by=[]).rows()
            >>> row["share"] == row["reworked"] / row["finished"]
            True
        """
        return self._ask("rework", every, by, start, end, windows)

    def transitions(
        self,
        *,
        every: Every | None = None,
        by: Sequence[str] | None = None,
        start: When | None = None,
        end: When | None = None,
        windows: Sequence[Window] | None = None,
    ) -> Table:
        """The moves between states in the window, and the time that the backward ones cost; only pairs that occur.

        Returns:
            `window_start, window_end`, the group's fields at the move, `from_state, to_state`, `direction` (`forward`,
            `backward`, or `unplaced` where the model does not place one of them), `moves`, `items`, `lost` (duration):
            how long the item was set back by that move, whole, whatever the window. With a calendar `lost_working`.
            Source: casebook, pages 104 and 105.

        Examples:
            >>> import streamgauge as sg
            >>> flow = sg.measure(*sg.sample(), as_of="2025-01-01")
            >>> moves = flow.transitions(every="year", by=[]).rows()
            >>> sorted({move["direction"] for move in moves})
            ['backward', 'forward']
        """
        return self._ask("transitions", every, by, start, end, windows)

    def efficiencies(
        self,
        *,
        every: Every | None = None,
        by: Sequence[str] | None = None,
        start: When | None = None,
        end: When | None = None,
        windows: Sequence[Window] | None = None,
    ) -> Table:
        """Flow efficiency, said in every way that is in use: because people bring another tool's number.

        Returns:
            `window_start, window_end, partial`, the group's fields, `start` (the model's own first, `first_commit`,
            `created`), `blocked` (whether blocked active time counts as `waiting` or as `active`), `reading`
            (`elapsed`, and `working` with a calendar), `aggregate` (`ratio_of_sums`, `median_of_items`), `n` (items),
            `efficiency`, and `difference` from the first row of the cell, which is the model's own. Source: definitions
            §3 and §4; Kersten, *Project to Product*; casebook, pages 106 and 107.

        Examples:
            >>> import streamgauge as sg
            >>> flow = sg.measure(*sg.sample(), as_of="2025-01-01")
            >>> own, *others = flow.efficiencies(windows=["2024-Q4"], by=[]).rows()
            >>> (row,) = flow.efficiency(windows=["2024-Q4"], by=[]).rows()
            >>> own["efficiency"] == row["efficiency"], len(others)
            (True, 7)
        """
        return self._ask("efficiencies", every, by, start, end, windows)
