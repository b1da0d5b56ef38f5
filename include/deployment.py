"""Where the steps of a DAG work: the settings, and the ways into the warehouse."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from psycopg2.extensions import parse_dsn

from include.home import Home
from include.settings import Settings
from include.transformation.dbt import Dbt
from include.warehouse import Connection, Role, session


@dataclass(frozen=True)
class Deployment:
    """Where a step works: the settings, and the connection URL of each role."""

    settings: Settings
    address: Callable[[Role], str]
    storage: Callable[[str], Mapping[str, Any]] = lambda _: {}
    """Options of fsspec's for where a dataset's files lie, with credentials; none where the environment has them."""

    def url(self, role: Role) -> str:
        """Return a role's connection URL. Airflow writes postgres://, which SQLAlchemy does not know."""
        return re.sub(r"^postgres://", "postgresql://", self.address(role))

    @contextmanager
    def session(self, role: Role, *, autocommit: bool = False) -> Iterator[Connection]:
        """Open a connection of a role for the length of a block."""
        with session(self.url(role), application=f"gridloom {role}", autocommit=autocommit) as opened:
            yield opened

    def dbt(self) -> Dbt:
        """Return the dbt project, as the transformer; its state is kept apart for each warehouse."""
        parameters = parse_dsn(self.url(Role.TRANSFORMER))
        return Dbt(parameters, Home.of(self.settings).path / "dbt" / parameters["dbname"])
