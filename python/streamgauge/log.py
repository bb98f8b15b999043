"""Events in: from a frame, from files of events, from a tracker's export."""

from collections.abc import Sequence
from typing import Any

import narwhals as nw

from streamgauge import _core
from streamgauge._arguments import needed
from streamgauge._asking import When
from streamgauge._frames import arrow_ready
from streamgauge._paths import Paths, expand
from streamgauge.table import Table


def log_needed(given: Any) -> None:
    """Refuses what is no log, with how to make one."""
    needed(
        "log",
        given,
        EventLog,
        frame="make it a log with sg.EventLog(frame)",
        path="use sg.read_events(path) or sg.read_jira(path)",
        otherwise="an EventLog is needed, such as sg.EventLog(frame) or sg.read_events(path)",
    )


class EventLog:
    """What happened: *item X's field F took the value V at instant T*, as columns. It never changes.

    Two forms of table are read. The long form has a row for each event: `item, at, field, value`. The state log, which
    most exports are, has a row for each move: `item, at, state`, and each further column is an attribute (`type`,
    `stream`, `team` …). A table with the columns `field` and `value` is in the long form.

    Args:
        frame: Any frame that speaks Arrow: polars, pandas (with pyarrow), pyarrow, DuckDB, narwhals. It is read without
        a copy.
        item: The column with the item's id.
        at: The column with the instant: timestamps, dates, or RFC 3339 text.
        field: Long form: the column with the field that changed.
        value: Long form: the column with its new value; null clears it.
        state: State log: the column with the new state.
        known_at: The column that says when the record became known; it may be absent.
        zone: The IANA zone in which stamps without one were written, such as `"Europe/Berlin"`.

    Raises:
        ColumnError: If a column is missing (with the nearest name), or a cell is null or cannot be read (with row and
        value).
        ArgumentError: If `frame` is no frame, or the zone does not exist.

    Examples:
        >>> import pyarrow as pa
        >>> import streamgauge as sg
        >>> frame = pa.table({
        ...     "item": ["A", "A"],
        ...     "at": ["2024-01-02T09:00:00Z", "2024-01-05T17:00:00Z"],
        ...     "state": ["In Progress", "Done"],
        ... })
        >>> sg.EventLog(frame)
        EventLog: 2 events of 1 item; fields: state
    """

    __slots__ = ("_inner",)
    _inner: _core.EventLog

    def __init__(
        self,
        frame: Any,
        *,
        item: str = "item",
        at: str = "at",
        field: str = "field",
        value: str = "value",
        state: str = "state",
        known_at: str = "known_at",
        zone: str | None = None,
    ) -> None:
        ready = arrow_ready(frame)
        self._inner = _core.EventLog.from_frame(
            ready,
            item=item,
            at=at,
            field=field,
            value=value,
            state=state,
            known_at=known_at,
            zone=zone,
            # Columns of polars cannot be written to, so they need not be copied.
            shared=nw.dependencies.is_polars_dataframe(ready),
        )

    @classmethod
    def _from_core(cls, core: _core.EventLog) -> "EventLog":
        log = cls.__new__(cls)
        log._inner = core
        return log

    @property
    def n_events(self) -> int:
        """How many events there are."""
        return self._inner.n_events

    @property
    def n_items(self) -> int:
        """How many items they are of."""
        return self._inner.n_items

    @property
    def fields(self) -> list[str]:
        """The fields that events set: `state`, `type`, `stream` and every other attribute."""
        return self._inner.fields

    def values(self, field: str) -> list[tuple[str, int]]:
        """The values of a field, most frequent first.

        Args:
            field: One of `fields`.

        Returns:
            Pairs of a value and the number of events that set it.

        Raises:
            ArgumentError: If no event sets the field (with the nearest name).
        """
        return self._inner.values(field)

    def events(self) -> Table:
        """The events in the long form: `item, at, field, value`, and `known_at` where the source has it."""
        return Table(self._inner.events(), self._inner.findings())

    def findings(self) -> Table:
        """What the reader found odd, such as rows that it could not read: `code, count` and a sample.

        `Flow.findings` has these and what measuring adds to them.
        """
        found = self._inner.findings()
        return Table(found, found)

    def __repr__(self) -> str:
        items = "1 item" if self.n_items == 1 else f"{self.n_items:,} items"
        events = "1 event" if self.n_events == 1 else f"{self.n_events:,} events"
        return f"EventLog: {events} of {items}; fields: {', '.join(self.fields)}"


