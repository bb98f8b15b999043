"""Cells as people read them: durations with a unit, instants as dates, what is undefined as a dash."""

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from unicodedata import combining, east_asian_width
from zoneinfo import ZoneInfo

UNDEFINED = "-"
_LONGEST = 48


def zone_or_utc(name: str | None) -> tzinfo:
    """The zone of that name; UTC where the machine has no zone database."""
    try:
        return ZoneInfo(name or "UTC")
    except (OSError, ValueError, KeyError):
        return UTC


def duration(span: timedelta) -> str:
    """A span in its own unit.

    Examples:
        >>> [duration(timedelta(hours=h)) for h in (224, 4.1, 0.25, 0)]
        ['9.3 d', '4.1 h', '15.0 min', '0 s']
    """
    seconds = span / timedelta(seconds=1)
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= length:
            return f"{seconds / length:,.1f} {unit}"
    return f"{seconds:g} s"


def working_time(span: timedelta) -> str:
    """A span of working time, in hours: a day of it would be read as a day's work.

    Examples:
        >>> working_time(timedelta(hours=32)), working_time(timedelta(minutes=90)), working_time(timedelta(minutes=5))
        ('32.0 h', '1.5 h', '5.0 min')
    """
    return f"{span / timedelta(hours=1):,.1f} h" if span >= timedelta(days=1) else duration(span)


def item_time(micros: int) -> str:
    """Time of items side by side, such as a load integral.

    Examples:
        >>> item_time(806_400_000_000), item_time(-3_600_000_000), item_time(0)
        ('9.3 item·d', '-1.0 item·h', '0')
    """
    sign = "-" if micros < 0 else ""
    return sign + duration(timedelta(microseconds=abs(micros))).replace(" ", " item·") if micros else "0"


def instant(at: datetime, zone: tzinfo) -> str:
    """A date where the day begins in the zone, else date and time to the minute.

    Examples:
        >>> instant(datetime(2024, 1, 1, tzinfo=UTC), UTC), instant(datetime(2024, 1, 1, 9, 30, 5, tzinfo=UTC), UTC)
        ('2024-01-01', '2024-01-01 09:30')
    """
    try:
        local = at.astimezone(zone)
    except OverflowError:  # the zone's calendar would be in year 0 or 10000, which Python has not
        return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    midnight = (local.hour, local.minute, local.second, local.microsecond) == (0, 0, 0, 0)
    return local.date().isoformat() if midnight else f"{local.date().isoformat()} {local:%H:%M}"


def cell(value: Any, zone: tzinfo) -> str:
    """One cell of any type that tables have, on one line and not too long."""
    match value:
        case None:
            return UNDEFINED
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.3f}"
        case timedelta():
            return duration(value)
        case datetime():
            return instant(value, zone)
        case list() | tuple():
            return shortened("; ".join(str(entry) for entry in value))
        case _:
            return shortened(str(value))


def shortened(text: str, longest: int = _LONGEST) -> str:
    """The text on one line, without control characters, cut with an ellipsis where it is too long."""
    head = text[: longest + 1]
    head = "".join(c if c.isprintable() else "·" for c in head)
    return head if len(head) <= longest else head[: longest - 1] + "…"


def width(text: str) -> int:
    """How many columns of a terminal the text takes."""
    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def padded(text: str, to: int, right: bool) -> str:
    """The text filled with blanks on its left (numbers) or its right (words)."""
    blanks = " " * (to - width(text))
    return blanks + text if right else text + blanks
