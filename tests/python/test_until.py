"""Rows at or after `until` are not read: the answers until then are the same, and the rows are counted."""

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import streamgauge as sg

from conftest import ROWS

UNTIL = "2024-01-10T00:00:00Z"
FORMATS = ["events.csv", "events.jsonl", "text.parquet", "us.parquet", "ms.parquet", "ns.parquet"]


@pytest.fixture
def files(tiny_folder: Path) -> Path:
    stamps = [datetime.fromisoformat(row["at"]) for row in ROWS]
    lines = ["{" + ", ".join(f'"{name}": "{cell}"' for name, cell in row.items()) + "}" for row in ROWS]
    (tiny_folder / "events.jsonl").write_text("\n".join(lines), encoding="utf-8")
    frame = pa.Table.from_pylist(ROWS)
    pq.write_table(frame, tiny_folder / "text.parquet", row_group_size=2)
    for unit in ("us", "ms", "ns"):
        at = pa.array(stamps, pa.timestamp(unit, "UTC"))
        pq.write_table(frame.set_column(1, "at", at), tiny_folder / f"{unit}.parquet", row_group_size=2)
    return tiny_folder


@pytest.mark.parametrize("name", FORMATS)
def test_answers_until_then_are_those_of_the_whole_file(files: Path, model: sg.FlowModel, name: str) -> None:
    whole, part = sg.read_events(files / name), sg.read_events(files / name, until=UNTIL)
    # The items A and B; the second row of B lies at the instant itself.
    assert (whole.n_items, part.n_items) == (3, 2)
    for as_of in (UNTIL, "2024-01-04T12:00:00Z"):
        seen, expected = sg.measure(part, model, as_of), sg.measure(whole, model, as_of)
        assert seen.log_hash == expected.log_hash
        assert seen.records().rows() == expected.records().rows()
        assert seen.metrics(every="week").rows() == expected.metrics(every="week").rows()
    assert whole.findings().rows() == []
    (finding,) = part.findings().rows()
    assert (finding["code"], finding["count"]) == ("after_as_of", 3)
    assert finding["details"] == [f"3 rows at or after {UNTIL} were not read (until)"]


def test_row_groups_that_are_late_are_not_unpacked(files: Path) -> None:
    path = files / "us.parquet"
    last = pq.ParquetFile(path).metadata.row_group(3)
    data = bytearray(path.read_bytes())
    for i in range(last.num_columns):
        column = last.column(i)
        start = column.dictionary_page_offset or column.data_page_offset
        data[start : start + column.total_compressed_size] = b"\xff" * column.total_compressed_size
    path.write_bytes(data)
    with pytest.raises(sg.ReadError, match="is no whole Parquet file"):
        sg.read_events(path)
    assert sg.read_events(path, until="2024-01-21").findings().rows()[0]["count"] == 1


# One instant, said in each way.
WAYS: dict[str, Any] = {
    "RFC 3339": UNTIL,
    "an offset": "2024-01-10T09:00:00+09:00",
    "a text without an offset": "2024-01-10 00:00",
    "a text of a date": "2024-01-10",
    "a date": date(2024, 1, 10),
    "a datetime": datetime(2024, 1, 10, tzinfo=UTC),
    "a datetime elsewhere": datetime(2024, 1, 10, 9, tzinfo=timezone(timedelta(hours=9))),
    "a datetime without a zone": datetime(2024, 1, 10),
}


@pytest.mark.parametrize("way", WAYS)
def test_ways_to_say_until(tiny_folder: Path, way: str) -> None:
    (finding,) = sg.read_events(tiny_folder / "events.csv", until=WAYS[way]).findings().rows()
    assert finding["details"] == [f"3 rows at or after {UNTIL} were not read (until)"]


def test_a_date_begins_in_the_declared_zone(tiny_folder: Path) -> None:
    (finding,) = sg.read_events(tiny_folder / "events.csv", zone="Asia/Seoul", until="2024-01-10").findings().rows()
    assert finding["details"] == ["3 rows at or after 2024-01-09T15:00:00Z were not read (until)"]


def test_what_is_no_until(tiny_folder: Path) -> None:
    wrong: dict[str, Any] = {
        'until = "yesterday": is no instant': "yesterday",
        'until = "9999-12-31T23:59:59-14:00": ': "9999-12-31T23:59:59-14:00",
        "until is of type int; text in RFC 3339, a date or a datetime is needed": 5,
    }
    for words, until in wrong.items():
        with pytest.raises(sg.ArgumentError) as error:
            sg.read_events(tiny_folder / "events.csv", until=until)
        assert str(error.value).startswith(words), words


def test_all_rows_left_out_are_no_error(files: Path) -> None:
    for name in FORMATS:
        log = sg.read_events(files / name, until="2020-01-01")
        assert log.n_events == 0
        assert [(row["code"], row["count"]) for row in log.findings().rows()] == [("after_as_of", len(ROWS))]
