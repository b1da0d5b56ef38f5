"""What Prometheus reads: the figures of the warehouse, for those who may read them."""

import select
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import timedelta
from urllib.parse import urlsplit

import psycopg2
import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from include.operations import runs
from include.operations.runs import Counts, Status
from include.serving.metrics.collector import WarehouseCollector
from include.serving.metrics.server import MOST_CLIENTS, MOST_HEAD_BYTES, ExposedError, QuietHandler, server
from include.warehouse import Connection, Role, session
from tests.declared_dataset import DAG as TIDES_DAG
from tests.declared_dataset import NAME, declare, judge, load, publish
from tests.machine import wait_until

DAG = "neso_generation_mix"
TOKEN = "a-token-of-the-test"


@pytest.fixture
def collector(warehouse):
    return WarehouseCollector(lambda: session(warehouse.dsn(Role.SCREENS), application="tests"))


@pytest.fixture(scope="module")
def untouched(shared_warehouse):
    """The figures of a warehouse in which nothing has been done."""
    return WarehouseCollector(lambda: session(shared_warehouse.dsn(Role.SCREENS), application="tests"))


@contextmanager
def serving(collector, token: str | None = None) -> Iterator[str]:
    with server(collector, host="127.0.0.1", port=0, token=token) as listening:
        threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{listening.server_port}"
        finally:
            listening.shutdown()


def away() -> AbstractContextManager[Connection]:
    raise psycopg2.OperationalError("away")


def asking(url: str) -> socket.socket:
    return socket.create_connection(("127.0.0.1", urlsplit(url).port), timeout=10)


def is_hung_up_on(client: socket.socket, piece: bytes, *, pause_s: float) -> bool:
    """Say something again and again, until nobody listens; tell whether that was all there was to hear."""
    try:
        while not select.select([client], [], [], pause_s)[0]:
            client.sendall(piece)
        return client.recv(100) == b""
    except ConnectionError:
        return True


def is_answered(url: str) -> bool:
    try:
        return requests.get(f"{url}/metrics", timeout=10).status_code == 401
    except requests.ConnectionError:
        return False


def scraped(collector) -> dict[tuple[str, tuple[str, ...]], float]:
    """Values by name and labels, read with Prometheus' own parser."""
    with serving(collector) as url:
        answer = requests.get(f"{url}/metrics", timeout=10)
    assert answer.status_code == 200
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


@pytest.fixture
def history(loader):
    """Two runs: one that loaded and one that failed."""
    for name, failed in (("scheduled__1", False), ("scheduled__2", True)):
        run_id = runs.open_run(loader, DAG, name)
        with loader:
            runs.add_counts(loader, run_id, Counts(fetched=10, new=7, revised=2, unchanged=1))
        runs.close_run(loader, DAG, name, failed=failed)
    return run_id


def test_the_history_of_runs_is_counted(collector, history):
    told = scraped(collector)
    assert told["gridloom_warehouse_up", ()] == 1
    assert told["gridloom_runs_total", (DAG, "success")] == told["gridloom_runs_total", (DAG, "failed")] == 1
    assert told["gridloom_rows_total", (DAG, "new")] == 14
    assert told["gridloom_run_duration_seconds_count", (DAG,)] == 2
    assert told["gridloom_run_duration_seconds_sum", (DAG,)] >= 0
    assert told["gridloom_last_run_status", (DAG, "failed")] == 1
    assert told["gridloom_last_run_status", (DAG, "success")] == 0
    assert told["gridloom_run_last_success_timestamp_seconds", (DAG,)] > 1.7e9


def test_failed_checks_are_counted_by_the_newest_result_of_each(collector, warehouse, history, loader):
    """The run after them made one check only, so those of the run before still stand."""
    later = runs.open_run(loader, DAG, "scheduled__3")
    judge(warehouse, history, "a", "is plausible", success=False)
    judge(warehouse, history, "b", "is recent", success=False, severity="warning")
    judge(warehouse, later, "b", "is recent", success=True, severity="warning")
    told = scraped(collector)
    assert told["gridloom_checks_failed", (DAG, "critical")] == 1
    assert told["gridloom_checks_failed", (DAG, "warning")] == 0


def test_rejects_and_failed_loads_are_counted_by_dataset(collector, warehouse, history, loader):
    declare(warehouse)
    load(warehouse, history, outcome="failed")
    with loader, loader.cursor() as cursor:
        cursor.execute(
            "insert into ops.rejected_rows (dataset, reason, payload, first_run_id, run_id, first_rejected_at,"
            " last_rejected_at) values (%s, 'r', 'p', %s, %s, now(), now())",
            (NAME, history, history),
        )
    told = scraped(collector)
    assert told["gridloom_rejected_rows", (TIDES_DAG, NAME)] == 1
    assert told["gridloom_dataset_failed_loads", (TIDES_DAG, NAME)] == 1


