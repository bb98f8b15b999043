"""What each command does: read, measure, write."""

import argparse
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from streamgauge import _core
from streamgauge._core import ArgumentError, ReadError
from streamgauge._holidays import calendar_text, days, public_holidays, years
from streamgauge._paths import expand
from streamgauge._pipes import Names, regular
from streamgauge._progress import shown
from streamgauge._streams import put, say
from streamgauge._text import cell, shortened, zone_or_utc
from streamgauge.calendars import Calendar
from streamgauge.flow import Flow, measure
from streamgauge.log import EventLog, read_events, read_jira
from streamgauge.model import FlowModel
from streamgauge.sample import sample as the_sample
from streamgauge.table import Table

_COLUMNS = ("item", "at", "field", "value", "state", "known_at")
_SUFFIXES = {".csv": "csv", ".json": "json", ".parquet": "parquet"}


def review(options: argparse.Namespace) -> None:
    """Writes the review page and says its headline."""
    flow = _flow(options)
    with shown("reviewing"):
        page = flow.review(options.quarter)
    names = _names(options)
    path = replace(page, html=names.given(page.html)).save(options.output) if names else page.save(options.output)
    _tell(flow.findings(), options)
    put(f"Flow review {page.quarter}\n" + "".join(f"  {line}\n" for line in page.headline) + f"{path}\n")


def metrics(options: argparse.Namespace) -> None:
    """Writes the five metrics."""
    form = _form(options)
    flow = _flow(options)
    table = flow.metrics(
        every=options.every,
        by=options.by,
        start=options.start,
        end=options.end,
        percentiles=options.percentiles,
        percentile_method=options.percentile_method,
        distribution_of=options.distribution_of,
    )
    _write(table, form, options, flow.findings())


def states(options: argparse.Namespace) -> None:
    """Writes time in state by window and group, or each visit."""
    if options.visits:
        _no_windows(options, "--visits")
    _answer(options, lambda flow: flow.visits() if options.visits else flow.states(**_where(options)))


def cfd(options: argparse.Namespace) -> None:
    """Writes the bands of the cumulative flow diagram, or its counters."""
    _answer(options, lambda flow: (flow.counters if options.counters else flow.cfd)(**_where(options)))


def ageing(options: argparse.Namespace) -> None:
    """Writes the open items, the oldest first."""

    def answer(flow: Flow) -> Table:
        table = flow.ageing(by=options.by)
        return table if options.top is None else table.head(options.top)

    _answer(options, answer)


def blocked(options: argparse.Namespace) -> None:
    """Writes blocked load by window and group, or each episode."""
    if options.episodes:
        _no_windows(options, "--episodes")
    _answer(options, lambda flow: flow.episodes() if options.episodes else flow.blocked(**_where(options)))


def netflow(options: argparse.Namespace) -> None:
    """Writes arrivals, departures and total work-item age."""
    _answer(options, lambda flow: flow.net_flow(**_where(options)))


def rework(options: argparse.Namespace) -> None:
    """Writes rework by window and group, or the moves between states."""
    _answer(options, lambda flow: (flow.transitions if options.transitions else flow.rework)(**_where(options)))


def efficiency(options: argparse.Namespace) -> None:
    """Writes flow efficiency in every way that is in use."""
    _answer(options, lambda flow: flow.efficiencies(**_where(options)))


def ledger(options: argparse.Namespace) -> int:
    """Writes Little's ledger and says the number on top; or the items behind the gap; or what was checked."""
    if options.check:
        flow, table = _answer(options, lambda flow: flow.identities(**_where(options)))
        return _checked(table)
    flow, _ = _answer(options, lambda flow: (flow.ledger_items if options.items else flow.ledger)(**_where(options)))
    say(_on_top(flow, options))
    return 0


def records(options: argparse.Namespace) -> None:
    """Writes one row for each item."""
    form = _form(options)
    flow = _flow(options)
    _write(flow.records(), form, options, flow.findings())


def findings(options: argparse.Namespace) -> None:
    """Writes the findings; they are the table here, and are not said again."""
    form = _form(options)
    found = _flow(options).findings()
    _write(found, form, options, found, tell=False)


