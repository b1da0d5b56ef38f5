"""What is said of the services."""

import io
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table

from include.commands.platform import _run_cells, login
from include.commands.terminal import out
from include.home import Home
from include.local import airflow


def test_the_password_of_the_ui_is_told_to_a_terminal_and_to_nothing_else(tmp_path: Path) -> None:
    home = Home(tmp_path)
    password = airflow.admin_password(home)
    read, written = os.openpty()
    try:
        with os.fdopen(written, "w") as terminal:
            assert login(home, Console(file=terminal)) == f"user admin, password {password}"
    finally:
        os.close(read)
    for force in (True, False):
        said = login(home, Console(file=io.StringIO(), force_terminal=force))
        assert said == f"user admin, password in {tmp_path / 'airflow.passwords'}"


def test_the_cause_of_a_run_is_shown_as_it_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    cause = "[/red] [link=http://evil.example]x[/link] \x1b[2J"
    run = {"started_at": datetime.now(UTC), "dag_id": "tides", "status": "failed", "duration_s": 1.0}
    table = Table()
    table.add_row(*_run_cells({**run, "new": 0, "revised": 0, "published": 0, "error_message": cause}))
    out.print(table)
    assert "[/red] [link=http://evil.example]x[/link] \\x1b[2J" in capsys.readouterr().out
