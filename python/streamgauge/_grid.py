"""A table as aligned text; columns that do not fit go into a further block, with the first ones before them again."""

from collections.abc import Sequence
from dataclasses import dataclass

from streamgauge._text import padded, width

_GAP = 2


@dataclass(frozen=True, slots=True)
class Column:
    """One column as text."""

    name: str
    cells: Sequence[str]
    right: bool
    """Whether it stands against its right edge, as numbers do."""
    key: bool
    """Whether it tells rows apart, and so stands in every block."""

    @property
    def width(self) -> int:
        return max([width(self.name), *map(width, self.cells)])


def grid(columns: Sequence[Column], available: int | None) -> str:
    """Lines of text, at most `available` wide where that can be done; None sets no limit.

    Examples:
        >>> print(grid([Column("stream", ["A", "B"], False, True), Column("velocity", ["3", "12"], True, False)], None))
        stream  velocity
        A              3
        B             12
    """
    return "\n\n".join(_block(block) for block in _blocks(columns, available))


def _blocks(columns: Sequence[Column], available: int | None) -> list[list[Column]]:
    keys = [column for column in columns if column.key]
    if available is None or _width(columns) <= available:
        return [list(columns)]
    if _width(keys) > available // 2:
        keys = list(columns[:1])
    blocks: list[list[Column]] = [list(keys)]
    for column in columns:
        if column in keys:
            continue
        if len(blocks[-1]) > len(keys) and _width([*blocks[-1], column]) > available:
            blocks.append(list(keys))
        blocks[-1].append(column)
    return blocks


def _width(columns: Sequence[Column]) -> int:
    return sum(column.width + _GAP for column in columns) - _GAP


def _block(columns: Sequence[Column]) -> str:
    rows = zip(*([column.name, *column.cells] for column in columns), strict=True)
    widths = [column.width for column in columns]
    lines = (
        (" " * _GAP).join(padded(text, to, column.right) for text, to, column in zip(row, widths, columns, strict=True))
        for row in rows
    )
    return "\n".join(line.rstrip() for line in lines)
