"""A workbook as one batch of requests to Google Sheets: tabs, cells with their formats, widths, colours. Pure.

https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets/request. A batch is applied whole or
not at all. Tabs that are named as ours are ours; no other is touched.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from include.serving.workbook.layout import Bars, Cell, Look, Sheet, Value, Workbook

# Days are counted from here: https://developers.google.com/workspace/sheets/api/guides/formats
EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - sheets know no zones
DAY = timedelta(days=1)
PX_PER_CHARACTER, PX_BESIDE = 7, 12
WHITE = "FFFFFF"
# What is read of a spreadsheet before it is written.
FIELDS = "sheets(properties(sheetId,title,gridProperties(rowCount,columnCount)),conditionalFormats)"

Request = dict[str, Any]


@dataclass(frozen=True)
class Tab:
    """A tab that is there."""

    sheet_id: int
    rows: int
    columns: int
    rules: int
    """How many conditional formats it has."""


def tabs_of(metadata: Mapping[str, Any]) -> dict[str, Tab]:
    """Return the tabs of a spreadsheet by their titles, from its metadata."""
    return {tab["properties"]["title"]: _tab(tab) for tab in metadata.get("sheets", ())}


def requests_for(workbook: Workbook, tabs: Mapping[str, Tab]) -> list[Request]:
    """Return what writes a workbook over the tabs that are there, and makes those that are not."""
    taken = {each.sheet_id for each in tabs.values()}
    free = iter(number for number in range(1, len(taken) + len(workbook.sheets) + 1) if number not in taken)
    requests: list[Request] = []
    for sheet in workbook.sheets:
        tab = tabs.get(sheet.name)
        if tab is None:
            tab = Tab(next(free), sheet.height, len(sheet.columns), rules=0)
            requests.append(_add(sheet, tab))
        requests += _write(sheet, tab)
    return requests


def _tab(told: Mapping[str, Any]) -> Tab:
    # What is nought is left out of an answer. A tab that holds a chart alone has no grid.
    properties = told["properties"]
    grid = properties.get("gridProperties", {})
    rules = len(told.get("conditionalFormats", ()))
    return Tab(properties.get("sheetId", 0), grid.get("rowCount", 0), grid.get("columnCount", 0), rules)


def _add(sheet: Sheet, tab: Tab) -> Request:
    grid = {"rowCount": tab.rows, "columnCount": tab.columns}
    return {"addSheet": {"properties": {"sheetId": tab.sheet_id, "title": sheet.name, "gridProperties": grid}}}


def _write(sheet: Sheet, tab: Tab) -> Iterator[Request]:
    """Yield what makes a tab hold a sheet and nothing else."""
    yield _shape(sheet, tab)
    whole, formats = {"sheetId": tab.sheet_id}, "userEnteredValue,userEnteredFormat"
    yield {"updateCells": {"range": whole, "fields": formats}}
    start = {**whole, "rowIndex": 0, "columnIndex": 0}
    rows = [{"values": [_cell(each) for each in cells]} for cells in sheet.cells]
    yield {"updateCells": {"start": start, "rows": rows, "fields": formats}}
    for _ in range(tab.rules):
        yield {"deleteConditionalFormatRule": {"sheetId": tab.sheet_id, "index": 0}}
    for place, column in enumerate(sheet.columns):
        yield _width(tab, place, column.width)
        if column.bars and sheet.rows:
            yield _colours(sheet, tab, place, column.bars)


def _shape(sheet: Sheet, tab: Tab) -> Request:
    """Return what freezes the headings, and makes room where a tab is too small."""
    grid = {
        "rowCount": max(tab.rows, sheet.height),
        "columnCount": max(tab.columns, len(sheet.columns)),
        "frozenRowCount": sheet.frozen_rows,
    }
    fields = ",".join(f"gridProperties.{name}" for name in grid)
    return {
        "updateSheetProperties": {
            "properties": {"sheetId": tab.sheet_id, "gridProperties": grid},
            "fields": fields,
        }
    }


def _width(tab: Tab, place: int, characters: int) -> Request:
    span = {"sheetId": tab.sheet_id, "dimension": "COLUMNS", "startIndex": place, "endIndex": place + 1}
    pixels = {"pixelSize": characters * PX_PER_CHARACTER + PX_BESIDE}
    return {"updateDimensionProperties": {"range": span, "properties": pixels, "fields": "pixelSize"}}


def _colours(sheet: Sheet, tab: Tab, place: int, bars: Bars) -> Request:
    """Return a column's colours by value: Google Sheets has no bars in cells."""
    cells = {
        "sheetId": tab.sheet_id,
        "startRowIndex": sheet.frozen_rows,
        "endRowIndex": sheet.frozen_rows + len(sheet.rows),
        "startColumnIndex": place,
        "endColumnIndex": place + 1,
    }
    gradient = {"minpoint": _point(0, WHITE), "maxpoint": _point(bars.longest or 1, bars.colour)}
    return {"addConditionalFormatRule": {"rule": {"ranges": [cells], "gradientRule": gradient}, "index": 0}}


def _point(value: float, colour: str) -> dict[str, Any]:
    return {"type": "NUMBER", "value": str(value), "colorStyle": _colour(colour)}


def _cell(cell: Cell) -> dict[str, Any]:
    held = {} if cell.value is None else {"userEnteredValue": _value(cell.value)}
    return {**held, "userEnteredFormat": _format(cell.look)}


def _value(value: Value) -> dict[str, Any]:
    """Return a value as what it is: a text is never read as a formula."""
    if isinstance(value, str):
        return {"stringValue": value}
    if isinstance(value, date):
        at = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)  # noqa: DTZ001
        return {"numberValue": (at - EPOCH) / DAY}
    return {"numberValue": value}


def _format(look: Look) -> dict[str, Any]:
    text = {"bold": look.is_bold, "fontSize": look.size_pt, "foregroundColorStyle": _colour(look.ink)}
    told: dict[str, Any] = {"textFormat": text, "horizontalAlignment": "RIGHT" if look.is_right else "LEFT"}
    if look.paper:
        told["backgroundColorStyle"] = _colour(look.paper)
    if look.pattern:
        told["numberFormat"] = {"type": look.pattern.kind, "pattern": look.pattern.text}
    return told


def _colour(rrggbb: str) -> dict[str, Any]:
    red, green, blue = (int(rrggbb[place : place + 2], 16) / 255 for place in (0, 2, 4))
    return {"rgbColor": {"red": red, "green": green, "blue": blue}}
