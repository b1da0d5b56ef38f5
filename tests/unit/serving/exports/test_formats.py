"""The ending of a name says what a file is."""

from pathlib import Path

import pytest

from include.serving.exports.errors import ExportError
from include.serving.exports.formats import FileFormat, format_of


@pytest.mark.parametrize(
    ("name", "expected"),
    [("mix.csv", FileFormat.CSV), ("mix.Parquet", FileFormat.PARQUET), ("a.b.XLSX", FileFormat.XLSX)],
)
def test_the_ending_says_the_format(name, expected):
    assert format_of(Path(name)) is expected


@pytest.mark.parametrize("name", ["mix", "mix.txt", "csv", ".csv"])
def test_another_ending_is_refused_with_what_to_do(name):
    with pytest.raises(ExportError, match="say --format csv, parquet or xlsx"):
        format_of(Path(name))
