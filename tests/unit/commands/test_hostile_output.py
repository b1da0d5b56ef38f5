"""What others wrote reaches a terminal as text: it obeys none of it, and no markup of ours is read in it."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from include.commands.alerts import _print_alerts
from include.commands.failures import one_line
from include.commands.platform import _run_cells
from include.commands.query import _as_table
from include.commands.run import read_params
from include.commands.terminal import out
from include.home import Home
from include.local.errors import LocalError
from include.local.logs import Attempt, RunLogs, task_log

# A title for the window, a screen wiped, the same in one character, letters turned around; markup, and its end alone.
HOSTILE = "\x1b]0;mine\x07\x1b[2J\x9b31m\u202e [link=http://evil.example]here[/link] [/red]"
SHOWN = "\\x1b]0;mine\\x07\\x1b[2J\\x9b31m\\u202e [link=http://evil.example]here[/link] [/red]"
AT = datetime(2026, 3, 29, tzinfo=UTC)


@pytest.fixture(autouse=True)
def wide() -> Iterator[None]:
    """A terminal in which nothing is folded, however wide the one is that the tests run in."""
    before, out.width = out.width, 200
    yield
    out.width = before


async def _one_row() -> AsyncIterator[tuple[str]]:
    yield (HOSTILE,)


def test_a_query(capsys: pytest.CaptureFixture[str]) -> None:
    asyncio.run(_as_table([HOSTILE], _one_row()))
    assert capsys.readouterr().out.count(SHOWN) == 2


def test_a_cause_in_the_list_of_runs(capsys: pytest.CaptureFixture[str]) -> None:
    run = {"started_at": AT, "dag_id": "errand", "status": "failed", "duration_s": 1.0, "error_message": HOSTILE}
    out.print(_run_cells({**run, "new": 1, "revised": 0, "published": None})[-1])
    assert SHOWN in capsys.readouterr().out


def test_an_alert(capsys: pytest.CaptureFixture[str]) -> None:
    alert = {"last_raised_at": AT, "kind": "run_failed", "dag_id": "errand", "times_raised": 1, "resolved_at": None}
    _print_alerts([{**alert, "summary": HOSTILE}])
    assert SHOWN in capsys.readouterr().out


def test_an_error() -> None:
    assert one_line(LocalError(HOSTILE)) == SHOWN


@pytest.mark.parametrize("line", [json.dumps({"event": HOSTILE}), HOSTILE])
def test_a_line_of_a_tasks_log(tmp_path: Path, line: str) -> None:
    home, attempt = Home(tmp_path), Attempt("go", 1)
    log = task_log(home, "errand", "manual__1", attempt)
    log.parent.mkdir(parents=True)
    log.write_text(line + "\n")
    assert [found.text for found in RunLogs(home, "errand", "manual__1").new_lines(attempt)] == [SHOWN]


def test_a_param_that_is_nested_without_end_is_text() -> None:
    assert read_params([f"a={'[' * 100_000}"]) == {"a": "[" * 100_000}
