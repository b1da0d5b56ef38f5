"""A publisher is asked at the pace it asks for, by all processes together."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from include.ingestion.pace import Rate, SharedPace
from include.sources.neso import portal
from include.warehouse import Role, Warehouse, connect, session

NESO = portal.rates(requests_per_second=1, datastore_per_minute=2)
Paces = Callable[..., SharedPace]


@pytest.fixture
def warehouse(shared_warehouse: Warehouse) -> Warehouse:
    """The warehouse of the file, in which nobody has been asked anything."""
    with session(shared_warehouse.owner_dsn, application="tests", autocommit=True) as owner:
        owner.cursor().execute("truncate ops.request_pace")
    return shared_warehouse


@pytest.fixture
def new_pace(warehouse: Warehouse) -> Iterator[Paces]:
    """Paces of one publisher, each with a connection of its own, as processes have."""
    connections = []

    def pace(slept_s: list[float] | Any, rates: Any = NESO, publisher: str = "neso") -> SharedPace:
        connection = connect(warehouse.dsn(Role.LOADER), application="tests")
        connection.autocommit = True
        connections.append(connection)
        return SharedPace(connection, publisher, rates, slept_s.append if isinstance(slept_s, list) else slept_s)

    yield pace
    for connection in connections:
        connection.close()


def test_each_question_waits_half_a_minute_more(new_pace):
    slept_s: list[float] = []
    pace = new_pace(slept_s)
    for _ in range(4):
        pace.wait("datastore")
    assert slept_s == [pytest.approx(30, abs=1), pytest.approx(60, abs=1), pytest.approx(90, abs=1)]


@pytest.mark.parametrize("rate", [Rate(2, 60), Rate(1, 1), Rate(5, 1), Rate(0.5, 3600), Rate(100, 60)])
def test_no_span_ever_sees_more_questions_than_were_promised(new_pace, pass_time, rate):
    """Asked at once after a rest, steadily, and after further rests: from first to last."""
    slept_s, begun_s, asked_at_s = 0.0, time.monotonic(), []

    def sleep(seconds: float) -> None:
        nonlocal slept_s
        slept_s += seconds
        pass_time(seconds)

    pace = new_pace(sleep, {"any": rate})
    for number in range(24):
        pace.wait("any")
        # Statements take their time too.
        asked_at_s.append(slept_s + time.monotonic() - begun_s)
        if number % 8 == 7:
            sleep(rate.seconds * number)
    most = max(1, rate.tokens)
    span_s = most / rate.per_second
    seen = [sum(start <= at < start + span_s * 0.95 for at in asked_at_s) for start in asked_at_s]
    assert max(seen) <= most


def test_nobody_waits_longer_than_the_rate_asks_for(new_pace):
    slept_s: list[float] = []
    pace = new_pace(slept_s, {"any": Rate(600, 60)})
    for _ in range(20):
        pace.wait("any")
    assert max(slept_s) <= 19 * 0.1


def test_processes_take_from_the_same_bucket(new_pace):
    slept_s: list[float] = []
    paces = [new_pace(slept_s) for _ in range(4)]
    for pace in paces:
        pace.wait("datastore")
    assert slept_s == [pytest.approx(30 * turn, abs=1) for turn in range(1, 4)]


def test_processes_that_ask_at_the_same_instant_get_different_turns(new_pace):
    slept_s: list[float] = []
    threads = [threading.Thread(target=new_pace(slept_s).wait, args=("datastore",)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(slept_s) == [pytest.approx(30 * turn, abs=1) for turn in range(1, 8)]


def test_each_bucket_and_each_publisher_has_its_own_pace(new_pace):
    slept_s: list[float] = []
    neso, other = new_pace(slept_s), new_pace(slept_s, publisher="elexon")
    for pace in (neso, other):
        for bucket in ("datastore", "requests"):
            pace.wait(bucket)
    assert slept_s == []


def test_nobody_holds_a_lock_while_waiting(new_pace):
    """Another process gets its turn while this one sleeps."""
    slept_s: list[float] = []
    other = new_pace(slept_s)
    waiting = new_pace(lambda seconds: other.wait("requests"))
    waiting.wait("requests")
    waiting.wait("requests")
    assert slept_s == [pytest.approx(2, abs=0.5)]


@pytest.mark.parametrize(("rest_s", "waits"), [(60, 0), (86_400, 0), (30, 0), (0, 1)])
def test_a_rest_is_worth_one_question_however_long_it_was(new_pace, pass_time, rest_s, waits):
    slept_s: list[float] = []
    pace = new_pace(slept_s)
    pace.wait("datastore")
    pass_time(rest_s)
    pace.wait("datastore")
    assert len(slept_s) == waits
    slept_s.clear()
    pace.wait("datastore")
    assert len(slept_s) == 1, "a day's rest is worth no more than half a minute's"


def test_who_allows_more_at_once_after_a_rest_may_be_asked_so(new_pace):
    slept_s: list[float] = []
    pace = new_pace(slept_s, {"any": Rate(2, 60, burst=3)})
    for _ in range(5):
        pace.wait("any")
    assert slept_s == [pytest.approx(30, abs=1), pytest.approx(60, abs=1)]


def test_a_burst_of_less_than_one_would_let_nobody_through():
    with pytest.raises(ValueError, match="at least 1"):
        Rate(2, 60, burst=0.5)


def test_a_clock_that_was_set_back_gives_and_takes_nothing(new_pace, query_as_loader):
    slept_s: list[float] = []
    pace = new_pace(slept_s)
    pace.wait("datastore")
    query_as_loader("update ops.request_pace set refilled_at = refilled_at + interval '1 hour'")
    pace.wait("datastore")
    assert slept_s == [pytest.approx(30, abs=1)]


def test_a_slow_rate_lets_one_question_through_at_once(new_pace):
    slept_s: list[float] = []
    pace = new_pace(slept_s, {"daily": Rate(0.5, 3600)})
    pace.wait("daily")
    pace.wait("daily")
    assert slept_s == [pytest.approx(7200, abs=5)]


def test_a_wait_that_is_worth_it_is_said(new_pace, caplog):
    pace = new_pace([])
    with caplog.at_level(logging.INFO, "include.ingestion.pace"):
        for _ in range(2):
            pace.wait("datastore")
    assert [record.getMessage() for record in caplog.records] == ["waiting 30 s, at the pace neso asks for"]


@pytest.fixture
def pass_time(query_as_loader: Callable[[str], None]) -> Callable[[float], None]:
    """Lets time pass for the buckets, which is nobody's to wait for."""
    return lambda seconds: query_as_loader(
        f"update ops.request_pace set refilled_at = refilled_at - interval '{seconds} s'"
    )


@pytest.fixture
def query_as_loader(loader: Any) -> Callable[[str], None]:
    def execute(statement: str) -> None:
        with loader, loader.cursor() as cursor:
            cursor.execute(statement)

    return execute
