"""Work that takes a while, shown on a terminal: a bar for files, seconds for the rest. Elsewhere it is silent."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

from streamgauge._core import Progress

_DELAY_S, _TICK_S, _BAR = 1.0, 0.1, 28


@contextmanager
def shown(what: str, stream: TextIO | None = None) -> Iterator[Progress]:
    """Shows how far a piece of work is, once it has taken a second.

    Args:
        what: What is being done, such as `reading`.
        stream: Where to show it; default standard error.

    Yields:
        What the work counts its bytes in. While its total is zero, seconds are shown.
    """
    out = stream or sys.stderr
    progress = Progress()
    if out is None or not out.isatty():
        yield progress
        return
    over = threading.Event()
    thread = threading.Thread(target=_draw_if_it_can, args=(what, progress, out, over), daemon=True)
    thread.start()
    try:
        yield progress
    finally:
        over.set()
        thread.join()


def _draw_if_it_can(what: str, progress: Progress, out: TextIO, over: threading.Event) -> None:
    with suppress(OSError):  # a terminal that has gone is no reason to stop
        _draw(what, progress, out, over)


def _draw(what: str, progress: Progress, out: TextIO, over: threading.Event) -> None:
    began = time.monotonic()
    if over.wait(_DELAY_S):
        return
    while not over.wait(_TICK_S):
        out.write("\r" + line(what, progress.done, progress.total, time.monotonic() - began) + "\x1b[K")
        out.flush()
    out.write("\r\x1b[K")
    out.flush()


def line(what: str, done: int, total: int, seconds: float) -> str:
    """One line of progress.

    Examples:
        >>> line("reading", 512 * 1024, 1024 * 1024, 3.0)
        'reading ██████████████··············  50 %  0.5 of 1.0 MiB'
        >>> line("measuring", 0, 0, 3.21)
        'measuring 3 s'
    """
    if total <= 0:
        return f"{what} {seconds:.0f} s"
    share = min(done / total, 1.0)
    full = round(share * _BAR)
    sizes = f"{done / 2**20:.1f} of {total / 2**20:.1f} MiB"
    return f"{what} {'█' * full}{'·' * (_BAR - full)} {share * 100:3.0f} %  {sizes}"
