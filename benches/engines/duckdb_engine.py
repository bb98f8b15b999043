"""DuckDB: SQL over an in-memory database, as an expert would write it.

Words are enumerated types, so rows are small. One window function finds each row's neighbours, one `GROUP BY` makes
the records, and load is differences and running sums, not an overlap of stays and windows.
"""
# ruff: noqa: S608 - the texts in the queries are constants

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from engines import question as q

if TYPE_CHECKING:
    import pyarrow as pa


def version() -> str:
    """Name and version."""
    return f"duckdb {duckdb.__version__}"


def _texts(texts: list[str]) -> str:
    return ", ".join("'" + text.replace("'", "''") + "'" for text in texts)


STAGED = f"""
CREATE TYPE state AS ENUM ({_texts(q.STATES)});
CREATE TYPE kind AS ENUM ({_texts(sorted(q.KINDS.values()))});
CREATE TYPE phase AS ENUM ('new', 'active', 'waiting', 'done', 'cancelled');
"""

KIND = "CASE type " + " ".join(f"WHEN '{name}' THEN '{kind}'" for name, kind in q.KINDS.items()) + " END::kind"

PHASE = (
    f"CASE WHEN state IN ({_texts(q.ACTIVE)}) THEN 'active' WHEN state IN ({_texts(q.WAITING)}) THEN 'waiting'"
    f" WHEN state IN ({_texts(q.DONE)}) THEN 'done' WHEN state IN ({_texts(q.CANCELLED)}) THEN 'cancelled'"
    " ELSE 'new' END::phase"
)

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
    FROM read_parquet($path)
    GROUP BY item, "at"
)
WINDOW w AS (PARTITION BY item ORDER BY t ROWS UNBOUNDED PRECEDING)
"""

#: A group is a small number; null where the item is in no load.
INGEST = f"""
CREATE TABLE events AS
SELECT
    *,
    CASE WHEN phase IN ('active', 'waiting') THEN 8 * enum_code(stream)::INTEGER + enum_code(kind) END AS load_group
FROM (
    SELECT
        item, epoch_us({{at}}) AS t,
        state::state AS state, {PHASE} AS phase, {KIND} AS kind, stream::stream AS stream
    FROM ({{rows}})
)
"""

#: Each row's neighbours, by item.
STEPS = """
CREATE TABLE steps AS
SELECT
    *,
    lag(state) OVER w AS before,
    lag(load_group) OVER w AS group_before,
    lead(t) OVER w AS next,
    lead(load_group) OVER w AS group_after
FROM events
WINDOW w AS (PARTITION BY item ORDER BY t)
"""

#: The same where rows are in order of items already: neighbours in the table, without a sort.
STEPS_IN_ORDER = """
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

#: The quarter of an instant, by its start in µs.
QUARTER = "epoch_us(date_trunc('quarter', make_timestamp({at})))"

WINDOWS = """
CREATE TABLE windows AS
SELECT
    epoch_us(quarter) AS window_start,
    least(epoch_us(quarter + INTERVAL 3 MONTH), $as_of) AS window_end,
    epoch_us(quarter + INTERVAL 3 MONTH) > $as_of AS partial
FROM (
    SELECT unnest(generate_series(
        date_trunc('quarter', make_timestamp(min(t))), make_timestamp(max(t)), INTERVAL 3 MONTH
    )) AS quarter
    FROM events
)
"""

