"""Runs of the main job, or of another, each in a process of its own that is forked from a warm one.

So does Airflow's LocalExecutor.

A run gets Airflow's context as a plain mapping, and tells the run history what Airflow's listener tells it. What it
logs goes to a file. A killed run tells nobody anything, as when the whole machine dies.
"""

import faulthandler
import json
import logging
import mmap
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from include.deployment import Deployment
from include.operations import runs
from include.pipeline import Pipeline
from include.sources.neso.pipeline import PIPELINE
from include.warehouse import Role, session
from tests.faults import statements
from tests.faults.forked import status_of
from tests.faults.statements import Point, Trap

STEPS = ("start", "extract_and_load", "check_raw", "build_models", "check_marts", "publish", "end")
OK, FAILED = 0, 3
LIMIT_S = 180.0
PARAMS: Mapping[str, Any] = {
    **{"start": None, "end": None, "full_history": False, "look_back_days": 100, "force_publish": False},
}
_NUMBERS = count(1)


@dataclass(frozen=True)
class Ended:
    """How a run came to its end: `code` is its exit code, or minus the signal that killed it."""

    code: int
    step: str
    lasted_s: float
    said: str

    @property
    def succeeded(self) -> bool:
        """Whether it went through, or had nothing to do."""
        return self.code == OK

    @property
    def was_killed(self) -> bool:
        """Whether a signal ended it."""
        return self.code < 0


@dataclass
class Playing:
    """A run that goes on in another process."""

    pid: int
    name: str
    log: Path
    began_at: float = field(default_factory=time.monotonic)
    steps: Any = None
    reached: int = -1
    go_on: int = -1

    @property
    def step(self) -> str:
        """The step it is at."""
        return STEPS[self.steps[0]]

    def wait_for_point(self) -> bool:
        """Wait until it stands at its point; False where it ended without coming there."""
        return os.read(self.reached, 1) == b"!"

    def continue_(self) -> None:
        """Let it go on from its point."""
        os.write(self.go_on, b"!")

    def wait(self, *, kill_after_s: float = LIMIT_S) -> Ended:
        """Wait for its end, and kill it where it has not come by then. A run that hangs is itself a fault."""
        left_s = self.began_at + kill_after_s - time.monotonic()
        status = status_of(self.pid, kill_after_s=max(left_s, 0))
        for pipe in (self.reached, self.go_on):
            if pipe >= 0:
                os.close(pipe)
        return Ended(os.waitstatus_to_exitcode(status), self.step, time.monotonic() - self.began_at, self._said())

    def _said(self) -> str:
        lines = self.log.read_text(errors="replace").strip().splitlines() if self.log.exists() else []
        return lines[-1] if lines else ""


@dataclass(frozen=True)
class Runs:
    """Begins runs in one warehouse. `now` is what Airflow would say the time is."""

    place: Deployment
    logs: Path
    now: Callable[[], datetime]
    params: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    pipeline: Pipeline = PIPELINE

    def play(self) -> Ended:
        """Play a run from its beginning to its end."""
        return self.begin().wait()

    def begin(
        self,
        point: Point | None = None,
        *,
        strike: str = "wait",
        on_sigterm: str = "default",
        name: str | None = None,
        first: str = STEPS[1],
    ) -> Playing:
        """Begin a run, or take one up again at the step `first`, with what its earlier steps left.

        At its point it waits to be told to go on, or strikes itself: `kill` or `term`.
        """
        self.logs.mkdir(parents=True, exist_ok=True)
        name = name or f"manual__{os.getpid()}_{next(_NUMBERS)}"
        steps = mmap.mmap(-1, 1)
        reached, go_on = os.pipe(), os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            os.close(reached[0])
            os.close(go_on[1])
            _Child(self, name, steps, reached[1], go_on[0], first).live(point, strike, on_sigterm)
        os.close(reached[1])
        os.close(go_on[0])
        return Playing(pid, name, self.logs / f"{name}.log", steps=steps, reached=reached[0], go_on=go_on[1])


