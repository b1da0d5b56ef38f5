"""Something that goes on in a process forked from this one, which may be killed at any instant."""

import logging
import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import psycopg2

from include.ingestion.errors import PassingError
from tests.faults import statements
from tests.faults.statements import Point, Trap

OK, PASSING, FAILED = 0, 4, 3
LIMIT_S = 120.0
# What the DAG's retry policy tries again.
TRIED_AGAIN = (PassingError, psycopg2.OperationalError)


def status_of(pid: int, *, kill_after_s: float | None = None) -> int:
    """Wait for a child's end, and kill it where it has not come by then; return its wait status.

    A descriptor stands for the process itself, so that no stranger with its number can be killed; and nothing sleeps,
    which Python cannot do under a faked clock. Linux only.
    """
    process = os.pidfd_open(pid)
    try:
        if process not in select.select([process], [], [], kill_after_s)[0]:
            signal.pidfd_send_signal(process, signal.SIGKILL)
    finally:
        os.close(process)
    return os.waitpid(pid, 0)[1]


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


def begin(do: Callable[[], None], log: Path, killed_at: Point | None = None) -> Playing:
    """Begin something in a process of its own, which tells of itself in a file."""
    log.parent.mkdir(parents=True, exist_ok=True)
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        _live(do, log, killed_at)
    return Playing(pid, log)


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
