"""Notifications of a publisher whose rows the test decides, kept in columns: as versions, and as replaced windows."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Annotated, Any

from msgspec import Meta
from msgspec import field as named

from include.ingestion.dataset import Dataset, SourceRecord, Storage
from include.ingestion.due import Asked
from include.ingestion.http import ApiClient
from include.ingestion.ingest import Run, ingest
from include.ingestion.limits import Edge, Limit, Limits
from include.ingestion.raw_table import create_tables
from include.ingestion.window import Window
from include.operations import runs
from include.operations.runs import Counts
from include.sources.neso.generation_mix import GENERATION_MIX
from include.warehouse import Warehouse, session

FIRST = datetime(2026, 1, 31, tzinfo=UTC)
DAY = timedelta(days=1)
SCOPE = Window(FIRST, FIRST + DAY)
_DAG_RUNS = count(1)


class Notification(SourceRecord, frozen=True, kw_only=True):
    """The level at which a unit says it will run, over part of a settlement period, MW."""

    settlement_date: date = named(name="settlementDate")
    settlement_period: Annotated[int, Meta(ge=1, le=50)] = named(name="settlementPeriod")
    time_from: datetime = named(name="timeFrom")
    level_from_mw: Annotated[int, Meta(ge=-9_999, le=9_999)] = named(name="levelFrom")
    price: float | None = None
    unit: str = named(name="nationalGridBmUnit")
    bm_unit: str | None = named(name="bmUnit")


VERSIONS = replace(
    GENERATION_MIX,
    table="raw.test_notifications",
    title="Notifications",
    record=Notification,
    key=("time_from", "unit"),
    window_column="time_from",
    storage=Storage.TYPED_VERSIONS,
    edition=None,
    limits=Limits(
        withdrawn_keys=Limit(2, "none was ever withdrawn"),
        rejected_share=Limit(0.1, "a test's"),
        edge=Edge(timedelta(hours=1), timedelta(hours=1), "periods overlap"),
    ),
    transport_columns=("dataset",),
    shown=None,
)
WINDOWS = replace(VERSIONS, table="raw.test_windows", storage=Storage.REPLACED_WINDOWS)
BY_DAY = replace(
    VERSIONS,
    table="raw.test_days",
    storage=Storage.REPLACED_WINDOWS,
    key=("settlement_date", "time_from", "unit"),
    window_column="settlement_date",
)


def row(number: int = 0, **changes: Any) -> dict[str, Any]:
    """A sound row; half an hour has ten of them."""
    at = FIRST + (number // 10) * timedelta(minutes=30)
    sound = {
        "dataset": "PN",
        "settlementDate": f"{at:%Y-%m-%d}",
        "settlementPeriod": number // 10 % 48 + 1,
        "timeFrom": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "levelFrom": number,
        "price": number / 4,
        "nationalGridBmUnit": f"UNIT-{number % 10}",
        "bmUnit": f"T_{number % 10}",
    }
    return sound | changes


HUNDRED = [row(number) for number in range(100)]


def in_pages(rows: list[dict[str, Any]], size: int = 30) -> Iterator[bytes]:
    """The rows as arrays, as they are cut from a stream."""
    for start in range(0, len(rows), size):
        yield json.dumps(rows[start : start + size]).encode()


@dataclass
class Loads:
    """Loads whatever rows a test has the publisher answer with."""

    loader: Any
    asked: list[str] = field(default_factory=list)

    def load(
        self,
        dataset: Dataset,
        pages: Iterable[Any] | list[dict[str, Any]],
        scope: Any = SCOPE,
        *,
        run: Run | None = None,
        edition: Callable[[ApiClient], str] | None = None,
    ) -> Counts:
        client: Any = None

        def fetch(_: ApiClient, scope: Any) -> Iterator[Any]:
            self.asked.append(str(scope))
            answer = pages() if callable(pages) else pages
            yield from in_pages(answer) if isinstance(answer, list) else answer

        asked = Asked(scope)
        dataset = replace(dataset, fetch=fetch, edition=edition)
        counts = ingest(dataset, asked, client=client, warehouse=self.loader, run=run or self.open_run())
        assert counts is not None
        return counts

    def open_run(self) -> Run:
        return Run("test", runs.open_run(self.loader, "test", f"test__{next(_DAG_RUNS)}"))


def declare(warehouse: Warehouse) -> None:
    """Make the tables of the datasets, beside the one that every warehouse has."""
    with session(warehouse.owner_dsn, application="tests") as owner:
        create_tables(owner, [("a_dag", each) for each in (GENERATION_MIX, VERSIONS, WINDOWS, BY_DAY)])
