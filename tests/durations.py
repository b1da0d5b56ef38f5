"""How long each file of tests took, beside what it may take; `pytest --durations=…` prints all of it.

A budget is a line that somebody reads, and never a test: how fast a machine is says nothing of what it runs.
"""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

# What one file may take on two quiet cores. A source may take as much for its unit tests and for its integration
# tests, and 45 s for its one journey through Airflow.
BUDGETS_S = {"unit": 30, "dags": 30, "integration": 90, "browser": 90}
BY_FAR = 1.5


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the time of each folder and file where durations are asked for, and in any case what is far too long."""
    taken_s = dict(_taken(terminalreporter))
    if config.option.durations is not None and taken_s:
        terminalreporter.section("seconds by folder and file")
        for line in _table(taken_s):
            terminalreporter.line(line)
    for file, seconds in taken_s.items():
        budget_s = BUDGETS_S.get(_folder(file), seconds)
        if seconds > BY_FAR * budget_s:
            terminalreporter.line(f"{file} took {seconds:.0f} s; a file there may take {budget_s} s", yellow=True)


def _taken(terminalreporter: pytest.TerminalReporter) -> Iterator[tuple[str, float]]:
    """The seconds of each file, the longest first."""
    by_file: dict[str, float] = defaultdict(float)
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                by_file[report.nodeid.split("::")[0]] += report.duration
    yield from sorted(by_file.items(), key=lambda taken: -taken[1])


def _table(taken_s: dict[str, float]) -> Iterator[str]:
    folders: dict[str, float] = defaultdict(float)
    for file, seconds in taken_s.items():
        folders[str(Path(file).parent)] += seconds
    for name, seconds in [*sorted(folders.items(), key=lambda taken: -taken[1]), *taken_s.items()]:
        if seconds >= 1:
            yield f"{seconds:7.0f}  {name}"


def _folder(file: str) -> str:
    """The folder below `tests` that a file lies in."""
    parts = Path(file).parts
    return parts[parts.index("tests") + 1] if "tests" in parts[:-1] else ""
