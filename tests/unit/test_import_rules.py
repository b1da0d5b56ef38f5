"""Imports run one way (DESIGN: dags, sources, pipeline, ingestion, operations, warehouse, settings)."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parent.parent.parent
INCLUDE = REPOSITORY / "include"

# Each room, and the rooms it may look into besides itself.
BASE = {"settings", "home", "warehouse"}
ALLOWED = {
    "settings": set(),
    "settlement": set(),
    "outbound": set(),
    "signed_webhook": set(),
    "programs": set(),
    "proven_login": {"warehouse"},
    "home": {"settings"},
    "warehouse": {"settings", "home"},
    "operations": {*BASE},
    "ingestion": {*BASE, "settlement", "outbound", "operations"},
    "transformation": {*BASE, "settlement", "operations"},
    "quality": {*BASE, "settlement", "operations"},
    "deployment": {*BASE, "transformation"},
    "intake": {*BASE, "operations", "ingestion", "deployment"},
    "release": {*BASE, "settlement", "operations", "ingestion", "transformation", "quality", "deployment"},
    "raw_release": {*BASE, "operations", "ingestion", "transformation", "quality", "deployment"},
    "pipeline": {
        *(*BASE, "operations", "ingestion", "transformation", "quality"),
        *("deployment", "intake", "release", "raw_release"),
    },
    "sources": {
        "forecasting",
        *(*BASE, "settlement", "operations", "ingestion", "quality"),
        *("deployment", "intake", "release", "raw_release", "pipeline"),
    },
    "orchestration": {*BASE, "operations", "deployment", "intake", "release", "pipeline", "sources", "serving"},
    "simulator": set(),
    "alerts": {*BASE, "outbound", "signed_webhook", "programs", "operations"},
    "hooks": {*BASE, "signed_webhook"},
    "lineage": {*BASE, "programs", "operations"},
    "serving": {*BASE, "settlement", "outbound", "programs", "proven_login", "operations"},
    "forecasting": {*BASE, "settlement", "programs", "operations"},
}
# What starts things may look everywhere.
COMPOSERS = {"cli", "commands", "local"}


def modules() -> Iterator[tuple[str, Path]]:
    for path in sorted(INCLUDE.rglob("*.py")):
        inner = path.relative_to(INCLUDE)
        if inner.parts[0] != "__init__.py":
            yield inner.parts[0].removesuffix(".py"), path


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: import by the full name"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def rooms_of(names: Iterator[str]) -> set[str]:
    return {name.split(".")[1] for name in names if name.startswith("include.")}


@pytest.mark.parametrize(("room", "path"), list(modules()), ids=lambda value: str(getattr(value, "name", value)))
def test_a_room_looks_only_where_the_design_allows(room, path):
    if room not in COMPOSERS:
        assert rooms_of(imported(path)) - {room} <= ALLOWED[room], f"{path} looks too far"


def test_one_room_of_include_imports_airflow():
    rest = [path for room, path in modules() if room != "orchestration"]
    guilty = [path for path in rest if any(name.split(".")[0] == "airflow" for name in imported(path))]
    assert guilty == []


def test_no_source_looks_into_another():
    for path in (INCLUDE / "sources").rglob("*.py"):
        source = path.relative_to(INCLUDE / "sources").parts[0]
        others = {
            name.split(".")[2] for name in imported(path) if name.startswith("include.sources.") and name.count(".") > 1
        }
        assert others <= {source}


@pytest.mark.parametrize("folder", ["plugins", "benchmarks"])
def test_what_stands_outside_looks_into_include_by_full_names(folder):
    """Airflow executes plugins under their bare names, so they share nothing; benchmarks measure what users run."""
    for path in (REPOSITORY / folder).rglob("*.py"):
        ours = {name.split(".")[0] for name in imported(path)} & {"dags", "plugins"}
        assert ours == set(), f"{path} looks into {ours}"
