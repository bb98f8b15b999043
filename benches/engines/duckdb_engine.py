"""DuckDB: SQL over an in-memory database, as an expert would write it.

Words are enumerated types and items numbers, so rows are small; in order of items and time, running windows over the
whole table find each row's neighbours, one `GROUP BY` makes
the records. Load and cumulative flow are differences and running sums, counted by day once and rolled up to weeks,
months and quarters, not an overlap of stays and windows.
"""
# ruff: noqa: S608 - the texts in the queries are constants

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from engines import duckdb_tables as tables
from engines import memory
from engines import question as q

if TYPE_CHECKING:
    import pyarrow as pa


def version() -> str:
    """Name and version."""
    return f"duckdb {duckdb.__version__}"


def _texts(texts: list[str]) -> str:
    return ", ".join("'" + text.replace("'", "''") + "'" for text in texts)


TYPES = f"""
CREATE TYPE state AS ENUM ({_texts(q.STATES)});
CREATE TYPE word AS ENUM ({_texts(list(q.KINDS))});
CREATE TYPE kind AS ENUM ({_texts(sorted(q.KINDS.values()))});
CREATE TYPE phase AS ENUM ('new', 'active', 'waiting', 'done', 'cancelled');
"""

#: Looked up by code: a comparison of enumerated types with texts costs ten times as much.
PHASE = f"([{_texts(list(q.PHASES.values()))}]::phase[])[enum_code(state) + 1]"
KIND = f"([{_texts(list(q.KINDS.values()))}]::kind[])[enum_code(type) + 1]"

#: Long form to state log: one row for an item and instant; what did not change is carried on.
STATE_LOG = """
SELECT
    item,
    t,
    last_value(state IGNORE NULLS) OVER w AS state,
    last_value(type IGNORE NULLS) OVER w AS type,
    last_value(stream IGNORE NULLS) OVER w AS stream
FROM (
    SELECT
        item,
        "at" AS t,
        max(value) FILTER (field = 'state') AS state,
        max(value) FILTER (field = 'type') AS type,
        max(value) FILTER (field = 'stream') AS stream
    FROM {rows}
    GROUP BY item, "at"
)
WINDOW w AS (PARTITION BY item ORDER BY t ROWS UNBOUNDED PRECEDING)
"""

#: A group is a small number; null where the item is in no load.
EVENTS = f"""
CREATE {{kind}} events AS
SELECT
    *,
    CASE WHEN phase IN ('active', 'waiting') THEN 8 * enum_code(stream)::INTEGER + enum_code(kind) END AS load_group
FROM (
    SELECT item, t, state, {PHASE} AS phase, {KIND} AS kind, stream
    FROM (
        SELECT item, epoch_us({{at}}) AS t, state::state AS state, type::word AS type, stream::stream AS stream
        FROM ({{rows}})
    )
)
"""

#: Texts that name items become numbers; rows are put in order of them.
ITEMS = "CREATE TABLE items AS SELECT row_number() OVER () AS code, item FROM (SELECT DISTINCT item FROM {source})"
IN_ORDER = "SELECT r.* REPLACE (code AS item) FROM ({rows}) r JOIN items USING (item) ORDER BY code, {at}"

#: Each row's neighbours: rows are in order of items, so the windows are the whole table and nothing is sorted for them.
STEPS = """
CREATE TABLE steps AS
SELECT
    * EXCLUDE (item_before, item_after)
    REPLACE (
        CASE WHEN item_before = item THEN before END AS before,
        CASE WHEN item_before = item THEN group_before END AS group_before,
        CASE WHEN item_after = item THEN next END AS next,
        CASE WHEN item_after = item THEN group_after END AS group_after
    )
FROM (
    SELECT
        *,
        lag(item) OVER () AS item_before,
        lag(state) OVER () AS before,
        lag(load_group) OVER () AS group_before,
        lead(item) OVER () AS item_after,
        lead(t) OVER () AS next,
        lead(load_group) OVER () AS group_after
    FROM events
)
"""

