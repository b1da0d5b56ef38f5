"""The sections of the dashboard: each page in its folder, none that looks into another's, no publisher below."""

import ast
import inspect
from pathlib import Path

import pytest

from include.serving import dashboard
from include.serving.dashboard.generation.half_hours import BALANCE, HALF_HOURS
from include.serving.dashboard.navigation import SECTIONS
from tests.looks import folder_of, looks

ROOT = Path(inspect.getfile(dashboard)).parent
FOLDERS = sorted(path.parent.name for path in ROOT.glob("*/section.py"))


def imported(path: Path) -> set[str]:
    nodes = ast.walk(ast.parse(path.read_text()))
    return {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}


def test_every_section_is_in_the_navigation():
    assert sorted(folder_of(section.title) for section in SECTIONS) == FOLDERS


def test_every_page_has_an_address_and_a_folder_of_its_own():
    screens = [screen for section in SECTIONS for screen in section.screens]
    assert len({screen.path for screen in screens}) == len({screen.title for screen in screens}) == len(screens)
    folders = [Path(inspect.getfile(screen.draw)).parent for screen in screens]
    assert len(set(folders)) == len(folders)
    for section in SECTIONS:
        for screen in section.screens:
            assert Path(inspect.getfile(screen.draw)).parent.parent == ROOT / folder_of(section.title)


def test_every_page_is_looked_at_in_a_browser():
    assert set(looks()) == {screen.path for section in SECTIONS for screen in section.screens}


@pytest.mark.parametrize("section", FOLDERS)
def test_no_section_looks_into_another(section):
    others = [f"include.serving.dashboard.{other}" for other in FOLDERS if other != section]
    for path in (ROOT / section).rglob("*.py"):
        assert not [name for name in imported(path) if name.startswith(tuple(others))]


def test_what_is_below_the_sections_names_none_of_them_and_no_publisher():
    shared = [path for path in ROOT.glob("*.py") if path.name != "navigation.py"]
    platform = (ROOT / "operations").rglob("*.py")
    for path in (*shared, *platform):
        text = path.read_text()
        assert not [name for name in ("neso", "NESO", HALF_HOURS.table, BALANCE.table) if name in text], path
    for path in shared:
        assert not [
            name
            for name in imported(path)
            if name.startswith(tuple(f"{dashboard.__name__}.{each}." for each in FOLDERS))
        ]
