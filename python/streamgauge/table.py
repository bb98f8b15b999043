"""A table: rows as Arrow, with a receipt that says how to make them again."""

import os
import shutil
from collections.abc import Iterator, Sequence
from datetime import timedelta, tzinfo
from html import escape
from typing import TYPE_CHECKING, Any, Literal

import narwhals as nw

from streamgauge import _core
from streamgauge._arguments import needed
from streamgauge._core import ArgumentError
from streamgauge._grid import Column, grid
from streamgauge._optional import need
from streamgauge._text import cell, item_time, working_time, zone_or_utc

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

_HEAD, _TAIL = 20, 5
_CHUNK = 65_536
# Whole numbers of item·µs.
_ITEM_TIMES = {"load_integral", "blocked_integral", "departed", "age_start", "age_end", "gap"}
_ITEM_TIMES_BY_ARRIVALS = {"arrived", "remaining_start", "remaining_end"}
_FOOTER = ("as_of", "zone", "percentile_method", "definitions_version")


class Table:
    """Rows with named columns, which any Arrow-speaking library reads; the answer to every question.

    Instants, durations, numbers and ids are read without a copy. Words of which there are few (streams, kinds, states)
    and how often an item was reopened or moved back are kept as codes, and written out each time a library reads them.

    Print it to look at it: durations and item·µs have a unit (that of working time is the hour), instants are dates in
    the table's zone, what is undefined is `-`. Its `receipt` says what the numbers were made from.

    Examples:
        >>> import pyarrow as pa
        >>> import streamgauge as sg
        >>> log = sg.EventLog(pa.table({"item": ["A"], "at": ["2024-01-02T09:00:00Z"], "state": ["Open"]}))
        >>> log.events()
        item  at                field  value
        A     2024-01-02 09:00  state  Open
        <BLANKLINE>
        1 row · definitions 1
        >>> pa.table(log.events()).column_names
        ['item', 'at', 'field', 'value']
    """

    __slots__ = ("_found", "_inner")
    _inner: _core.Table
    _found: _core.Table | None

    def __init__(self, core: _core.Table, found: _core.Table | None = None) -> None:
        self._inner, self._found = core, found

    @property
    def columns(self) -> list[str]:
        """The names of the columns, in order."""
        return self._inner.column_names

    @property
    def receipt(self) -> dict[str, str]:
        """What the table was made from: versions, `as_of`, `zone`, hashes of model and log, parameters of the call."""
        return self._inner.receipt

    def __len__(self) -> int:
        return self._inner.num_rows

    def rows(self) -> list[dict[str, Any]]:
        """The rows as dictionaries of Python values: `datetime` in UTC, `timedelta`, `str`, `int`, `float`, `bool`.

        An instant outside the years 1 to 9999, which `datetime` does not have, is RFC 3339 text.
        """
        names = self.columns
        return [dict(zip(names, row, strict=True)) for row in self._iter_cells()]

    def head(self, n: int) -> "Table":
        """The first rows: of `ageing` the oldest items, of `ledger_items` those with the largest part of the gap.

        Args:
            n: How many; a table with fewer rows stays as it is.

        Raises:
            ArgumentError: If `n` is no whole number from 0 on.

        Examples:
            >>> import streamgauge as sg
            >>> flow = sg.measure(*sg.sample(), as_of="2025-01-01")
            >>> len(flow.ageing().head(5))
            5
        """
        if not isinstance(n, int) or isinstance(n, bool) or n < 0:
            raise ArgumentError(f"n = {n!r}: a whole number from 0 on is needed")
        return Table(self._inner.head(min(n, len(self))), self._found)

    def to_polars(self) -> "polars.DataFrame":
        """The table as a polars DataFrame."""
        return self._to_native("polars")

    def to_pandas(self) -> "pandas.DataFrame":
        """The table as a pandas DataFrame."""
        need("pyarrow", "to_pandas", "pyarrow")
        return self._to_native("pandas")

    def to_arrow(self) -> "pyarrow.Table":
        """The table as a pyarrow Table, receipt in the schema's metadata."""
        return need("pyarrow", "to_arrow", "pyarrow").table(self)

    def to_json(self, findings: "Table | None" = None) -> str:
        """The table as the JSON of the definitions: timestamps in RFC 3339, durations in µs in fields in `_us`.

        Args:
            findings: The findings to stand beside the rows. Default: those of the log or flow that made the table.

        Examples:
            >>> import json
            >>> import streamgauge as sg
            >>> flow = sg.measure(*sg.sample(), as_of="2025-01-01")
            >>> answer = json.loads(flow.velocity(every="year", by=[]).to_json())
            >>> len(answer["findings"]) == len(flow.findings())
            True
        """
        if findings is not None:
            needed("findings", findings, Table, otherwise="a Table is needed, such as flow.findings()")
        return self._inner.to_json(self._found if findings is None else findings._inner)

    def to_csv(self) -> str:
        """The table as CSV with a header; durations in µs in columns that end in `_us`, what is undefined empty."""
        return self._inner.to_csv()

    def write_parquet(self, path: str | os.PathLike[str]) -> None:
        """Writes the table as a Parquet file, receipt included."""
        self._inner.write_parquet(os.fspath(path))

    def to_text(self, width: int | None = None, limit: int | None = None) -> str:
        """The table as aligned text.

        Args:
            width: Columns that do not fit into it go below, with the first ones again. None: no limit.
            limit: Of more rows than this only the first and the last are shown. None: all.
        """
        above, below = self._shown(limit)
        zone = zone_or_utc(self.receipt.get("zone"))
        rows = [*self._inner.cells(0, above), *self._inner.cells(len(self) - below, len(self))]
        cut = above + below < len(self)
        columns = []
        n_leading = self._n_leading(rows)
        for i, name in enumerate(self.columns):
            texts = self._texts(name, [row[i] for row in rows], zone)
            if cut:
                texts.insert(above, "…")
            right = i >= n_leading and all(row[i] is None or _is_number(row[i]) for row in rows)
            columns.append(Column(name, texts, right, key=i < n_leading))
        return f"{grid(columns, width)}\n\n{self._footer()}"

    def __repr__(self) -> str:
        return self.to_text(width=shutil.get_terminal_size((120, 24)).columns, limit=_HEAD + _TAIL + 5)

    def _repr_html_(self) -> str:
        above, below = self._shown(_HEAD + _TAIL + 5)
        zone = zone_or_utc(self.receipt.get("zone"))
        cells = [*self._inner.cells(0, above), *self._inner.cells(len(self) - below, len(self))]
        columns = [self._texts(name, [row[i] for row in cells], zone) for i, name in enumerate(self.columns)]
        rows = [list(row) for row in zip(*columns, strict=True)]
        if above + below < len(self):
            rows.insert(above, ["…"] * len(self.columns))
        head = "".join(f"<th>{escape(name)}</th>" for name in self.columns)
        body = "".join("<tr>" + "".join(f"<td>{escape(text)}</td>" for text in row) + "</tr>" for row in rows)
        style = "font-variant-numeric: tabular-nums"
        table = f'<table style="{style}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
        return f"<div>{table}<p><small>{escape(self._footer())}</small></p></div>"

    def __arrow_c_schema__(self) -> object:
        return self._inner.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._inner.__arrow_c_stream__(requested_schema)

    def _to_native(self, backend: Literal["polars", "pandas"]) -> Any:
        need(backend, f"to_{backend}", backend)
        return nw.from_arrow(self, backend=backend).to_native()

    def _iter_cells(self) -> Iterator[list[Any]]:
        for start in range(0, len(self), _CHUNK):
            yield from self._inner.cells(start, min(start + _CHUNK, len(self)))

    def _texts(self, name: str, values: Sequence[Any], zone: tzinfo) -> list[str]:
        """One column's cells as people read them."""
        by_arrivals = name in _ITEM_TIMES_BY_ARRIVALS and "arrival_residual" in self.columns
        if name in _ITEM_TIMES or by_arrivals:
            return [item_time(value) if isinstance(value, int) else cell(value, zone) for value in values]
        if name.endswith("_working"):
            return [working_time(value) if isinstance(value, timedelta) else cell(value, zone) for value in values]
        return [cell(value, zone) for value in values]

    def _shown(self, limit: int | None) -> tuple[int, int]:
        """How many rows are shown from the beginning and from the end."""
        if limit is None or len(self) <= limit:
            return len(self), 0
        return max(limit - _TAIL, 1), min(_TAIL, limit - 1)

    def _n_leading(self, rows: list[list[Any]]) -> int:
        """How many columns tell rows apart: the window and the group, or the first."""
        for i, name in enumerate(self.columns):
            if name == "outcome" or any(_is_number(row[i]) for row in rows):
                return max(i, 1)
        return 1

    def _footer(self) -> str:
        receipt = self.receipt
        rows = "1 row" if len(self) == 1 else f"{len(self):,} rows"
        words = {
            "as_of": "as of ",
            "zone": "zone ",
            "percentile_method": "percentiles ",
            "definitions_version": "definitions ",
        }
        said = [words[key] + receipt[key] for key in _FOOTER if receipt.get(key)]
        return " · ".join([rows, *said])


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | timedelta) and not isinstance(value, bool)
