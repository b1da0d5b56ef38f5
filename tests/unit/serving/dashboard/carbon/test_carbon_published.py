"""The tables of the tests of Carbon are those of the marts."""

import re
from pathlib import Path

import pytest
import yaml

from tests.carbon_published import RECONCILED, TABLES

MARTS = Path(__file__).parents[5] / "dbt_project" / "models" / "marts"
TABLE = re.compile(r"create table analytics\.(\w+) \((.*?)\n\);", re.DOTALL)
COLUMN = re.compile(r"(\w+) (timestamptz|date|integer|smallint|bigint|text|boolean|double precision)")


def made() -> dict[str, dict[str, str]]:
    """The columns of each table and their types, as the tests make them."""
    return {name: dict(COLUMN.findall(columns)) for name, columns in TABLE.findall(TABLES + RECONCILED)}


def contracts() -> dict[str, dict[str, str]]:
    """The columns of each mart and their types, as its contract has them."""
    models = [model for path in MARTS.rglob("*.yml") for model in yaml.safe_load(path.read_text()).get("models", [])]
    return {
        model["name"]: {column["name"]: column["data_type"] for column in model.get("columns", [])} for model in models
    }


@pytest.mark.parametrize("table", made())
def test_a_table_of_the_tests_has_the_columns_of_its_mart(table):
    assert made()[table].items() <= contracts()[table].items()
