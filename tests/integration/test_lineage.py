"""OpenLineage events: what is told of a run is what the run did, and what dbt itself says its models read."""

import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from psycopg2.extras import DateTimeTZRange, Json

from include.lineage import emit, history
from include.lineage.models import NoManifestError, Table, manifest_of, read_models
from include.operations import runs
from include.operations.runs import Failure
from include.settings import Settings
from include.warehouse import Role
from tests.declared_dataset import NAME, declare, load
from tests.receivers import dribbling

pytest.importorskip("openlineage.client", reason="openlineage-python is not installed")

DAG = "neso_generation_mix"


def test_what_each_model_reads_is_what_dbt_says(template, home):
    models = read_models(manifest_of(home, template.database))
    half_hours = models["half_hourly_generation"]
    assert half_hours.table == Table("marts", "half_hourly_generation")
    assert half_hours.inputs == (
        Table("staging", "stg_neso__generation_mix"),
        Table("staging", "stg_neso__pending_half_hours"),
    )
    assert Table("raw", "neso_generation_mix") in models["stg_neso__generation_mix_versions"].inputs


@pytest.mark.parametrize("content", [None, '{"nodes": {'])
def test_a_manifest_that_is_not_there_or_half_written_is_told(tmp_path, content):
    manifest = tmp_path / "manifest.json"
    if content is not None:
        manifest.write_text(content)
    with pytest.raises(NoManifestError, match="manifest"):
        read_models(manifest)


@pytest.fixture
def recorded(warehouse, loader, transformer, home, template):
    """A run that asked for two datasets of two publishers, built two models and published."""
    run_id = runs.open_run(loader, DAG, "scheduled__1")
    declare(warehouse)
    begin, end = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 5, 3, tzinfo=UTC)
    held = {"fetched": 10, "new": 7, "revised": 2, "unchanged": 1}
    load(warehouse, run_id, dataset=DAG, covers=DateTimeTZRange(begin, end), **held)
    load(warehouse, run_id, outcome="failed", cause="the pier is closed")
    manifest = manifest_of(home, warehouse.database)
    manifest.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(manifest_of(home, template.database), manifest)
    with transformer, transformer.cursor() as cursor:
        for name, rows in (("stg_neso__generation_mix", None), ("half_hourly_generation", 9)):
            cursor.execute(
                "insert into ops.dbt_results (run_id, build_id, unique_id, resource_type, name, status, duration_s,"
                " rows_affected, finished_at) values (%s, 1, %s, 'model', %s, 'success', 0.5, %s, now())",
                (run_id, f"model.gridloom.{name}", name, rows),
            )
        cursor.execute(
            "insert into ops.publications (build_id, run_id, published_at, keys, tables, was_forced)"
            " values (1, %s, now(), 9, %s, false)",
            (run_id, Json({"half_hourly_generation": {"rows_published": 9}})),
        )
    yield run_id
    shutil.rmtree(manifest.parent.parent)


