"""The charts, as Vega-Lite specifications made with Altair. Data only ever stand in values, never in expressions.

Colours are safe for people who see few of them: kinds by Okabe and Ito, phases by Tol.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import altair as alt

from streamgauge._text import duration, zone_or_utc
from streamgauge.review.facts import KINDS, Facts, Stream, Week
from streamgauge.review.look import BEFORE, NOW, QUIET, count_axis, count_scale, spec, stream_axis, time_axis
from streamgauge.review.numbers import percent

SHOWN = 8
"""How many streams charts show; tables show all."""
_KIND_COLOURS = ("#0072b2", "#d55e00", "#cc79a7", "#e69f00", "#999999")
_PHASE_COLOURS = {"active": "#117733", "waiting": "#ddaa33", "paused": "#bbbbbb"}
_TICKS_D = (0, 1, 3, 7, 14, 30, 60, 90, 180, 365, 730, 1460, 2920, 5840)
_AGES = ((7, "up to 7 d"), (30, "7 to 30 d"), (90, "30 to 90 d"), (365, "90 to 365 d"), (None, "over 365 d"))
_AGE_COLOURS = ("#deebf7", "#9ecae1", "#6baed6", "#2171b5", "#08306b")
_ROOM_FOR_TEXT = 0.06
_DAY = timedelta(1)


def all_charts(facts: Facts) -> dict[str, dict[str, Any]]:
    """Every chart of the page by the id of its place."""
    shown = _shown(facts)
    charts = {
        "flow-time": flow_time(facts, shown),
        "efficiency": efficiency(shown),
        "distribution": distribution(facts, shown),
        "ages": ages(facts, shown),
    }
    velocity_max = max((week.velocity for week in facts.weeks), default=0)
    load_max = max([week.load_end for week in facts.weeks] + [stream.now.load_end for stream in shown], default=0)
    for i, stream in enumerate(shown):
        weeks = [week for week in facts.weeks if week.stream == stream.name]
        charts[f"velocity-{i}"] = velocity(facts, weeks, velocity_max)
        charts[f"load-{i}"] = load(facts, stream, weeks, load_max)
    return {name: spec(chart) for name, chart in charts.items() if chart is not None}


def shown_names(facts: Facts) -> list[str]:
    """The streams that charts show."""
    return [stream.name for stream in _shown(facts)]


def velocity(facts: Facts, weeks: Sequence[Week], maximum: int) -> alt.Chart:
    """Items finished a week, in the two quarters."""
    start = facts.before.start if facts.before else facts.quarter.start
    rows = [row | {"quarter": _quarter_of(facts, week)} for week, row in _weekly(facts, weeks) if week.end > start]
    return (
        alt.Chart(alt.Data(values=rows))
        .mark_bar()
        .encode(
            x=alt.X("from:T", title=None, scale=alt.Scale(type="utc"), axis=time_axis()),
            x2="to:T",
            y=alt.Y("velocity:Q", title=None, scale=count_scale(maximum), axis=count_axis(maximum)),
            y2=alt.datum(0),
            color=_quarter_colour(facts),
            tooltip=[alt.Tooltip("week:N", title="week from"), alt.Tooltip("velocity:Q", title="finished")],
        )
        .properties(width="container", height=90, description="Items finished in each week")
    )


def load(facts: Facts, stream: Stream, weeks: Sequence[Week], maximum: int) -> alt.Chart:
    """Items in load at the end of each week, over a year; a week that runs past the quarter is cut at its end."""
    kept = [
        week
        if week.end <= facts.quarter.end
        else replace(week, end=facts.quarter.end, partial=True, load_end=stream.now.load_end)
        for week in weeks
    ]
    rows = [row for _, row in _weekly(facts, kept)]
    area = {"color": NOW, "opacity": 0.18, "interpolate": "step-after", "line": {"color": NOW, "strokeWidth": 1.5}}
    if len(rows) == 1:  # an area needs two instants; one is a dot
        area["point"] = {"color": NOW, "filled": True, "size": 50, "opacity": 1}
    return (
        alt.Chart(alt.Data(values=rows))
        .mark_area(**area)
        .encode(
            x=alt.X("end:T", title=None, scale=alt.Scale(type="utc"), axis=time_axis()),
            # The end of a whole week and that of a cut one may share a day; their loads are no parts of a sum.
            y=alt.Y("load:Q", title=None, stack=None, scale=count_scale(maximum), axis=count_axis(maximum)),
            tooltip=[alt.Tooltip("week:N", title="week from"), alt.Tooltip("load:Q", title="load at its end")],
        )
        .properties(width="container", height=90, description="Items in load at the end of each week")
    )


def flow_time(facts: Facts, streams: Sequence[Stream]) -> alt.LayerChart | None:
    """From the median to the 95th percentile, with the 85th as a mark; the quarter before in grey."""
    rows = []
    for stream in streams:
        for name, measured in _quarters(facts, stream):
            if (
                measured is not None
                and measured.p50 is not None
                and measured.p85 is not None
                and measured.p95 is not None
            ):
                p50, p85, p95 = measured.p50, measured.p85, measured.p95
                texts = {"t50": duration(p50), "t85": duration(p85), "t95": duration(p95)}
                days = {"p50": p50 / _DAY, "p85": p85 / _DAY, "p95": p95 / _DAY}
                rows.append({"stream": stream.name, "quarter": name, "n": measured.flow_time_n, **texts, **days})
    if not rows:
        return None
    top = max(float(row["p95"]) for row in rows)
    axis = alt.Axis(values=[t for t in _TICKS_D if t <= top * 1.2], title="days", format="d", grid=True)
    names = ["quarter", "stream", "n", "t50", "t85", "t95"]
    titles = ["quarter", "stream", "items", "50 % took at most", "85 % took at most", "95 % took at most"]
    base = alt.Chart(alt.Data(values=rows)).encode(
        y=stream_axis(streams),
        yOffset=alt.YOffset("quarter:N", sort=_newest_first(facts)),
        color=_quarter_colour(facts, legend=True),
        tooltip=[alt.Tooltip(f"{n}:{'Q' if n == 'n' else 'N'}", title=t) for n, t in zip(names, titles, strict=True)],
    )
    x = {"scale": alt.Scale(type="symlog", constant=3, domainMin=0), "axis": axis}
    span = base.mark_rule(strokeWidth=3, strokeCap="round").encode(x=alt.X("p50:Q", **x), x2="p95:Q")
    middle = base.mark_point(filled=True, size=70, opacity=1).encode(x=alt.X("p50:Q", **x))
    mark = base.mark_tick(thickness=3, size=13).encode(x=alt.X("p85:Q", **x))
    chart = alt.layer(span, middle, mark)
    return chart.properties(width="container", height={"step": 18}, description="Percentiles of flow time by stream")


def efficiency(streams: Sequence[Stream]) -> alt.LayerChart | None:
    """What the flow time of the finished items was made of."""
    rows = []
    for stream in streams:
        total = stream.now.flow_time_sum
        if not total:
            continue
        for order, phase in enumerate(_PHASE_COLOURS):
            share = getattr(stream.now, phase) / total
            rows.append({"stream": stream.name, "phase": phase, "order": order, "share": share, "text": percent(share)})
    if not rows:
        return None
    colour = alt.Color(
        "phase:N",
        title=None,
        scale=alt.Scale(domain=list(_PHASE_COLOURS), range=list(_PHASE_COLOURS.values())),
        legend=alt.Legend(orient="top"),
    )
    bars = _shares(rows, streams, colour, "phase", "What flow time was made of")
    inside = [row for row in rows if row["phase"] == "active" and row["share"] > _ROOM_FOR_TEXT]
    nothing = [{"stream": s.name, "text": "undefined"} for s in streams if not s.now.flow_time_sum]
    return alt.layer(bars, _labels(inside, streams, "#ffffff"), _labels(nothing, streams, QUIET))


def distribution(facts: Facts, streams: Sequence[Stream]) -> alt.Chart | None:
    """Each kind's share of what was finished, this quarter above the one before."""
    rows = []
    for stream in streams:
        for quarter, measured in _quarters(facts, stream):
            for order, kind in enumerate(KINDS):
                share = measured.share(kind) if measured else None
                if share:
                    row = {"stream": stream.name, "quarter": quarter, "kind": kind or "no kind", "order": order}
                    rows.append(row | {"share": share, "text": percent(share)})
    if not rows:
        return None
    present = {row["kind"] for row in rows}
    pairs = [
        (kind or "no kind", c) for kind, c in zip(KINDS, _KIND_COLOURS, strict=True) if (kind or "no kind") in present
    ]
    scale = alt.Scale(domain=[kind for kind, _ in pairs], range=[c for _, c in pairs])
    colour = alt.Color("kind:N", title=None, scale=scale, legend=alt.Legend(orient="top"))
    chart = _shares(rows, streams, colour, "kind", "Each kind's share of velocity")
    older = alt.condition(
        alt.FieldEqualPredicate(field="quarter", equal=facts.quarter.name), alt.value(1), alt.value(0.45)
    )
    return chart.encode(yOffset=alt.YOffset("quarter:N", sort=_newest_first(facts)), opacity=older).properties(
        height={"step": 17}
    )


