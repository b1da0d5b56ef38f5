"""Queries that PostgreSQL cannot be told to stop: the box lets go of them, others are not held up, all can see them."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

import psycopg2
import pytest

from include import warehouse
from include.commands.check import _faults_of_the_box
from include.local.errors import LocalError
from include.local.prepare import prepare_warehouse
from include.serving.dashboard.operations.runs.queries import unended
from include.serving.dashboard.reader import reading
from include.serving.explorer import query
from include.serving.explorer.errors import RefusedError
from include.serving.explorer.limits import CONNECT_TIMEOUT_S, GRACE_S, LONGEST_REASON
from include.serving.explorer.query import run_query
from include.serving.explorer.session import APPLICATION
from include.serving.metrics.collector import WarehouseCollector
from include.warehouse import Role, session
from tests.attacks import LONG_ERRORS, SWELLS, UNSTOPPABLE
from tests.own_server import OwnServer, own_server
from tests.spoils import lay_out

# A busy machine takes its time until a query is at work at all.
LIMIT_S = 1.0
TOOK_LONGER = "The query took longer than {} s and was ended. Narrow it, for example by settlement_date."


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnServer]:
    with own_server(tmp_path_factory.mktemp("unended") / "home") as server:
        lay_out(server.warehouse)
        yield server


@pytest.fixture
def spoiled(server: OwnServer) -> Iterator[OwnServer]:
    """A server that is to begin anew after the test, since it has sessions that nothing else ends."""
    yield server
    server.restart()


@pytest.fixture
def url(server: OwnServer) -> str:
    return server.warehouse.dsn(Role.EXPLORER)


def at_work(server: OwnServer) -> list[str]:
    """Return the queries that are at work in the box, but for sessions that end one."""
    with closing(psycopg2.connect(server.warehouse.owner_dsn)) as owner, owner.cursor() as cursor:
        cursor.execute("select query from pg_stat_activity where application_name = %s", (APPLICATION,))
        asked = [statement for (statement,) in cursor.fetchall()]
    return [next((each for each in UNSTOPPABLE if each in statement), statement) for statement in asked]


def ask_at_once(url: str, statements: Sequence[str], **limits: Any) -> list[tuple[str, float]]:
    """Return what the box said to each statement, and after how long."""
    said: list[tuple[str, float]] = []

    def ask(statement: str) -> None:
        begun = time.monotonic()
        with pytest.raises(RefusedError) as refused:
            run_query(url, statement, **limits)
        said.append((str(refused.value), time.monotonic() - begun))

    asking = [threading.Thread(target=ask, args=[statement]) for statement in statements]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert len(said) == len(statements)
    return said


def test_they_are_many():
    assert len({*UNSTOPPABLE, *LONG_ERRORS, *SWELLS}) >= 40
    assert len(set(UNSTOPPABLE)) >= 30


@pytest.mark.parametrize("third", range(3))
def test_the_box_lets_go_of_what_cannot_be_stopped(spoiled, url, monkeypatch, third):
    """A third at once, in place of two and two: the server has to begin anew after each lot, and each burns a core."""
    asked = UNSTOPPABLE[third::3]
    monkeypatch.setattr(query, "_slots", threading.BoundedSemaphore(len(asked)))
    with session(spoiled.warehouse.owner_dsn, application="tests", autocommit=True) as owner:
        owner.cursor().execute("alter role gridloom_explorer connection limit -1")

    said = ask_at_once(url, asked, time_limit_s=5.0, places=len(asked))

    assert {reason for reason, _ in said} == {TOOK_LONGER.format(5)}
    assert max(after_s for _, after_s in said) < 5 + CONNECT_TIMEOUT_S + GRACE_S
    assert set(at_work(spoiled)) == set(asked), "what is not at work any more was stopped: it belongs elsewhere"


def test_they_keep_their_places_and_no_more_than_two_are_at_work(spoiled, url):
    said = ask_at_once(url, UNSTOPPABLE[:2], time_limit_s=LIMIT_S)
    assert max(after_s for _, after_s in said) < LIMIT_S + CONNECT_TIMEOUT_S + GRACE_S
    for _ in range(2):
        with pytest.raises(RefusedError, match="2 queries"):
            run_query(url, "select 1")
    assert len(at_work(spoiled)) == 2


def test_a_migration_that_is_held_up_by_a_reader_says_so(server, tmp_path, monkeypatch):
    (tmp_path / "9999_alters.sql").write_text("alter table ops.datasets add column of_tests integer")
    monkeypatch.setattr(warehouse, "MIGRATIONS", tmp_path)
    monkeypatch.setattr(warehouse, "LOCK_TIMEOUT", "50ms")
    with session(server.warehouse.dsn(Role.ANALYST), application="tests") as reader:
        reader.cursor().execute("select count(*) from ops.datasets")
        with pytest.raises(LocalError, match="somebody has read what is to be changed for more than 50ms"):
            prepare_warehouse(server.cluster.settings, server.cluster.home)


def test_they_are_seen_by_all_who_watch_and_hold_up_no_writer(spoiled, url):
    spoilt = spoiled.warehouse
    ask_at_once(url, [UNSTOPPABLE[-1]], time_limit_s=LIMIT_S)
    _count_from_the_first_second(spoilt)

    with session(spoilt.dsn(Role.TRANSFORMER), application="tests", autocommit=True) as transformer:
        transformer.cursor().execute("set lock_timeout to '1s'")
        transformer.cursor().execute("update analytics.notes set note = 'as it became'")

    screens = spoilt.dsn(Role.SCREENS)
    with reading(screens) as reader:
        [seen] = unended(reader)
    with session(screens, application="tests") as reader:
        assert [f"process {seen['backend_pid']}" in fault for fault in _faults_of_the_box(reader)] == [True]
    collector = WarehouseCollector(lambda: session(screens, application="tests"))
    [metric] = [each for each in collector.collect() if each.name == "gridloom_unended_queries"]
    assert metric.samples[0].value == 1


def _count_from_the_first_second(spoilt: Any) -> None:
    """Let the view name every session of the box: the half minute after which it does so is long."""
    with session(spoilt.owner_dsn, application="tests", autocommit=True) as owner, owner.cursor() as cursor:
        cursor.execute("select pg_get_viewdef('ops.unended_queries')")
        [(definition,)] = cursor.fetchall()
        assert "'00:00:30'" in definition
        cursor.execute("create or replace view ops.unended_queries as " + definition.replace("00:00:30", "00:00:00"))


@pytest.mark.parametrize("attack", [*LONG_ERRORS, *SWELLS])
def test_what_swells_stands_nobody_still(server, url, attack):
    waits: list[float] = []
    is_done = threading.Event()

    def beat() -> None:
        last = time.monotonic()
        while not is_done.wait(0.01):
            waits.append(time.monotonic() - last)
            last = time.monotonic()

    beating = threading.Thread(target=beat)
    beating.start()
    try:
        said = str(run_query(url, attack).duration_s)
    except RefusedError as refused:
        said = str(refused)
    finally:
        is_done.set()
        beating.join()
    assert len(said) <= LONGEST_REASON
    assert max(waits, default=0) < 1, "another reader waited"