def sent(warehouse, when: str, target: str, **variables: str) -> str:
    """What the process says that sends a run's events."""
    environment = {
        **os.environ,
        "GRIDLOOM_ENV_FILE": os.devnull,
        "GRIDLOOM_LINEAGE": target,
        emit.URL_VARIABLE: warehouse.dsn(Role.LOADER),
        **variables,
    }
    done = subprocess.run(
        [sys.executable, "-m", "include.lineage.emit", when, DAG, "scheduled__1"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stderr


def names(datasets: list[dict[str, Any]]) -> list[str]:
    return [each["name"].split(".", maxsplit=1)[-1] for each in datasets]


def test_a_run_is_told_with_what_it_read_and_wrote(warehouse, loader, recorded, tmp_path):
    file = tmp_path / "lineage.jsonl"
    sent(warehouse, "start", str(file))
    runs.close_run(loader, DAG, "scheduled__1", failed=False)
    sent(warehouse, "end", str(file))

    events = [json.loads(line) for line in file.read_text().splitlines()]
    assert [(event["eventType"], event["job"]["name"]) for event in events] == [
        ("START", DAG),
        ("START", f"{DAG}.half_hourly_generation"),
        ("COMPLETE", f"{DAG}.half_hourly_generation"),
        ("START", f"{DAG}.stg_neso__generation_mix"),
        ("COMPLETE", f"{DAG}.stg_neso__generation_mix"),
        ("COMPLETE", DAG),
    ]
    first, model, last = events[0], events[2], events[-1]
    assert first["run"]["runId"] == last["run"]["runId"] == model["run"]["facets"]["parent"]["run"]["runId"]
    for event in (first, last):
        assert [(each["namespace"], each["name"]) for each in event["inputs"]] == [
            ("https://api.neso.energy", DAG),
            ("https://tide.test", NAME),
        ]
        times = event["run"]["facets"]["nominalTime"]
        assert times["nominalStartTime"] == "2026-05-01T00:00:00+00:00"
        assert times["nominalEndTime"] == "2026-05-03T00:00:00+00:00"
    assert names(last["outputs"]) == ["raw.neso_generation_mix", "analytics.half_hourly_generation"]
    assert [each["outputFacets"]["outputStatistics"]["rowCount"] for each in last["outputs"]] == [9, 9]
    assert names(model["inputs"]) == ["staging.stg_neso__generation_mix", "staging.stg_neso__pending_half_hours"]
    assert names(model["outputs"]) == ["marts.half_hourly_generation"]
    assert model["outputs"][0]["namespace"] == f"postgres://127.0.0.1:{warehouse.owner['port']}"


def test_a_run_that_has_not_asked_yet_is_told_with_what_its_dag_loads(warehouse, loader, tmp_path):
    declare(warehouse, dag_id=DAG)
    runs.open_run(loader, DAG, "scheduled__1")
    file = tmp_path / "lineage.jsonl"
    sent(warehouse, "start", str(file))
    [event] = [json.loads(line) for line in file.read_text().splitlines()]
    assert ("https://tide.test", NAME) in [(each["namespace"], each["name"]) for each in event["inputs"]]


def test_a_run_without_a_manifest_is_told_without_its_models(warehouse, recorded, home, tmp_path):
    manifest_of(home, warehouse.database).unlink()
    file = tmp_path / "lineage.jsonl"
    said = sent(warehouse, "end", str(file))
    assert "lineage is sent without its models: dbt's manifest cannot be read" in said
    [event] = [json.loads(line) for line in file.read_text().splitlines()]
    assert event["job"]["name"] == DAG


@pytest.mark.parametrize(
    ("publisher", "declared", "address"),
    [
        ("neso", "https://declared.test/v1", "https://api.neso.energy"),
        ("tide", "https://tide.test/v1", "https://tide.test"),
        ("tide", "/srv/tides", "/srv/tides"),
        ("tide", "", "unknown"),
    ],
)
def test_a_publishers_address_is_its_setting_else_what_is_declared(publisher, declared, address):
    dataset = history.LoadedDataset("d", publisher, declared, 0, is_loaded=True, begin=None, end=None)
    assert emit.publisher_address(Settings(), dataset) == address


def test_a_failed_run_is_told_as_such_with_its_cause(warehouse, loader, recorded, tmp_path):
    runs.record_failure(loader, recorded, Failure("publish", "ValueError: boom", ""))
    runs.close_run(loader, DAG, "scheduled__1", failed=True)
    file = tmp_path / "lineage.jsonl"
    sent(warehouse, "end", str(file))
    last = json.loads(file.read_text().splitlines()[-1])
    assert last["eventType"] == "FAIL"
    assert last["run"]["facets"]["errorMessage"]["message"] == "ValueError: boom"


@pytest.fixture
def catalogue() -> Iterator[tuple[str, list[tuple[str, dict[str, Any]]]]]:
    """A server that takes events."""
    taken: list[tuple[str, dict[str, Any]]] = []

    class Server(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            taken.append((self.headers.get("authorization", ""), json.loads(body)))
            self.send_response(403 if "refused" in self.path else 201)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", taken
        server.shutdown()


def test_a_server_is_sent_the_events_with_its_key(warehouse, recorded, catalogue):
    url, taken = catalogue
    sent(warehouse, "start", url, GRIDLOOM_LINEAGE_API_KEY="canary")
    [(authorization, event)] = taken
    assert authorization == "Bearer canary"
    assert (event["eventType"], event["job"]["name"]) == ("START", DAG)


@pytest.mark.parametrize("target", ["http://127.0.0.1:1", "/nonexistent/lineage.jsonl"])
def test_what_cannot_be_sent_is_one_line(warehouse, recorded, target):
    said = sent(warehouse, "start", target)
    assert "lineage was not sent: " in said
    assert "Traceback" not in said


def test_the_address_of_a_catalogue_is_not_told(warehouse, recorded, catalogue):
    away = sent(warehouse, "start", "http://user:canary@127.0.0.1:1/?key=canary")
    refused = sent(warehouse, "start", f"{catalogue[0]}/refused/canary/")
    assert "the catalogue cannot be reached" in away
    assert "the catalogue answers 403" in refused
    assert "canary" not in away + refused


def test_a_catalogue_that_dribbles_holds_nobody_for_long(warehouse, recorded):
    with dribbling(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x") as port:
        environment = {
            **os.environ,
            "GRIDLOOM_ENV_FILE": os.devnull,
            "GRIDLOOM_LINEAGE": f"http://127.0.0.1:{port}",
            emit.URL_VARIABLE: warehouse.dsn(Role.LOADER),
        }
        script = "from include.lineage import emit; emit.PATIENCE_S = 1; emit.main()"
        done = subprocess.run(
            [sys.executable, "-c", script, "start", DAG, "scheduled__1"],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
    assert "lineage was not sent: the catalogue did not take it within 1 s" in done.stderr


def test_a_run_that_nobody_knows_is_no_event(warehouse, tmp_path):
    file = tmp_path / "lineage.jsonl"
    sent(warehouse, "end", str(file))
    assert not file.exists()


def test_a_path_is_a_file_and_an_address_a_server():
    def kind(target: str) -> str:
        return str(emit.transport_of(Settings.model_validate({"lineage": target}))["type"])

    assert (kind("/var/lib/gridloom/lineage.jsonl"), kind("https://marquez.test")) == ("file", "http")
