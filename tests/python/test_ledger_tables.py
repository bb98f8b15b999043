"""Where the time goes, on logs small enough to work out by hand."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pyarrow as pa
import pytest
import streamgauge as sg

from conftest import ROOT

H = timedelta(hours=1)
D = timedelta(days=1)
HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US

WEEK = {"windows": [("2024-01-08", "2024-01-15")], "by": []}
JANUARY = {"windows": ["2024-01"], "by": []}

WINDOW = ["window_start", "window_end"]
GROUP = ["stream", "kind"]
COLUMNS = {
    "states": [
        *WINDOW, *GROUP, "population", "state", "phase", "items", "visits",
        "residence", "blocked", "first_pass", "rework", "rework_visits", "slowest_share",
    ],
    "visits": ["item", "state", "phase", "entered", "left", "residence", "blocked", "pass"],
    "blocked": [
        *WINDOW, "partial", *GROUP, "blocked_start", "blocked_end", "blocked_max", "blocked_integral", "blocked_avg",
        "blocked_share", "began", "ended",
    ],
    "episodes": ["item", "state", "phase", "began", "ended", "blocked", "by", "reason"],
    "rework": [
        *WINDOW, "partial", *GROUP, "finished", "reworked", "reopened", "backward", "lost", "flow_time_sum", "share",
        "lost_share",
    ],
    "transitions": [*WINDOW, *GROUP, "from_state", "to_state", "direction", "moves", "items", "lost"],
    "efficiencies": [
        *WINDOW, "partial", *GROUP, "start", "blocked", "reading", "aggregate", "n", "efficiency", "difference",
    ],
    "cfd": ["at", *GROUP, "state", "phase", "n"],
    "counters": ["at", *GROUP, "counter", "arrived", "committed", "done", "cancelled", "removed"],
    "net_flow": [
        *WINDOW, "partial", *GROUP, "arrivals", "departures", "done", "cancelled", "removed", "moved", "net_flow",
        "open_start", "open_end", "age_start", "age_end",
    ],
    "ageing": [
        "item", *GROUP, "state", "phase", "age", "time_in_state", "blocked", "is_blocked", "started",
    ],
    "ledger": [
        *WINDOW, *GROUP, "load_integral", "departed", "age_start", "age_end", "residual", "unexplained",
        "arrived", "remaining_start", "remaining_end", "arrival_residual",
    ],
    "ledger_items": [*WINDOW, *GROUP, "item", "age_start", "age_end", "gap", "share"],
    "identities": ["identity", "checked", "broken", "residual"],
}  # fmt: skip
INSTANT, LENGTH = pa.timestamp("us", "UTC"), pa.duration("us")
TYPES = dict.fromkeys((*WINDOW, "at", "entered", "left", "started"), INSTANT)
TYPES |= dict.fromkeys(("residence", "first_pass", "lost", "flow_time_sum", "age", "time_in_state"), LENGTH)
TYPES |= dict.fromkeys(("partial", "is_blocked"), pa.bool_())
TYPES |= dict.fromkeys(("item", "state", "phase", *GROUP, "population", "direction", "by", "reason"), pa.string())
TYPES |= dict.fromkeys(
    ("slowest_share", "blocked_share", "blocked_avg", "unexplained", "share", "lost_share", "efficiency", "difference"),
    pa.float64(),
)
TYPES |= dict.fromkeys(
    ("items", "visits", "pass", "n", "moves", "arrivals", "load_integral", "departed", "gap", "blocked_integral"),
    pa.int64(),
)


def ask(flow: sg.Flow, name: str, **question: Any) -> sg.Table:
    table: sg.Table = getattr(flow, name)(**question)
    return table


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# --- columns, types, forms --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", COLUMNS)
def test_columns_and_types(sample_flow: sg.Flow, name: str) -> None:
    table = ask(sample_flow, name)
    assert table.columns == COLUMNS[name]
    assert len(table) > 0
    schema = table.to_arrow().schema
    assert {column: schema.field(column).type for column in table.columns if column in TYPES} == {
        column: TYPES[column] for column in table.columns if column in TYPES
    }
    # What is a length in one table is a count or a sum of item·µs in another.
    lengths = {"net_flow": {"age_start", "age_end"}, "states": {"blocked", "rework"}, "visits": {"blocked"}}
    for column in {"age_start", "age_end", "blocked", "rework"} & set(table.columns):
        expected = LENGTH if column in lengths.get(name, ()) or name in {"episodes", "ageing"} else pa.int64()
        assert schema.field(column).type == (pa.string() if name == "efficiencies" else expected), column


@pytest.mark.parametrize("name", COLUMNS)
def test_every_frame_and_every_text_has_the_same_rows(flow: sg.Flow, name: str) -> None:
    table = ask(flow, name)
    assert (
        table.to_polars().columns == table.to_arrow().column_names == list(table.to_pandas().columns) == table.columns
    )
    assert table.to_polars().height == len(table.to_pandas()) == table.to_arrow().num_rows == len(table)
    assert table.to_polars().rows(named=True) == table.rows()
    answer = json.loads(table.to_json())
    assert len(answer["rows"]) == len(table)
    schema = table.to_arrow().schema
    named = [f"{field.name}_us" if pa.types.is_duration(field.type) else field.name for field in schema]
    assert table.to_csv().splitlines()[0] == ",".join(named)
    assert all(list(row) == named for row in answer["rows"])
    assert answer["findings"] == json.loads(flow.findings().to_json())["rows"]
    assert table.receipt["as_of"] == "2024-02-01T00:00:00Z"


# --- worked out by hand -----------------------------------------------------------------------------------------------


def test_visits(flow: sg.Flow) -> None:
    rows = [tuple(row.values()) for row in flow.visits().rows()]
    none = timedelta()
    end = at("2024-02-01T00:00:00")
    assert rows == [
        ("A", "Doing", "active", at("2024-01-02T09:00:00"), at("2024-01-03T09:00:00"), D, none, 1),
        ("A", "Ready", "waiting", at("2024-01-03T09:00:00"), at("2024-01-05T09:00:00"), 2 * D, none, 1),
        ("A", "Done", "done", at("2024-01-05T09:00:00"), None, end - at("2024-01-05T09:00:00"), none, 1),
        ("B", "Open", "new", at("2024-01-04T00:00:00"), at("2024-01-10T00:00:00"), 6 * D, none, 1),
        ("B", "Doing", "active", at("2024-01-10T00:00:00"), None, 22 * D, none, 1),
        ("C", "Open", "new", at("2024-01-20T00:00:00"), at("2024-01-21T00:00:00"), D, none, 1),
        ("C", "Done", "done", at("2024-01-21T00:00:00"), None, 11 * D, none, 1),
    ]


def test_states_of_the_finished_and_clipped(flow: sg.Flow) -> None:
    columns = ("population", "state", "phase", "items", "visits", "residence", "slowest_share")
    rows = [tuple(row[column] for column in columns) for row in flow.states(**JANUARY).rows()]
    # C is done, but has no flow time. Before as_of A was done for 26 d 15 h, and C for 11 d.
    assert rows == [
        ("finished", "Open", "new", 0, 0, timedelta(), 0.0),
        ("finished", "Doing", "active", 1, 1, D, 1 / 3),
        ("finished", "Ready", "waiting", 1, 1, 2 * D, 2 / 3),
        ("finished", "Done", "done", 0, 0, timedelta(), 0.0),
        ("clipped", "Open", "new", 2, 2, 7 * D, None),
        ("clipped", "Doing", "active", 2, 2, 23 * D, None),
        ("clipped", "Ready", "waiting", 1, 1, 2 * D, None),
        ("clipped", "Done", "done", 2, 2, 37 * D + 15 * H, None),
    ]


def test_second_passes_are_rework(office: sg.Flow) -> None:
    doing, review = (r for r in office.states(**WEEK).rows() if r["population"] == "finished" and r["items"])
    assert (doing["state"], doing["visits"], doing["rework_visits"]) == ("Doing", 2, 1)
    assert (doing["residence"], doing["first_pass"], doing["rework"], doing["blocked"]) == (3 * D, D, 2 * D, 18 * H)
    # One working day, then two; of the blocked time 15:00 to 17:00 on Wednesday.
    assert (doing["residence_working"], doing["rework_working"], doing["blocked_working"]) == (24 * H, 16 * H, 2 * H)
    assert (review["residence"], review["residence_working"], review["rework"]) == (D, 8 * H, timedelta())


def test_blocked_load(week: sg.Flow) -> None:
    (row,) = week.blocked(**WEEK).rows()
    assert row["blocked_integral"] == 18 * HOUR_US
    assert (row["blocked_avg"], row["blocked_share"]) == (18 / 168, 18 / 96)
    assert [row[name] for name in ("blocked_start", "blocked_end", "blocked_max", "began", "ended")] == [0, 0, 1, 1, 1]


def test_episodes(office: sg.Flow) -> None:
    assert office.episodes().rows() == [
        {
            "item": "A", "state": "Doing", "phase": "active",
            "began": at("2024-01-10T15:00:00"), "ended": at("2024-01-11T09:00:00"),
            "blocked": 18 * H, "by": "flag", "reason": "no licence", "blocked_working": 2 * H,
        }
    ]  # fmt: skip


def test_rework(office: sg.Flow) -> None:
    (row,) = office.rework(**WEEK).rows()
    counts = [row[name] for name in ("finished", "reworked", "reopened", "backward")]
    assert counts == [1, 1, 0, 1]
    assert (row["lost"], row["flow_time_sum"], row["share"], row["lost_share"]) == (2 * D, 4 * D, 1.0, 0.5)
    assert (row["lost_working"], row["flow_time_sum_working"]) == (16 * H, 32 * H)


def test_transitions(week: sg.Flow) -> None:
    columns = ("from_state", "to_state", "direction", "moves", "items", "lost")
    assert [tuple(row[column] for column in columns) for row in week.transitions(**WEEK).rows()] == [
        ("Doing", "Review", "forward", 1, 1, timedelta()),
        ("Doing", "Done", "forward", 1, 1, timedelta()),
        ("Review", "Doing", "backward", 1, 1, 2 * D),
    ]


def test_efficiencies(office: sg.Flow) -> None:
    rows = office.efficiencies(**WEEK).rows()
    found = {(r["start"], r["blocked"], r["reading"], r["aggregate"]): r["efficiency"] for r in rows}
    assert len(found) == len(rows) == 2 * 2 * 2 * 2
    own = ("first_commit", "waiting", "elapsed", "ratio_of_sums")
    assert next(iter(found)) == own
    assert found[own] == 78 / 96
    assert found["first_commit", "active", "elapsed", "ratio_of_sums"] == 1.0
    assert found["created", "waiting", "working", "median_of_items"] == 30 / 32
    assert [row["difference"] for row in rows] == [row["efficiency"] - 78 / 96 for row in rows]


def test_cfd(flow: sg.Flow) -> None:
    # At the first edge nothing has been anywhere yet, so there is nothing to draw.
    assert [tuple(row.values()) for row in flow.cfd(every="month", by=[]).rows()] == [
        (at("2024-02-01T00:00:00"), "Open", "new", 0),
        (at("2024-02-01T00:00:00"), "Doing", "active", 1),
        (at("2024-02-01T00:00:00"), "Ready", "waiting", 0),
        (at("2024-02-01T00:00:00"), "Done", "done", 2),
    ]


def test_counters(flow: sg.Flow) -> None:
    assert [tuple(row.values())[1:] for row in flow.counters(every="month", by=[]).rows()] == [
        ("gross", 0, 0, 0, 0, 0),
        ("corrections", 0, 0, 0, 0, 0),
        ("gross", 3, 2, 2, 0, 0),  # C was done without ever being started
        ("corrections", 0, 0, 0, 0, 0),
    ]


def test_net_flow(flow: sg.Flow) -> None:
    (row,) = flow.net_flow(**JANUARY).rows()
    counts = ("arrivals", "departures", "done", "cancelled", "removed", "moved", "net_flow", "open_start", "open_end")
    assert [row[name] for name in counts] == [2, 1, 1, 0, 0, 0, 1, 0, 1]
    assert (row["age_start"], row["age_end"]) == (timedelta(), 22 * D)


def test_ageing(flow: sg.Flow) -> None:
    assert flow.ageing(by="stream").rows() == [
        {
            "item": "B", "stream": "App", "state": "Doing", "phase": "active", "age": 22 * D, "time_in_state": 22 * D,
            "blocked": timedelta(), "is_blocked": False, "started": at("2024-01-10T00:00:00"),
        }
    ]  # fmt: skip


def test_ledger_and_the_items_behind_the_gap(flow: sg.Flow) -> None:
    (row,) = flow.ledger(**JANUARY).rows()
    terms = ("load_integral", "departed", "age_start", "age_end", "residual")
    assert [row[name] for name in terms] == [25 * DAY_US, 3 * DAY_US, 0, 22 * DAY_US, 0]
    assert row["unexplained"] == 22 / 25
    assert row["arrived"] is None  # B has not ended
    (item,) = flow.ledger_items(**JANUARY).rows()
    assert [item[name] for name in ("item", "age_start", "age_end", "gap", "share")] == [
        "B", 0, 22 * DAY_US, 22 * DAY_US, 22 / 25,
    ]  # fmt: skip
    # Up to the 8th all work has come and gone.
    (closed,) = flow.ledger(windows=[("2024-01-01", "2024-01-08")], by=[]).rows()
    by_arrivals = ("arrived", "remaining_start", "remaining_end", "arrival_residual")
    assert [closed[name] for name in by_arrivals] == [3 * DAY_US, 0, 0, 0]
    assert closed["unexplained"] == 0.0


def test_identities(flow: sg.Flow, office: sg.Flow) -> None:
    counts = {row["identity"]: row["checked"] for row in flow.identities(**JANUARY).rows()}
    assert counts == {"flow_time": 1, "age": 1, "residence": 2, "little": 1, "load": 1}
    rows = office.identities(**WEEK).rows()
    assert next(row["checked"] for row in rows if row["identity"] == "flow_time_working") == 1
    assert all((row["broken"], row["residual"]) == (0, 0) for row in rows)


def test_windows_of_an_hour(week: sg.Flow) -> None:
    rows = week.cfd(every="hour", by=[], start="2024-01-10T14:00:00Z", end="2024-01-10T16:00:00Z").rows()
    edges = sorted({row["at"] for row in rows})
    assert edges == [at(f"2024-01-10T{hour}:00:00") for hour in (14, 15, 16)]
    blocked = week.blocked(every="hour", by=[], start="2024-01-10T14:00:00Z", end="2024-01-10T16:00:00Z").rows()
    assert [row["blocked_integral"] for row in blocked] == [0, HOUR_US]


# --- bad questions ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "question", "words"),
    [
        ("states", {"by": ["tem"]}, "tem"),
        ("ageing", {"by": ["tem"]}, "tem"),
        ("cfd", {"every": "fortnight"}, "hour, day, week"),
        ("ledger", {"windows": ["2024-Q5"]}, "2024-Q5"),
        ("rework", {"start": "2030-01-01"}, "2030-01-01"),
        ("net_flow", {"every": "day", "windows": ["2024-Q1"]}, "leave out every"),
        ("blocked", {"windows": "2024-Q1"}, "a list is needed"),
    ],
)
def test_a_question_that_cannot_be(flow: sg.Flow, name: str, question: dict[str, Any], words: str) -> None:
    with pytest.raises(sg.ArgumentError, match=words):
        ask(flow, name, **question)


def test_item_time_is_shown_with_a_unit(flow: sg.Flow) -> None:
    text = flow.ledger(**JANUARY).to_text()
    assert "25.0 item·d" in text
    assert "22.0 item·d" in flow.ledger(**JANUARY)._repr_html_()
    assert "item·" not in flow.counters(**JANUARY).to_text()
    assert "item·" not in flow.net_flow(**JANUARY).to_text()


def test_public_intervals_have_their_gap() -> None:
    """Starts and ends of one team's items, 170 of them without an end."""
    path = ROOT.parent / "shared" / "data" / "intervals_samplepath_polaris" / "work_tracking.csv"
    if not path.exists():
        pytest.skip("the public data are not beside the repository")
    spans = pl.read_csv(path, infer_schema=False)
    starts = spans.select(item="id", at="start_ts", state=pl.lit("Doing"))
    ends = spans.drop_nulls("end_ts").select(item="id", at="end_ts", state=pl.lit("Done"))
    model = sg.FlowModel.from_toml('[phases]\nactive = ["Doing"]\ndone = ["Done"]')
    flow = sg.measure(sg.EventLog(pl.concat([starts, ends]), zone="UTC"), model)
    (row,) = flow.ledger(windows=["2023-Q2"], by=[]).rows()
    length = (row["window_end"] - row["window_start"]) // timedelta(microseconds=1)
    assert round(row["load_integral"] / length, 1) == 115.9
    assert round((row["load_integral"] - row["departed"]) / length, 1) == 108.7
    assert row["residual"] == 0
    items = flow.ledger_items(windows=["2023-Q2"], by=[]).rows()
    assert sum(item["gap"] for item in items) == row["load_integral"] - row["departed"]
    assert items[0]["gap"] == length  # in hand from the first to the last µs of the quarter
