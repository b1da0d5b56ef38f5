"""The embedded PostgreSQL under statements that nothing can end, and that would fill its log."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import psutil
import psycopg2
import pytest

from include.home import Home
from include.local import logs
from include.local.log_writer import ENTRY_LIMIT_BYTES
from include.local.postgres import Cluster
from include.settings import Settings
from include.warehouse import Connection, Warehouse, session
from tests.machine import port_for, wait_until

# A quarter of an hour within one function, which looks for no signal.
ENDLESS = "select length(translate(repeat('x', 400000), repeat('y', 400000), ''))"
STOP_TIMEOUT_S = 2
# The server itself kills what did not hear it after 5 s.
BOUND_S = 30


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    home = tmp_path_factory.mktemp("stubborn") / "home"
    settings = Settings.model_validate({"home": home, "postgres_port": port_for("postgres")})
    cluster = replace(Cluster.of(settings, Home.of(settings)), stop_timeout_s=STOP_TIMEOUT_S)
    yield cluster
    cluster.stop()
    cluster.erase()


@pytest.fixture
def owner(cluster: Cluster) -> Iterator[Connection]:
    cluster.start()
    dsn = Warehouse.of(cluster.settings, cluster.home).owner_dsn
    # Its session may have been ended by the test.
    with suppress(psycopg2.InterfaceError), session(dsn, application="tests", autocommit=True) as owner:
        yield owner


@pytest.fixture
def stuck(cluster: Cluster, owner: Connection) -> None:
    """A session that cannot be told to stop."""

    def ask() -> None:
        dsn = Warehouse.of(cluster.settings, cluster.home).owner_dsn
        with suppress(psycopg2.Error), session(dsn, application="stuck") as connection, connection.cursor() as cursor:
            cursor.execute(ENDLESS)

    threading.Thread(target=ask, daemon=True).start()
    at_it = """
        select true from pg_stat_activity
        where application_name = 'stuck' and state = 'active' and clock_timestamp() - query_start > '0.3 s'
    """
    with owner.cursor() as cursor:

        def is_stuck() -> bool:
            cursor.execute(at_it)
            return cursor.fetchall() != []

        wait_until(is_stuck, what="a session at work")


@pytest.mark.usefixtures("stuck")
def test_a_stop_ends_though_a_session_cannot_be_told_to(cluster: Cluster, capsys: pytest.CaptureFixture[str]) -> None:
    began = time.monotonic()
    assert cluster.stop()
    assert time.monotonic() - began < BOUND_S
    [told] = capsys.readouterr().err.splitlines()
    assert told == (
        f"PostgreSQL did not stop within {STOP_TIMEOUT_S} s and is ended at once;"
        " in the way: gridloom_owner@gridloom (SELECT)"
    )

    assert cluster.start() == cluster.port


@pytest.mark.usefixtures("stuck")
def test_a_start_sees_a_server_off_that_was_told_to_stop_and_cannot(cluster: Cluster) -> None:
    postmaster = psutil.Process(int((cluster.data / "postmaster.pid").read_text().splitlines()[0]))
    postmaster.send_signal(signal.SIGINT)
    wait_until(lambda: cluster.port is None, what="a server that lets nobody in")
    assert postmaster.is_running()

    assert cluster.start() == cluster.port

    wait_until(lambda: has_ended(postmaster), what="the end of the first server")


def has_ended(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def logged(cluster: Cluster, word: str) -> bool:
    return word in cluster.log.read_text(errors="replace")


def writer_of(log: Path) -> psutil.Process:
    [writer] = [
        process
        for process in psutil.process_iter(["cmdline"])
        if {str(logs.WRITER), str(log)} <= set(process.info["cmdline"] or ())
    ]
    return writer


def test_an_error_of_50_mb_takes_little_room_in_the_log(cluster: Cluster, owner: Connection) -> None:
    before = cluster.log.stat().st_size
    with owner.cursor() as cursor:
        cursor.execute("do $$ begin raise log '%', repeat('x', 50000000); raise log 'the last word'; end $$")
    wait_until(lambda: logged(cluster, "the last word"), what="the last word in the log")

    # The statement is told beside each of the two.
    assert cluster.log.stat().st_size - before < 4 * ENTRY_LIMIT_BYTES


def test_a_writer_that_is_killed_takes_the_log_with_it_and_nothing_else(cluster: Cluster, owner: Connection) -> None:
    writer = writer_of(cluster.log)
    writer.kill()
    wait_until(lambda: has_ended(writer), what="the end of the writer")

    with owner.cursor() as cursor:
        cursor.execute("do $$ begin raise log '%', repeat('x', 1000000); end $$")
        cursor.execute("select 1")
        assert cursor.fetchall() == [(1,)]
    assert cluster.stop()


def test_a_writer_ends_with_its_server(cluster: Cluster) -> None:
    cluster.start()
    writer = writer_of(cluster.log)
    assert os.getsid(writer.pid) == writer.pid, "Ctrl-C in a terminal would end it first"

    cluster.stop()

    wait_until(lambda: has_ended(writer), what="the end of the writer")
    assert logged(cluster, "database system is shut down")
