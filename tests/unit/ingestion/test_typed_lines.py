"""What is written for COPY is read as what it was."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from include.ingestion.typed_lines import CSV, PLAIN, Lines, hashed_lines, line_end, typed_lines

TEXT = st.text('a],["\\\n\r\tnxu0é✓\x01\x7f', max_size=9)
ROWS = st.lists(st.tuples(TEXT, TEXT), max_size=6)


def read(lines: Lines) -> list[tuple[str, ...]]:
    text = lines.text.decode()
    if lines.written_as is PLAIN:
        return [tuple(line.replace("\\\\", "\\").split(",")) for line in text.split("\n")[:-1]]
    reader = csv.reader(io.StringIO(text, newline=""), doublequote=False, escapechar="\\", strict=True)
    return [tuple(row) for row in reader]


@settings(deadline=None)
@given(ROWS, TEXT)
def test_any_text_comes_back(rows, last):
    assert read(typed_lines(rows, end=line_end(last), is_csv=True)) == [(*row, last) for row in rows]
    assert read(typed_lines(rows, end=line_end(7))) == [(*row, "7") for row in rows]


@settings(deadline=None)
@given(ROWS, TEXT)
def test_any_text_comes_back_behind_its_hash(rows, last):
    hashes = [f"{number:02x}" for number in range(len(rows))]
    expected = [(rf"\x{each}", *row) for each, row in zip(hashes, rows, strict=True)]
    assert read(hashed_lines(hashes, rows, end=line_end(last), is_csv=True)) == [(*row, last) for row in expected]
    assert read(hashed_lines(hashes, rows, end=line_end(7))) == [(*row, "7") for row in expected]


@pytest.mark.parametrize("text", ["a,b", "null", 'a"b', "a\\b", "a\nb", "\t", "\\."])
def test_text_that_holds_something_special_is_written_as_csv(text):
    assert typed_lines([(1, text, None)]).written_as is CSV
    assert typed_lines([(1, "plain é", None), (1, "", None)]).written_as is PLAIN


def test_typed_values_are_written_as_postgresql_reads_them():
    row = (
        date(2026, 1, 2),
        datetime(2026, 1, 2, 3, 4, 5, 678900, tzinfo=UTC),
        datetime(2026, 1, 2),  # noqa: DTZ001 - sessions of ours speak UTC
        7,
        -0.05,
        1e300,
        Decimal("1.50"),
        True,
        "null",
        "",
        None,
        UNSET,
    )
    lines = (
        b'"2026-01-02","2026-01-02T03:04:05.678900Z","2026-01-02T00:00:00",7,-0.05,1e300,"1.50",true,"null","",'
        b"null,null\n"
    )
    assert typed_lines([row]) == (lines, CSV)
    without_null = tuple("" if value == "null" else value for value in row)
    assert typed_lines([without_null]) == (lines.replace(b'"null"', b"").replace(b'"', b""), PLAIN)


def test_what_has_no_column_is_not_written():
    with pytest.raises(TypeError, match="object has no column"):
        typed_lines([(object(),)])
