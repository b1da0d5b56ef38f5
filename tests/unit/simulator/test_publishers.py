"""A publisher is a folder: it is found without being named anywhere else."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from include.settings import Settings
from include.simulator.addresses import mounted_at, setting_of
from include.simulator.publisher import Publisher
from include.simulator.publishers import publishers

SIMULATOR = Path(__file__).parents[3] / "include" / "simulator"


def test_every_folder_is_a_publisher_that_can_be_addressed():
    folders = {path.parent.name for path in SIMULATOR.glob("*/__init__.py")}

    assert set(mounted_at()) == set(publishers()) == folders
    assert all(issubclass(publisher, Publisher) for publisher in publishers().values())
    assert {setting_of(name) for name in folders} <= {f"GRIDLOOM_{name.upper()}" for name in Settings.model_fields}


def test_addresses_are_told_without_loading_what_is_slow():
    code = "import sys; from include.simulator.addresses import mounted_at; mounted_at(); print(*sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)

    assert not {"numpy", "duckdb", "requests"} & set(told.stdout.split())


def test_no_two_publishers_share_a_path():
    paths = [path for publisher in publishers().values() for path in publisher.paths]

    assert all(path.startswith("/") and not path.startswith("/_simulator") for path in paths)
    assert not [one for one in paths for other in paths if one != other and f"{one}/".startswith(f"{other}/")]
    assert {name: publisher.paths[0] for name, publisher in publishers().items()} == mounted_at()


@pytest.mark.parametrize("path", sorted(SIMULATOR.rglob("*.py")), ids=lambda path: str(path.relative_to(SIMULATOR)))
def test_nothing_else_of_the_project_is_imported_and_no_publisher_by_another(path):
    imported = set()
    for node in ast.walk(ast.parse(path.read_text())):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        imported |= {*names, node.module or ""} if isinstance(node, ast.ImportFrom) else set(names)
    ours = [name.split(".") for name in imported if name.split(".")[0] in ("include", "dags", "plugins", "tests")]
    inner = path.relative_to(SIMULATOR).parts

    assert all(name[:2] == ["include", "simulator"] for name in ours)
    assert {name[2] for name in ours if len(name) > 2} & set(mounted_at()) <= {inner[0]}