def ages(facts: Facts, streams: Sequence[Stream]) -> alt.Chart | None:
    """How old the unfinished items were at the end of the quarter."""
    names = [stream.name for stream in streams]
    counts = Counter((stream, _age(age)) for stream in dict.fromkeys(names) for age in facts.unfinished.get(stream, []))
    rows = [{"stream": s, "age": _AGES[a][1], "order": a, "items": n} for (s, a), n in sorted(counts.items())]
    if not rows:
        return None
    scale = alt.Scale(domain=[name for _, name in _AGES], range=list(_AGE_COLOURS))
    most = max(sum(n for (name, _), n in counts.items() if name == stream) for stream in names)
    return (
        alt.Chart(alt.Data(values=rows))
        .mark_bar(stroke="#ffffff", strokeWidth=0.5)
        .encode(
            y=stream_axis(streams),
            x=alt.X("items:Q", title="items", axis=count_axis(most, domain=True)),
            color=alt.Color("age:N", title=None, scale=scale, legend=alt.Legend(orient="top", columns=3)),
            order=alt.Order("order:Q"),
            tooltip=[alt.Tooltip("stream:N"), alt.Tooltip("age:N"), alt.Tooltip("items:Q")],
        )
        .properties(width="container", height={"step": 26}, description="Age of unfinished items by stream")
    )


