"""The published tables as their contracts have them, each with a row: for what reads them and not what makes them.

Contracts are enforced by dbt, so a query that runs here finds the columns it names in a warehouse, too.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml
from psycopg2 import sql
from psycopg2.extensions import cursor

from include.settings import REPOSITORY

MARTS = REPOSITORY / "dbt_project" / "models" / "marts"
# A value of each kind, of the half-hour that ended last.
VALUES = {
    "date": "current_date",
    "timestamptz": "date_bin('30 minutes', now(), timestamptz '2000-01-01') - interval '30 minutes'",
    "text": "'gas'",
    "boolean": "false",
    "jsonb": "'{}'",
    "interval": "interval '1 hour'",
}


@dataclass(frozen=True)
class Contract:
    """A published table: its name, and the type of each column."""

    table: str
    columns: dict[str, str]

    def definition(self, known: Mapping[str, str]) -> sql.Composed:
        """The statements that make it and its row, in which columns of these names hold these texts."""
        columns = [sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind)) for name, kind in self.columns.items()]
        values = [
            sql.Literal(known[name]) if name in known else sql.SQL(VALUES.get(kind.split("(")[0], "1"))
            for name, kind in self.columns.items()
        ]
        return sql.SQL("create table {table} ({columns}); insert into {table} values ({values});").format(
            table=sql.Identifier("analytics", self.table),
            columns=sql.SQL(", ").join(columns),
            values=sql.SQL(", ").join(values),
        )


def contracts(folder: Path = MARTS) -> Iterator[Contract]:
    """Every table that a model publishes; where several models share one, it stands in their names before `__`."""
    found: dict[str, Contract] = {}
    for file in sorted(folder.rglob("*.yml")):
        for model in yaml.safe_load(file.read_text()).get("models") or ():
            table = model["name"].split("__")[0]
            columns = {column["name"]: column["data_type"] for column in model["columns"]}
            assert found.get(table, Contract(table, columns)).columns == columns, f"models of {table} differ"
            found[table] = Contract(table, columns)
    yield from found.values()


def publish(transformer: cursor, **known: str) -> None:
    """Make every published table, with a row each, for analysts to read; columns of these names hold these texts."""
    for contract in contracts():
        transformer.execute(contract.definition(known))
    transformer.execute("grant select on all tables in schema analytics to gridloom_analyst, gridloom_screens")
