"""DuckDB: the queries from steps and records to metrics by window and to cumulative flow."""
# ruff: noqa: S608 - the texts in the queries are constants

from __future__ import annotations

from typing import Final

DAY: Final = 86_400_000_000

DAYS: Final = f"""
CREATE TABLE days AS
SELECT unnest(generate_series(min(t) // {DAY}, max(t) // {DAY})) AS day FROM steps
"""

GROUPS: Final = """
CREATE TABLE groups AS
SELECT stream, kind, 8 * enum_code(stream)::INTEGER + enum_code(kind) AS load_group
FROM (SELECT DISTINCT stream, kind FROM steps)
"""

#: Finished items, with the words that they had then.
DONE: Final = """
CREATE TABLE finished AS
SELECT r.finished, s.stream, s.kind, flow_time, r.active, r.waiting, r.paused
FROM (SELECT item, t, stream, kind FROM steps WHERE phase = 'done') s
JOIN records r ON r.item = s.item AND r.finished = s.t
"""

#: For every day and group: the load's net change, what moves its integral, and the most that it was.
LOAD: Final = f"""
CREATE TABLE load_by_day AS
WITH changes AS (
    SELECT t, load_group, 1 AS change FROM steps
    WHERE load_group IS NOT NULL AND group_before IS DISTINCT FROM load_group
    UNION ALL
    SELECT next, load_group, -1 FROM steps
    WHERE load_group IS NOT NULL AND next IS NOT NULL AND group_after IS DISTINCT FROM load_group
),
loads AS (
    -- The groups follow one another, so a running sum over all of them is the load and what groups before left.
    -- Changes at one instant are taken together: the load counts after the last of them.
    SELECT *, sum(change) OVER (ROWS UNBOUNDED PRECEDING) AS load, lead(t) OVER () IS DISTINCT FROM t AS settled
    FROM (SELECT * FROM changes ORDER BY load_group, t)
),
cells AS (
    SELECT
        t // {DAY} AS day, load_group, sum(change)::BIGINT AS change, sum(change * t)::HUGEINT AS moment,
        max(load) FILTER (settled)::BIGINT AS load_max, min(t) AS first
    FROM loads
    GROUP BY ALL
),
bases AS (
    SELECT load_group, sum(left_over) OVER (ORDER BY load_group) - left_over AS base
    FROM (SELECT load_group, sum(change) AS left_over FROM cells GROUP BY load_group)
),
seen AS (SELECT * REPLACE ((load_max - base)::BIGINT AS load_max) FROM cells JOIN bases USING (load_group)),
running AS (
    SELECT day, stream, kind, coalesce(change, 0) AS change, coalesce(moment, 0) AS moment, load_max, first,
        coalesce(sum(change) OVER (
            PARTITION BY load_group ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ), 0)::BIGINT AS before
    FROM days CROSS JOIN groups LEFT JOIN seen USING (day, load_group)
)
SELECT day, stream, kind, change, moment,
    CASE WHEN first = day * {DAY} THEN load_max ELSE greatest(load_max, before) END AS load_max
FROM running
"""

BY_DAY: Final = [DAYS, GROUPS, DONE, LOAD]


def metrics(every: str) -> str:
    """All five metrics by window, stream and kind."""
    at, day = (f"epoch_us(date_trunc('{every}', make_timestamp({at})))" for at in ("finished", f"day * {DAY}"))
    after = f"epoch_us(make_timestamp(window_start) + INTERVAL 1 {every})"
    return f"""
WITH finishes AS (
    SELECT
        {at} AS window_start, stream, kind,
        count(*) AS velocity,
        count(flow_time) AS flow_time_n,
        quantile_disc(flow_time, [0.5, 0.85, 0.95]) AS percentiles,
        coalesce(sum(active) FILTER (flow_time IS NOT NULL), 0)::BIGINT AS active,
        coalesce(sum(waiting) FILTER (flow_time IS NOT NULL), 0)::BIGINT AS waiting,
        coalesce(sum(paused) FILTER (flow_time IS NOT NULL), 0)::BIGINT AS paused,
        coalesce(sum(flow_time), 0)::BIGINT AS flow_time_sum
    FROM finished
    GROUP BY ALL
),
loads AS (
    SELECT {day} AS window_start, stream, kind,
        sum(change) AS change, sum(moment) AS moment, max(load_max)::BIGINT AS load_max
    FROM load_by_day
    GROUP BY ALL
),
running AS (
    SELECT *, least({after}, $as_of) AS window_end, {after} > $as_of AS partial,
        (sum(change) OVER (PARTITION BY stream, kind ORDER BY window_start))::BIGINT AS load_end
    FROM loads
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
        load_end,
        load_max,
        ((load_end - change) * (window_end - window_start) + change * window_end - moment)::BIGINT AS load_integral
    FROM running
    LEFT JOIN finishes USING (window_start, stream, kind)
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
ORDER BY window_start, stream, kind
"""


#: Entries and exits by stream, state and day; running sums; a state from the day on which an item was in it first.
CFD: Final = f"""
WITH entries AS (
    SELECT t // {DAY} AS day, stream, state, any_value(phase) AS phase, count(*) AS n
    FROM steps
    GROUP BY day, stream, state
),
exits AS (
    SELECT next // {DAY} AS day, stream, state, -count(*) AS n FROM steps WHERE next IS NOT NULL GROUP BY ALL
),
net AS (
    SELECT day, stream, state, sum(n) AS n
    FROM (SELECT day, stream, state, n FROM entries UNION ALL SELECT * FROM exits)
    GROUP BY ALL
),
states AS (SELECT state, any_value(phase) AS phase, min(day) AS since FROM entries GROUP BY state),
streams AS (SELECT DISTINCT stream FROM groups)
SELECT least((day + 1) * {DAY}, $as_of) AS "at", stream, state, phase,
    (sum(coalesce(n, 0)) OVER (PARTITION BY stream, state ORDER BY day))::BIGINT AS n
FROM days CROSS JOIN streams CROSS JOIN states LEFT JOIN net USING (day, stream, state)
WHERE day >= since
ORDER BY day, stream, state
"""
