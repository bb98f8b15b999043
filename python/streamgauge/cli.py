"""The command line: the words of the package, one command for each.

Tables go to standard output, progress and findings to standard error. The exit status is 0, 1 (the data or the call is
wrong) or 2 (the command line is wrong); what went wrong is said in one message that begins with `streamgauge:`.
"""

import argparse
import sys
from collections.abc import Sequence
from typing import NoReturn, TypeAlias

from streamgauge import __version__, _commands
from streamgauge._core import StreamgaugeError
from streamgauge._streams import hold_places, put, say
from streamgauge.calendars import Calendar

_LONGEST = 4_000
_EPILOG = {
    "": "streamgauge sample -o DIR writes a log and a model to try things on.",
    "calendar": "example: streamgauge calendar DE --years 2024-2027 --zone Europe/Berlin --hours 09:00-17:00 "
    "-o calendar.toml",
    "ageing": "example: streamgauge ageing events.parquet --model flow.toml --by team --top 20",
    "cfd": "example: streamgauge cfd events.parquet --model flow.toml --every day --by stream -o cfd.parquet",
    "jira": "example: streamgauge read jira 'export/*.json.gz' -o events.parquet",
    "ledger": "example: streamgauge ledger events.parquet --model flow.toml --by stream --items",
    "metrics": "example: streamgauge metrics events.parquet --model flow.toml --every month --by stream",
    "review": "example: streamgauge review events.parquet --model flow.toml --quarter 2014-Q4 -o review.html",
    "states": "example: streamgauge states events.parquet --model flow.toml --by stream --calendar calendar.toml",
    "suggest": "example: streamgauge model suggest events.parquet -o flow.toml",
}


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, like every other error."""

    def error(self, message: str) -> NoReturn:
        if "--model" in message and "required" in message:
            message += "; `streamgauge model suggest FILES -o flow.toml` proposes one"
        self.exit(2, f"streamgauge: {_cut(message)} (see {self.prog} --help)\n")


_Commands: TypeAlias = "argparse._SubParsersAction[_Parser]"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command.

    Args:
        arguments: The command line without the program's name; default `sys.argv`.

    Returns:
        The exit status.
    """
    options = parser().parse_args(arguments)
    try:
        hold_places()
        status: int = options.run(options) or 0
    except BrokenPipeError:
        return 0  # whoever read the output has had enough
    except StreamgaugeError as error:
        return _said(str(error))
    except OSError as error:
        return _said(f"{error.filename}: {error.strerror}" if error.filename else str(error))
    except UnicodeEncodeError as error:
        # Bytes of the command line that are no UTF-8; they may be in names of files, and nowhere else.
        return _said(f"{error.object!r} is not UTF-8 text")
    except MemoryError:
        return _said("there is not enough memory for this")
    except KeyboardInterrupt:
        return _said("interrupted")
    return status


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    top = _Parser(
        prog="streamgauge",
        description="The Flow Framework's metrics from a tracker's export.",
        epilog=_EPILOG[""],
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=f"streamgauge {__version__}")
    commands = top.add_subparsers(title="commands", required=True, metavar="COMMAND")
    review = _command(commands, "review", "the quarterly review, one HTML page that needs no network", _commands.review)
    _measuring(review)
    review.add_argument("--quarter", help="such as 2014-Q4; default: the last whole one")
    review.add_argument("-o", "--output", default="review.html", help="the page to write; default: %(default)s")
    metrics = _command(commands, "metrics", "the five metrics by window and group", _commands.metrics)
    _measuring(metrics)
    _windows(metrics)
    _percentiles(metrics)
    _tables(metrics)
    _where_the_time_goes(commands)
    for name, what in (("records", "one row for each item"), ("findings", "what is odd about the data")):
        command = _command(commands, name, what, getattr(_commands, name))
        _measuring(command)
        _tables(command)
    _read(commands)
    _model(commands)
    _calendar(commands)
    sample = _command(commands, "sample", "a log and a model to try things on", _commands.sample)
    sample.add_argument(
        "-o", "--output", required=True, metavar="DIR", help="the folder to write events.parquet and flow.toml into"
    )
    return top


def _where_the_time_goes(commands: _Commands) -> None:
    states = _asking(commands, "states", "time in state, of finished items and of all")
    states.add_argument("--visits", action="store_true", help="each stay of an item in a state")
    cfd = _asking(commands, "cfd", "cumulative flow: how many items stand in each state at the windows' edges")
    cfd.add_argument("--counters", action="store_true", help="monotone counters, and their corrections")
    ageing = _command(commands, "ageing", "the open items, the oldest first", _commands.ageing)
    _measuring(ageing)
    _by(ageing, "fields beside the item")
    ageing.add_argument("--top", type=_commands.top, metavar="N", help="only the N oldest")
    _tables(ageing)
    _asking(commands, "netflow", "arrivals, departures, and the total age of open items")
    ledger = _asking(commands, "ledger", "Little's ledger: load by what departed and what aged")
    instead = ledger.add_mutually_exclusive_group()
    instead.add_argument("--items", action="store_true", help="the items behind the gap")
    instead.add_argument(
        "--check", action="store_true", help="how many identities were checked; status 1 if one breaks"
    )
    blocked = _asking(commands, "blocked", "the blocked part of the load")
    blocked.add_argument("--episodes", action="store_true", help="each stretch in which an item was blocked")
    rework = _asking(commands, "rework", "what was reopened or went back, and the time it took")
    rework.add_argument("--transitions", action="store_true", help="the moves between states")
    _asking(commands, "efficiency", "flow efficiency in every way that is in use, side by side")


