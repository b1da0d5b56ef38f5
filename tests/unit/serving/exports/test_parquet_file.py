"""Parquet: what a column is stands in the file, and large files are made of large groups."""

import pyarrow as pa
import pyarrow.parquet
import pytest

from include.serving.exports import parquet_file
from include.serving.exports.columns import Column
from include.serving.exports.parquet_file import ParquetFile
from tests.exported import CONTENT, batch

COLUMNS = (Column("height_m", pa.float64(), "m", "Height."), Column("place", pa.string()))


def test_units_and_descriptions_are_in_the_schema_and_attribution_is_in_the_file(tmp_path):
    file = ParquetFile.of(tmp_path / "rows.parquet", COLUMNS, CONTENT)
    file.write(batch(COLUMNS, (1.5, None)))
    file.close()
    schema = pyarrow.parquet.read_schema(tmp_path / "rows.parquet")
    assert schema.field("height_m").metadata[b"unit"] == b"m"
    assert schema.field("height_m").metadata[b"description"] == b"Height."
    assert schema.metadata[b"table"] == b"analytics.half_hourly_tides"
    assert schema.metadata[b"licence"] == b"Open"
    assert schema.metadata[b"is_simulated"] == b"false"
    assert pyarrow.parquet.read_metadata(tmp_path / "rows.parquet").metadata[b"attribution"].startswith(b"Supported")


def test_a_table_without_rows_keeps_its_columns(tmp_path):
    ParquetFile.of(tmp_path / "rows.parquet", COLUMNS, CONTENT).close()
    table = pyarrow.parquet.read_table(tmp_path / "rows.parquet")
    assert (table.num_rows, table.schema.types) == (0, [pa.float64(), pa.string()])


@pytest.mark.parametrize(("limit", "value"), [("GROUP_ROWS", 4), ("GROUP_BYTES", 60)])
def test_batches_are_gathered_into_groups(tmp_path, monkeypatch, limit, value):
    monkeypatch.setattr(parquet_file, limit, value)
    file = ParquetFile.of(tmp_path / "rows.parquet", COLUMNS, CONTENT)
    for _ in range(5):
        file.write(batch(COLUMNS, (1.5, "abc"), (2.5, "abc")))
    file.close()
    told = pyarrow.parquet.read_metadata(tmp_path / "rows.parquet")
    assert [told.row_group(number).num_rows for number in range(told.num_row_groups)] == [4, 4, 2]
