"""Pipes as files: what can be read only once is put into a temporary file, for it is read twice, first to recognise it.

Messages and findings would name the temporary file; `Names` puts the name that was given in its place.
"""

import os
import shutil
import stat
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from streamgauge._core import ReadError, StreamgaugeError

STDIN = "-"


class Names(dict[str, str]):
    """Temporary files and what they stand for."""

    def given(self, text: str) -> str:
        """The text with the names that were given.

        Examples:
            >>> Names({"/tmp/x/stdin": "-"}).given("/tmp/x/stdin:2: is no row")
            '-:2: is no row'
        """
        for temporary, name in self.items():
            text = text.replace(temporary, name)
        return text


@contextmanager
def regular(files: Sequence[str], names: Names) -> Iterator[list[str]]:
    """Files that can be read as often as one likes, in place of pipes and of `-`, which is standard input.

    Args:
        files: The files as they were given.
        names: Learns what the temporary files stand for, which outlives them.

    Raises:
        ReadError: If a pipe cannot be read. Errors from within name the files as they were given.
    """
    with TemporaryDirectory(prefix="streamgauge-") as folder:
        copies: dict[str, str] = {}
        for file in files:
            if file not in copies and not _is_regular(file):
                inside = Path(folder, f"{len(copies)}")
                inside.mkdir()
                copies[file] = os.fspath(inside / (Path(file).name if file != STDIN else "stdin"))
                names[copies[file]] = file
                _copy(file, copies[file])
        try:
            yield [copies.get(file, file) for file in files]
        except StreamgaugeError as error:
            raise type(error)(names.given(str(error))) from None


def _is_regular(file: str) -> bool:
    """Whether it can be read twice; a file that does not exist is left to the reader to complain about."""
    if file == STDIN:
        return False
    try:
        return stat.S_ISREG(os.stat(file).st_mode)
    except (OSError, ValueError):
        return True


def _copy(file: str, to: str) -> None:
    if file == STDIN and sys.stdin is None:
        raise ReadError(f"{STDIN}: standard input is closed")
    with open(to, "wb") as copy:
        try:
            source: BinaryIO = sys.stdin.buffer if file == STDIN else open(file, "rb")  # noqa: SIM115 closed below
        except OSError as error:
            raise ReadError(f"{file}: {error.strerror or error}") from None
        try:
            shutil.copyfileobj(source, copy)
        except OSError as error:
            raise ReadError(f"{file}: {error.strerror or error}") from None
        finally:
            if file != STDIN:
                source.close()
