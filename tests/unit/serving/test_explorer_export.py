"""A result as files: what PostgreSQL gave, in CSV and Parquet."""

import csv
import io
import time
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow.parquet
import pytest

from include.serving.explorer.export import arrow_table, as_csv, as_parquet, file_name
from tests.hostile_texts import HOSTILE


def table_of(*rows: tuple[Any, ...], columns: tuple[str, ...] | None = None) -> pyarrow.Table:
    return arrow_table(columns or tuple(f"c{number}" for number in range(len(rows[0]))), rows)


def read_csv(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode())))


def test_values_come_out_as_they_went_in():
    row = (1, 2.5, 'wind, "embedded"', True, date(2026, 5, 31), datetime(2026, 5, 31, 7, tzinfo=UTC), Decimal("0.10"))
    table = table_of(row)
    assert tuple(table.to_pylist()[0].values()) == row
    [_, cells] = read_csv(as_csv(table))
    assert cells[2] == row[2]
    assert cells[5].startswith("2026-05-31 07:00:00")
    assert cells[6] == "0.10"


def test_every_text_comes_out_of_a_csv_as_it_went_in_formulas_of_sheets_too():
    texts = list(HOSTILE.values())
    content = as_csv(table_of(*((text,) for text in texts)))
    rows = csv.reader(io.StringIO(content.decode(), newline=""))
    assert [text for (text,) in rows] == ["c0", *texts]


def test_parquet_holds_the_same():
    table = table_of((1, "a"), (None, "b"))
    assert pyarrow.parquet.read_table(io.BytesIO(as_parquet(table))).to_pylist() == table.to_pylist()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ([1, 2], "[1, 2]"),
        ({"a": 1}, '{"a": 1}'),
        (2**80, str(2**80)),
        (Decimal("NaN"), "NaN"),
        (Decimal("-Infinity"), "-Infinity"),
        (None, None),
    ],
)
def test_what_arrow_has_no_type_for_is_text(value, text):
    table = table_of((value,))
    assert table.to_pylist() == [{"c0": text}]
    assert len(read_csv(as_csv(table))) == 2


def test_columns_of_one_name_are_told_apart():
    table = table_of((1, 2, 3), columns=("mw", "mw", "mw"))
    assert table.column_names == ["mw", "mw_2", "mw_3"]
    taken = table_of((1, 2, 3, 4), columns=("mw", "mw_2", "mw", "mw_2"))
    assert taken.column_names == ["mw", "mw_2", "mw_3", "mw_2_2"]


def test_many_columns_of_one_name_take_no_longer_than_others():
    begun = time.process_time()
    table = table_of((1,) * 1600, columns=("mw",) * 1600)
    assert table.column_names[-1] == "mw_1600"
    assert time.process_time() - begun < 1


def test_a_result_without_rows_keeps_its_columns():
    table = table_of(columns=("a", "b"))
    assert table.column_names == ["a", "b"]
    assert table.num_rows == 0
    assert read_csv(as_csv(table))[0] == ["a", "b"]


def test_a_file_of_simulated_rows_says_so_in_its_name():
    assert file_name("csv", is_simulated=True) == "simulated-query.csv"
    assert file_name("parquet", is_simulated=False) == "query.parquet"
