"""The retailer's reference database: agreements, tariffs and meterpoints, read whole as of one instant.

In the rows, the number of a meterpoint takes the place of its id before anything else sees them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from include.ingestion.database import Database, page_of
from include.ingestion.dataset import Page
from include.ingestion.limits import Limits
from include.ingestion.pseudonyms import Pseudonyms
from include.ingestion.scope import Scope
from include.warehouse import Connection

METERPOINT_ID = "meterpoint_id"


@dataclass(frozen=True)
class Reference:
    """The database, opened, and who the meterpoints are."""

    database: Database
    meterpoints: Pseudonyms
    numbering: Connection
    """A session of its own: rows are read while others are stored."""

    def within(self, limits: Limits, *, is_hurried: bool) -> "Reference":
        """Return itself: a database has no limits of ours."""
        return self

    def numbered(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return rows with the numbers of their meterpoints. A row without one keeps none, and is refused."""
        ids = {row[METERPOINT_ID] for row in rows if isinstance(row.get(METERPOINT_ID), str)}
        with self.numbering:
            numbers = self.meterpoints.numbers(self.numbering, ids)
        return [_numbered(row, numbers.get(row.get(METERPOINT_ID, ""))) for row in rows]


def _numbered(row: dict[str, Any], number: int | None) -> dict[str, Any]:
    kept = {name: value for name, value in row.items() if name != METERPOINT_ID}
    return {"meter_number": number, **kept}


def agreements(source: Reference, _: Scope) -> Iterator[Page]:
    """Yield the rows of `agreement`."""
    return (page_of(source.numbered(rows)) for rows in source.database.rows("agreement"))


def products(source: Reference, _: Scope) -> Iterator[Page]:
    """Yield the rows of `product`."""
    return (page_of(rows) for rows in source.database.rows("product"))


def meterpoints(source: Reference, _: Scope) -> Iterator[Page]:
    """Yield the rows of `meterpoint`."""
    return (page_of(source.numbered(rows)) for rows in source.database.rows("meterpoint"))
