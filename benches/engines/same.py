"""Whether two engines gave the same tables: every cell, floats to the bit.

What the engines call things may differ (a category or a text, a duration or its µs), what they say may not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from engines import question as q

if TYPE_CHECKING:
    from pathlib import Path


def canonical(path: Path, columns: list[str]) -> pl.DataFrame:
    """A table as texts, 64-bit integers, floats and truth values; records in byte order of `item`."""
    frame = pl.read_parquet(path).select(columns)
    casts = []
    for name, dtype in frame.schema.items():
        if name == "item" or isinstance(dtype, (pl.Categorical, pl.Enum)):
            casts.append(pl.col(name).cast(pl.String))
        elif dtype.is_temporal() or dtype.is_integer():
            casts.append(pl.col(name).cast(pl.Int64))
    frame = frame.with_columns(casts)
    return frame.sort("item") if "item" in columns else frame


def assert_same(ours: Path, theirs: Path) -> None:
    """All tables of two runs, cell by cell.

    Raises:
        AssertionError: With the first cells that differ.
    """
    for table, columns in q.TABLES.items():
        a, b = (canonical(run / f"{table}.parquet", columns) for run in (ours, theirs))
        if a.height != b.height:
            raise AssertionError(f"{table}: {ours.name} has {a.height} rows, {theirs.name} {b.height}")
        for name in columns:
            if a[name].dtype != b[name].dtype:
                raise AssertionError(f"{table}.{name}: {a[name].dtype} and {b[name].dtype}")
            rows = a[name].ne_missing(b[name]).arg_true()
            if len(rows) > 0:
                first = [(a[name][i], b[name][i]) for i in rows[:5]]
                where = a[rows[0]].select(columns[:5]).to_dicts()
                runs = f"{ours.name} and {theirs.name}"
                raise AssertionError(f"{table}.{name}: {len(rows)} cells differ between {runs}: {first} at {where}")
