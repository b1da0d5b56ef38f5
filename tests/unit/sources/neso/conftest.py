"""A client of the portal, and answers in the portal's shape."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import responses

from include.ingestion.http import ApiClient, Patience

URL = "https://neso.test/api/3/action"
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
FUELS = ("GAS", "COAL", "NUCLEAR", "WIND", "WIND_EMB", "HYDRO", "IMPORTS", "BIOMASS", "OTHER", "SOLAR", "STORAGE")
GROUPS = ("LOW_CARBON", "ZERO_CARBON", "RENEWABLE", "FOSSIL")
Row = dict[str, Any]


class NoPace:
    """Nobody waits."""

    def wait(self, bucket: str) -> None:
        """Return at once."""


def row(number: int = 0, *, first_at: datetime = NEW_YEAR, **changes: Any) -> Row:
    """A half-hour as the portal spells it, with all 34 columns and what SELECT * adds."""
    started_at = (first_at + number * timedelta(minutes=30)).replace(tzinfo=None).isoformat()
    measures = dict.fromkeys((*FUELS, *GROUPS, "GENERATION"), "100.0") | {"CARBON_INTENSITY": "120.0", "HYDRO": "377"}
    shares = {f"{name}_perc": "9.1" for name in (*FUELS, *GROUPS, "GENERATION")}
    return {"_id": number + 1, "_full_text": "'x':1", "DATETIME": started_at, **measures, **shares, **changes}


def column_types(rows: Sequence[Row], **changes: str) -> list[dict[str, str]]:
    """What an answer says of its columns: `numeric`, but for those it adds and those named."""
    kinds = {"_id": "int4", "_full_text": "tsvector", "DATETIME": "timestamp", "_count": "int8", **changes}
    return [{"type": kinds.get(name, "numeric"), "id": name} for name in (rows[0] if rows else row())]


def answer(rows: Sequence[Row], *, counted: int | None = None, types: dict[str, str] | None = None, **more: Any) -> str:
    """What `datastore_search_sql` answers; the portal counts what it sends, unless it is told otherwise."""
    count = len(rows) if counted is None else counted
    told = [each | {"_count": count} for each in rows]
    result = {"records": told, "fields": column_types(told, **(types or {})), "sql": "SELECT ...", **more}
    return json.dumps({"help": "https://neso.test/help", "success": True, "result": result})


@pytest.fixture
def client() -> ApiClient:
    """Asks once, so that what is wrong with an answer comes out."""
    return ApiClient(URL, NoPace(), Patience(attempts=1))


@pytest.fixture
def site() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as site:
        yield site
