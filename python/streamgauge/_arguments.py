"""Arguments as people give them: one name where a list is meant, and helpful words for what is no list."""

import os
from collections.abc import Iterable, Sequence
from typing import Any

from streamgauge._core import ArgumentError


def names(argument: str, given: Sequence[str] | None) -> list[str] | None:
    """Names of fields; one of them may stand without a list.

    Examples:
        >>> names("by", "stream"), names("by", ("stream", "kind")), names("by", None)
        (['stream'], ['stream', 'kind'], None)
    """
    if isinstance(given, str):
        return [given]
    found = listed(argument, given, '["stream"]')
    if found is not None and not all(isinstance(name, str) for name in found):
        raise ArgumentError(f'{argument} = {given!r}: a list of texts is needed, such as ["stream"]')
    return found


def numbers(argument: str, given: Sequence[float]) -> list[float]:
    """Numbers, whatever library they come from.

    Examples:
        >>> numbers("percentiles", (50, 99.5))
        [50.0, 99.5]
        >>> numbers("percentiles", 85)
        Traceback (most recent call last):
            ...
        streamgauge.ArgumentError: percentiles = 85: a list is needed, such as [50, 85, 95]
    """
    found = listed(argument, given, "[50, 85, 95]")
    try:
        return [float(number) for number in found or ()]
    except (TypeError, ValueError):
        raise ArgumentError(f"{argument} = {given!r}: a list of numbers is needed, such as [50, 85, 95]") from None


def needed(argument: str, given: Any, wanted: type, *, frame: str = "", path: str = "", otherwise: str) -> None:
    """Refuses what is not of our type, with what to do about it.

    Args:
        argument: What the argument is called.
        given: Its value.
        wanted: The type that it must have.
        frame: What to do with a frame.
        path: What to do with a path.
        otherwise: What to do with anything else.

    Raises:
        ArgumentError: If it is of another type.

    Examples:
        >>> needed("model", "flow.toml", dict, path="use sg.FlowModel.load(path)", otherwise="a FlowModel is needed")
        Traceback (most recent call last):
            ...
        streamgauge.ArgumentError: model is a path; use sg.FlowModel.load(path)
    """
    if isinstance(given, wanted):
        return
    if path and isinstance(given, str | os.PathLike):
        raise ArgumentError(f"{argument} is a path; {path}")
    name = type(given).__name__
    what = "None" if given is None else f"{'an' if name[0] in 'AEIOaeio' else 'a'} {name}"
    speaks = hasattr(given, "__arrow_c_stream__") or name == "LazyFrame"
    raise ArgumentError(f"{argument} is {what}; {frame if frame and speaks else otherwise}")


def listed(argument: str, given: Any, example: str) -> list[Any] | None:
    """What is given as a list; None stays None.

    Args:
        argument: What the argument is called.
        given: Its value.
        example: What would be right.

    Raises:
        ArgumentError: If it is a text, which is a list of letters to Python only, or cannot be gone through.
    """
    if given is None:
        return None
    if isinstance(given, str | bytes) or not isinstance(given, Iterable):
        raise ArgumentError(f"{argument} = {given!r}: a list is needed, such as {example}")
    return list(given)
