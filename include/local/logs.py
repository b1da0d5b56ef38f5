"""What programs leave in their logs."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, cast

from include.home import Home
from include.operations.runs import written_out

SILENCE = "it said nothing"
# The log of what runs on and on, and as much again of what was said before.
LIMIT_BYTES = 20_000_000
WRITER = Path(__file__).with_name("log_writer.py")
# How long the last words of a program that has ended may be on their way.
LAST_WORDS_S = 5


@dataclass(frozen=True)
class Line:
    """One line of a task's log."""

    task: str
    """Its name for people: mapped tasks carry their index."""
    level: str
    logger: str
    text: str
    """With nothing that a terminal would obey: tasks quote what publishers say."""


def service_log(home: Home, name: str) -> Path:
    """Return the file that holds what a program of this machine says; its directory is there."""
    directory = home.path / "logs"
    directory.mkdir(mode=0o700, exist_ok=True)
    return directory / f"{name}.log"


@dataclass(frozen=True)
class BoundedLog:
    """A log that is being written by a process of its own, and stays within its limit."""

    path: Path
    pipe: IO[bytes]
    """What is said to it goes to the log; the writer ends with the last program that was handed it."""
    _writer: "subprocess.Popen[bytes]"
    _begin: int

    @property
    def pid(self) -> int:
        """Pid of the writer."""
        return self._writer.pid

    def last_words(self) -> str:
        """Return what was said since the writer began. Who could say more should have ended, and closed the pipe."""
        with suppress(subprocess.TimeoutExpired):
            self._writer.wait(LAST_WORDS_S)
        told = self.path.read_bytes() if self.path.exists() else b""
        # It was moved meanwhile where it is shorter now.
        return told[self._begin if self._begin <= len(told) else 0 :].decode(errors="replace")


@contextmanager
def bounded(path: Path, limit_bytes: int = LIMIT_BYTES) -> Iterator[BoundedLog]:
    """Write a log for the block, and for as long as a program runs that was handed its pipe."""
    begin = path.stat().st_size if path.exists() else 0
    writer = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-I", "-S", str(WRITER), str(path), str(limit_bytes)],
        env={"PATH": os.defpath},
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # Not ended by the terminal's Ctrl-C before those whose words it writes.
        start_new_session=True,
    )
    with cast("IO[bytes]", writer.stdin) as pipe:
        yield BoundedLog(path, pipe, writer, begin)


def last_line(log: Path, *, since: int = 0) -> str:
    """Return the last line that stands after a position, in bytes."""
    with log.open("rb") as file:
        file.seek(since)
        lines = file.read().decode(errors="replace").strip().splitlines()
    return lines[-1].strip() if lines else SILENCE


@dataclass(frozen=True)
class Attempt:
    """One attempt at a task of a run; `map_index` is below zero where the task is not mapped."""

    task_id: str
    number: int
    map_index: int = -1

    @property
    def task(self) -> str:
        """The task's name for people: mapped tasks carry their index."""
        return self.task_id if self.map_index < 0 else f"{self.task_id}[{self.map_index}]"


def task_log(home: Home, dag_id: str, run_id: str, attempt: Attempt) -> Path:
    """Return the file in which Airflow keeps what one attempt at a task said."""
    run = home.path / "airflow" / "logs" / f"dag_id={dag_id}" / f"run_id={run_id}"
    task = run / f"task_id={attempt.task_id}"
    mapped = task if attempt.map_index < 0 else task / f"map_index={attempt.map_index}"
    return mapped / f"attempt={attempt.number}.log"


@dataclass
class RunLogs:
    """The logs of a run's tasks, read on from where the last reading ended."""

    home: Home
    dag_id: str
    run_id: str
    _read_to: dict[Path, int] = field(default_factory=dict)

    def new_lines(self, attempt: Attempt) -> Iterator[Line]:
        """Yield the whole lines that an attempt has written since the last call."""
        path = task_log(self.home, self.dag_id, self.run_id, attempt)
        if not path.exists():
            return
        with path.open("rb") as file:
            file.seek(self._read_to.get(path, 0))
            for line in file:
                if not line.endswith(b"\n"):
                    break
                self._read_to[path] = self._read_to.get(path, 0) + len(line)
                yield _line(attempt.task, line)


def _line(task: str, line: bytes) -> Line:
    """Read a line as Airflow writes them, JSON with an event, a level and a logger; else as text."""
    try:
        told = json.loads(line)
        return Line(task, str(told.get("level", "")), str(told.get("logger", "")), written_out(str(told["event"])))
    except (ValueError, KeyError, AttributeError):
        return Line(task, "", "", written_out(line.decode(errors="replace").rstrip()))
