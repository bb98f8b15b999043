"""The page: a Jinja2 template that escapes everything, one bundle of Vega for all charts, nothing to be loaded."""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import jinja2
import vl_convert

from streamgauge._core import __version__
from streamgauge._text import duration, instant, zone_or_utc
from streamgauge.review.charts import SHOWN, all_charts, shown_names
from streamgauge.review.facts import KINDS, Facts, Stream
from streamgauge.review.numbers import Cell, of_count, of_share, of_span, why_undefined
from streamgauge.review.words import tell

_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


@dataclass(frozen=True, slots=True)
class Row:
    """One stream's row in the tables."""

    name: str
    velocity: Cell
    p50: Cell
    p85: Cell
    p95: Cell
    load: Cell
    load_avg: str
    load_max: str
    efficiency: Cell
    active: str
    waiting: str
    paused: str
    kinds: list[Cell]
    n: str
    why: str


def render(facts: Facts) -> str:
    """The page as text. The same facts give the same bytes."""
    zone = zone_or_utc(facts.receipt.get("zone"))
    kinds = [kind for kind in KINDS if any(kind in stream.now.kinds for stream in (facts.total, *facts.streams))]
    charts = all_charts(facts)
    template = _templates().get_template("page.html.j2")
    return template.render(
        facts=facts,
        quarter=facts.quarter,
        before=facts.before,
        told=tell(facts),
        total=_row(facts, facts.total, kinds),
        rows=[_row(facts, stream, kinds) for stream in facts.busy],
        kinds=[kind or "no kind" for kind in kinds],
        shown=shown_names(facts),
        shown_at_most=SHOWN,
        places=list(charts),
        specs=script_json(charts),
        bundle=_bundle(),
        style=files("streamgauge.review").joinpath("page.css").read_text(encoding="utf-8"),
        model=facts.flow.model,
        phases=_phases(facts),
        types=_types(facts),
        findings=facts.findings,
        version=__version__,
        at=lambda moment: instant(moment, zone),
        n_unfinished=facts.n_unfinished,
        reasons=_reasons(facts),
    )


def script_json(value: Any) -> str:
    r"""JSON that can stand in a `<script>`: no character in it can end the element or open another.

    Examples:
        >>> script_json({"title": "</script><script>"})
        '{"title":"\\u003c/script\\u003e\\u003cscript\\u003e"}'
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character, escaped in _ESCAPES.items():
        text = text.replace(character, escaped)
    return text


def _row(facts: Facts, stream: Stream, kinds: list[str | None]) -> Row:
    now, before, ok = stream.now, stream.before, facts.comparable
    return Row(
        name=stream.name,
        velocity=of_count(now.velocity, before and before.velocity, ok),
        p50=of_span(now.p50, before and before.p50, ok),
        p85=of_span(now.p85, before and before.p85, ok),
        p95=of_span(now.p95, before and before.p95, ok),
        load=of_count(now.load_end, before and before.load_end, ok),
        load_avg=f"{now.load_avg:,.1f}",
        load_max=f"{now.load_max:,}",
        efficiency=of_share(now.efficiency, before and before.efficiency, ok),
        active=duration(now.active),
        waiting=duration(now.waiting),
        paused=duration(now.paused),
        kinds=[of_share(now.share(kind), before and before.share(kind), ok) for kind in kinds],
        n=f"{now.flow_time_n:,}",
        why=why_undefined(now),
    )


def _reasons(facts: Facts) -> list[tuple[str, str]]:
    """Why some streams have no flow time and no efficiency: each reason with the streams it holds for."""
    by_reason: dict[str, list[str]] = {}
    for stream in facts.busy or [facts.total]:
        if stream.now.efficiency is None:
            by_reason.setdefault(why_undefined(stream.now), []).append(stream.name)
    return [(why, ", ".join(names)) for why, names in sorted(by_reason.items())]


def _phases(facts: Facts) -> list[tuple[str, list[str]]]:
    """The model's states by phase, in workflow order."""
    model, phases = facts.flow.model, ("new", "active", "waiting", "done", "cancelled")
    table = [(phase, [state for state in model.states if model.phase_of(state) == phase]) for phase in phases]
    return [(phase, states) for phase, states in table if states]


def _types(facts: Facts) -> list[tuple[str, list[str]]]:
    """The log's types by kind; those that the plain table does not have are left to the rules."""
    if "type" not in facts.flow.log.fields:
        return []
    by_kind: dict[str, list[str]] = {}
    for value, _n in facts.flow.log.values("type"):
        by_kind.setdefault(facts.flow.model.kind_of(value) or "by a rule, or none", []).append(value)
    order = [*(kind for kind in KINDS if kind), "ignored"]
    return sorted(by_kind.items(), key=lambda each: order.index(each[0]) if each[0] in order else len(order))


@cache
def _bundle() -> str:
    """Vega, Vega-Lite and Vega-Embed, as vl-convert carries them: made once, used by every chart."""
    bundle: str = vl_convert.javascript_bundle()
    return bundle.replace("</script", "<\\/script")


@cache
def _templates() -> jinja2.Environment:
    loader = jinja2.PackageLoader("streamgauge.review", ".")
    return jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
