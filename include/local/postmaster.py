"""The running server of a data directory, by what it wrote into postmaster.pid, and the sessions it serves."""

import re
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from include.local.postgres_files import read_small, spoiled

PORT_LINE, STATUS_LINE = 3, 7
# The title of a process that serves a session: its login, its database, where it is from, and what it does.
SESSION = re.compile(r"postgres: (?P<login>[\w.-]+) (?P<database>[\w.-]+) \S+\(\d+\) (?P<doing>[A-Za-z ]+)")


@dataclass(frozen=True)
class Postmaster:
    """A server that runs."""

    process: psutil.Process
    port: int
    status: str
    """As it says itself: starting, ready, standby or stopping."""

    @property
    def is_ready(self) -> bool:
        """Whether it lets anyone in."""
        return self.status == "ready"

    @property
    def is_stopping(self) -> bool:
        """Whether it was told to end and waits for its sessions."""
        return self.status == "stopping"

    def tell(self, number: signal.Signals) -> None:
        """Send it a signal; one that has ended meanwhile needs none."""
        with suppress(psutil.NoSuchProcess):
            self.process.send_signal(number)

    def sessions(self) -> list[str]:
        """Return the sessions it serves: whose, in which database, and what they are at."""
        try:
            titles = [" ".join(child.cmdline()) for child in self.process.children()]
        except psutil.Error:
            return []
        found = [SESSION.match(title) for title in titles]
        return [f"{each['login']}@{each['database']} ({each['doing'].strip()})" for each in found if each]


def find(data: Path) -> Postmaster | None:
    """Return the running server of a data directory, or None. Raises LocalError where its pid file is spoiled.

    The lines are: pid, data directory, start, port, socket directory, address, shared memory, status.
    """
    file = data / "postmaster.pid"
    lines = (read_small(file) or "").splitlines()
    if not lines:
        return None
    if not _is_number(lines[0]):
        raise spoiled(file)
    server = _server_of(data, int(lines[0]))
    if server is None:
        return None
    if len(lines) <= STATUS_LINE:
        return Postmaster(server, port=0, status="starting")
    if not _is_number(lines[PORT_LINE]):
        raise spoiled(file)
    return Postmaster(server, int(lines[PORT_LINE]), lines[STATUS_LINE].strip())


def forget_dead(data: Path) -> None:
    """Remove a postmaster.pid whose pid now belongs to another program; PostgreSQL would take that for itself."""
    if find(data) is None:
        (data / "postmaster.pid").unlink(missing_ok=True)


def _is_number(line: str) -> bool:
    return re.fullmatch(r"[0-9]{1,9}", line) is not None


def _server_of(data: Path, pid: int) -> psutil.Process | None:
    """Return the process if it is PostgreSQL at work on this data, and not a stranger that was given the same pid."""
    try:
        process = psutil.Process(pid)
        is_server = process.name().startswith("postgres") and Path(process.cwd()) == data
        # Whoever owns the data could write any pid; root must signal no process but theirs.
        return process if is_server and process.uids().real == data.stat().st_uid else None
    except psutil.Error:
        return None