METRICS = f"""
WITH groups AS (SELECT DISTINCT stream, kind FROM steps),
grid AS (SELECT * FROM windows CROSS JOIN groups),
finished AS (
    SELECT
        {QUARTER.format(at="finished")} AS window_start,
        s.stream,
        s.kind,
        count(*) AS velocity,
        count(flow_time) AS flow_time_n,
        quantile_disc(flow_time, [0.5, 0.85, 0.95]) AS percentiles,
        coalesce(sum(r.active) FILTER (flow_time IS NOT NULL), 0)::BIGINT AS active,
        coalesce(sum(r.waiting) FILTER (flow_time IS NOT NULL), 0)::BIGINT AS waiting,
        coalesce(sum(r.paused) FILTER (flow_time IS NOT NULL), 0)::BIGINT AS paused,
        coalesce(sum(flow_time), 0)::BIGINT AS flow_time_sum
    FROM (SELECT item, t, stream, kind FROM steps WHERE phase = 'done') s
    JOIN records r ON r.item = s.item AND r.finished = s.t
    GROUP BY ALL
),
changes AS (
    SELECT t, stream, kind, 1 AS change FROM steps
    WHERE load_group IS NOT NULL AND group_before IS DISTINCT FROM load_group
    UNION ALL
    SELECT next, stream, kind, -1 FROM steps
    WHERE load_group IS NOT NULL AND next IS NOT NULL AND group_after IS DISTINCT FROM load_group
),
loads AS (
    -- Changes at one instant are taken together: RANGE sums all rows of the instant.
    SELECT *, sum(change) OVER (PARTITION BY stream, kind ORDER BY t RANGE UNBOUNDED PRECEDING) AS load,
        {QUARTER.format(at="t")} AS window_start
    FROM changes
),
seen AS (
    SELECT window_start, stream, kind, sum(change) AS change, sum(change * (window_end - t)) AS area,
        max(load) AS load_max, min(t) AS first
    FROM loads JOIN windows USING (window_start)
    GROUP BY ALL
),
running AS (
    SELECT window_start, stream, kind, area, load_max, first, coalesce(change, 0) AS change,
        sum(coalesce(change, 0)) OVER (PARTITION BY stream, kind ORDER BY window_start) AS load_end
    FROM grid LEFT JOIN seen USING (window_start, stream, kind)
),
wide AS (
    SELECT
        window_start, window_end, partial, stream, kind,
        coalesce(velocity, 0) AS velocity,
        coalesce(flow_time_n, 0) AS flow_time_n,
        percentiles,
        coalesce(active, 0) AS active,
        coalesce(waiting, 0) AS waiting,
        coalesce(paused, 0) AS paused,
        coalesce(flow_time_sum, 0) AS flow_time_sum,
        (load_end - change)::BIGINT AS load_start,
        load_end::BIGINT AS load_end,
        (CASE WHEN first = window_start THEN load_max ELSE greatest(load_max, load_end - change) END)::BIGINT
            AS load_max,
        ((load_end - change) * (window_end - window_start) + coalesce(area, 0))::BIGINT AS load_integral
    FROM grid
    LEFT JOIN finished USING (window_start, stream, kind)
    LEFT JOIN running USING (window_start, stream, kind)
)
SELECT
    window_start, window_end, partial, stream, kind, velocity, flow_time_n,
    percentiles[1] AS flow_time_p50, percentiles[2] AS flow_time_p85, percentiles[3] AS flow_time_p95,
    CASE WHEN flow_time_n > 0 THEN flow_time_sum // flow_time_n + (
        2 * (flow_time_sum % flow_time_n) > flow_time_n
        OR 2 * (flow_time_sum % flow_time_n) = flow_time_n AND (flow_time_sum // flow_time_n) % 2 = 1
    )::BIGINT END AS flow_time_mean,
    active, waiting, paused, flow_time_sum,
    CASE WHEN flow_time_sum > 0 THEN active::DOUBLE / flow_time_sum::DOUBLE END AS efficiency,
    load_start, load_end, load_max, load_integral,
    load_integral::DOUBLE / (window_end - window_start)::DOUBLE AS load_avg,
    CASE WHEN sum(velocity) OVER w > 0 THEN velocity::DOUBLE / (sum(velocity) OVER w)::DOUBLE END AS distribution
FROM wide
WINDOW w AS (PARTITION BY window_start, stream)
ORDER BY window_start, stream::VARCHAR, kind::VARCHAR
"""


class Engine:
    """One run: `ingest`, then `records`, then `metrics`."""

    def ingest(self, path: str, layout: str) -> None:
        """Parquet to a table with small columns."""
        self.steps = STEPS_IN_ORDER if layout == "A" else STEPS
        self.db = duckdb.connect()
        self.db.execute(f"SET preserve_insertion_order = {str(layout == 'A').lower()}")
        self.db.execute(STAGED)
        column, which = ("value", "WHERE field = 'stream'") if layout == "long" else ("stream", "")
        streams = self.db.execute(
            f"SELECT DISTINCT {column} FROM read_parquet($path) {which}", {"path": path}
        ).fetchall()
        self.db.execute(f"CREATE TYPE stream AS ENUM ({_texts(sorted(stream for (stream,) in streams))})")
        rows, at = (STATE_LOG, "t") if layout == "long" else ("SELECT * FROM read_parquet($path)", '"at"')
        self.db.execute(INGEST.format(rows=rows, at=at), {"path": path})

    def records(self) -> pa.Table:
        """Each row's neighbours, then one row for each item."""
        (last,) = self.db.execute("SELECT max(t) FROM events").fetchone() or (0,)
        self.as_of = last + 1
        self.db.execute(self.steps)
        self.db.execute(RECORDS, {"as_of": self.as_of})
        return self.db.sql("SELECT * FROM records").to_arrow_table()

    def metrics(self) -> pa.Table:
        """All five metrics by quarter, stream and kind."""
        self.db.execute(WINDOWS, {"as_of": self.as_of})
        return self.db.sql(METRICS).to_arrow_table()
