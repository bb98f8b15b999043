"""Numbers in words: a value, its change, and the reason where there is none."""

from dataclasses import dataclass
from datetime import timedelta

from streamgauge._text import duration
from streamgauge.review.facts import Measured

_MINUS = "−"


@dataclass(frozen=True, slots=True)
class Cell:
    """A number of this quarter beside the one before."""

    now: str
    before: str
    change: str
    undefined: bool = False
    """Whether `now` is a word for a number that does not exist."""


def signed(number: float, text: str) -> str:
    """The text of a magnitude with the sign of the number."""
    return f"{'+' if number > 0 else _MINUS if number < 0 else '±'}{text}"


def items(count: int) -> str:
    """So many items.

    Examples:
        >>> items(1), items(2_000), items(0)
        ('1 item', '2,000 items', '0 items')
    """
    return f"{count:,} item{'' if count == 1 else 's'}"


def percent(share: float | None) -> str:
    """A share as a percentage; undefined is said so.

    Examples:
        >>> percent(0.125), percent(0.0), percent(None)
        ('12 %', '0 %', 'undefined')
    """
    return "undefined" if share is None else f"{share * 100:.0f} %"


def relative(now: float, before: float) -> str:
    """The change in percent of what was before; nothing where that was zero."""
    return f" ({signed(now - before, f'{abs(now - before) / before * 100:.0f} %')})" if before else ""


def of_count(now: int, before: int | None, comparable: bool) -> Cell:
    """Items of two quarters."""
    if before is None:
        return Cell(f"{now:,}", "", "")
    change = signed(now - before, f"{abs(now - before):,}") + (relative(now, before) if now != before else "")
    return Cell(f"{now:,}", f"{before:,}", change if comparable else "")


def of_span(now: timedelta | None, before: timedelta | None, comparable: bool) -> Cell:
    """Times of two quarters."""
    text = "" if before is None else duration(before)
    if now is None:
        return Cell("undefined", text, "", undefined=True)
    if before is None or not comparable:
        return Cell(duration(now), text, "")
    return Cell(duration(now), text, signed((now - before) / timedelta(1), duration(abs(now - before))))


def of_share(now: float | None, before: float | None, comparable: bool) -> Cell:
    """Shares of two quarters; their difference is in points."""
    text = "" if before is None else percent(before)
    if now is None:
        return Cell("undefined", text, "", undefined=True)
    if before is None or not comparable:
        return Cell(percent(now), text, "")
    points = round(now * 100) - round(before * 100)
    return Cell(percent(now), text, signed(points, f"{abs(points)} points"))


def why_undefined(measured: Measured) -> str:
    """Why a quarter has no flow time or no efficiency."""
    if measured.velocity == 0:
        return "nothing was finished"
    if measured.flow_time_n == 0:
        return "no finished item has a start"
    return "all flow times are zero"
