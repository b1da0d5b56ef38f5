"""Publishers whose rows the test decides, and the way of their rows into the warehouse."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
import pytest

from include.ingestion.dataset import Dataset
from include.ingestion.due import Asked
from include.ingestion.http import ApiClient
from include.ingestion.ingest import Run, ingest
from include.ingestion.window import Window
from include.operations import runs
from include.operations.runs import Counts
from include.sources.neso.generation_mix import GENERATION_MIX
from include.warehouse import Connection, Warehouse, session
from tests.notifications import Loads, declare
from tests.recorded_copies import CHANGE_LOG, Line, change_log

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
FUELS = ("GAS", "COAL", "NUCLEAR", "WIND", "WIND_EMB", "HYDRO", "IMPORTS", "BIOMASS", "OTHER", "SOLAR", "STORAGE")
GROUPS = ("LOW_CARBON", "ZERO_CARBON", "RENEWABLE", "FOSSIL")
_DAG_RUNS = count(1)


def published_row(number: int = 0, **changes: Any) -> dict[str, Any]:
    """A sound row of the half-hour `number` of 2026, as NESO spells it, with some columns changed."""
    megawatts = dict(zip(FUELS, (9000, 0, 4000, 8000, 2000, 300, 3000, 1500, 500, 0, 200), strict=True))
    groups = {"LOW_CARBON": 16000, "ZERO_CARBON": 14300, "RENEWABLE": 10500, "FOSSIL": 9000}
    total = sum(megawatts.values())
    shares = {f"{name}_perc": round(100 * mw / total, 1) for name, mw in {**megawatts, **groups}.items()}
    instant = (NEW_YEAR + number * timedelta(minutes=30)).replace(tzinfo=None).isoformat()
    row = {"_id": number + 1, "DATETIME": instant, **megawatts, **groups, **shares}
    row |= {"GENERATION": total, "GENERATION_perc": 100.0, "CARBON_INTENSITY": 120, "_full_text": "'x':1"}
    return {name: value if name in ("DATETIME", "_id") else str(value) for name, value in row.items()} | changes


def revised(row: dict[str, Any], by_mw: int = 100) -> dict[str, Any]:
    """The row with this much more gas, and so in total."""
    more = {name: str(int(row[name]) + by_mw) for name in ("GAS", "GENERATION", "FOSSIL")}
    return row | more


@dataclass
class Publisher:
    """Answers whatever window with the rows it was given; `edition` moves with each new publication."""

    loader: Any
    rows: list[dict[str, Any]] = field(default_factory=list)
    edition: int = 0
    editions: Iterator[str] | None = None

    def publish(self, rows: Iterable[dict[str, Any]]) -> "Publisher":
        self.rows, self.edition = list(rows), self.edition + 1
        return self

    @property
    def dataset(self) -> Dataset:
        return replace(GENERATION_MIX, fetch=self._fetch, edition=self._edition)

    def _edition(self, _: ApiClient) -> str:
        return next(self.editions) if self.editions else str(self.edition)

    def _fetch(self, _: ApiClient, window: Window) -> Iterable[list[msgspec.Raw]]:
        yield [msgspec.Raw(json.dumps(row).encode()) for row in self.rows]

    def ingest(self, *, days: int = 10, is_routine: bool = False, run: Run | None = None) -> Counts | None:
        """Load the first days of 2026 as a run of its own; return what it did."""
        run = run or self.open_run()
        window = Window(NEW_YEAR, NEW_YEAR + timedelta(days=days))
        client: Any = None
        return ingest(self.dataset, Asked(window, is_routine), client=client, warehouse=self.loader, run=run)

    def open_run(self) -> Run:
        dag_id = "neso_generation_mix"
        return Run(dag_id, runs.open_run(self.loader, dag_id, f"test__{next(_DAG_RUNS)}"))


@dataclass(frozen=True)
class Declared:
    """A release as the watermarks know it."""

    name: str
    dataset_names: tuple[str, ...] = (GENERATION_MIX.name,)
    follows: tuple[str, ...] = ()


@pytest.fixture
def publisher(loader: Any) -> Publisher:
    return Publisher(loader)


@pytest.fixture
def loads(warehouse: Warehouse, loader: Any) -> Loads:
    """Loads of notifications."""
    declare(warehouse)
    return Loads(loader)


@pytest.fixture
def owner(warehouse: Warehouse) -> Iterator[Connection]:
    with session(warehouse.owner_dsn, application="tests") as owner:
        yield owner


@pytest.fixture
def query(transformer: Any) -> Callable[..., list[tuple[Any, ...]]]:
    """Rows of a query, as the transformer."""

    def run_query(statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with transformer, transformer.cursor() as cursor:
            cursor.execute(statement, values or None)
            return cursor.fetchall()

    return run_query


@pytest.fixture(scope="session")
def recorded(real_data: Path) -> Path:
    """Where NESO's recorded copies lie."""
    folder = real_data / "neso"
    if not (folder / CHANGE_LOG).is_file():
        pytest.skip(f"no recorded copies in {folder}")
    return folder


@pytest.fixture(scope="session")
def log(recorded: Path) -> tuple[Line, ...]:
    """What changed from one recorded copy to the next."""
    return change_log(recorded / CHANGE_LOG)
