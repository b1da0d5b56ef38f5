"""What a workbook is made of: sheets of cells, each a value and how it looks. Whoever writes one decides no more."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

Value: TypeAlias = str | float | date | datetime | None
"""A datetime has no zone: sheets know none. Its heading says whose time it is."""


@dataclass(frozen=True)
class Pattern:
    """How a number or an instant is shown, as Excel and Google Sheets both write it."""

    kind: str
    """As Google calls it: NUMBER, PERCENT, DATE, DATE_TIME."""
    text: str


TWO_PLACES = Pattern("NUMBER", "#,##0.00")
WHOLE = Pattern("NUMBER", "#,##0")
PERCENT = Pattern("PERCENT", "0.0%")
DAY = Pattern("DATE", "yyyy-mm-dd")
INSTANT = Pattern("DATE_TIME", "yyyy-mm-dd hh:mm")


@dataclass(frozen=True)
class Look:
    """How a cell looks. Colours are RRGGBB."""

    pattern: Pattern | None = None
    is_bold: bool = False
    size_pt: int = 10
    ink: str = "000000"
    paper: str | None = None
    is_right: bool = False


PLAIN = Look()
TITLE = Look(is_bold=True, size_pt=14)
NOTE = Look(ink="595959")
WARNING = Look(is_bold=True, ink="7F3F00", paper="FFF2CC")
HEADING = Look(is_bold=True, ink="FFFFFF", paper="1F3A5F")


@dataclass(frozen=True)
class Cell:
    """A value and how it looks."""

    value: Value
    look: Look = PLAIN


Row: TypeAlias = tuple[Cell, ...]


@dataclass(frozen=True)
class Bars:
    """A column whose values show how large they are: bars, or a colour where a program has no bars."""

    longest: float
    """The value of a whole bar; the shortest is nought."""
    colour: str


@dataclass(frozen=True)
class Column:
    """A column of a sheet."""

    heading: str
    width: int
    """In characters."""
    bars: Bars | None = None
    is_right: bool = False
    """Whether its heading stands above numbers."""


@dataclass(frozen=True)
class Sheet:
    """A sheet: what stands above the headings and stays in sight, the headings, rows, and what stands below."""

    name: str
    above: tuple[Row, ...]
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    below: tuple[Row, ...]

    @property
    def frozen_rows(self) -> int:
        """How many rows stay in sight."""
        return len(self.above) + 1

    @property
    def cells(self) -> Iterator[Row]:
        """All rows from the first on."""
        yield from self.above
        yield tuple(Cell(each.heading, _heading(each)) for each in self.columns)
        yield from self.rows
        yield from self.below

    @property
    def height(self) -> int:
        """How many rows it has."""
        return self.frozen_rows + len(self.rows) + len(self.below)


@dataclass(frozen=True)
class Workbook:
    """Sheets, and what the file says of itself."""

    title: str
    attribution: str
    sheets: tuple[Sheet, ...]


def _heading(column: Column) -> Look:
    return Look(is_bold=True, ink=HEADING.ink, paper=HEADING.paper, is_right=column.is_right)
