"""Writes a workbook as XLSX. No text is a formula or a link; bars are Excel's data bars."""

from datetime import date
from pathlib import Path
from typing import Any

import xlsxwriter

from include.serving.workbook.layout import Bars, Cell, Look, Sheet, Workbook


def write(workbook: Workbook, file: Path) -> None:
    """Write a workbook into a file. Raises OSError."""
    book = xlsxwriter.Workbook(str(file), {"tmpdir": str(file.parent)})
    book.set_properties({"title": workbook.title, "comments": workbook.attribution})
    forms: dict[Look, Any] = {}
    for sheet in workbook.sheets:
        _write(book.add_worksheet(sheet.name), sheet, lambda look: forms.setdefault(look, book.add_format(_form(look))))
    try:
        book.close()
    except xlsxwriter.exceptions.FileCreateError as error:
        raise OSError(str(error)) from error


def _write(page: Any, sheet: Sheet, form_of: Any) -> None:
    page.freeze_panes(sheet.frozen_rows, 0)
    page.set_landscape()
    page.fit_to_pages(1, 0)
    for place, column in enumerate(sheet.columns):
        page.set_column(place, place, column.width)
    for row, cells in enumerate(sheet.cells):
        for place, cell in enumerate(cells):
            _write_cell(page, row, place, cell, form_of(cell.look))
    first, last = sheet.frozen_rows, sheet.frozen_rows + len(sheet.rows) - 1
    for place, column in enumerate(sheet.columns):
        if column.bars and sheet.rows:
            page.conditional_format(first, place, last, place, _data_bars(column.bars))


def _write_cell(page: Any, row: int, place: int, cell: Cell, form: Any) -> None:
    if cell.value is None:
        page.write_blank(row, place, None, form)
    elif isinstance(cell.value, str):
        page.write_string(row, place, cell.value, form)
    elif isinstance(cell.value, date):
        page.write_datetime(row, place, cell.value, form)
    else:
        page.write_number(row, place, cell.value, form)


def _form(look: Look) -> dict[str, Any]:
    return {
        "bold": look.is_bold,
        "font_size": look.size_pt,
        "font_color": f"#{look.ink}",
        "align": "right" if look.is_right else "left",
        **({"bg_color": f"#{look.paper}"} if look.paper else {}),
        **({"num_format": look.pattern.text} if look.pattern else {}),
    }


def _data_bars(bars: Bars) -> dict[str, Any]:
    return {
        "type": "data_bar",
        "bar_solid": True,
        "bar_color": f"#{bars.colour}",
        "min_type": "num",
        "min_value": 0,
        "max_type": "num",
        "max_value": bars.longest or 1,
    }
