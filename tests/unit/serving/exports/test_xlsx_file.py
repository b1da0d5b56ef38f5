"""A spreadsheet: numbers as numbers, instants as its dates, texts as texts and never as more."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from include.serving.exports import xlsx_file
from include.serving.exports.columns import Column
from include.serving.exports.errors import ExportError
from include.serving.exports.xlsx_file import XlsxFile
from tests.exported import AT, CONTENT, batch
from tests.hostile_texts import HOSTILE
from tests.sheets import NUMBER, TEXT, TRUTH, Cell, read_sheet


@pytest.fixture
def written(tmp_path):
    """Writes rows of some columns; returns the rows of the first sheet, without its heading."""

    def write(columns, *rows):
        file = XlsxFile(tmp_path / "rows.xlsx", columns, CONTENT)
        file.write(batch(columns, *rows))
        file.close()
        return read_sheet(tmp_path / "rows.xlsx", 1)[1:]

    return write


@pytest.mark.parametrize(
    ("kind", "value", "cell"),
    [
        (pa.float64(), 2.5, Cell(NUMBER, "2.5")),
        (pa.float64(), float("nan"), Cell(TEXT, "nan")),
        (pa.float64(), float("-inf"), Cell(TEXT, "-inf")),
        (pa.int64(), 10**15 - 1, Cell(NUMBER, "999999999999999")),
        (pa.int64(), 2**62, Cell(TEXT, str(2**62))),
        (pa.decimal128(5, 2), Decimal("12.30"), Cell(NUMBER, "12.3")),
        (
            pa.decimal128(30, 10),
            Decimal("12345678901234567890.0000000001"),
            Cell(TEXT, "12345678901234567890.0000000001"),
        ),
        (pa.bool_(), True, Cell(TRUTH, "1")),
        (pa.string(), "wind", Cell(TEXT, "wind")),
        (pa.date32(), date(2026, 5, 31), Cell(NUMBER, "46173")),
        (pa.date32(), date(1850, 1, 1), Cell(TEXT, "1850-01-01")),
        (pa.timestamp("us", "UTC"), datetime(2026, 5, 31, 12, tzinfo=UTC), Cell(NUMBER, "46173.5")),
        (pa.timestamp("us", "UTC"), datetime(1850, 1, 1, tzinfo=UTC), Cell(TEXT, "1850-01-01 00:00:00.000000Z")),
    ],
)
def test_a_cell_is_what_its_value_is(written, kind, value, cell):
    assert written((Column("c", kind),), (value,), (None,)) == [{"A": cell}]


def test_no_text_is_a_formula_or_a_link(written):
    texts = [
        "=1+1",
        '=HYPERLINK("http://evil.example")',
        "http://evil.example",
        "mailto:a@b.c",
        "+1",
        "@x",
        *HOSTILE.values(),
    ]
    cells = [row["A"] for row in written((Column("said", pa.string()),), *((text,) for text in texts))]
    assert {cell.kind for cell in cells} == {TEXT}
    assert [cell.text for cell in cells[:6]] == texts[:6]


def test_a_second_sheet_tells_units_descriptions_and_whose_the_rows_are(tmp_path):
    columns = (Column("height_m", pa.float64(), "m", "Height."), Column("place", pa.string()))
    file = XlsxFile(tmp_path / "rows.xlsx", columns, CONTENT)
    file.close()
    told = [[cell.text for cell in row.values()] for row in read_sheet(tmp_path / "rows.xlsx", 2)]
    assert told[:3] == [["column", "unit", "description"], ["height_m", "m", "Height."], ["place", "", ""]]
    assert ["table", "analytics.half_hourly_tides"] in told
    assert ["attribution", "Supported by the Tide Office"] in told
    assert ["exported_at", f"{AT:%Y-%m-%dT%H:%M:%SZ}"] in told
    assert ["is_simulated", "false"] in told


def test_more_rows_than_a_sheet_has_are_refused_with_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(xlsx_file, "MOST_ROWS", 3)
    columns = (Column("n", pa.int32()),)
    file = XlsxFile(tmp_path / "rows.xlsx", columns, CONTENT)
    file.write(batch(columns, (1,), (2,), (3,)))
    with pytest.raises(ExportError, match="more than the 3 that a sheet has; write Parquet or CSV"):
        file.write(batch(columns, (4,)))


def test_a_sheet_has_as_many_rows_as_the_format():
    assert xlsx_file.MOST_ROWS == 2**20 - 1


def test_a_text_that_no_cell_holds_is_refused_and_not_shortened(written):
    columns = (Column("payload", pa.string()),)
    assert len(written(columns, ("x" * 32_767,))[0]["A"].text) == 32_767
    with pytest.raises(ExportError, match="a text of payload is longer than the 32,767 characters"):
        written(columns, ("x" * 32_768,))
