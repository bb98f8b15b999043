"""Frames of every library in, frames of every library out."""

import builtins
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import narwhals as nw
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import streamgauge as sg


def _duckdb(table: pa.Table) -> Any:
    connection = duckdb.connect()
    return connection.from_arrow(table)


FRAMES = {
    "pyarrow": lambda table: table,
    "batch reader": lambda table: table.to_reader(),
    "polars": pl.DataFrame,
    "polars categorical": lambda table: pl.DataFrame(table).with_columns(
        pl.col("state", "stream").cast(pl.Categorical)
    ),
    "polars timestamps": lambda table: pl.DataFrame(table).with_columns(pl.col("at").str.to_datetime(time_zone="UTC")),
    "pandas": lambda table: table.to_pandas(),
    "pandas timestamps": lambda table: table.to_pandas().assign(at=lambda frame: pd.to_datetime(frame["at"])),
    "pandas, rows left out": lambda table: pd.concat([table.to_pandas().iloc[:1], table.to_pandas()]).iloc[1:],
    "pandas, item as index": lambda table: table.to_pandas().set_index("item"),
    "duckdb": _duckdb,
    "narwhals of polars": lambda table: nw.from_native(pl.DataFrame(table)),
    "narwhals of pandas": lambda table: nw.from_native(table.to_pandas()),
}


@pytest.mark.parametrize("kind", FRAMES)
def test_every_frame_gives_the_same_numbers(kind: str, frame: pa.Table, flow: sg.Flow) -> None:
    again = sg.measure(sg.EventLog(FRAMES[kind](frame)), flow.model, as_of="2024-02-01")
    assert again.metrics(every="month").to_json() == flow.metrics(every="month").to_json()


def test_long_form(flow: sg.Flow) -> None:
    long = pl.DataFrame(flow.log.events())
    assert long.columns == ["item", "at", "field", "value"]
    again = sg.measure(sg.EventLog(long), flow.model, as_of="2024-02-01")
    assert again.metrics().to_json() == flow.metrics().to_json()


def test_columns_may_have_other_names(frame: pa.Table, flow: sg.Flow) -> None:
    renamed = frame.rename_columns(["Key", "When", "Status", "stream", "type"])
    log = sg.EventLog(renamed, item="Key", at="When", state="Status")
    assert sg.measure(log, flow.model, as_of="2024-02-01").log_hash == flow.log_hash


