"""Standard output and standard error, which may be closed or full.

The tables are the answer: if standard output cannot take them, the command fails. What is said beside them (findings,
progress) is lost where nobody can take it, and stops nothing.
"""

import os
import sys
from typing import TextIO

from streamgauge._core import StreamgaugeError

_LAST = 2


def put(text: str) -> None:
    """Writes to standard output: the same bytes whatever the terminal's encoding.

    A file's name that is no UTF-8 comes out as it went in.

    Raises:
        StreamgaugeError: If standard output is closed.
        OSError: If it cannot take the bytes; what is left of them is given up.
    """
    if sys.stdout is None:
        raise StreamgaugeError("standard output is closed")
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode(errors="surrogateescape"))
        sys.stdout.flush()
    except OSError as error:
        give_up(sys.stdout)
        if isinstance(error, BrokenPipeError):
            raise
        raise OSError(error.errno, error.strerror, "standard output") from None


def say(text: str) -> None:
    """Writes to standard error, if there is one that can take it."""
    if sys.stderr is None:
        return
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except OSError:
        give_up(sys.stderr)


def hold_places() -> None:
    """Takes the places of standard streams that are closed, so that no file we open is mistaken for one of them."""
    while (place := os.open(os.devnull, os.O_RDWR)) <= _LAST:
        pass
    os.close(place)


def give_up(stream: TextIO | None) -> None:
    """Lets go of a stream that takes no more, so that Python does not try to flush what is left at its exit."""
    if stream is None:
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
