"""The embedded PostgreSQL of one machine: started once, found again, its data never mistaken for another's."""

import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg2
import pytest

from include.home import Home
from include.local import airflow
from include.local.account import is_root
from include.local.errors import LocalError
from include.local.postgres import Cluster
from include.settings import Settings
from include.warehouse import Role, Warehouse
from tests import prepared
from tests.machine import port_for, wait_until


def settings_of(home: Path, **values: object) -> Settings:
    return Settings.model_validate({"home": home, "postgres_port": port_for("postgres"), **values})


@contextmanager
def cluster_at(home: Path, **values: object) -> Iterator[Cluster]:
    settings = settings_of(home, **values)
    cluster = Cluster.of(settings, Home.of(settings))
    try:
        yield cluster
    finally:
        cluster.stop()
        cluster.erase()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    with cluster_at(tmp_path / "home") as cluster:
        yield cluster


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A server for all who ask it something, and change nothing."""
    with cluster_at(tmp_path_factory.mktemp("running") / "home") as cluster:
        cluster.start()
        yield cluster


@pytest.fixture
def prepared_cluster(tmp_path: Path) -> Iterator[Cluster]:
    """The server of a home in which Airflow's database has been made."""
    prepared.copy_to(tmp_path / "home")
    with cluster_at(tmp_path / "home") as cluster:
        yield cluster


def test_postgres_is_started_once_by_two_at_once(cluster: Cluster) -> None:
    ports: list[int] = []
    starts = [threading.Thread(target=lambda: ports.append(cluster.start())) for _ in range(2)]
    for start in starts:
        start.start()
    for start in starts:
        start.join()

    assert ports == [cluster.port] * 2


def test_a_port_that_is_taken_falls_to_a_free_one(running: Cluster, tmp_path: Path) -> None:
    with cluster_at(tmp_path / "other", postgres_port=running.port) as other:
        assert other.start() != running.port
        assert other.home.port("postgres") == other.port


def test_a_stale_pid_file_that_names_a_stranger_is_no_obstacle(cluster: Cluster) -> None:
    cluster.start()
    written = (cluster.data / "postmaster.pid").read_text().splitlines()
    psutil.Process(int(written[0])).kill()
    wait_until(lambda: cluster.port is None, what="the end of PostgreSQL")
    (cluster.data / "postmaster.pid").write_text("\n".join([str(os.getpid()), *written[1:]]) + "\n")

    assert cluster.start() == cluster.port


def test_no_login_enters_but_where_it_belongs(running: Cluster) -> None:
    warehouse = Warehouse.of(running.settings, running.home)

    for database in ("airflow", "postgres", "template1"):
        with pytest.raises(psycopg2.OperationalError, match="permission denied for database"):
            psycopg2.connect(**{**warehouse.owner, "dbname": database})
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        psycopg2.connect(**{**warehouse.owner, "password": "guessed"})


def test_nobody_writes_large_objects(running: Cluster) -> None:
    warehouse = Warehouse.of(running.settings, running.home)
    connection = psycopg2.connect(**warehouse.owner)
    try:
        for call in ("lo_create(0)", "lo_from_bytea(0, 'x')", "lo_creat(-1)", "lo_put(1, 0, 'x')", "lo_unlink(1)"):
            with connection.cursor() as cursor, pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute(f"select {call}")
            connection.rollback()
    finally:
        connection.close()


@pytest.mark.skipif(not is_root(), reason="a normal user's data lies in the home and goes with it")
def test_data_of_a_home_that_was_deleted_is_set_aside(cluster: Cluster, capsys: pytest.CaptureFixture[str]) -> None:
    cluster.start()
    (cluster.home.path / "secrets.json").unlink()

    cluster.start()

    aside = Path(capsys.readouterr().err.strip().rsplit(" ", maxsplit=1)[-1])
    assert (aside / "data" / "PG_VERSION").exists()
    subprocess.run(["rm", "-rf", str(aside)], check=True)


def test_data_that_was_deleted_by_hand_is_no_obstacle(prepared_cluster: Cluster) -> None:
    cluster = prepared_cluster
    cluster.start()
    assert not airflow.migrate_database(cluster.settings, cluster.home)
    cluster.stop()
    subprocess.run(["rm", "-rf", str(cluster.directory)], check=True)

    cluster.start()

    assert airflow.migrate_database(cluster.settings, cluster.home)
    metadata = psycopg2.connect(**airflow.database_parameters(cluster.home))
    with metadata, metadata.cursor() as cursor:
        cursor.execute("select count(*) from dag_run")
        assert cursor.fetchall() == [(0,)]
    metadata.close()


def test_a_data_directory_of_another_postgres_is_refused(cluster: Cluster) -> None:
    cluster.start()
    cluster.stop()
    (cluster.data / "PG_VERSION").write_text("17\n")

    with pytest.raises(LocalError, match="was written by PostgreSQL 17"):
        cluster.start()


def test_the_analyst_needs_a_password_of_its_own(cluster: Cluster) -> None:
    warehouse = Warehouse.of(cluster.settings, cluster.home)

    assert len({warehouse.passwords[role] for role in Role}) == len(Role)
