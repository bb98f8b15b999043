"""How charts look: one set of axes, inks and type, and specifications that name no address."""

from collections.abc import Sequence
from typing import Any

import altair as alt

from streamgauge.review.facts import Stream

INK, QUIET, NOW, BEFORE = "#1f2933", "#66737f", "#0b5cad", "#aebccb"
_LABEL_HALF = 20
_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


def stream_axis(streams: Sequence[Stream]) -> alt.Y:
    """The value streams, one below the other."""
    axis = alt.Axis(labelLimit=170, domain=False, ticks=False, labelPadding=8)
    # The order is a scale's domain, which is data; a list to sort by would become an expression.
    return alt.Y("stream:N", title=None, sort=None, scale=alt.Scale(domain=[s.name for s in streams]), axis=axis)


def time_axis() -> alt.Axis:
    """Months; the first and last names are moved inwards where they would leave the chart."""
    return alt.Axis(
        format="%b %y",
        tickCount={"interval": "month", "step": 1},
        labelFlush=_LABEL_HALF,
        labelOverlap="greedy",
        labelSeparation=8,
        grid=False,
    )


def count_axis(maximum: int, domain: bool = False) -> alt.Axis:
    """Whole numbers from zero, each once."""
    step, top = _steps(maximum)
    return alt.Axis(values=list(range(0, top + 1, step)), tickMinStep=1, format="d", domain=domain, ticks=domain)


def count_scale(maximum: int) -> alt.Scale:
    """From zero to a round number that is not below the maximum, the same for every stream."""
    return alt.Scale(domain=[0, _steps(maximum)[1]])


def _steps(maximum: int) -> tuple[int, int]:
    """The distance of ticks, of which there are at most four above zero, and the last of them."""
    step = next(s * 10**power for power in range(19) for s in (1, 2, 5) if s * 10**power * 4 >= maximum)
    return step, max(-(-maximum // step) * step, 1)


def spec(chart: alt.Chart | alt.LayerChart) -> dict[str, Any]:
    """A specification that names no address; the page's own bundle knows how to read it."""
    said: dict[str, Any] = (
        chart.configure(font=_FONT, background="transparent", padding={"left": 2, "right": 8, "top": 4, "bottom": 2})
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=QUIET,
            titleColor=QUIET,
            labelFontSize=11,
            titleFontSize=11,
            titleFontWeight="normal",
            gridColor="#e8ecf0",
            domainColor="#c8d0d8",
            tickColor="#c8d0d8",
        )
        .configure_axisY(labelColor=INK, labelFontSize=12)
        .configure_legend(labelColor=INK, labelFontSize=12, symbolType="square", offset=6)
        .to_dict()
    )
    said.pop("$schema", None)
    return said
