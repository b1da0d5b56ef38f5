"""What each dbt model reads, by the manifest that dbt wrote when it last read its project."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from include.home import Home

# What has a table of its own, and may be read by a model.
TABLES = frozenset({"model", "seed", "snapshot", "source"})


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


class NoManifestError(Exception):
    """dbt has not written what it read of its project, or is writing it at this moment. Says so in one line."""


def manifest_of(home: Home, database: str) -> Path:
    """Return where dbt keeps the manifest of a warehouse."""
    return home.path / "dbt" / database / "target" / "manifest.json"


def read_models(manifest: Path) -> dict[str, Model]:
    """Return every model of the project by its name. Raises NoManifestError."""
    try:
        told = json.loads(manifest.read_bytes())
    except (OSError, ValueError) as error:
        raise NoManifestError(f"dbt's manifest cannot be read: {manifest}: {error}") from error
    nodes = {**told["nodes"], **told["sources"]}
    tables = {unique_id: _table(node) for unique_id, node in nodes.items() if node["resource_type"] in TABLES}
    return {
        nodes[unique_id]["name"]: Model(table, _inputs(nodes[unique_id], tables))
        for unique_id, table in tables.items()
        if nodes[unique_id]["resource_type"] == "model"
    }


def _inputs(node: Mapping[str, Any], tables: Mapping[str, Table]) -> tuple[Table, ...]:
    return tuple(sorted({tables[each] for each in node["depends_on"]["nodes"] if each in tables}))


def _table(node: Mapping[str, Any]) -> Table:
    return Table(node["schema"], node.get("identifier") or node.get("alias") or node["name"])
