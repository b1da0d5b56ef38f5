"""What each dbt model reads, by the words of its SQL; no dbt is needed for that, nor anything it left behind."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml  # type: ignore[import-untyped]

from include.settings import REPOSITORY

PROJECT = REPOSITORY / "dbt_project"
REFERENCE = re.compile(r"\bref\(\s*'(?P<model>\w+)'\s*\)")
SOURCE = re.compile(r"\bsource\(\s*'(?P<source>\w+)'\s*,\s*'(?P<table>\w+)'\s*\)")
SEEDS_SCHEMA = "reference"


@dataclass(frozen=True, order=True)
class Table:
    """A table of the warehouse."""

    schema: str
    name: str


@dataclass(frozen=True)
class Model:
    """A model's table, and the tables it is made from."""

    table: Table
    inputs: tuple[Table, ...]


def read_models(project: Path = PROJECT) -> dict[str, Model]:
    """Return every model of the project by its name. Raises KeyError for a reference to nothing."""
    files = {file.stem: file for file in sorted((project / "models").rglob("*.sql"))}
    # Models lie in a folder that is named as the schema they are built into.
    tables = {name: Table(file.relative_to(project / "models").parts[0], name) for name, file in files.items()}
    seeds = {file.stem: Table(SEEDS_SCHEMA, file.stem) for file in (project / "seeds").glob("*.csv")}
    known = {**seeds, **tables}
    schemas = _source_schemas(project)
    return {
        name: Model(tables[name], tuple(sorted(set(_inputs(file.read_text(), known, schemas)))))
        for name, file in files.items()
    }


def _inputs(text: str, known: dict[str, Table], schemas: dict[str, str]) -> Iterator[Table]:
    for found in REFERENCE.finditer(text):
        yield known[found["model"]]
    for found in SOURCE.finditer(text):
        yield Table(schemas[found["source"]], found["table"])


def _source_schemas(project: Path) -> dict[str, str]:
    declared = [yaml.safe_load(file.read_text()) or {} for file in (project / "models").rglob("*.yml")]
    return {source["name"]: source["schema"] for each in declared for source in each.get("sources", [])}