def _shares(
    rows: list[dict[str, Any]], streams: Sequence[Stream], colour: alt.Color, what: str, says: str
) -> alt.Chart:
    x = alt.X("share:Q", title=None, scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%", tickCount=5))
    tooltip = [alt.Tooltip("stream:N"), alt.Tooltip(f"{what}:N"), alt.Tooltip("text:N", title="share")]
    if what == "kind":
        tooltip.insert(1, alt.Tooltip("quarter:N"))
    chart = alt.Chart(alt.Data(values=rows)).mark_bar(stroke="#ffffff", strokeWidth=0.5)
    encoded = chart.encode(y=stream_axis(streams), x=x, color=colour, order=alt.Order("order:Q"), tooltip=tooltip)
    return encoded.properties(width="container", height={"step": 26}, description=says)


def _labels(rows: list[dict[str, Any]], streams: Sequence[Stream], colour: str) -> alt.Chart:
    """Words at the left end of the bars."""
    chart = alt.Chart(alt.Data(values=rows)).mark_text(align="left", dx=7, color=colour, fontWeight="bold")
    return chart.encode(y=stream_axis(streams), x=alt.datum(0), text="text:N")


def _shown(facts: Facts) -> list[Stream]:
    """The streams with most in hand or finished, in the order of the page."""
    if not facts.busy:
        return [facts.total]
    weight = sorted(facts.busy, key=lambda s: -(s.now.velocity + s.now.load_end))[:SHOWN]
    return [stream for stream in facts.busy if stream in weight]


def _quarters(facts: Facts, stream: Stream) -> list[tuple[str, Any]]:
    before = [(facts.before.name, stream.before)] if facts.before else []
    return [*before, (facts.quarter.name, stream.now)]


def _newest_first(facts: Facts) -> list[str]:
    return [facts.quarter.name, facts.before.name] if facts.before else [facts.quarter.name]


def _quarter_of(facts: Facts, week: Week) -> str:
    inside = facts.before is None or week.start >= facts.quarter.start
    return facts.quarter.name if inside or facts.before is None else facts.before.name


def _weekly(facts: Facts, weeks: Sequence[Week]) -> list[tuple[Week, dict[str, Any]]]:
    """Weeks as rows, with dates as the zone's calendar has them, so that no reader's clock moves a bar."""
    zone = zone_or_utc(facts.receipt.get("zone"))
    rows = []
    for week in weeks:
        start, end = week.start.astimezone(zone).date(), week.end.astimezone(zone).replace(tzinfo=None)
        row = {
            "from": f"{start}",
            "to": f"{start + timedelta(6)}",
            "end": end.isoformat(timespec="milliseconds") + "Z",
            "week": f"{start}" + " (cut)" * week.partial,
        }
        rows.append((week, row | {"velocity": week.velocity, "load": week.load_end}))
    return rows


def _age(age: timedelta) -> int:
    return next(i for i, (limit, _) in enumerate(_AGES) if limit is None or age <= timedelta(limit))


def _quarter_colour(facts: Facts, legend: bool = False) -> alt.Color:
    names = _newest_first(facts)
    scale = alt.Scale(domain=names, range=[NOW, BEFORE][: len(names)])
    return alt.Color("quarter:N", title=None, scale=scale, legend=alt.Legend(orient="top") if legend else None)