WRONG = {
    "LazyFrame": (lambda: pl.LazyFrame({"item": ["A"]}), "call .collect()"),
    "narwhals LazyFrame": (lambda: nw.from_native(pl.LazyFrame({"item": ["A"]})), "call .collect()"),
    "dict": (lambda: {"item": ["A"]}, "a dict is no frame; make one, such as polars.DataFrame"),
    "list": (lambda: [{"item": "A"}], "pyarrow.Table.from_pylist"),
    "path": (lambda: "events.csv", "use sg.read_events('events.csv')"),
    "number": (lambda: 3, "a int is no frame; a frame that speaks Arrow is needed"),
    "None": (lambda: None, "a NoneType is no frame"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_what_is_no_frame_is_told_what_to_do(kind: str) -> None:
    make, wanted = WRONG[kind]
    with pytest.raises(sg.ArgumentError) as error:
        sg.EventLog(make())
    assert wanted in str(error.value)


def test_pandas_without_pyarrow(frame: pa.Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streamgauge._frames.installed", lambda module: module != "pyarrow")
    with pytest.raises(sg.ArgumentError, match="pip install pyarrow"):
        sg.EventLog(frame.to_pandas())


def test_pandas_with_several_types_in_a_column() -> None:
    with pytest.raises(sg.ColumnError, match="pandas cannot give this frame as Arrow"):
        sg.EventLog(pd.DataFrame({"item": ["A", 1, object()], "at": "2024-01-01T00:00:00Z", "state": "Open"}))


def test_missing_column_names_the_nearest(frame: pa.Table) -> None:
    with pytest.raises(sg.ColumnError) as error:
        sg.EventLog(frame.rename_columns(["item", "att", "state", "stream", "type"]))
    assert 'column "at" is missing' in str(error.value)
    assert "att" in str(error.value)


def test_a_stamp_without_a_zone_needs_one(frame: pa.Table) -> None:
    naive = pl.DataFrame(frame).with_columns(pl.col("at").str.to_datetime(time_zone="UTC").dt.replace_time_zone(None))
    with pytest.raises(sg.StreamgaugeError, match="zone"):
        sg.EventLog(naive)
    assert sg.EventLog(naive, zone="UTC").events().rows() == sg.EventLog(frame).events().rows()


def test_tables_go_to_every_library(flow: sg.Flow) -> None:
    table = flow.metrics(every="month")
    assert table.to_arrow().num_rows == len(table) == 2
    assert json.loads(table.to_arrow().schema.metadata[b"streamgauge"])["as_of"] == "2024-02-01T00:00:00Z"
    polars = table.to_polars()
    assert polars.schema["flow_time_p50"] == pl.Duration("us")
    assert polars.schema["window_start"] == pl.Datetime("us", "UTC")
    assert polars["velocity"].to_list() == [1, 1]
    pandas = table.to_pandas()
    assert list(pandas.columns) == table.columns
    assert pandas["flow_time_p50"].dt.days.tolist()[1] == 3
    assert pl.DataFrame(table).equals(polars)
    assert pa.table(table).equals(table.to_arrow())
    assert nw.from_arrow(table, backend=pl).to_native().equals(polars)
    connection = duckdb.connect()
    connection.register("metrics", table.to_arrow())
    assert connection.sql("select sum(velocity) from metrics").fetchall() == [(2,)]


def test_a_library_that_is_missing_is_named(flow: sg.Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name.partition(".")[0] in {"polars", "altair"}:
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr("streamgauge._optional.import_module", without)
    with pytest.raises(sg.StreamgaugeError, match='pip install "polars"'):
        flow.metrics().to_polars()
    with pytest.raises(sg.StreamgaugeError, match=r'pip install "streamgauge\[review\]"'):
        flow.review("2024-Q1")


@pytest.mark.parametrize("column", [pl.Series("item", ["A"]), pa.chunked_array([["A"]]), pd.Series(["A"])])
def test_one_column_is_no_frame(column: Any) -> None:
    with pytest.raises(sg.ArgumentError, match=r"one column|is no frame"):
        sg.EventLog(column)


def test_a_row_that_is_null_as_a_whole_is_refused() -> None:
    columns = [pa.array(["A", "B"]), pa.array(["2024-01-01T00:00:00Z"] * 2), pa.array(["Open", "Open"])]
    rows = pa.StructArray.from_arrays(columns, names=["item", "at", "state"], mask=pa.array([False, True]))

    class Stream:
        def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
            return pa.chunked_array([rows]).__arrow_c_stream__(requested_schema)

    with pytest.raises(sg.ColumnError, match="row 1"):
        sg.EventLog(Stream())


def test_a_log_does_not_change_with_the_frame_it_came_from() -> None:
    at = pd.to_datetime(["2024-01-01", "2024-01-02"], utc=True).as_unit("us")
    frame = pd.DataFrame({"item": ["A", "A"], "at": at, "state": ["Doing", "Done"]})
    log = sg.EventLog(frame)
    before = log.events().to_csv()
    frame.loc[0, "at"] = pd.Timestamp("2023-12-25", tz="UTC")
    frame["at"].array._ndarray[:] = 0
    assert log.events().to_csv() == before


@pytest.mark.parametrize("column", ["item", "state", "type"])
@pytest.mark.parametrize("key", [5, -1])
def test_a_key_that_is_no_place_in_its_dictionary(column: str, key: int) -> None:
    keys = pa.DictionaryArray.from_arrays(pa.array([0, key], pa.int32()), pa.array(["x", "y"]), safe=False)
    plain = pa.array(["x", "y"]).dictionary_encode()
    table = {name: keys if name == column else plain for name in ("item", "state", "type")}
    table["at"] = pa.array([1, 2], pa.timestamp("us", "UTC"))
    with pytest.raises(sg.ColumnError, match=rf'column "{column}", row 1.*no place among the 2 values'):
        sg.EventLog(pa.table(table))


SHARED = """
import polars as pl, streamgauge as sg
def resident():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmRSS"))
n = 8_000_000
state = pl.repeat("Open", n, eager=True).cast(pl.Enum(["Open"]))
frame = pl.DataFrame({"item": pl.repeat(1, n, eager=True, dtype=pl.Int64), "state": state})
frame = frame.with_columns(at=pl.int_range(n, eager=True).cast(pl.Datetime("us", "UTC"))).rechunk()
sg.EventLog(frame.head(1000))
before = resident()
log = sg.EventLog(frame)
print((resident() - before) / n, log.n_items)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read as Linux tells it")
def test_instants_of_polars_that_come_by_item_are_not_copied() -> None:
    done = subprocess.run([sys.executable, "-c", SHARED], check=True, capture_output=True, text=True)
    bytes_a_row, n_items = done.stdout.split()
    # The instants alone would be 8 bytes a row.
    assert (float(bytes_a_row) < 6, n_items) == (True, "1"), done.stdout