@dataclass
class _Child:
    """The process of one run; it never returns to who forked it."""

    runs: Runs
    name: str
    steps: Any
    reached: int
    go_on: int
    first: str

    def live(self, point: Point | None, strike: str, on_sigterm: str) -> None:
        code = FAILED
        try:
            os.setsid()
            self._be_like_a_task(on_sigterm)
            if point is not None:
                statements.lay(Trap(point, lambda: STEPS[self.steps[0]], lambda: self._strike(strike)))
            code = self._play()
        except BaseException:  # noqa: BLE001 - whatever it is, this process must not become a second campaign
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def _be_like_a_task(self, on_sigterm: str) -> None:
        log = os.open(self.runs.logs / f"{self.name}.log", os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
        os.dup2(log, 1)
        os.dup2(log, 2)
        sys.stdout = sys.stderr = os.fdopen(log, "a", buffering=1)
        os.environ.update(self.runs.environment)
        time.tzset()
        # Its threads do not outlive a fork of a process that has used it before, which Airflow's scheduler never has.
        os.environ["DBT_STATIC_PARSER"] = "false"
        faulthandler.enable()
        if on_sigterm == "raise":  # as Airflow's task runner does
            signal.signal(signal.SIGTERM, _interrupted)
        else:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
        logging.basicConfig(stream=sys.stderr, level=logging.INFO, force=True)

    def _strike(self, how: str) -> None:
        if how == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        elif how == "term":
            os.kill(os.getpid(), signal.SIGTERM)
        os.write(self.reached, b"!")
        # The main thread handles a signal, and waits for the others to end.
        if how != "term" or threading.current_thread() is threading.main_thread():
            os.read(self.go_on, 1)

    def _play(self) -> int:
        now = self.runs.now()
        dag_run = SimpleNamespace(
            run_id=self.name, data_interval_start=None, data_interval_end=None, run_after=now, run_type="manual"
        )
        context = {"dag_run": dag_run, "params": {**PARAMS, **self.runs.params}}
        try:
            self._steps(context, self.runs.place)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - as Airflow, which keeps the cause whatever it is
            self._tell_history(error)
            print(f"{type(error).__module__}.{type(error).__name__}: {' '.join(str(error).split())}", flush=True)
            return FAILED
        self._tell_history(None)
        return OK

    def _steps(self, context: Mapping[str, Any], deployment: Deployment) -> None:
        left = self._left()
        # Airflow does again the step that it is told to begin with, and those after it.
        left = {step: left[step] for step in STEPS[1 : STEPS.index(self.first)]}
        for step in self.runs.pipeline.play(context, deployment, left):
            # What one task leaves to the next goes through Airflow's database as JSON.
            self._notes.write_text(json.dumps(left))
            self._at(step)
        self._notes.write_text(json.dumps(left))
        self._at("end")

    @property
    def _notes(self) -> Path:
        return self.runs.logs / f"{self.name}.json"

    def _left(self) -> dict[str, Any]:
        return dict(json.loads(self._notes.read_text())) if self._notes.exists() else {}

    def _at(self, step: str) -> None:
        self.steps[0] = STEPS.index(step)

    def _tell_history(self, error: BaseException | None) -> None:
        """Tell what the listener in plugins/run_history.py tells."""
        task, dag_id = STEPS[self.steps[0]], self.runs.pipeline.dag_id
        url = self.runs.place.url(Role.LOADER)
        with session(url, application="gridloom run history") as loader:
            if error is not None:
                trace = "".join(traceback.format_exception(error))
                message = f"{type(error).__name__}: {' '.join(str(error).split())}"
                run_id = runs.open_run(loader, dag_id, self.name)
                runs.record_failure(loader, run_id, runs.Failure(task, message, trace))
                print(trace, flush=True)
            runs.close_run(loader, dag_id, self.name, failed=error is not None)


def warm_up() -> None:
    """Import what every run needs, so that the runs that are forked find it, as in Airflow's scheduler."""
    import dbt.adapters.postgres  # noqa: PLC0415
    import dbt.cli.main  # noqa: F401, PLC0415

    import include.quality.stages  # noqa: F401, PLC0415


def _interrupted(number: int, _: Any) -> None:
    raise SystemExit(f"told to end by signal {number}")
