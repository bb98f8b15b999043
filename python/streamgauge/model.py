"""The flow model: what a tool's words mean."""

import os
from pathlib import Path
from typing import Any

from streamgauge import _core
from streamgauge._arguments import needed
from streamgauge._core import ModelError, ReadError
from streamgauge.log import EventLog, log_needed


def model_needed(given: Any) -> None:
    """Refuses what is no model, with how to get one."""
    text = isinstance(given, str) and "\n" in given
    needed(
        "model",
        given,
        FlowModel,
        path="use sg.FlowModel.from_toml(text)" if text else "use sg.FlowModel.load(path)",
        otherwise="a FlowModel is needed, such as sg.FlowModel.load(path) or sg.FlowModel.suggest(log)",
    )


class FlowModel:
    """A small TOML file that maps a tool's states to phases and its types to kinds, and says how the clock runs.

    Examples:
        >>> import streamgauge as sg
        >>> model = sg.FlowModel.from_toml('''
        ...     [phases]
        ...     new    = ["Open"]
        ...     active = ["In Progress"]
        ...     done   = ["Closed"]
        ...     [kinds]
        ...     defect = ["Bug"]
        ... ''')
        >>> model.phase_of("In Progress"), model.kind_of("Bug"), model.phase_of("Somewhere")
        ('active', 'defect', None)
        >>> model.states
        ['Open', 'In Progress', 'Closed']
    """

    __slots__ = ("_inner",)
    _inner: _core.FlowModel

    def __init__(self) -> None:
        raise TypeError("use FlowModel.load(path), FlowModel.from_toml(text) or FlowModel.suggest(log)")

    @classmethod
    def _from_core(cls, core: _core.FlowModel) -> "FlowModel":
        model = cls.__new__(cls)
        model._inner = core
        return model

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "FlowModel":
        r"""Reads a model file.

        Args:
            path: A TOML file.

        Raises:
            ReadError: If the file cannot be read as text.
            ModelError: If it says something impossible, with the line.

        Examples:
            >>> import pathlib, tempfile
            >>> import streamgauge as sg
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     path = pathlib.Path(folder, "flow.toml")
            ...     _ = path.write_text('[phases]\nactive = ["Doing"]\ndone = ["Done"]')
            ...     sg.FlowModel.load(path).states
            ['Doing', 'Done']
        """
        try:
            text = Path(path).expanduser().read_text(encoding="utf-8-sig")
        except OSError as error:
            raise ReadError(f"{os.fspath(path)}: {error.strerror or error}") from None
        except UnicodeDecodeError:
            raise ReadError(f"{os.fspath(path)}: is not UTF-8 text; a flow model is a TOML file") from None
        try:
            return cls.from_toml(text)
        except ModelError as error:
            raise ModelError(f"{os.fspath(path)}: {error}") from None

    @classmethod
    def from_toml(cls, text: str) -> "FlowModel":
        """Reads a model from text.

        Raises:
            ModelError: If it is no TOML, has unknown keys or words, or maps a state or type twice.
        """
        return cls._from_core(_core.FlowModel.from_toml(text))

    @classmethod
    def suggest(cls, log: EventLog) -> "FlowModel":
        """Proposes a model for a person to correct.

        It goes by what the tracker says of its states and by the words that tools use.

        Args:
            log: The log whose states and types are to be mapped.

        Raises:
            ArgumentError: If `log` is no log.

        Examples:
            >>> import streamgauge as sg
            >>> log, _ = sg.sample()
            >>> proposal = sg.FlowModel.suggest(log)
            >>> set(proposal.states) == {state for state, _n in log.values("state")}
            True
        """
        log_needed(log)
        return cls._from_core(_core.FlowModel.suggest(log._inner))

    def to_toml(self) -> str:
        """The model as a file that `from_toml` reads."""
        return self._inner.to_toml()

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the model as a TOML file.

        Examples:
            >>> import pathlib, tempfile
            >>> import streamgauge as sg
            >>> _, model = sg.sample()
            >>> with tempfile.TemporaryDirectory() as folder:
            ...     path = pathlib.Path(folder, "flow.toml")
            ...     model.save(path)
            ...     sg.FlowModel.load(path).hash == model.hash
            True
        """
        Path(path).expanduser().write_text(self.to_toml(), encoding="utf-8")

    def with_zone(self, zone: str) -> "FlowModel":
        """The same model with days, weeks and quarters cut in another IANA zone.

        Raises:
            ArgumentError: If the zone does not exist (with the nearest name).
        """
        return self._from_core(self._inner.with_zone(zone))

    @property
    def hash(self) -> str:
        """A fingerprint of what the model says, apart from comments and layout."""
        return self._inner.hash

    @property
    def zone(self) -> str:
        """The IANA zone in which windows are cut."""
        return self._inner.zone

    @property
    def fiscal_year_start(self) -> int:
        """The month, 1 to 12, in which the fiscal year begins."""
        return self._inner.fiscal_year_start

    @property
    def states(self) -> list[str]:
        """The states in workflow order, ignored ones left out."""
        return self._inner.states

    @property
    def clock(self) -> dict[str, str]:
        """How an item's clock runs: `start`, `finish`, `blocked`."""
        return self._inner.clock

    def phase_of(self, state: str) -> str | None:
        """The phase of a state by the plain table, rules aside; None if it has none there."""
        return self._inner.phase_of(state)

    def kind_of(self, type: str) -> str | None:  # noqa: A002 the framework's word
        """The kind of a type by the plain table, rules aside; None if it has none there."""
        return self._inner.kind_of(type)

    def __repr__(self) -> str:
        return f"FlowModel: {len(self.states)} states, zone {self.zone}, hash {self.hash[:8]}"
