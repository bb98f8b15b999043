"""A calendar file from what people say on the command line, with the public holidays of a country frozen into it."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date
from difflib import get_close_matches
from typing import Any

from streamgauge._core import ArgumentError, CalendarError
from streamgauge._optional import need
from streamgauge.calendars import Calendar

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LINE = re.compile(r"^calendar(, line \d+)?: ")


def years(text: str) -> tuple[int, int]:
    """The first and the last year.

    Raises:
        ArgumentError: If the text is neither a year nor two with a dash between them.

    Examples:
        >>> years("2024-2027"), years("2024")
        ((2024, 2027), (2024, 2024))
    """
    found = re.fullmatch(r"(\d{4})(?:-(\d{4}))?", text)
    if not found:
        raise ArgumentError(f"--years {text}: years are written 2024-2027 or 2024")
    first, last = int(found[1]), int(found[2] or found[1])
    if last < first or not 1900 <= first <= last <= 2099:
        raise ArgumentError(f"--years {text}: the first year comes first, and both lie between 1900 and 2099")
    return first, last


def days(text: str) -> list[str]:
    """Weekdays.

    Raises:
        ArgumentError: If one of them is none.

    Examples:
        >>> days("mon-fri"), days("mon,wed"), days("sat-mon")
        (['mon', 'tue', 'wed', 'thu', 'fri'], ['mon', 'wed'], ['mon', 'sat', 'sun'])
    """
    found = set()
    for part in text.lower().split(","):
        first, _, last = part.strip().partition("-")
        if first not in WEEKDAYS or (last or first) not in WEEKDAYS:
            raise ArgumentError(f"--days {text}: days are written mon-fri or mon,wed; they are {', '.join(WEEKDAYS)}")
        begin, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
        found |= {WEEKDAYS[(begin + n) % 7] for n in range((end - begin) % 7 + 1)}
    return sorted(found, key=WEEKDAYS.index)


def calendar_text(
    zone: str, hours: str, weekdays: Sequence[str], span: tuple[int, int], holidays: Mapping[date, str], source: str
) -> str:
    """The calendar file.

    Args:
        zone: An IANA zone.
        hours: Spans of hours between commas, such as `09:00-12:00,13:00-17:00`.
        weekdays: The days that have these hours.
        span: The first and the last year.
        holidays: Dates and their names.
        source: Where the holidays are from, for the file's first line.

    Raises:
        ArgumentError: If the zone or the hours cannot be.
    """
    spans = ", ".join(_quoted(part.strip()) for part in hours.split(","))
    lines = [
        f"# {source}",
        f"zone = {_quoted(zone)}",
        f"valid = {{ first = {span[0]}-01-01, last = {span[1]}-12-31 }}",
        "",
        "[hours]",
        *(f"{day} = [{spans}]" for day in weekdays),
    ]
    for day, name in sorted(holidays.items()):
        lines += ["", "[[holiday]]", f"date = {day.isoformat()}", f"name = {_quoted(name)}"]
    text = "\n".join(lines) + "\n"
    try:
        Calendar.from_toml(text)
    except CalendarError as error:
        # The lines are of a file that nobody has seen.
        raise ArgumentError(_LINE.sub("", str(error))) from None
    return text


def public_holidays(country: str, subdivision: str | None, span: tuple[int, int]) -> tuple[dict[date, str], str]:
    """The public holidays of a country, under the names that people there use, and where they are from.

    Args:
        country: Its ISO code, such as DE.
        subdivision: A state or province, such as BY.
        span: The first and the last year.

    Raises:
        ArgumentError: If the package does not know the country or the subdivision.
        StreamgaugeError: If the package is not installed.
    """
    package = need("holidays", "streamgauge calendar", "streamgauge[calendars]")
    known = package.list_supported_countries()
    try:
        # Without a language the names would be those of this machine's.
        language = package.country_holidays(country).default_language
    except NotImplementedError:
        raise ArgumentError(_no_country(country, known, package)) from None
    every_year = range(span[0], span[1] + 1)
    try:
        found = package.country_holidays(country, subdiv=subdivision, years=every_year, language=language)
    except NotImplementedError:
        there = ", ".join(known.get(country, ())) or "none"
        raise ArgumentError(f"--subdivision {subdivision}: {country} has no such subdivision; it has {there}") from None
    place = f"{country}, {subdivision}" if subdivision else country
    source = f"Public holidays of {place}, frozen from the Python package holidays {package.__version__}."
    return {day: name for day, name in found.items() if day.year in every_year}, source


def _no_country(country: str, known: Mapping[str, Any], package: Any) -> str:
    names = {entry[0]: entry[1] for entry in getattr(package.registry, "COUNTRIES", {}).values()}
    like = get_close_matches(country.title(), names, n=1) or [
        name for name, code in names.items() if code in get_close_matches(country.upper(), known, n=1, cutoff=0.5)
    ]
    hint = f"; did you mean {names[like[0]]} ({like[0]})?" if like else ""
    return f"{country} is no country of the package holidays; an ISO code is needed, such as DE, KR or US{hint}"


def _quoted(text: str) -> str:
    """The text as TOML has it; JSON's escapes are among TOML's."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