def read(options: argparse.Namespace) -> None:
    """Writes a tracker's export as events."""
    form = _form(options)
    log = _log(options)
    _write(log.events(), form, options, log.findings())


def suggest(options: argparse.Namespace) -> None:
    """Writes a proposal for a model."""
    if options.output and Path(options.output).is_file() and not options.force:
        raise ArgumentError(f"{options.output} exists; say another -o, or --force to write over it")
    log = _log(options)
    model = FlowModel.suggest(log)
    if options.zone:
        model = model.with_zone(options.zone)
    if options.output:
        model.save(options.output)
        put(f"{options.output}\n")
    else:
        put(model.to_toml())
    _tell(log.findings(), options)


def calendar(options: argparse.Namespace) -> None:
    """Writes a calendar with the public holidays of a country."""
    if options.output and Path(options.output).is_file() and not options.force:
        raise ArgumentError(f"{options.output} exists; say another -o, or --force to write over it")
    span, weekdays = years(options.years), days(options.days)
    calendar_text(options.zone, options.hours, weekdays, span, {}, "")  # what is wrong with these is said first
    holidays, source = public_holidays(options.country, options.subdivision, span)
    text = calendar_text(options.zone, options.hours, weekdays, span, holidays, source)
    if not options.output:
        put(text)
        return
    Path(options.output).write_text(text, encoding="utf-8", newline="\n")
    put(f"{options.output}\n")
    say(f"{options.output}: {len(holidays):,} holidays\n")


def sample(options: argparse.Namespace) -> None:
    """Writes the embedded sample as files."""
    folder = Path(options.output)
    folder.mkdir(parents=True, exist_ok=True)
    log, model = the_sample()
    log.events().write_parquet(folder / "events.parquet")
    model.save(folder / "flow.toml")
    put(f"{folder / 'events.parquet'}\n{folder / 'flow.toml'}\n")


def columns(text: str) -> dict[str, str]:
    """`item=Key,at=When` as a dictionary.

    Raises:
        argparse.ArgumentTypeError: If a part is no pair, or its left side no column of ours.
    """
    pairs = [pair.partition("=") for pair in text.split(",")]
    for ours, _, theirs in pairs:
        if ours not in _COLUMNS or not theirs:
            known = ", ".join(_COLUMNS)
            raise argparse.ArgumentTypeError(f"{text!r} is not like item=Key,at=When; on the left stand {known}")
    return {ours: theirs for ours, _, theirs in pairs}


