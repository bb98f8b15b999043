"""Libraries that streamgauge can use and does not need, missed with the command that installs them."""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from streamgauge._core import StreamgaugeError


def installed(module: str) -> bool:
    """Whether a module could be imported."""
    return find_spec(module) is not None


def need(module: str, what: str, install: str) -> Any:
    """The module, or an error that says how to get it.

    Args:
        module: The module to import, such as `altair`.
        what: What needs it, as the beginning of a sentence.
        install: What to give to `pip install`.

    Raises:
        StreamgaugeError: If it is not installed.

    Examples:
        >>> need("no_such_module", "the review page", "streamgauge[review]")
        Traceback (most recent call last):
            ...
        streamgauge.StreamgaugeError: the review page needs no_such_module; pip install "streamgauge[review]"
    """
    try:
        return import_module(module)
    except ImportError:
        raise StreamgaugeError(f'{what} needs {module.partition(".")[0]}; pip install "{install}"') from None
