"""Where it flows and where it slows, in sentences that say no more than the numbers do.

Each sentence comes from one comparison and names its numbers. Counts that change by less than three items or a tenth
are not spoken of; streams with fewer than ten finished items with a flow time are not compared by percentile or
efficiency; quarters that were not observed from beginning to end are not compared at all. What is called a quarter here
may be any other period; the sentences name it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from streamgauge._text import duration
from streamgauge.review.facts import KINDS, Facts, Measured, Stream
from streamgauge.review.numbers import items, of_count, of_share, of_span, percent, why_undefined

ENOUGH = 10
_NONE = timedelta(0)
_A_PERCENT = 0.01


@dataclass(frozen=True, slots=True)
class Told:
    """The sentences of a review."""

    flows: list[str]
    slows: list[str]
    notes: list[str]


def tell(facts: Facts) -> Told:
    """The sentences that hold."""
    flows, slows, notes = list(_flows(facts)), list(_slows(facts)), list(_notes(facts))
    if facts.total.now.load_end > facts.total.now.load_start:
        notes.append(
            "Flow time knows finished items only: work that is stuck shows in load and age first, in flow time later."
        )
    return Told(flows, slows, notes)


def headline(facts: Facts) -> list[str]:
    """The five metrics of everything together, a line each, for a terminal."""
    now, before, ok = facts.total.now, facts.total.before, facts.comparable
    than = f" against {facts.before.name}" if facts.before else ""

    def line(name: str, text: str, change: str) -> str:
        return f"{name:<13} {text}" + (f"  {change}{than}" if change else "")

    velocity = of_count(now.velocity, before and before.velocity, ok)
    span = of_span(now.p85, before and before.p85, ok)
    load = of_count(now.load_end, before and before.load_end, ok)
    share = of_share(now.efficiency, before and before.efficiency, ok)
    why = f" ({why_undefined(now)})"
    kinds = ", ".join(f"{kind or 'no kind'} {percent(now.shares[kind])}" for kind in KINDS if now.shares.get(kind))
    return [
        line("velocity", f"{items(now.velocity)} finished", velocity.change),
        line("flow time", f"85 % took at most {span.now}" if now.p85 is not None else "undefined" + why, span.change),
        line("load", f"{items(now.load_end)} at the end", load.change),
        line(
            "efficiency",
            f"{share.now} of flow time was active" if now.efficiency is not None else "undefined" + why,
            share.change,
        ),
        line("distribution", kinds or "undefined" + why, ""),
    ]


def _pairs(facts: Facts) -> list[tuple[str, Measured, Measured]]:
    """Streams whose two quarters can be compared."""
    if not facts.comparable:
        return []
    return [(stream.name, stream.now, stream.before) for stream in _each(facts) if stream.before is not None]


def _each(facts: Facts) -> list[Stream]:
    return facts.busy or [facts.total]


def _enough(*quarters: Measured) -> bool:
    return all(quarter.flow_time_n >= ENOUGH for quarter in quarters)


def _notable(change: int, before: int) -> bool:
    """Whether a count grew by enough to speak of: three items and a tenth."""
    return change >= max(3, before / 10)


def _in(name: str) -> str:
    return f"“{name}”"


def _earlier(facts: Facts) -> str:
    """What the quarter is compared with, by name: it may be a month or a year."""
    return facts.before.name if facts.before else ""


def _changes(facts: Facts) -> list[tuple[timedelta, str, timedelta]]:
    """How the 85th percentile of flow time changed, least first: the change, the stream, what it is now."""
    changes = [
        (now.p85 - before.p85, name, now.p85)
        for name, now, before in _pairs(facts)
        if _enough(now, before) and now.p85 is not None and before.p85 is not None
    ]
    return sorted(changes, key=lambda change: change[0])


def _flows(facts: Facts) -> Iterator[str]:
    calm = [
        (name, now, before)
        for name, now, before in _pairs(facts)
        if _notable(now.velocity - before.velocity, before.velocity) and now.load_end <= now.load_start
    ]
    if calm:
        name, now, before = max(calm, key=lambda each: each[1].velocity - each[2].velocity)
        yield (
            f"{_in(name)} finished more without taking on more: {items(now.velocity)}, "
            f"{now.velocity - before.velocity:,} more than in {_earlier(facts)}, "
            f"while its load went from {now.load_start:,} to {now.load_end:,}."
        )
    changes = _changes(facts)
    if changes and changes[0][0] < _NONE:
        change, name, p85 = changes[0]
        fell = f"{duration(-change)} less than in {_earlier(facts)}"
        yield f"Flow time fell most in {_in(name)}: 85 % of its items took at most {duration(p85)}, {fell}."
    clear = [(s.now.efficiency, s.name) for s in _each(facts) if _enough(s.now) and s.now.efficiency is not None]
    share, name = max(clear, key=lambda each: each[0], default=(0.0, ""))
    if len(clear) > 1 and share >= _A_PERCENT:
        yield f"{_in(name)} has the highest efficiency: {percent(share)} of its items' flow time was active."


def _slows(facts: Facts) -> Iterator[str]:
    piled = [s for s in _each(facts) if _notable(s.now.load_end - s.now.load_start, s.now.load_start)]
    if piled:
        most = max(piled, key=lambda stream: stream.now.load_end - stream.now.load_start)
        grew = f"its load went from {most.now.load_start:,} to {items(most.now.load_end)}"
        yield f"Work piles up in {_in(most.name)}: {grew} while {most.now.velocity:,} were finished."
    changes = _changes(facts)
    if changes and changes[-1][0] > _NONE:
        change, name, p85 = changes[-1]
        rose = f"{duration(change)} more than in {_earlier(facts)}"
        yield f"Flow time rose most in {_in(name)}: 85 % of its items took at most {duration(p85)}, {rose}."
    yield from _waiting(facts)
    fewer = [
        (before.velocity - now.velocity, name, now)
        for name, now, before in _pairs(facts)
        if _notable(before.velocity - now.velocity, before.velocity)
    ]
    if fewer:
        less, name, now = max(fewer, key=lambda each: each[0])
        yield f"{_in(name)} finished {items(now.velocity)}, {less:,} fewer than in {_earlier(facts)}."
    yield from _old_work(facts)
    yield from _defects(facts)


def _waiting(facts: Facts) -> Iterator[str]:
    waited = [
        (s.now.waiting / s.now.flow_time_sum, s.name) for s in _each(facts) if _enough(s.now) and s.now.flow_time_sum
    ]
    share, name = max(waited, key=lambda each: each[0], default=(0.0, ""))
    if share < _A_PERCENT:
        return
    if len(waited) > 1:
        yield f"{_in(name)} has the largest share of waiting: {percent(share)} of its items' flow time."
    else:
        yield f"Items of {_in(name)} waited in {percent(share)} of their flow time."


def _old_work(facts: Facts) -> Iterator[str]:
    limit = facts.total.now.p85
    if limit is None or not _enough(facts.total.now):
        return
    old = sum(age > limit for ages in facts.unfinished.values() for age in ages)
    if old > facts.n_unfinished * 0.15:
        yield (
            f"{old:,} of {facts.n_unfinished:,} unfinished items are older than {duration(limit)}, "
            "the time in which 85 % of the finished ones were done."
        )


def _defects(facts: Facts) -> Iterator[str]:
    now, before = facts.total.now, facts.total.before
    if not facts.comparable or before is None:
        return
    share, was = now.share("defect"), before.share("defect")
    if share is not None and was is not None and share - was >= 0.05:
        yield f"Defects were {percent(share)} of what was finished, up from {percent(was)}."


def _notes(facts: Facts) -> Iterator[str]:
    quarter, first = facts.quarter, facts.flow.first
    if quarter.partial:
        seen = f"it is seen up to {quarter.end:%Y-%m-%d %H:%M} UTC"
        yield f"{quarter.name} is not over: {seen} and is not compared with the {quarter.length} before."
    if facts.before is None:
        yield f"There is no earlier {quarter.length} to compare with: the log begins on {first:%Y-%m-%d}."
    elif first > facts.before.start:
        within = f"{first:%Y-%m-%d}, within {facts.before.name}"
        yield f"The log begins on {within}: the two {quarter.length}s are not compared."
    few = [stream.name for stream in facts.busy if stream.now.flow_time_n < ENOUGH]
    if few and facts.has_streams:
        names = ", ".join(_in(name) for name in few)
        yield f"Fewer than {ENOUGH} finished items with a flow time, so not compared by it: {names}."
