"""Tables of `analytics` as the contracts of their marts have them: columns, keys and indexes."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

MARTS = Path(__file__).parents[1] / "dbt_project" / "models" / "marts"
_INDEX = re.compile(r"'columns': \[(.*?)\]")


def made_as_its_contract_says(table: str) -> str:
    """Return what makes a table."""
    path, model = _contracts()[table]
    columns = ", ".join(f"{each['name']} {each['data_type']}" for each in model["columns"])
    key = ", ".join(model["constraints"][0]["columns"])
    indexes = (
        f"create index on analytics.{table} ({each.replace(chr(39), '')});"
        for each in _INDEX.findall(path.with_suffix(".sql").read_text().split("with ")[0])
    )
    return f"create table analytics.{table} ({columns}, primary key ({key}));{''.join(indexes)}"


@cache
def _contracts() -> dict[str, tuple[Path, dict[str, Any]]]:
    return {model["name"]: (path, model) for path, model in _models()}


def _models() -> Iterator[tuple[Path, dict[str, Any]]]:
    for path in MARTS.rglob("*.yml"):
        for model in yaml.safe_load(path.read_text()).get("models", []):
            yield path, model
