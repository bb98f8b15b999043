"""Working calendars: the hours in which people work."""

import os
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from streamgauge import _core
from streamgauge._core import ArgumentError, CalendarError, ReadError


def calendar_needed(given: Any) -> "Calendar":
    """A calendar, or the one in the file of that path; refuses what is neither, with how to get one."""
    if isinstance(given, Calendar):
        return given
    if isinstance(given, str) and "\n" in given:
        raise ArgumentError("calendar is the text of a file; use sg.Calendar.from_toml(text)")
    if isinstance(given, str | os.PathLike):
        return Calendar.load(given)
    raise ArgumentError(
        f"calendar is of type {type(given).__name__}; a Calendar or the path of its file is needed, such as "
        "sg.Calendar.load(path)"
    )


class Calendar:
    """A small TOML file that says when people work: zone, hours, holidays, exceptions.

    An instant is working time when the wall clock of the calendar's zone shows, at that instant, a date and time inside
    that day's hours. A file may hold several calendars, of which a field of the log (a team, a stream) chooses.

    Examples:
        >>> import streamgauge as sg
        >>> calendar = sg.Calendar.from_toml('''
        ...     zone = "Europe/Berlin"
        ...     [hours]
        ...     mon = ["09:00-12:00", "13:00-17:00"]
        ...     fri = ["22:00-06:00+1"]                 # until Saturday morning
        ...     [[holiday]]
        ...     date = 2024-01-01
        ...     name = "Neujahr"
        ... ''')
        >>> print(calendar.working_time("2024-01-08", "2024-01-09"))
        7:00:00
        >>> print(calendar.working_time("2024-01-01", "2024-01-02"))
        0:00:00
    """

    __slots__ = ("_inner",)
    _inner: _core.Calendar

    def __init__(self) -> None:
        raise TypeError("use Calendar.load(path) or Calendar.from_toml(text)")

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "Calendar":
        r"""Reads a calendar file.

        Args:
            path: A TOML file.

        Raises:
            ReadError: If the file cannot be read as text.
            CalendarError: If it says something impossible, with the line.

        Examples:
            >>> import pathlib, tempfile
            >>> import streamgauge as sg
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     path = pathlib.Path(folder, "calendar.toml")
            ...     _ = path.write_text('zone = "Asia/Seoul"\nhours = { mon = ["09:00-18:00"] }')
            ...     sg.Calendar.load(path).names
            ['calendar']
        """
        try:
            text = Path(path).expanduser().read_text(encoding="utf-8-sig")
        except OSError as error:
            raise ReadError(f"{os.fspath(path)}: {error.strerror or error}") from None
        except UnicodeDecodeError:
            raise ReadError(f"{os.fspath(path)}: is not UTF-8 text; a calendar is a TOML file") from None
        try:
            return cls.from_toml(text)
        except CalendarError as error:
            raise CalendarError(f"{os.fspath(path)}: {error}") from None

    @classmethod
    def from_toml(cls, text: str) -> "Calendar":
        r"""Reads a calendar from text.

        Raises:
            CalendarError: If it says something impossible, with the line.

        Examples:
            >>> import streamgauge as sg
            >>> sg.Calendar.from_toml('zone = "UTC"\nhours = { mon = ["17:00-09:00"] }')
            Traceback (most recent call last):
                ...
            streamgauge.CalendarError: calendar, line 2: "17:00-09:00" ends before it begins; write "17:00-09:00+1"
            if it runs past midnight
        """
        calendar = cls.__new__(cls)
        calendar._inner = _core.Calendar.from_toml(text)
        return calendar

    @staticmethod
    def schema() -> str:
        """The JSON Schema of a calendar file, for editors.

        Examples:
            >>> import json
            >>> import streamgauge as sg
            >>> json.loads(sg.Calendar.schema())["title"]
            'A working calendar of streamgauge'
        """
        return _core.Calendar.schema()

    @property
    def text(self) -> str:
        """The file as it was read."""
        return self._inner.text

    @property
    def hash(self) -> str:
        """A fingerprint of what the calendars say, apart from comments, layout, order and the names of days."""
        return self._inner.hash

    @property
    def names(self) -> list[str]:
        """The calendars' names in the order of the file; one that stands alone is called `calendar`."""
        return self._inner.names

    @property
    def field(self) -> str | None:
        """The field of the log whose value chooses the calendar; None where one is for all."""
        return self._inner.field

    def working_time(
        self, start: str | date | datetime, end: str | date | datetime, value: str | None = None
    ) -> timedelta:
        """The working time from one instant to another, exact to the microsecond.

        Args:
            start: Text in RFC 3339, a `date` or a `datetime`; without an offset it is of the calendar's zone.
            end: Likewise; the first instant that no longer counts.
            value: The value of `field`, where there are several calendars.

        Raises:
            CalendarError: If the calendar is not valid in all of that time.
            ArgumentError: If `end` lies before `start`, or no calendar is for `value`.

        Examples:
            >>> import streamgauge as sg
            >>> calendar = sg.Calendar.from_toml('''
            ...     by = "team"
            ...     use = { red = "berlin", blue = "seoul" }
            ...     [calendar.berlin]
            ...     zone = "Europe/Berlin"
            ...     hours = { mon = ["09:00-17:00"] }
            ...     [calendar.seoul]
            ...     zone = "Asia/Seoul"
            ...     hours = { mon = ["09:00-18:00"] }
            ... ''')
            >>> [str(calendar.working_time("2024-01-08", "2024-01-09", team)) for team in ("red", "blue")]
            ['8:00:00', '9:00:00']
        """
        return self._inner.working_time(start, end, value)

    def __repr__(self) -> str:
        if self.field is None:
            return f"Calendar: hash {self.hash[:8]}"
        return f"Calendar: {', '.join(self.names)} by {self.field}, hash {self.hash[:8]}"
