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
    "home": {"settings"},
    "warehouse": {"settings", "home"},
    "operations": {*BASE},
    "ingestion": {*BASE, "settlement", "operations"},
    "transformation": {*BASE, "settlement", "operations"},
    "quality": {*BASE, "settlement", "operations"},
    "pipeline": {*BASE, "settlement", "operations", "ingestion", "transformation", "quality"},
    "sources": {*BASE, "settlement", "operations", "ingestion", "pipeline"},
    "simulator": set(),
    "alerts": {*BASE, "operations"},
    "lineage": {*BASE, "operations"},
    "serving": {*BASE, "settlement", "operations"},
    "forecasting": {*BASE, "settlement", "operations"},
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
        assert rooms_of(imported(path)) - {room} <= ALLOWED[room]


def test_nothing_in_include_imports_airflow():
    guilty = [path for _, path in modules() if any(name.split(".")[0] == "airflow" for name in imported(path))]
    assert guilty == []


def test_no_source_looks_into_another():
    for path in (INCLUDE / "sources").rglob("*.py"):
        source = path.relative_to(INCLUDE / "sources").parts[0]
        others = {
            name.split(".")[2] for name in imported(path) if name.startswith("include.sources.") and name.count(".") > 1
        }
        assert others <= {source}
