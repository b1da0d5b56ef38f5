"""Loads of files, each in a process of its own that is forked from a warm one, as the first step of the real DAG."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from include.deployment import Deployment
from include.ingestion import folder as folders
from include.intake import folder
from include.operations import runs
from include.settings import Settings
from include.sources import pipeline_of
from include.warehouse import Role, session
from tests.faults.forked import OK, Ended, Playing, begin
from tests.faults.ground import Ground
from tests.faults.meter_files import KEY
from tests.faults.statements import Point

READINGS, REFERENCE = "smart_meter_readings", "smart_meter_reference"
# So that a load of 2,000 files has some instants between two transactions.
FILES_AT_ONCE = 250
_NUMBERS = count(1)


@dataclass(frozen=True)
class Loads:
    """Begins loads of a folder, or of the reference, into one warehouse."""

    place: Deployment
    logs: Path
    dag_id: str = READINGS

    def begin(self, name: str | None = None, *, killed_at: Point | None = None) -> Playing:
        """Begin a load as a run of its own, or as another try of the run that is named."""
        return self._fork(self._load, name or self.new_name(), killed_at)

    def _fork(self, do: Callable[[str], None], name: str, killed_at: Point | None = None) -> Playing:
        return begin(lambda: do(name), self.logs / f"{name}.log", killed_at)

    def play(self, name: str | None = None) -> Ended:
        """Play a load from its beginning to its end: the only try of its run, unless one is named."""
        only = name is None
        name = name or self.new_name()
        ended = self.begin(name).wait()
        if only and ended.code != OK:
            self.close(name, failed=True)
        return ended

    def publish(self) -> Ended:
        """Play all steps of a run, in a process of its own."""
        return self._fork(self._publish, self.new_name()).wait()

    @staticmethod
    def new_name() -> str:
        """Return a name that no run has yet."""
        return f"meters__{os.getpid()}_{next(_NUMBERS)}"

    def _load(self, name: str) -> None:
        folder.FILES_AT_ONCE = FILES_AT_ONCE
        context = {"dag_run": _dag_run(name), "params": {}}
        pipeline_of(self.dag_id).extract_and_load(context, self.place)
        self.close(name)

    def _publish(self, name: str) -> None:
        # Its threads do not outlive a fork.
        os.environ["DBT_STATIC_PARSER"] = "false"
        context = {"dag_run": _dag_run(name), "params": {}}
        list(pipeline_of(self.dag_id).play(context, self.place))
        self.close(name)

    def close(self, name: str, *, failed: bool = False) -> None:
        """Tell the history that a run has ended, as the DAG's listener does."""
        with session(self.place.url(Role.LOADER), application="faults") as loader:
            runs.close_run(loader, self.dag_id, name, failed=failed)


def loads_of(ground: Ground, address: str, *, reference: Path | None = None, **storage: Any) -> Loads:
    """Return what loads an address into a warehouse."""
    given = {"smart_meter_readings": address, "smart_meter_pseudonym_key": KEY}
    if reference:
        given["smart_meter_reference"] = f"sqlite:///{reference}"
    settings = Settings.model_validate({**ground.place.settings.model_dump(), **given})
    options: Mapping[str, Any] = storage
    place = Deployment(settings, ground.place.address, (lambda _: options) if storage else ground.place.storage)
    return Loads(place, ground.logs)


def of_reference(loads: Loads) -> Loads:
    """Return what loads the reference into the same warehouse."""
    return replace(loads, dag_id=REFERENCE)


def warm_up() -> None:
    """Import what a load needs, so that the loads that are forked find it."""
    import s3fs  # noqa: F401, PLC0415

    pipeline_of(READINGS)
    folders.folder_at("memory://nothing", {}, ending=".json")


def _dag_run(name: str) -> SimpleNamespace:
    now = datetime.now(UTC)
    return SimpleNamespace(
        run_id=name, data_interval_start=None, data_interval_end=None, run_after=now, run_type="manual"
    )