def test_the_age_of_what_is_published_is_told_and_forecasts_do_not_count(collector, warehouse):
    declare(warehouse, measured_column="height_m", critical_after=timedelta(hours=3))
    assert ("gridloom_dataset_age_seconds", (TIDES_DAG, NAME)) not in scraped(collector)
    rows = "(now() - interval '2 hours', 1), (now() - interval '1 hour', null), (now() + interval '1 day', null)"
    publish(warehouse, rows, columns="at timestamptz, height_m real")
    told = scraped(collector)
    age_s = told["gridloom_dataset_age_seconds", (TIDES_DAG, NAME)]
    assert 90 * 60 <= age_s < 91 * 60, "an hour and a half since the end of the half-hour"
    assert told["gridloom_dataset_critical_age_seconds", (TIDES_DAG, NAME)] == 3 * 3600


def test_every_run_status_has_its_series(collector, history):
    told = {labels[1] for name, labels in scraped(collector) if name == "gridloom_last_run_status"}
    assert told == {status.value for status in Status} - {"running"}


def test_a_warehouse_that_is_away_is_a_metric_and_not_an_error():
    assert scraped(WarehouseCollector(away)) == {("gridloom_warehouse_up", ()): 0}


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, 401),
        ({"Authorization": "Bearer guessed"}, 401),
        ({"Authorization": TOKEN}, 401),
        ({"Authorization": f"Bearer {TOKEN}é".encode("latin-1")}, 401),
        ({"Authorization": f"Bearer {TOKEN}"}, 200),
    ],
)
def test_where_a_token_is_set_nobody_reads_without_it(untouched, headers, code):
    with serving(untouched, TOKEN) as url:
        answer = requests.get(f"{url}/metrics", headers=headers, timeout=10)
    assert answer.status_code == code
    assert ("gridloom_runs" in answer.text) == (code == 200)


@pytest.mark.parametrize(
    ("host", "code"),
    [
        ("127.0.0.1:9108", 200),
        ("localhost", 200),
        ("[::1]:9108", 200),
        ("evil.example:9108", 421),
        ("127.0.0.1.evil.example", 421),
        ("[", 421),
    ],
)
def test_without_a_token_it_answers_to_names_of_the_loopback_only(untouched, host, code):
    with serving(untouched) as url:
        assert requests.get(f"{url}/metrics", headers={"Host": host}, timeout=10).status_code == code


def test_nothing_else_is_served(untouched):
    with serving(untouched) as url:
        for path in ("", "/%00", "/metrics%00", "/%ff", "/%ed%a0%80", "/" + "x" * 10_000):
            assert requests.get(f"{url}{path}", timeout=10).status_code == 404
        assert requests.post(f"{url}/metrics", timeout=10).status_code == 405


@pytest.mark.parametrize("piece", [b"x", b"X: y\r\n"])
def test_a_client_that_never_ends_its_question_is_let_go(monkeypatch, piece):
    monkeypatch.setattr(QuietHandler, "timeout", 0.5)
    begun = time.monotonic()
    with serving(WarehouseCollector(away), TOKEN) as url, asking(url) as client:
        client.sendall(b"GET /metrics HTTP/1.1\r\nX-Slow: ")
        assert is_hung_up_on(client, piece, pause_s=0.05)
    assert time.monotonic() - begun < 5


def test_a_question_has_a_size():
    with serving(WarehouseCollector(away), TOKEN) as url, asking(url) as client:
        client.sendall(b"GET /metrics HTTP/1.1\r\nX-Long: ")
        assert is_hung_up_on(client, b"x" * MOST_HEAD_BYTES, pause_s=0)


def test_many_clients_are_not_a_thread_each():
    with serving(WarehouseCollector(away), TOKEN) as url, ExitStack() as held:
        before = threading.active_count()
        clients = [held.enter_context(asking(url)) for _ in range(MOST_CLIENTS + 1)]
        assert clients[-1].recv(1) == b""
        assert threading.active_count() <= before + MOST_CLIENTS
        held.close()
        wait_until(lambda: is_answered(url), what="a free place")


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "grid.test"])  # noqa: S104 - it is refused
def test_without_a_token_it_stays_on_the_loopback(untouched, host):
    with pytest.raises(ExposedError, match="GRIDLOOM_METRICS_TOKEN"):
        server(untouched, host=host, port=0, token=None)
