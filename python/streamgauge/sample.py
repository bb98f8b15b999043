"""The embedded sample: one product, four value streams, two years."""

from streamgauge import _core
from streamgauge.log import EventLog
from streamgauge.model import FlowModel


def sample() -> tuple[EventLog, FlowModel]:
    """A synthetic log to try things on, and the model that reads it.

    One product with four value streams from 2023 to 2024, in which something happens that a quarterly review should
    show. It is made from a seed, so it is the same everywhere.

    Returns:
        The log and its model.

    Examples:
        >>> import streamgauge as sg
        >>> log, model = sg.sample()
        >>> sorted({"state", "stream", "type"} - set(log.fields))
        []
        >>> len(log.values("stream"))
        4
    """
    return EventLog._from_core(_core.sample_log()), FlowModel._from_core(_core.sample_model())
