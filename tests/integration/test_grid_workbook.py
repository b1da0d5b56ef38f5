"""The workbook of what the grid is doing now: what its sheets hold, and `gridloom export xlsx`."""

import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from include.cli import main
from include.serving.workbook import layout, xlsx
from include.serving.workbook.grid_now import SUSPECT, workbook_of
from include.warehouse import Warehouse
from tests.planted_grid import plant, read
from tests.sheets import read_sheet

SHEETS = ["Grid now", "Generation", "Interconnectors"]


@pytest.fixture(scope="module")
def planted(shared_warehouse: Warehouse) -> Warehouse:
    plant(shared_warehouse)
    return shared_warehouse


@pytest.fixture
def workbook(planted: Warehouse) -> layout.Workbook:
    return workbook_of(read(planted))


@pytest.fixture
def run(planted: Warehouse, tmp_path: Path, monkeypatch: Any, capsys: Any) -> Callable[..., tuple[int, str]]:
    """Types `gridloom export …` in a folder of its own; returns its exit code and what it said."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GRIDLOOM_WAREHOUSE_URL", planted.owner_dsn)

    def typed(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["gridloom", "export", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0), capsys.readouterr().err

    return typed


def held(sheet: layout.Sheet) -> list[list[layout.Value]]:
    """What a sheet's rows of figures hold."""
    return [[cell.value for cell in row] for row in sheet.rows]


def test_the_workbook_has_a_summary_fuels_and_interconnectors(workbook):
    assert [sheet.name for sheet in workbook.sheets] == SHEETS
    summary, generation, interconnectors = map(held, workbook.sheets)
    assert summary[0][:4] == ["Frequency", 50.013, "Hz", datetime(2026, 5, 20, 12, 8)]  # noqa: DTZ001 - a sheet has no zone
    assert summary[3][1:3] == [26.317, "GW"]
    assert summary[4][1:3] == [-12.5, "£/MWh"]
    assert generation == [
        ["Gas (combined cycle)", 9.0, 0.75, None],
        ["=1+1 [/b]", 3.0, 0.25, None],
        ["Pumped storage", -0.2, None, None],
    ]
    assert interconnectors[0] == ["IFA", "France", "import", 2.5, 2.0, 1.25, SUSPECT]
    assert interconnectors[3] == ["Unknown (INTNEU)", "unknown", "import", 0.1, None, None, None]


def test_each_sheet_says_of_when_it_is(workbook):
    summary, *rest = ([cell.value for row in sheet.above for cell in row] for sheet in workbook.sheets)
    assert summary[1] == "written 20 May 2026, 12:09 BST"
    for above in rest:
        assert above[1] == "as of 12:05 BST, settlement period 25 · written 20 May 2026, 12:09 BST"


def test_an_xlsx_holds_it_with_formats_bars_and_frozen_headings(workbook, tmp_path):
    xlsx.write(workbook, tmp_path / "x.xlsx")
    generation = read_sheet(tmp_path / "x.xlsx", 2)
    assert [generation[3][letter].text for letter in "BC"] == ["9", "0.75"]
    with ZipFile(tmp_path / "x.xlsx") as parts:
        pages = [parts.read(f"xl/worksheets/sheet{number}.xml").decode() for number in (1, 2, 3)]
        styles, texts = parts.read("xl/styles.xml").decode(), parts.read("xl/sharedStrings.xml").decode()
    assert ["dataBar" in page for page in pages] == [False, True, True]
    assert all('state="frozen"' in page for page in pages)
    assert all(pattern in styles for pattern in ("0.0%", "yyyy-mm-dd hh:mm"))
    assert "=1+1 [/b]" in texts


def test_the_command_writes_it_and_names_it_by_itself(run, tmp_path):
    code, said = run("xlsx")
    size = (tmp_path / "grid-now.xlsx").stat().st_size
    assert (code, said) == (0, f"grid-now.xlsx: Grid now, Generation, Interconnectors; {size:,} bytes\n")
    assert run("xlsx") == (1, "gridloom: grid-now.xlsx is there already; --force replaces it\n")
    assert run("xlsx", "--force")[0] == 0
    assert run("xlsx", "--out", "other.xlsx")[0] == 0
    assert sorted(each.name for each in tmp_path.iterdir()) == ["grid-now.xlsx", "other.xlsx"]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["xlsx", "--start", "2026-05-01"], "--start and --end are for tables; the workbook tells of now"),
        (
            ["xlsx", "-o", "x.csv"],
            "the workbook is XLSX; for csv name the table: gridloom export grid_now --format csv",
        ),
        (["xlsx", "-o", "x.ods"], "x.ods ends in none of .csv, .parquet, .xlsx"),
        (["xlsx", "-o", "nowhere/x.xlsx"], "there is no folder nowhere; make it first"),
    ],
)
def test_what_does_not_fit_the_workbook_is_said_in_one_line(run, tmp_path, arguments, reason):
    code, said = run(*arguments)
    assert code == 1
    assert said.startswith(f"gridloom: {reason}")
    assert len(said.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_table_still_needs_a_file(run):
    code, said = run("grid_now")
    assert code == 2
    assert "'--output' / '-o'" in said