RECORDS = f"""
CREATE TABLE records AS
WITH items AS (
    SELECT
        item,
        min(t) AS arrived,
        min(t) FILTER (load_group IS NOT NULL) AS started,
        max(t) FILTER (phase = 'done' AND coalesce(before NOT IN ({_texts(q.DONE)}), true)) AS finished,
        max(t) FILTER (phase = 'cancelled' AND coalesce(before NOT IN ({_texts(q.CANCELLED)}), true))
            AS cancelled_at,
        coalesce(sum(coalesce(next, $as_of) - t) FILTER (phase = 'active'), 0)::BIGINT AS active,
        coalesce(sum(coalesce(next, $as_of) - t) FILTER (phase = 'waiting'), 0)::BIGINT AS waiting,
        count(*) FILTER (before IN ({_texts(q.DONE)}) AND phase <> 'done') AS n_reopened,
        count(*) FILTER (state < before) AS n_backward,
        any_value(phase) FILTER (next IS NULL) AS phase,
        any_value(stream) FILTER (next IS NULL) AS stream,
        any_value(kind) FILTER (next IS NULL) AS kind
    FROM steps
    GROUP BY item
),
outcomes AS (
    SELECT
        * REPLACE (
            CASE WHEN phase = 'done' THEN finished END AS finished,
            CASE WHEN phase = 'cancelled' THEN cancelled_at END AS cancelled_at
        ),
        CASE
            WHEN phase = 'done' THEN 'done'
            WHEN phase = 'cancelled' THEN 'cancelled'
            WHEN started IS NOT NULL THEN 'open'
            ELSE 'not_started'
        END AS outcome
    FROM items
),
lengths AS (
    SELECT *, CASE outcome WHEN 'done' THEN finished - started WHEN 'open' THEN $as_of - started END AS length
    FROM outcomes
)
SELECT
    item, stream, kind, outcome, arrived, started, finished, cancelled_at,
    CASE WHEN outcome = 'done' THEN length END AS flow_time,
    CASE WHEN length IS NOT NULL THEN active END AS active,
    CASE WHEN length IS NOT NULL THEN waiting END AS waiting,
    length - active - waiting AS paused,
    CASE WHEN outcome = 'open' THEN length END AS age,
    n_reopened, n_backward
FROM lengths
"""


class Engine:
    """One run: `hold` and `take`, or `read`; then `records`, `metrics` and `cfd`."""

    def __init__(self, layout: str) -> None:
        """A database in memory."""
        self.layout = layout
        self.db = duckdb.connect()

    def hold(self, path: str) -> None:
        """A table of its own: enumerated words in layout A, texts in B."""
        frame = memory.load(path)
        self.db.register("frame", frame)
        if self.layout == "A":
            self._types("frame")
            words = 'item, "at", state::state AS state, type::word AS type, stream::stream AS stream'
        else:
            words = 'item, "at", state::VARCHAR AS state, type::VARCHAR AS type, stream::VARCHAR AS stream'
        self.db.execute(f"CREATE TABLE held AS SELECT {words} FROM frame")
        self.db.unregister("frame")

    def take(self) -> None:
        """The table to one with small columns; in layout A it is one already."""
        if self.layout == "B":
            self._types("held")
        self._events("VIEW" if self.layout == "A" else "TABLE", "held")

    def read(self, path: str) -> None:
        """Parquet to a table with small columns."""
        self._types(f"read_parquet('{path}')")
        self._events("TABLE", f"read_parquet('{path}')")

    def _types(self, source: str) -> None:
        column, which = ("value", "WHERE field = 'stream'") if self.layout == "long" else ("stream", "")
        streams = self.db.execute(f"SELECT DISTINCT {column}::VARCHAR FROM {source} {which}").fetchall()
        self.db.execute(TYPES)
        self.db.execute(f"CREATE TYPE stream AS ENUM ({_texts(sorted(stream for (stream,) in streams))})")

    def _events(self, kind: str, source: str) -> None:
        rows, at = (
            (STATE_LOG.format(rows=source), "t") if self.layout == "long" else (f"SELECT * FROM {source}", '"at"')
        )
        if self.layout != "A":
            self.db.execute(ITEMS.format(source=source))
            rows = IN_ORDER.format(rows=rows, at=at)
        self.events = kind
        self.db.execute(EVENTS.format(kind=kind, rows=rows, at=at))

    def records(self) -> pa.Table:
        """Each row's neighbours, then one row for each item."""
        (last,) = self.db.execute("SELECT max(t) FROM events").fetchone() or (0,)
        self.as_of = last + 1
        self.db.execute(STEPS)
        self.db.execute(f"DROP {self.events} events")
        self.db.execute(RECORDS, {"as_of": self.as_of})
        named = "SELECT r.* REPLACE (i.item AS item) FROM records r JOIN items i ON r.item = i.code"
        return self.db.sql("SELECT * FROM records" if self.layout == "A" else named).to_arrow_table()

    def metrics(self) -> dict[str, pa.Table]:
        """All five metrics by window, stream and kind."""
        for statement in tables.BY_DAY:
            self.db.execute(statement)
        return {every: self._table(tables.metrics(every)) for every in q.EVERY}

    def cfd(self) -> pa.Table:
        """Items by stream and state at every end of a day, from differences."""
        return self._table(tables.CFD)

    def _table(self, query: str) -> pa.Table:
        return self.db.sql(query, params={"as_of": self.as_of}).to_arrow_table()
