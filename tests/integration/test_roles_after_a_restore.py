"""Least privilege holds of a restored warehouse too: all of `test_roles.py`, and what no dump brings back."""

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import psycopg2
import pytest

from include.home import REAL_DATABASE as ELSEWHERE
from include.local import backup as dumps
from include.local.postgres_setup import WRITING_FUNCTIONS
from include.warehouse import Role, Warehouse, session
from tests.databases import Databases
from tests.integration import test_roles

globals().update({name: test for name, test in vars(test_roles).items() if name.startswith("test_")})

Query = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def warehouse(
    databases: Databases, template: Warehouse, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Warehouse]:
    """One warehouse for all tests of this file: what they try is refused, or is done by one of them only."""
    file = tmp_path_factory.mktemp("backup") / "warehouse.dump"
    with databases.copy(template.database) as warehouse:
        dumps.backup(warehouse, file)
        aside = dumps.restore(warehouse, file, elsewhere=ELSEWHERE)
        yield warehouse
        with closing(psycopg2.connect(**{**warehouse.owner, "dbname": ELSEWHERE})) as outside:
            outside.autocommit = True
            outside.cursor().execute(f"drop database {aside} with (force)")


@pytest.fixture
def ask(warehouse: Warehouse) -> Iterator[Query]:
    """Rows of a query, as the owner."""
    with session(warehouse.owner_dsn, application="tests") as owner, owner.cursor() as cursor:

        def rows(statement: str, *values: Any) -> list[tuple[Any, ...]]:
            cursor.execute(statement, values)
            return cursor.fetchall()

        yield rows


@pytest.mark.parametrize("role", Role)
def test_what_writes_past_all_grants_is_closed(ask: Query, role: Role) -> None:
    """A dump holds who may call the server's own functions, but no owner of a warehouse may say so."""
    open_to_all = ask(
        """
        select oid::regprocedure::text from pg_proc
        where proname = any(%s) and pronamespace = 'pg_catalog'::regnamespace
            and has_function_privilege(%s, oid, 'execute')
        """,
        list(WRITING_FUNCTIONS),
        role.login,
    )
    assert open_to_all == []


def test_the_public_may_nothing(ask: Query) -> None:
    assert ask("select grantee from pg_database, aclexplode(datacl) where datname = current_database()") != []
    assert (
        ask(
            """
            select privilege_type from pg_database, aclexplode(datacl)
            where datname = current_database() and grantee = 0
            """
        )
        == []
    )
    assert ask("select has_schema_privilege('public', 'public', 'create')") == [(False,)]
