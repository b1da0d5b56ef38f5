"""Our own programs run our own code, wherever a command was typed."""

import os
import subprocess
from pathlib import Path

import pytest

from include.local import airflow
from include.programs import python

INCLUDE = Path(__file__).parent.parent.parent / "include"


@pytest.mark.parametrize("command", [python("include.simulator", "--help"), airflow.program("--help")])
def test_nothing_is_run_from_the_directory_where_a_command_was_typed(tmp_path: Path, command: tuple[str, ...]) -> None:
    for name in ("include", "json", "sitecustomize"):
        (tmp_path / f"{name}.py").write_text("import pathlib\npathlib.Path('was_run').touch()\nraise SystemExit(3)\n")

    done = subprocess.run(
        command, check=False, cwd=tmp_path, env={**os.environ, "AIRFLOW_HOME": str(tmp_path / "airflow")}
    )

    assert done.returncode == 0
    assert not (tmp_path / "was_run").exists()


def test_every_program_of_ours_is_started_so() -> None:
    found = [file for file in INCLUDE.rglob("*.py") if '"-m"' in file.read_text()]
    assert found == [INCLUDE / "programs.py"]
