"""Processes that are ours: told from all others, found again, and ended whole."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

# Every service and all it starts carry this variable, so that none is missed, in whatever process group or session it
# is, and no stranger that was given an old pid is ever taken for one of ours.
MARK = "GRIDLOOM_SERVICES_OF"
# Clocks are set now and then, and a start time is computed from the clock.
START_TOLERANCE_S = 5.0


@dataclass(frozen=True)
class ProcessId:
    """A process, told from a later one of the same pid by its start."""

    pid: int
    started_at: float

    @classmethod
    def current(cls) -> "ProcessId":
        """Return this very process."""
        return cls.of(os.getpid())

    @classmethod
    def of(cls, pid: int) -> "ProcessId":
        """Return the running process of a pid. Raises psutil.NoSuchProcess where there is none."""
        return cls(pid, psutil.Process(pid).create_time())

    @property
    def is_running(self) -> bool:
        """Whether it runs still."""
        try:
            process = psutil.Process(self.pid)
            is_same: bool = abs(process.create_time() - self.started_at) < START_TOLERANCE_S
            return is_same and bool(process.status() != psutil.STATUS_ZOMBIE)
        except psutil.NoSuchProcess:
            return False


def marked(environment: dict[str, str], home: Path) -> dict[str, str]:
    """Return an environment whose processes `services_of` will find."""
    # SPT_NOENV: a process that renames itself leaves its environment readable.
    return {**environment, MARK: str(home), "SPT_NOENV": "1"}


def services_of(home: Path) -> list[psutil.Process]:
    """Return every process that a service of this home started, and the services themselves."""
    return [process for process in psutil.process_iter() if _mark_of(process) == str(home)]


def listener(home: Path, port: int) -> psutil.Process | None:
    """Return the service of this home that listens on a port, or this very process; None where it is another's."""
    return next((each for each in (*services_of(home), psutil.Process()) if listens(each, port)), None)


def listens(process: psutil.Process, port: int) -> bool:
    """Tell whether a process listens on a port, and is of our own account: any other may mark its own as ours."""
    try:
        is_ours = process.is_running() and process.uids().effective == os.geteuid()
        found = process.net_connections(kind="tcp") if is_ours else []
    except (psutil.Error, OSError):
        return False
    return any(each.status == psutil.CONN_LISTEN and each.laddr.port == port for each in found)


def end_services(home: Path, *, patience_s: float) -> None:
    """End every process of this home's services: politely, then for certain."""
    ours = services_of(home)
    pids = {process.pid for process in ours}
    for process in ours:
        if _parent_of(process) not in pids:
            _signal(process, politely=True)
    _, stubborn = psutil.wait_procs(ours, timeout=patience_s)
    for process in {*stubborn, *services_of(home)}:
        _signal(process, politely=False)
    psutil.wait_procs([*stubborn, *services_of(home)], timeout=patience_s)


def end(processes: Iterable[ProcessId], *, patience_s: float) -> None:
    """End processes: politely, then for certain. One that has ended is no error."""
    running = list(_running(processes))
    for process in running:
        _signal(process, politely=True)
    _, stubborn = psutil.wait_procs(running, timeout=patience_s)
    for process in stubborn:
        _signal(process, politely=False)
    psutil.wait_procs(stubborn, timeout=patience_s)


def _running(processes: Iterable[ProcessId]) -> Iterator[psutil.Process]:
    for process in processes:
        if process.is_running:
            yield psutil.Process(process.pid)


def _mark_of(process: psutil.Process) -> str | None:
    try:
        mark: str | None = process.environ().get(MARK)
    except (psutil.Error, OSError):
        return None
    return mark


def _parent_of(process: psutil.Process) -> int | None:
    try:
        parent: int = process.ppid()
    except psutil.NoSuchProcess:
        return None
    return parent


def _signal(process: psutil.Process, *, politely: bool) -> None:
    try:
        if politely:
            process.terminate()
        else:
            process.kill()
    except psutil.NoSuchProcess:
        return
