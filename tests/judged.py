"""Half-hours of NESO's in a warehouse of a test, recorded or simulated: loaded, built, and to be judged."""

import csv
import gzip
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from include.deployment import Deployment
from include.ingestion.due import Asked
from include.ingestion.ingest import ingest
from include.ingestion.window import Window
from include.quality.result import Stage, Verdict
from include.quality.stages import Judging, judge_pending
from include.quality.subject import Subject
from include.simulator.neso.vintages import SimulatedHistory
from include.sources.neso.pipeline import PIPELINE
from include.transformation.build import Job, build_models
from include.warehouse import Role, Warehouse, session
from tests.integration.conftest import Publisher

RELEASE = PIPELINE.release()
WINTER = Window(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 4, 6, tzinfo=UTC))  # the clocks change on 29 March
OLD_SCHEMA = Window(datetime(2023, 2, 1, tzinfo=UTC), datetime(2023, 4, 1, tzinfo=UTC))


@dataclass(frozen=True)
class Judged:
    """A warehouse whose pending half-hours are built, and the last run."""

    warehouse: Warehouse
    run_id: int

    def check_raw(self) -> Verdict:
        return self._check(Stage.CHECK_RAW, RELEASE.raw_subjects(self.run_id))

    def check_marts(self) -> Verdict:
        return self._check(Stage.CHECK_MARTS, RELEASE.mart_subjects, build_id=1)

    def _check(self, stage: Stage, subjects: Iterable[Subject], **build: int) -> Verdict:
        url = self.warehouse.dsn(Role.TRANSFORMER)
        judging = Judging(RELEASE.name, self.run_id, stage, **build)
        with session(url, application="tests") as transformer:
            return judge_pending(transformer, url, judging, subjects)

    def as_owner(self, statement: str) -> list[tuple[Any, ...]]:
        with session(self.warehouse.owner_dsn, application="tests") as owner, owner, owner.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def changed(self, table: str, where: str, *statements: str) -> Iterator[None]:
        """Change rows for the length of a block."""
        self.as_owner(f"create table public.saved as select * from {table} where {where}")
        self.as_owner("; ".join(statements))
        try:
            yield
        finally:
            self.as_owner(f"""
                delete from {table} where {where};
                insert into {table} overriding system value select * from public.saved;
                drop table public.saved
            """)


def copy_of_2023(real_data: Path) -> list[dict[str, str]]:
    with (real_data / "neso/generation_mix_2023-02_2023-03_old_schema.csv").open() as file:
        return [row | {"DATETIME": row["DATETIME"].replace(" ", "T")} for row in csv.DictReader(file)]


def copy_of_2026(real_data: Path) -> list[dict[str, str]]:
    with gzip.open(real_data / "neso/generation_mix_2026_asof_2026-05-31.csv.gz", "rt") as file:
        return [row for row in csv.DictReader(file) if row["DATETIME"] < WINTER.end.replace(tzinfo=None).isoformat()]


def simulated_winter() -> list[dict[str, str]]:
    table = SimulatedHistory.until(WINTER.end, seed=7).edition_at(WINTER.end).table
    names, columns = list(table.columns), [column.values.tolist() for column in table.columns.values()]
    rows = zip(table.started_at.astype(str).tolist(), zip(*columns, strict=True), strict=True)
    started_at = WINTER.start.replace(tzinfo=None).isoformat()
    return [
        {"DATETIME": at} | {name: str(value) for name, value in zip(names, values, strict=True)}
        for at, values in rows
        if at >= started_at
    ]


def load(warehouse: Warehouse, rows: Iterable[dict[str, str]], window: Window) -> int:
    """Load a window as a run of its own; return the run."""
    with session(warehouse.dsn(Role.LOADER), application="tests") as loader:
        publisher = Publisher(loader).publish(rows)
        run, client = publisher.open_run(), None
        ingest(publisher.dataset, Asked(window), client=client, warehouse=loader, run=run)  # type: ignore[arg-type]
        return run.run_id


def build(warehouse: Warehouse, settings: Any, run_id: int) -> None:
    place = Deployment(settings, warehouse.dsn)
    with place.session(Role.TRANSFORMER) as transformer, place.session(Role.TRANSFORMER) as slot:
        build_models(transformer, slot, place.dbt(), Job(RELEASE.name, run_id))