def _asking(commands: _Commands, name: str, what: str) -> argparse.ArgumentParser:
    """A command that asks for a table by window and group."""
    command = _command(commands, name, what, getattr(_commands, name))
    _measuring(command)
    _windows(command)
    _tables(command)
    return command


def _read(commands: _Commands) -> None:
    reading = commands.add_parser("read", help="a tracker's export as a file of events", allow_abbrev=False)
    sources = reading.add_subparsers(title="sources", required=True, metavar="SOURCE")
    for name, what in (("jira", "issues of Jira's REST interface, with changelog"), ("events", "tables of events")):
        command = _command(sources, name, what, _commands.read)
        command.set_defaults(source=name)
        _reading(command, choose=False)
        _tables(command)


def _model(commands: _Commands) -> None:
    models = commands.add_parser("model", help="flow models", allow_abbrev=False)
    verbs = models.add_subparsers(title="verbs", required=True, metavar="VERB")
    suggest = _command(verbs, "suggest", "propose a model for a log, for a person to correct", _commands.suggest)
    _reading(suggest)
    suggest.add_argument("-o", "--output", help="the TOML file to write; default: standard output")
    suggest.add_argument("--force", action="store_true", help="write over a file that exists")


def _calendar(commands: _Commands) -> None:
    what = "a working calendar with the public holidays of a country, for a person to correct"
    calendar = _command(commands, "calendar", what, _commands.calendar)
    calendar.add_argument("--schema", action=_Schema, help="print the JSON Schema of calendar files, and no more")
    calendar.add_argument("country", metavar="COUNTRY", help="its ISO code, such as DE")
    calendar.add_argument("--years", required=True, metavar="FIRST-LAST", help="such as 2024-2027")
    calendar.add_argument("--zone", required=True, help="the IANA zone of the hours, such as Europe/Berlin")
    calendar.add_argument(
        "--hours", required=True, metavar="SPAN,…", help="09:00-17:00, or with a break 09:00-12:00,13:00-17:00"
    )
    calendar.add_argument("--days", default="mon-fri", help="the days that have these hours; default: %(default)s")
    calendar.add_argument("--subdivision", metavar="CODE", help="a state or province with its own holidays, such as BY")
    calendar.add_argument("-o", "--output", help="the TOML file to write; default: standard output")
    calendar.add_argument("--force", action="store_true", help="write over a file that exists")


class _Schema(argparse.Action):
    """Says the schema where nothing else is asked for."""

    def __init__(self, option_strings: Sequence[str], dest: str, help: str) -> None:  # noqa: A002 argparse's word
        super().__init__(option_strings, dest, nargs=0, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        put(Calendar.schema())
        parser.exit()


def _command(commands: _Commands, name: str, what: str, run: object) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=what, description=what, epilog=_EPILOG.get(name), allow_abbrev=False)
    command.set_defaults(run=run)
    return command


def _reading(command: argparse.ArgumentParser, choose: bool = True) -> None:
    command.add_argument(
        "files",
        nargs="+",
        metavar="FILES",
        help="files of events or a tracker's export; patterns are expanded, - is standard input",
    )
    if choose:
        command.add_argument(
            "--source", choices=("jira", "events"), help="what the files are; default: recognised by content"
        )
    command.add_argument(
        "--columns", type=_commands.columns, metavar="item=Key,at=When", help="what the columns of events are called"
    )
    command.add_argument(
        "--fields", type=_commands.names, metavar="NAME,…", help="custom fields of Jira to read as well"
    )
    if choose:
        command.add_argument("--zone", help="IANA zone of stamps without one, and of windows instead of the model's")
        command.add_argument("--stamps-zone", metavar="ZONE", help="IANA zone of stamps without one, if not --zone")
    else:
        command.add_argument("--zone", help="IANA zone of stamps without one")
        command.set_defaults(stamps_zone=None)


def _measuring(command: argparse.ArgumentParser) -> None:
    _reading(command)
    command.add_argument("--model", required=True, metavar="FLOW.toml", help="what the tool's words mean")
    command.add_argument(
        "--as-of", metavar="INSTANT", help="events at or after it do not exist; default: after the last event"
    )
    command.add_argument(
        "--calendar", metavar="CALENDAR.toml", help="when people work: every duration in working time too"
    )


def _by(command: argparse.ArgumentParser, what: str) -> None:
    command.add_argument("--by", type=_commands.names, metavar="FIELD,…", help=f"{what}; default: stream,kind")


def _windows(command: argparse.ArgumentParser) -> None:
    command.add_argument("--every", help="hour, day, week, month, quarter or year; default: quarter")
    _by(command, "fields of a group")
    command.add_argument("--from", dest="start", metavar="INSTANT", help="the first instant of interest")
    command.add_argument("--to", dest="end", metavar="INSTANT", help="the first instant no longer of interest")


def _percentiles(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--percentiles", type=_commands.numbers, default=(50.0, 85.0, 95.0), metavar="P,…", help="default: 50,85,95"
    )
    command.add_argument(
        "--percentile-method", default="inverted_cdf", metavar="METHOD", help="inverted_cdf (default) or linear"
    )
    command.add_argument("--distribution-of", default="velocity", metavar="WHAT", help="velocity (default) or load")


def _tables(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--format", choices=("table", "csv", "json", "parquet"), help="default: by the output's name, else table"
    )
    command.add_argument("-o", "--output", help="the file to write; default: standard output")


def _said(message: str) -> int:
    say(f"streamgauge: {_cut(message)}\n")
    return 1


def _cut(message: str) -> str:
    """What a terminal shows of a message; Python has all of it."""
    return message if len(message) <= _LONGEST else message[: _LONGEST - 1] + "…"


if __name__ == "__main__":
    sys.exit(main())
