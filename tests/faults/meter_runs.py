"""Loads of files, each in a process of its own that is forked from a warm one, as the first step of the real DAG."""

import logging
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg2

from include.deployment import Deployment
from include.ingestion import folder as folders
from include.ingestion.errors import PassingError
from include.intake import folder
from include.operations import runs
from include.settings import Settings
from include.sources import pipeline_of
from include.warehouse import Role, session
from tests.faults import statements
from tests.faults.forked import status_of
from tests.faults.ground import Ground
from tests.faults.meter_files import KEY
from tests.faults.statements import Point, Trap

READINGS, REFERENCE = "smart_meter_readings", "smart_meter_reference"
OK, PASSING, FAILED = 0, 4, 3
LIMIT_S = 120.0
# What the DAG's retry policy tries again.
TRIED_AGAIN = (PassingError, psycopg2.OperationalError)
# So that a load of 2,000 files has some instants between two transactions.
FILES_AT_ONCE = 250
_NUMBERS = count(1)


@dataclass(frozen=True)
class Ended:
    """How a load came to its end: `code` is its exit code, or minus the signal that killed it."""

    code: int
    lasted_s: float
    said: str

    @property
    def was_killed(self) -> bool:
        """Whether a signal ended it."""
        return self.code < 0


@dataclass(frozen=True)
class Playing:
    """A load that goes on in another process."""

    pid: int
    log: Path
    began_at: float = field(default_factory=time.monotonic)

    def wait(self, kill_after_s: float = LIMIT_S) -> Ended:
        """Wait for its end, and kill it where it has not come by then."""
        status = status_of(self.pid, kill_after_s=max(self.began_at + kill_after_s - time.monotonic(), 0))
        # One that was killed at once has not even begun to say anything.
        lines = self.log.read_text(errors="replace").strip().splitlines() if self.log.exists() else []
        code = os.waitstatus_to_exitcode(status)
        return Ended(code, time.monotonic() - self.began_at, lines[-1] if lines else "")


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
        self.logs.mkdir(parents=True, exist_ok=True)
        log = self.logs / f"{name}.log"
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            _live(lambda: do(name), log, killed_at)
        return Playing(pid, log)

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


def _live(load: Callable[[], None], log: Path, killed_at: Point | None) -> None:
    """Be the process of a load; never return to who forked it."""
    code = FAILED
    try:
        os.setsid()
        file = os.open(log, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
        os.dup2(file, 1)
        os.dup2(file, 2)
        sys.stdout = sys.stderr = os.fdopen(file, "a", buffering=1)
        logging.basicConfig(stream=sys.stderr, level=logging.INFO, force=True)
        if killed_at is not None:
            statements.lay(Trap(killed_at, lambda: killed_at.step, lambda: os.kill(os.getpid(), signal.SIGKILL)))
        load()
        code = OK
    except BaseException as error:  # noqa: BLE001 - whatever it is, this process must not become a second campaign
        traceback.print_exc()
        code = PASSING if isinstance(error, TRIED_AGAIN) else FAILED
        print(f"{type(error).__module__}.{type(error).__name__}: {' '.join(str(error).split())}", flush=True)
    finally:
        os._exit(code)
