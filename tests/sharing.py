"""How the tests are shared out among the processes of `pytest --numprocesses`: by files, and the longest first."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

# Folders whose files share what is dear to make, such as a machine that runs Airflow.
WHOLE_FOLDERS = ("tests/browser",)
# What takes minutes begins first, so that no process is left alone with one of them in the end: the browser, then
# whatever starts a machine of its own, then these.
LONGEST_FIRST = tuple(
    f"tests/integration/test_{name}.py" for name in ("production", "recorded_captures", "publish", "faults")
)
STARTS_A_MACHINE = "Machine.at("


class ByFile(LoadFileScheduling):
    """Each share goes whole to one process. (Groups by marks, as of xdist 3.8, are lost on pytest 9.2.)"""

    def _split_scope(self, nodeid: str) -> str:
        return share_of(nodeid)


@pytest.hookimpl(tryfirst=True, optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    """Share out by files and folders, whatever `--dist` says."""
    return ByFile(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest first; all else stays in its order."""
    items.sort(key=_place_in_line)


def share_of(nodeid: str) -> str:
    """Return the file of a test, or its folder where that is kept whole."""
    file = nodeid.split("::", maxsplit=1)[0]
    return next((folder for folder in WHOLE_FOLDERS if file.startswith(f"{folder}/")), file)


def _place_in_line(item: pytest.Item) -> int:
    share = share_of(item.nodeid)
    if share in WHOLE_FOLDERS:
        return 0
    if share in LONGEST_FIRST:
        return 2 + LONGEST_FIRST.index(share)
    return 1 if _starts_a_machine(item.path) else 2 + len(LONGEST_FIRST)


@cache
def _starts_a_machine(file: Path) -> bool:
    return STARTS_A_MACHINE in file.read_text()
