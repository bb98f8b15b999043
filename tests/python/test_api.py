"""The main path, as the package documents it."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
import streamgauge as sg

METRICS = [
    *("window_start", "window_end", "partial", "stream", "kind", "velocity"),
    *("flow_time_n", "flow_time_p50", "flow_time_p85", "flow_time_p95", "flow_time_mean"),
    *("active", "waiting", "paused", "flow_time_sum", "efficiency"),
    *("load_start", "load_end", "load_max", "load_integral", "load_avg", "distribution"),
]


def test_metrics_has_the_columns_of_the_definitions(flow: sg.Flow) -> None:
    assert flow.metrics().columns == METRICS


def test_metrics_of_a_log_one_can_follow(flow: sg.Flow) -> None:
    app, web = flow.metrics(every="month", by=["stream"]).rows()
    assert (app["stream"], web["stream"]) == ("App", "Web")
    assert web["velocity"] == 1
    assert web["flow_time_p50"] == web["flow_time_mean"] == timedelta(days=3)
    assert web["efficiency"] == 1 / 3
    assert (web["load_start"], web["load_end"], web["load_max"]) == (0, 0, 1)
    assert web["load_integral"] == 3 * 86_400_000_000
    # C finished without a start: it counts in velocity, its flow time is undefined and never zero.
    assert (app["velocity"], app["flow_time_n"], app["flow_time_p50"], app["efficiency"]) == (1, 0, None, None)
    assert app["load_end"] == 1


def test_each_metric_has_its_columns_of_the_wide_table(flow: sg.Flow) -> None:
    wide = flow.metrics(every="month").rows()
    for name in ("velocity", "flow_time", "load", "efficiency", "distribution"):
        narrow = getattr(flow, name)(every="month")
        shared = [column for column in narrow.columns if not column.startswith("item_efficiency")]
        assert set(shared) <= set(METRICS)
        assert [{column: row[column] for column in shared} for row in narrow.rows()] == [
            {column: row[column] for column in shared} for row in wide
        ]


def test_windows_by_name_and_by_instants(flow: sg.Flow) -> None:
    named = flow.velocity(windows=["2024-01"], by=[])
    pair = flow.velocity(windows=[(date(2024, 1, 1), datetime(2024, 2, 1, tzinfo=UTC))], by=[])
    assert named.rows() == pair.rows()
    assert named.rows()[0]["velocity"] == 2


def test_one_field_may_stand_without_a_list(flow: sg.Flow) -> None:
    assert flow.velocity(by="stream").rows() == flow.velocity(by=["stream"]).rows()


def test_percentiles_and_their_method_are_named(flow: sg.Flow) -> None:
    table = flow.flow_time(percentiles=[50, 99.5], percentile_method="linear")
    assert {"flow_time_p50_linear", "flow_time_p99_5_linear"} <= set(table.columns)
    assert table.receipt["percentile_method"] == "linear"


def test_distribution_of_velocity_and_of_load(flow: sg.Flow) -> None:
    shares = {(row["stream"], row["kind"]): row["distribution"] for row in flow.distribution(every="month").rows()}
    assert shares == {("App", "defect"): 1.0, ("Web", "feature"): 1.0}
    of_load = flow.distribution(every="month", by=["kind"], of="load").rows()
    assert sum(row["distribution"] for row in of_load) == pytest.approx(1.0)


def test_records(flow: sg.Flow) -> None:
    a, b, c = flow.records().rows()
    assert [r["outcome"] for r in (a, b, c)] == ["done", "open", "done"]
    assert (a["flow_time"], a["active"], a["waiting"], a["paused"]) == tuple(timedelta(days=d) for d in (3, 1, 2, 0))
    assert b["age"] == timedelta(days=22)
    assert c["flow_time"] is None


def test_findings(flow: sg.Flow) -> None:
    found = {row["code"]: row for row in flow.findings().rows()}
    assert found["finished_without_start"]["count"] == 1
    assert found["finished_without_start"]["items"] == ["C"]
    assert "velocity" in found["finished_without_start"]["effect"]


def test_as_of_cuts_and_marks_partial(frame: pa.Table, model: sg.FlowModel) -> None:
    flow = sg.measure(sg.EventLog(frame), model, as_of="2024-01-04")
    assert flow.as_of == datetime(2024, 1, 4, tzinfo=UTC)
    (row,) = flow.velocity(every="month", by=[]).rows()
    assert row["partial"]
    assert row["window_end"] == flow.as_of
    assert row["velocity"] == 0


def test_zone_overrides_the_model(frame: pa.Table, model: sg.FlowModel) -> None:
    flow = sg.measure(sg.EventLog(frame), model, as_of="2024-02-01", zone="Asia/Seoul")
    assert flow.as_of == datetime(2024, 1, 31, 15, tzinfo=UTC)
    assert flow.velocity().receipt["zone"] == "Asia/Seoul"
    assert model.zone == "UTC"


def test_a_table_says_what_it_was_made_from(flow: sg.Flow) -> None:
    receipt = flow.metrics().receipt
    assert receipt["definitions_version"] == str(sg.DEFINITIONS_VERSION)
    assert receipt["model_hash"] == flow.model_hash == flow.model.hash
    assert receipt["log_hash"] == flow.log_hash
    assert receipt["as_of"] == "2024-02-01T00:00:00Z"


def test_model_goes_to_a_file_and_back(model: sg.FlowModel, tmp_path: Path) -> None:
    model.save(tmp_path / "flow.toml")
    assert sg.FlowModel.load(tmp_path / "flow.toml").hash == model.hash


def test_a_suggested_model_measures_its_log(frame: pa.Table) -> None:
    log = sg.EventLog(frame)
    suggested = sg.FlowModel.suggest(log)
    assert suggested.phase_of("Doing") == "active"
    assert suggested.phase_of("Done") == "done"
    assert len(sg.measure(log, suggested).records()) == 3


def test_events_read_back_are_the_same_log(frame: pa.Table, model: sg.FlowModel, tmp_path: Path) -> None:
    log = sg.EventLog(frame)
    log.events().write_parquet(tmp_path / "events.parquet")
    again = sg.read_events(tmp_path / "*.parquet")
    assert again.events().rows() == log.events().rows()
    assert sg.measure(again, model).log_hash == sg.measure(log, model).log_hash


def test_log(frame: pa.Table) -> None:
    log = sg.EventLog(frame)
    assert (log.n_items, log.fields[0]) == (3, "state")
    assert log.values("stream") == [("App", 2), ("Web", 1)]
    assert repr(log).startswith("EventLog: ")


def test_sample_tells_its_story(sample_flow: sg.Flow) -> None:
    totals = sample_flow.metrics(windows=["2024-Q2", "2024-Q4"], by=[]).rows()
    assert totals[1]["load_end"] > totals[0]["load_end"]


def test_sample_is_the_same_each_time(sample_flow: sg.Flow) -> None:
    assert sg.measure(*sg.sample(), as_of="2025-01-01").log_hash == sample_flow.log_hash