def top(text: str) -> int:
    """How many rows."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 on")
    return int(text)


def names(text: str) -> list[str]:
    """Names between commas; an empty text has none."""
    return [name.strip() for name in text.split(",")] if text.strip() else []


def numbers(text: str) -> list[float]:
    """Numbers between commas."""
    try:
        return [float(number) for number in text.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not like 50,85,95") from None


def _answer(options: argparse.Namespace, ask: Callable[[Flow], Table]) -> tuple[Flow, Table]:
    """Measures, asks and writes."""
    form = _form(options)
    flow = _flow(options)
    table = ask(flow)
    _write(table, form, options, flow.findings())
    return flow, table


def _where(options: argparse.Namespace) -> dict[str, Any]:
    return {"every": options.every, "by": options.by, "start": options.start, "end": options.end}


def _no_windows(options: argparse.Namespace, what: str) -> None:
    """Refuses what would be passed over."""
    given = {"--every": options.every, "--by": options.by, "--from": options.start, "--to": options.end}
    unused = [name for name, value in given.items() if value is not None]
    if unused:
        raise ArgumentError(f"{what} lists all there are and has no windows or groups; leave out {', '.join(unused)}")


def _on_top(flow: Flow, options: argparse.Namespace) -> str:
    """The share of load that departures do not explain, of everything together and over the whole span."""
    rows = flow.ledger(**_where(options) | {"by": []}).rows()
    load, departed = (sum(row[term] for row in rows) for term in ("load_integral", "departed"))
    zone = zone_or_utc(flow.model.zone)
    span = f"{cell(rows[0]['window_start'], zone)} to {cell(rows[-1]['window_end'], zone)}"
    share = f"{(load - departed) / load:.1%}" if load else "undefined, there was no load"
    return f"share of load not explained by departures, all groups together, {span}: {share}\n"


def _checked(table: Table) -> int:
    """Says how many identities hold; the exit status is 1 if one does not."""
    rows = table.rows()
    checked, broken, residual = (sum(row[term] for row in rows) for term in ("checked", "broken", "residual"))
    fault = f"{broken:,} of them broken, " if broken else ""
    say(f"{checked:,} identities checked, {fault}residual {residual} µs\n")
    return 1 if broken else 0


def _flow(options: argparse.Namespace) -> Flow:
    model = FlowModel.load(options.model)
    calendar = None if options.calendar is None else Calendar.load(options.calendar)
    log = _log(options)
    with shown("measuring"):
        return measure(log, model, as_of=options.as_of, zone=options.zone, calendar=calendar)


def _log(options: argparse.Namespace) -> EventLog:
    given = expand(options.files)
    _spare(given, options)
    options.names = Names()
    stamps_zone = options.stamps_zone or options.zone
    with regular(given, options.names) as files, shown("reading") as progress:
        source = options.source or _recognised(files)
        if source == "jira":
            if options.columns:
                raise ArgumentError("--columns names the columns of events; an export of Jira has none")
            return read_jira(files, fields=options.fields or (), zone=stamps_zone, progress=progress)
        if options.fields:
            raise ArgumentError("--fields names custom fields of Jira; every column of a state log is read")
        return read_events(files, **(options.columns or {}), zone=stamps_zone, progress=progress)


def _spare(files: Sequence[str], options: argparse.Namespace) -> None:
    """Refuses to write onto a file that is read."""
    if not options.output or not Path(options.output).is_file():
        return
    read = [*files, *(getattr(options, name) for name in ("model", "calendar") if getattr(options, name, None))]
    if any(Path(file).is_file() and Path(file).samefile(options.output) for file in read):
        raise ArgumentError(f"{options.output} is one of the files that are read; say another -o")


def _recognised(files: Sequence[str]) -> str:
    """What all the files are."""
    first = _core.recognise(files[0])
    for file in files[1:]:
        other = _core.recognise(file)
        if other != first:
            raise ReadError(f"{files[0]} looks like {first} and {file} like {other}; read one kind, or say --source")
    return first


def _form(options: argparse.Namespace) -> str:
    """The form that is asked for, or that the output's name tells. Settled before any file is read."""
    suffix = Path(options.output).suffix.lower() if options.output else ""
    form: str = options.format or _SUFFIXES.get(suffix, "table")
    if form == "parquet" and not options.output:
        raise ArgumentError("--format parquet needs a file; say -o FILE.parquet")
    return form


def _write(table: Table, form: str, options: argparse.Namespace, found: Table, tell: bool = True) -> None:
    """The table in the form that was asked for, then the findings on standard error."""
    path = Path(options.output) if options.output else None
    if path is None:
        to_terminal = sys.stdout is not None and sys.stdout.isatty()
        put(_names(options).given(_as_text(table, form, found, to_terminal)))
    else:
        if form == "parquet":
            table.write_parquet(path)
        else:
            path.write_bytes(_names(options).given(_as_text(table, form, found, to_terminal=False)).encode())
        say(f"{path}: {len(table):,} rows\n")
    if tell:
        _tell(found, options)


def _as_text(table: Table, form: str, found: Table, to_terminal: bool) -> str:
    if form == "json":
        return table.to_json(found)
    if form == "csv":
        return table.to_csv()
    return table.to_text(width=shutil.get_terminal_size().columns if to_terminal else None) + "\n"


def _names(options: argparse.Namespace) -> Names:
    """What the temporary files stand for that pipes were put into."""
    names: Names = options.names
    return names


def _tell(found: Table, options: argparse.Namespace) -> None:
    for row in found.rows():
        some = ", ".join(shortened(item, 24) for item in row["items"][:3])
        sample = f" ({some}{' …' if len(row['items']) > 3 else ''})" if some else ""
        say(f"finding {row['code']}: {row['count']:,}{sample}. {row['effect']}\n")
        for detail in row["details"][:3]:
            say(f"  {shortened(_names(options).given(detail), 200)}\n")
