"""streamgauge: the Flow Framework's metrics from a stream of work-item events.

Three values and one verb. An `EventLog` is what happened; a `FlowModel` says what a tool's words mean; `measure` puts
them together as of an instant, and the `Flow` that it gives answers with `Table`s: velocity, flow time, load,
efficiency and distribution, in any window and any group.

>>> import streamgauge as sg
>>> log, model = sg.sample()
>>> flow = sg.measure(log, model, as_of="2025-01-01")
>>> flow.velocity(every="year", by=[]).columns
['window_start', 'window_end', 'partial', 'velocity']

The numbers are computed in Rust, exactly, from integers; the command line and the Rust crate give the same ones to the
bit. What each of them means is written in the definitions, whose version every table carries in its receipt.
"""

from streamgauge._core import (
    DEFINITIONS_VERSION,
    ArgumentError,
    CalendarError,
    ColumnError,
    ModelError,
    ReadError,
    StreamgaugeError,
    __version__,
)
from streamgauge.calendars import Calendar
from streamgauge.flow import Flow, measure
from streamgauge.log import EventLog, read_events, read_jira
from streamgauge.model import FlowModel
from streamgauge.review import Review
from streamgauge.sample import sample
from streamgauge.table import Table

__all__ = [
    "DEFINITIONS_VERSION",
    "ArgumentError",
    "Calendar",
    "CalendarError",
    "ColumnError",
    "EventLog",
    "Flow",
    "FlowModel",
    "ModelError",
    "ReadError",
    "Review",
    "StreamgaugeError",
    "Table",
    "__version__",
    "measure",
    "read_events",
    "read_jira",
    "sample",
]
