"""What programs leave in their logs."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from include.home import Home

SILENCE = "it said nothing"


@dataclass(frozen=True)
class Line:
    """One line of a task's log."""

    task: str
    level: str
    logger: str
    text: str


def service_log(home: Home, name: str) -> Path:
    """Return the file that holds what a program of this machine says; its directory is there."""
    directory = home.path / "logs"
    directory.mkdir(mode=0o700, exist_ok=True)
    return directory / f"{name}.log"


def last_line(log: Path, *, since: int = 0) -> str:
    """Return the last line that stands after a position, in bytes."""
    with log.open("rb") as file:
        file.seek(since)
        lines = file.read().decode(errors="replace").strip().splitlines()
    return lines[-1].strip() if lines else SILENCE


def task_log(home: Home, dag_id: str, run_id: str, task_id: str, attempt: int) -> Path:
    """Return the file in which Airflow keeps what one attempt at a task said."""
    run = home.path / "airflow" / "logs" / f"dag_id={dag_id}" / f"run_id={run_id}"
    return run / f"task_id={task_id}" / f"attempt={attempt}.log"


@dataclass
class RunLogs:
    """The logs of a run's tasks, read on from where the last reading ended."""

    home: Home
    dag_id: str
    run_id: str
    _read_to: dict[Path, int] = field(default_factory=dict)

    def new_lines(self, task_id: str, attempt: int) -> Iterator[Line]:
        """Yield the whole lines that an attempt has written since the last call."""
        path = task_log(self.home, self.dag_id, self.run_id, task_id, attempt)
        if not path.exists():
            return
        with path.open("rb") as file:
            file.seek(self._read_to.get(path, 0))
            for line in file:
                if not line.endswith(b"\n"):
                    break
                self._read_to[path] = self._read_to.get(path, 0) + len(line)
                yield _line(task_id, line)


def _line(task_id: str, line: bytes) -> Line:
    """Read a line as Airflow writes them, JSON with an event, a level and a logger; else as text."""
    try:
        told = json.loads(line)
        return Line(task_id, str(told.get("level", "")), str(told.get("logger", "")), str(told["event"]))
    except (ValueError, KeyError, AttributeError):
        return Line(task_id, "", "", line.decode(errors="replace").rstrip())
