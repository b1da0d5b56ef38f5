"""Reads a spreadsheet by what its XML says, so that a test sees what a cell is and not what a library makes of it."""

from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree
from zipfile import ZipFile

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
NUMBER, TEXT, TRUTH = "n", "inlineStr", "b"


@dataclass(frozen=True)
class Cell:
    """What a cell is, and what it holds, as it is written."""

    kind: str
    text: str


def read_sheet(file: Path, number: int) -> list[dict[str, Cell]]:
    """The rows of a sheet, counted from 1: cells by the letters of their columns. No cell may be a formula."""
    with ZipFile(file) as parts:
        sheet = ElementTree.fromstring(parts.read(f"xl/worksheets/sheet{number}.xml"))  # noqa: S314 - our own
    assert not list(sheet.iter(f"{_MAIN}f"))
    assert not list(sheet.iter(f"{_MAIN}hyperlink"))
    return [
        {cell.attrib["r"].rstrip("0123456789"): _cell(cell) for cell in row.iter(f"{_MAIN}c")}
        for row in sheet.iter(f"{_MAIN}row")
    ]


def _cell(cell: ElementTree.Element) -> Cell:
    held = cell.find(f"{_MAIN}v")
    text = held.text if held is not None else "".join(part.text or "" for part in cell.iter(f"{_MAIN}t"))
    return Cell(cell.attrib.get("t", NUMBER), text or "")
