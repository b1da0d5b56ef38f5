"""The way of readings and agreements to `analytics`, by the steps of the real pipelines, in one warehouse of a test."""

import json
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from include.deployment import Deployment
from include.ingestion.errors import LastingError, PassingError
from include.pipeline import LoadsFailedError
from include.quality.result import CheckFailedError
from include.settings import Settings
from include.sources import pipeline_of
from tests.asking import Asking

KEY = "the key of a test, and of no house"
# One of each, and none of them used.
SMALLEST_REFERENCE = (
    "create table product (display_name text, is_variable integer, id integer, product_id text)",
    "create table meterpoint (region text, meterpoint_id text)",
    "create table agreement (agreement_id integer, agreement_valid_from date, agreement_valid_to date, "
    "product_id text, meterpoint_id text, account_id text)",
    "insert into product values ('Standard', 1, 1, 'p1')",
    "insert into meterpoint values ('London', '0000000000')",
    "insert into agreement values (1, '2021-01-01', null, 'p1', '0000000000', 'account1')",
)
_RUNS = count(1)


@dataclass(frozen=True)
class Meters(Asking):
    """One warehouse, a folder of readings and a reference database."""

    folder: Path
    reference: Path
    place: Deployment

    def deliver(self, meterpoint: str, rows: Sequence[tuple[str, Any]], name: str | None = None) -> Path:
        """Put a file of a meterpoint into the folder, in the shape of the recorded ones."""
        held = {
            "columns": ["interval_start", "consumption_delta", "meterpoint_id"],
            "data": [[stamp, value, meterpoint] for stamp, value in rows],
        }
        return self.put(name or f"{meterpoint}.json", json.dumps(held).encode())

    def put(self, name: str, held: bytes) -> Path:
        """Put a file into the folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(held)
        return path

    def deliver_recorded(self, real_data: Path) -> None:
        """Put the recorded files into the folder, and the recorded database in its place."""
        for path in (real_data / "smart_meter" / "readings").glob("*.json"):
            shutil.copyfile(path, self.folder / path.name)
        shutil.copyfile(real_data / "smart_meter" / "case_study.db", self.reference)

    def change_reference(self, *statements: str) -> None:
        """Change the reference database."""
        with closing(sqlite3.connect(self.reference)) as database, database:
            for statement in statements:
                database.execute(statement)

    def run(self, dag_id: str = "smart_meter_readings", **params: Any) -> str:
        """Do all steps of a run; return what it failed of, if it did. As in the DAG, what came is published."""
        pipeline, left = pipeline_of(dag_id), dict[str, Any]()
        context = _context(params)
        try:
            list(pipeline.play(context, self.place, left))
        except (PassingError, LastingError) as error:
            left["extract_and_load"] = True
            failure = f"{type(error).__name__}: {error}"
        except (CheckFailedError, LoadsFailedError) as error:
            return f"{type(error).__name__}: {error}"
        else:
            return ""
        try:
            list(pipeline.play(context, self.place, left))
        except LoadsFailedError as error:
            return f"{type(error).__name__}: {error}"
        except CheckFailedError as error:
            return f"{failure}; {type(error).__name__}: {error}"
        return failure

    def load(self, dag_id: str = "smart_meter_readings", run: str | None = None, **params: Any) -> bool:
        """Do the first step of a run, of a new one or one by name; tell whether there is anything left to do."""
        return pipeline_of(dag_id).extract_and_load(_context(params, run), self.place)

    def outcomes(self) -> list[tuple[str, int]]:
        """How many files of the newest run came to what."""
        return self.query(
            """
            select outcome, count(*)::int from ops.loads
            where run_id = (select max(run_id) from ops.pipeline_runs) and arrived_at is not null
            group by outcome order by outcome
            """
        )


def _context(params: dict[str, Any], run_id: str | None = None) -> dict[str, Any]:
    run = SimpleNamespace(
        run_id=run_id or f"manual__{next(_RUNS)}",
        run_after=datetime.now(UTC),
        run_type="manual",
        data_interval_start=None,
        data_interval_end=None,
    )
    return {"dag_run": run, "params": params}


@pytest.fixture
def meters(tmp_path: Path, place: Deployment) -> Meters:
    """An empty warehouse and folder, and a reference that knows one meter."""
    folder, reference = tmp_path / "readings", tmp_path / "reference.db"
    folder.mkdir()
    meters = meters_at(folder, reference, place)
    meters.change_reference(*SMALLEST_REFERENCE)
    return meters


def with_settings(meters: Meters, **given: Any) -> Meters:
    """Return the same with other settings."""
    settings = Settings.model_validate({**meters.place.settings.model_dump(), **given})
    return replace(meters, place=replace(meters.place, settings=settings))


def meters_at(folder: Path, reference: Path, place: Deployment) -> Meters:
    """Return the way from a folder and a reference into a warehouse."""
    given = {
        "smart_meter_readings": str(folder),
        "smart_meter_reference": f"sqlite:///{reference}",
        "smart_meter_pseudonym_key": KEY,
    }
    settings = Settings.model_validate({**place.settings.model_dump(), **given})
    return Meters(folder, reference, Deployment(settings, place.address))
