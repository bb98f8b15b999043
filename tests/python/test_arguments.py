"""Something else than what is meant: the message says what it is and what to do."""

from pathlib import Path
from typing import Any

import narwhals as nw
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import streamgauge as sg


def test_a_polars_column_of_nulls_is_read_as_nulls(frame: pa.Table) -> None:
    polars = pl.DataFrame(frame)
    nulls = polars.with_columns(team=pl.lit(None))
    assert nulls.schema["team"] == pl.Null
    texts = sg.EventLog(nulls.with_columns(pl.col("team").cast(pl.String)))
    for given in (nulls, nw.from_native(nulls)):
        log = sg.EventLog(given)
        assert log.fields == texts.fields
        assert log.events().rows() == texts.events().rows()


COLUMNS = {
    "polars": pl.Series(["A"]),
    "pandas": pd.Series(["A"]),
    "narwhals": nw.from_native(pl.Series(["A"]), series_only=True),
    "pyarrow": pa.chunked_array([["A"]]),
}


@pytest.mark.parametrize("library", COLUMNS)
def test_a_series_is_no_frame(library: str) -> None:
    with pytest.raises(sg.ArgumentError, match=r"is one column; give the DataFrame"):
        sg.EventLog(COLUMNS[library])


def test_what_is_no_log_and_no_model(frame: pa.Table, flow: sg.Flow) -> None:
    polars: Any = pl.DataFrame(frame)
    none: Any = None
    log, model = flow.log, flow.model
    wrong: dict[str, Any] = {
        "log is a DataFrame; make it a log with sg.EventLog(frame)": lambda: sg.measure(polars, model),
        "log is a Table; make it a log with sg.EventLog(frame)": lambda: sg.measure(frame, model),
        "log is None; an EventLog is needed": lambda: sg.measure(none, model),
        "log is a path; use sg.read_events(path)": lambda: sg.measure("events.csv", model),  # type: ignore[arg-type]
        "log is a FlowModel; an EventLog is needed": lambda: sg.measure(model, log),  # type: ignore[arg-type]
        "model is None; a FlowModel is needed": lambda: sg.measure(log, none),
        "model is a path; use sg.FlowModel.load(path)": lambda: sg.measure(log, "flow.toml"),  # type: ignore[arg-type]
        "model is a path; use sg.FlowModel.load": lambda: sg.measure(log, Path("flow.toml")),  # type: ignore[arg-type]
        "log is a DataFrame; make": lambda: sg.FlowModel.suggest(polars),
        "findings is an int; a Table is needed": lambda: flow.records().to_json(5),  # type: ignore[arg-type]
    }
    for words, call in wrong.items():
        with pytest.raises(sg.ArgumentError) as error:
            call()
        assert str(error.value).startswith(words), words
