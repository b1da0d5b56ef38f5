"""A program of another account took the port of PostgreSQL, or of Airflow: it is told no password."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import asyncpg
import psycopg2
import pytest
import requests
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from include import proven_login
from include.home import Home
from include.local import airflow, backup, postgres_setup
from include.local.airflow_api import AirflowApi
from include.local.errors import LocalError
from include.local.holders import PARSES
from include.local.seed import dbt_of
from include.serving.explorer.errors import RefusedError
from include.serving.explorer.query import run_query
from include.settings import Settings
from include.warehouse import Role, Warehouse, connect
from tests.false_postgres import IN_CLEAR, WAYS, FalsePostgres, false_postgres

REFUSALS = (psycopg2.OperationalError, DBAPIError, asyncpg.InterfaceError, OSError, LocalError, RefusedError)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.model_validate({"home": tmp_path / "home"})


@pytest.fixture
def home(settings: Settings) -> Home:
    return Home.of(settings)


def _by_libpq(settings: Settings, home: Home) -> None:
    for role in Role:
        with pytest.raises(psycopg2.OperationalError):
            connect(Warehouse.of(settings, home).dsn(role), application="tests")
    connect(Warehouse.of(settings, home).owner_dsn, application="tests")


def _as_the_superuser(settings: Settings, home: Home) -> None:
    postgres_setup.ensure(home, settings, home.port("postgres") or 0, marker=home.path / "marker")


def _by_asyncpg(settings: Settings, home: Home) -> None:
    asyncio.run(proven_login.connect(Warehouse.of(settings, home).dsn(Role.ANALYST)))


def _by_the_box(settings: Settings, home: Home) -> None:
    run_query(Warehouse.of(settings, home).dsn(Role.EXPLORER), "select 1")


def _by_pg_dump(settings: Settings, home: Home) -> None:
    backup.backup(Warehouse.of(settings, home), home.path / "a.dump")


def _by_dbt(settings: Settings, home: Home) -> None:
    dbt = dbt_of(Warehouse.of(settings, home), home)
    login = {name: dbt.connection[name] for name in ("host", "port", "dbname", "user", "password")}
    with pytest.MonkeyPatch.context() as environment:
        for name, value in dbt.variables().items():
            environment.setenv(name, value)
        psycopg2.connect(**login)


def _by_airflow(settings: Settings, home: Home) -> None:
    options = airflow.environment(settings, home, PARSES, follows_schedules=False)
    with create_engine(options["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"]).connect() as connection:
        connection.execute(text("select 1"))


def _by_airflow_asynchronously(settings: Settings, home: Home) -> None:
    options = airflow.environment(settings, home, PARSES, follows_schedules=False)
    assert options["AIRFLOW__DATABASE__SQL_ALCHEMY_CONNECT_ARGS_ASYNC"] == "include.proven_login.AIRFLOW_ARGUMENTS"
    url = options["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC"]

    async def ask() -> None:
        async with create_async_engine(url, connect_args=proven_login.AIRFLOW_ARGUMENTS).connect() as connection:
            await connection.execute(text("select 1"))

    asyncio.run(ask())


WAYS_IN = (
    *(_by_libpq, _as_the_superuser, _by_asyncpg, _by_the_box, _by_pg_dump, _by_dbt),
    *(_by_airflow, _by_airflow_asynchronously),
)


def _is_told(server: FalsePostgres, passwords: set[str]) -> bool:
    """Tell whether a password was handed over, as it stands or as MD5 makes it."""
    told = b"".join(server.told)
    return any(password.encode() in told for password in passwords) or b"md5" in told


@pytest.mark.parametrize("log_in", WAYS_IN)
@pytest.mark.parametrize("way", WAYS)
def test_no_password_is_told_to_what_took_the_port_of_postgres(
    settings: Settings, home: Home, log_in: Callable[[Settings, Home], None], way: str
) -> None:
    with false_postgres(way) as server:
        home.remember_port("postgres", server.port)
        with pytest.raises(REFUSALS):
            log_in(settings, home)

    passwords = set(json.loads((home.path / "secrets.json").read_text()).values())
    assert server.logins
    assert not _is_told(server, passwords)


def test_the_port_of_postgres_in_the_hands_of_another_is_named_as_the_cause(settings: Settings, home: Home) -> None:
    with false_postgres(IN_CLEAR) as server:
        home.remember_port("postgres", server.port)
        with pytest.raises(proven_login.NotProvenError, match="is the port another's"):
            _by_asyncpg(settings, home)


def test_what_is_handed_to_other_programs_has_no_option_of_a_new_libpq(settings: Settings, home: Home) -> None:
    assert "require_auth" not in Warehouse.of(settings, home).dsn_for_others(Role.ANALYST)


ANOTHERS_API = """
import http.server, os, socket, sys

class Answers(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        told = self.rfile.read(int(self.headers["Content-Length"]))
        print("told", self.path, told, flush=True)
        self.send_error(401)

server = http.server.HTTPServer(("127.0.0.1", 0), Answers)
print(server.server_address[1], flush=True)
server.serve_forever()
"""


def test_no_password_is_told_to_what_took_the_port_of_airflow(settings: Settings, home: Home) -> None:
    with subprocess.Popen([sys.executable, "-c", ANOTHERS_API], stdout=subprocess.PIPE, text=True) as another:
        assert another.stdout is not None
        home.remember_port("airflow", int(another.stdout.readline()))
        try:
            with pytest.raises(requests.ConnectionError, match="no server of this home listens"):
                AirflowApi(settings, home).log_in()
        finally:
            another.terminate()
        assert "told" not in another.stdout.read()
