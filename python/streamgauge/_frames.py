"""The door for frames: any object that speaks Arrow, and helpful words for those that do not."""

import os
from typing import Any

import narwhals as nw

from streamgauge._core import ArgumentError, ColumnError
from streamgauge._optional import installed, need

_NEEDED = (
    "a frame that speaks Arrow is needed: polars, pandas (with pyarrow), pyarrow, DuckDB, narwhals "
    "or anything else with __arrow_c_stream__"
)


def arrow_ready(frame: Any) -> Any:
    """The frame as an object whose `__arrow_c_stream__` can be called.

    Args:
        frame: A data frame of any library that speaks Arrow.

    Returns:
        The frame itself, or for pandas its columns without an unnamed index.

    Raises:
        ArgumentError: If it is no frame, with what to do instead.
        ColumnError: If a pandas column holds values of several types.

    Examples:
        >>> arrow_ready({"item": ["A"]})
        Traceback (most recent call last):
            ...
        streamgauge.ArgumentError: a dict is no frame; make one, such as polars.DataFrame(...) or pyarrow.table(...)
    """
    if isinstance(frame, nw.DataFrame | nw.LazyFrame | nw.Series):
        frame = frame.to_native()
    if nw.dependencies.is_polars_lazyframe(frame):
        raise ArgumentError("a LazyFrame is a question, not yet rows; call .collect() and give the DataFrame")
    if nw.dependencies.is_dask_dataframe(frame):
        raise ArgumentError("a dask frame is a question, not yet rows; call .compute() and give the result")
    if _is_one_column(frame):
        raise ArgumentError(f"a {type(frame).__name__} is one column; give the DataFrame")
    if nw.dependencies.is_polars_dataframe(frame):
        return _from_polars(frame)
    if nw.dependencies.is_pandas_dataframe(frame):
        return _from_pandas(frame)
    if hasattr(frame, "__arrow_c_stream__"):
        return frame
    raise ArgumentError(_instead(frame))


def _instead(frame: Any) -> str:
    name = type(frame).__name__
    if isinstance(frame, str | os.PathLike):
        return f"{os.fspath(frame)!r} is a path, not a frame; use sg.read_events({os.fspath(frame)!r})"
    if isinstance(frame, dict):
        return "a dict is no frame; make one, such as polars.DataFrame(...) or pyarrow.table(...)"
    if isinstance(frame, list | tuple):
        return f"a {name} is no frame; make one, such as polars.DataFrame(...) or pyarrow.Table.from_pylist(...)"
    return f"a {name} is no frame; {_NEEDED}"


def _is_one_column(frame: Any) -> bool:
    known = nw.dependencies
    return (
        known.is_polars_series(frame) or known.is_pandas_series(frame) or known.is_pyarrow_chunked_array(frame)
    )  # each of these has __arrow_c_stream__ too


def _from_polars(frame: Any) -> Any:
    """The columns, those of no type as texts: the Null type that polars exports is not the one that Arrow reads."""
    pl = nw.get_native_namespace(frame)
    return frame.cast({pl.Null: pl.String}) if pl.Null in frame.dtypes else frame


def _from_pandas(frame: Any) -> Any:
    """The columns as Arrow. A named index is a column; an unnamed one counts rows and is left out."""
    if not installed("pyarrow"):
        raise ArgumentError("pandas speaks Arrow only with pyarrow; pip install pyarrow")
    pa = need("pyarrow", "pandas", "pyarrow")
    unnamed = all(name is None for name in frame.index.names)
    try:
        return pa.Table.from_pandas(frame if unnamed else frame.reset_index(), preserve_index=False)
    except (pa.ArrowException, TypeError, ValueError) as error:
        raise ColumnError(f"pandas cannot give this frame as Arrow: {error}") from None
