"""What is said of the services."""

import io
import os
from pathlib import Path

from rich.console import Console

from include.commands.platform import login
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