def read_events(
    paths: Paths,
    *,
    item: str = "item",
    at: str = "at",
    field: str = "field",
    value: str = "value",
    state: str = "state",
    known_at: str = "known_at",
    zone: str | None = None,
    until: When | None = None,
    progress: _core.Progress | None = None,
) -> EventLog:
    r"""Reads files of events: CSV, JSON Lines or Parquet, plain or gzip, recognised by what is in them.

    Args:
        paths: A path, a pattern such as `"events/*.csv.gz"`, or several of these.
        item: The column with the item's id.
        at: The column with the instant.
        field: Long form: the column with the field that changed.
        value: Long form: the column with its new value.
        state: State log: the column with the new state.
        known_at: The column that says when the record became known; it may be absent.
        zone: The IANA zone in which stamps without one were written.
        until: Rows at or after it are not read, as if the files had been exported then. A text in RFC 3339, a date
            (midnight in `zone`, or in UTC) or a datetime. As of that instant or an earlier one every answer is the same
            as from the whole files; row groups of Parquet that lie after it are not even unpacked. There is no such
            option for the other end, because the start of a history decides what follows. Default: all rows.
        progress: Counts the bytes that were read, for another thread to show.

    Returns:
        The log. Rows that cannot be read are in its findings, each with file, line and reason; so are files that are
        not what their names say. Rows left out by `until` are counted there in `after_as_of`; in row groups that were
        not unpacked nobody looks for rows that cannot be read.

    Raises:
        ReadError: If a file is missing, empty, cut short or none of these, a column is missing, or stamps have no zone
            and none is declared.
        ArgumentError: If `until` is no instant, or the zone does not exist.

    Examples:
        >>> import pathlib, tempfile
        >>> import streamgauge as sg
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = pathlib.Path(folder, "events.csv")
        ...     _ = path.write_text("Key,When,state\nA,2024-01-02 09:00,Open\n")
        ...     sg.read_events(path, item="Key", at="When", zone="Europe/Berlin")
        EventLog: 1 event of 1 item; fields: state
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = pathlib.Path(folder, "events.csv")
        ...     _ = path.write_text("item,at,state\nA,2024-01-02T09:00:00Z,Open\nA,2024-10-01T00:00:00Z,Done\n")
        ...     log = sg.read_events(path, until="2024-10-01")
        >>> log.n_events, [(found["code"], found["count"]) for found in log.findings().rows()]
        (1, [('after_as_of', 1)])
    """
    core = _core.read_events(
        expand(paths),
        item=item,
        at=at,
        field=field,
        value=value,
        state=state,
        known_at=known_at,
        zone=zone,
        until=until,
        progress=progress,
    )
    return EventLog._from_core(core)


def read_jira(
    paths: Paths,
    *,
    fields: Sequence[str] = (),
    zone: str | None = None,
    progress: _core.Progress | None = None,
) -> EventLog:
    """Reads issues as Jira's REST interface gives them, with `changelog` expanded; plain or gzip.

    A file holds one issue, an array of issues, a search response with `issues`, or one issue a line. Status becomes
    `state`, the issue type `type`, the project's key `stream`, the flag `blocked`; priority, resolution and labels keep
    their names.

    Args:
        paths: A path, a pattern such as `"export/*.json.gz"`, or several of these.
        fields: Custom fields to read as well, by name or id, such as `"Story Points"`.
        zone: The IANA zone in which stamps without one were written; Jira's own have an offset.
        progress: Counts the bytes that were read, for another thread to show.

    Returns:
        The log. Issues and histories that cannot be read and histories that are cut short are in its findings.

    Raises:
        ReadError: If a file is missing, empty, cut short or no JSON.

    Examples:
        >>> import json, pathlib, tempfile
        >>> import streamgauge as sg
        >>> issue = {
        ...     "key": "WEB-1",
        ...     "fields": {"created": "2024-01-02T09:00:00.000+0000", "status": {"name": "Doing"}},
        ...     "changelog": {"total": 0, "histories": []},
        ... }
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = pathlib.Path(folder, "issues.json")
        ...     _ = path.write_text(json.dumps([issue]))
        ...     sg.read_jira(path).values("state")
        [('Doing', 1)]
    """
    names = [fields] if isinstance(fields, str) else list(fields)
    return EventLog._from_core(_core.read_jira(expand(paths), fields=names, zone=zone, progress=progress))
