"""A DAG with a task for each of its datasets, through a real Airflow, where the publisher refuses one of them.

Its source, tests/fixtures/tides, is of no repository: it stands in a checkout of its own, and so does not share the
machine of test_dag.py.
"""

import json
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from include.local import services
from include.local.postgres import Cluster
from include.settlement import half_hour_at_or_after
from tests import checkout, prepared
from tests.machine import Machine

TIDES = Path(__file__).parent.parent / "fixtures" / "tides"
REFUSED = "LoadsFailedError: tides_hull: SourceRefusedError: /hull answered 403 Forbidden: the gauge is closed"


class TideOffice(BaseHTTPRequestHandler):
    """Tells the height of the sea at any port but Hull."""

    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        if asked.path == "/hull":
            self.answer(403, b"the gauge is closed")
            return
        start, end = (datetime.fromisoformat(instant).astimezone(UTC) for _, instant in parse_qsl(asked.query))
        self.answer(200, json.dumps(list(heights(start, end))).encode())

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nobody reads it."""


def heights(start: datetime, end: datetime) -> Iterator[dict[str, Any]]:
    at = half_hour_at_or_after(start)
    while at < end:
        yield {"at": at.isoformat(), "height": at.hour / 4}
        at += timedelta(minutes=30)


@pytest.fixture(scope="module")
def tide_office() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), TideOffice) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory, tide_office: str) -> Iterator[Machine]:
    """A machine whose checkout has the Tide Office among its sources."""
    folder = tmp_path_factory.mktemp("mapped")
    prepared.copy_to(folder / "home")
    variables = checkout.make_with_source(folder / "checkout", TIDES)
    machine = Machine.at(folder / "home", TIDES_URL=tide_office, **variables)
    yield machine
    machine.end()


@pytest.fixture(scope="module")
def told(machine: Machine) -> str:
    """What `gridloom run` says of the run, which fails."""
    return machine.gridloom("run", "tides", code=1).stderr


def test_the_others_are_loaded_built_judged_and_published(machine, told):
    loads = "select dataset, outcome, new > 0 from ops.loads order by dataset"
    assert machine.query(loads) == [
        ("tides_dover", "held", True),
        ("tides_hull", "failed", False),
        ("tides_leith", "held", True),
    ]
    published = "select port, count(*) from analytics.half_hourly_tides group by port order by port"
    loaded = "select substr(dataset, 7), new from ops.loads where outcome = 'held' order by dataset"
    assert machine.query(published) == machine.query(loaded)
    judged = "select distinct suite, success from ops.quality_results order by suite"
    assert machine.query(judged) == [
        ("marts.half_hourly_tides", True),
        ("ops.loads.tides_dover", True),
        ("ops.loads.tides_leith", True),
        ("raw.tides_dover", True),
        ("raw.tides_leith", True),
    ]


def test_the_run_ends_failed_and_names_the_one_that_was_refused(machine, told):
    [(status, task, message)] = machine.query("select status, failed_task, error_message from ops.pipeline_runs")
    assert (status, task) == ("failed", "publish")
    assert message == REFUSED
    assert REFUSED in told.partition("tides failed in publish")[2]


def test_a_run_by_itself_cleans_up_and_leaves_postgres(machine, told):
    assert machine.processes == []
    assert services.running(machine.home) is None
    assert Cluster.of(machine.settings, machine.home).port is not None


def test_what_each_of_its_tasks_says_is_followed(told):
    assert re.search(r"extract_and_load\[0\]: tides_dover .* rows fetched", told)
    assert re.search(r"extract_and_load\[1\]: tides_hull .*the gauge is closed", told)
    assert re.search(r"extract_and_load\[2\]: tides_leith .* rows fetched", told)
    assert re.search(r"✗ extract_and_load\[1\] +failed", told)
