"""File names as people give them: one or many, with a tilde or a pattern."""

import os
from collections.abc import Iterable
from glob import glob, has_magic
from pathlib import Path
from typing import TypeAlias

from streamgauge._core import ArgumentError, ReadError

Paths: TypeAlias = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]


def expand(paths: Paths) -> list[str]:
    """The files that are meant, those of a pattern in the order of their names.

    A name that exists is taken as it is, even when it looks like a pattern.

    Args:
        paths: A path, a pattern such as `export/*.json.gz` (`**` reaches into folders), or several of these.

    Raises:
        ArgumentError: If there is none, or one is no path.
        ReadError: If a pattern matches nothing, or a path is a folder.
    """
    each = [paths] if isinstance(paths, str | os.PathLike) else list(_several(paths))
    if not each:
        raise ArgumentError("paths = []: at least one file is needed")
    return [file for path in each for file in _files(path)]


def _several(paths: Iterable[str | os.PathLike[str]]) -> Iterable[str | os.PathLike[str]]:
    if not isinstance(paths, Iterable) or hasattr(paths, "__arrow_c_stream__"):
        raise ArgumentError(f"a {type(paths).__name__} is no path; for a frame use sg.EventLog(frame)")
    return paths


def _files(path: str | os.PathLike[str]) -> list[str]:
    if not isinstance(path, str | os.PathLike):
        raise ArgumentError(f"{path!r} is no path; a text or a pathlib.Path is needed")
    name = os.path.expanduser(os.fspath(path))
    if Path(name).is_dir():
        raise ReadError(f"{name}: is a folder; name its files, such as {Path(name) / '*.json'}")
    if Path(name).exists() or not has_magic(name):
        return [name]
    files = sorted(file for file in glob(name, recursive=True) if not Path(file).is_dir())
    if not files:
        raise ReadError(f"{name}: no file matches this pattern")
    return files
