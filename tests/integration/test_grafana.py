"""The dashboards for Grafana: its own types read them, and all that they ask for is there to be read."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models import units
from grafana_foundation_sdk.models.dashboard import Dashboard as Typed
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from include.alerts import outbox
from include.alerts.alert import Alert, Kind
from include.operations import runs
from include.operations.runs import Counts
from include.serving.metrics.collector import WarehouseCollector
from include.settings import REPOSITORY
from include.warehouse import Connection, Role, Warehouse, session
from tests import contracts
from tests.declared_dataset import DAG, NAME, declare, judge, load
from tests.grafana import Dashboard, Range, expand, read_expression

FOLDER = REPOSITORY / "docs" / "grafana"
FILES = sorted(FOLDER.glob("*.json"))
POSTGRES, PROMETHEUS = "grafana-postgresql-datasource", "prometheus"
COLUMNS_OF_THE_GRID = 24
# Units are Grafana's own, or those that a dashboard makes up: "Standard options definitions" in its documentation.
OWN_UNIT = re.compile(r"(suffix|prefix|time|si|count|currency):.+")
UNITS = {value for name, value in vars(units).items() if not name.startswith("_") and isinstance(value, str)}
# Oids of timestamptz and timestamp, of numbers, and of texts.
INSTANTS, NUMBERS, TEXTS = {1184, 1114}, {20, 21, 23, 700, 701, 1700}, {25, 1043}

pytestmark = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)


@pytest.fixture(scope="module")
def target(copy_of: Any, template: Warehouse) -> Iterator[Warehouse]:
    """A warehouse in which every table is published, and everything has happened once."""
    with copy_of(template) as warehouse:
        with session(warehouse.dsn(Role.TRANSFORMER), application="tests") as transformer, transformer:
            contracts.publish(transformer.cursor(), dataset=NAME)
        declare(
            warehouse,
            published_table="half_hourly_generation",
            time_column="period_started_at",
            critical_after=timedelta(hours=3),
            last_known_at=datetime.now(UTC),
        )
        with session(warehouse.dsn(Role.LOADER), application="tests") as loader:
            _let_happen(warehouse, loader)
        yield warehouse


def _let_happen(warehouse: Warehouse, loader: Connection) -> None:
    run_id = runs.open_run(loader, DAG, "scheduled__1")
    with loader:
        runs.add_counts(loader, run_id, Counts(fetched=10, new=9, rejected=1))
    runs.close_run(loader, DAG, "scheduled__1", failed=False)
    load(warehouse, run_id, outcome="failed", cause="the publisher did not answer")
    judge(warehouse, run_id, "heights", "height_is_plausible", success=False, finding="200 m")
    alert = Alert(Kind.RUN_FAILED, DAG, "load: SourceUnavailableError", "the publisher did not answer")
    outbox.raise_alert(loader, alert, channels=["mail"], repeat_after=timedelta(days=1), airflow_url=None)
    with session(warehouse.owner_dsn, application="tests") as owner, owner, owner.cursor() as cursor:
        cursor.execute(
            "insert into ops.rejected_rows (dataset, reason, payload, first_run_id, run_id, first_rejected_at,"
            " last_rejected_at) values (%(dataset)s, 'too high', '{}', %(run)s, %(run)s, now(), now());"
            "insert into ops.loads (run_id, dataset, scope, is_routine, outcome, cause, arrived_at, started_at)"
            " values (%(run)s, %(dataset)s, 'a file', true, 'refused', 'it is empty', now(), now());"
            " insert into ops.publications (build_id, run_id, published_at, keys, was_forced)"
            " values (1, %(run)s, now(), 1, false)",
            {"dataset": NAME, "run": run_id},
        )


@pytest.fixture(scope="module")
def analyst(target: Warehouse) -> Iterator[Connection]:
    with session(target.dsn(Role.ANALYST), application="tests, Grafana", autocommit=True) as analyst:
        yield analyst


@pytest.fixture(scope="module")
def labels(target: Warehouse) -> dict[str, set[str]]:
    """The labels of every sample that is told at /metrics."""
    registry = CollectorRegistry()
    registry.register(WarehouseCollector(lambda: session(target.dsn(Role.SCREENS), application="tests")))
    told = text_string_to_metric_families(generate_latest(registry).decode())
    return {sample.name: set(sample.labels) for family in told for sample in family.samples}


@pytest.fixture
def dashboard(file: Path) -> Dashboard:
    return Dashboard.of(file)


@pytest.fixture
def chosen(dashboard: Dashboard, analyst: Connection) -> dict[str, list[str]]:
    """What the variables hold where all is chosen."""
    asked = {name: each["query"] for name, each in dashboard.variables.items() if each["type"] == "query"}
    held = {}
    for name, query in asked.items():
        with analyst.cursor() as cursor:
            cursor.execute(query)
            held[name] = [row[0] for row in cursor.fetchall()]
        assert held[name], f"there is nothing to choose of {name}"
    return held


def test_its_own_types_read_it_and_lose_nothing(file, dashboard):
    register_default_plugins()
    typed = Typed.from_json(dashboard.told)
    again = Dashboard(_as_told(typed))
    for name in ("uid", "title", "description", "tags", "schemaVersion", "timezone", "time", "refresh"):
        assert again.told[name] == dashboard.told[name]
    assert [_outline(panel) for panel in again.with_rows] == [_outline(panel) for panel in dashboard.with_rows]
    assert list(again.variables) == list(dashboard.variables)


def _as_told(typed: Typed) -> dict[str, Any]:
    return yaml.safe_load(JSONEncoder(sort_keys=True).encode(typed))


def _outline(panel: dict[str, Any]) -> dict[str, Any]:
    kept = {name: panel.get(name) for name in ("id", "type", "title", "description", "gridPos")}
    told = [target.get("expr") or target.get("rawSql") for target in panel.get("targets", ())]
    return {**kept, "targets": told, "unit": panel.get("fieldConfig", {}).get("defaults", {}).get("unit")}


def test_it_has_a_name_of_its_own_and_is_found_by_ours(file, dashboard):
    others = [Dashboard.of(each).told["uid"] for each in FILES if each != file]
    assert dashboard.told["uid"] not in others
    assert re.fullmatch(r"gridloom-[a-z-]{1,31}", dashboard.told["uid"])
    assert "gridloom" in dashboard.told["tags"]
    assert dashboard.told["timezone"] == "utc"


def test_every_panel_says_what_it_shows_and_in_what_unit(file, dashboard):
    for panel in dashboard.panels:
        assert panel["title"], panel["id"]
        assert panel["type"] == "text" or panel["description"].endswith("."), panel["title"]
        if panel["type"] != "text":
            unit = panel["fieldConfig"]["defaults"]["unit"]
            assert unit in UNITS or OWN_UNIT.fullmatch(unit), f"{panel['title']}: Grafana has no unit {unit}"
    ids = [panel["id"] for panel in dashboard.with_rows]
    assert len(ids) == len(set(ids))


def test_panels_lie_on_the_grid_and_not_on_each_other(file, dashboard):
    places = [(panel["title"], panel["gridPos"]) for panel in dashboard.told["panels"]]
    for title, place in places:
        assert place["x"] >= 0, title
        assert place["w"] > 0, title
        assert place["h"] > 0, title
        assert place["x"] + place["w"] <= COLUMNS_OF_THE_GRID, title
    for (one, a), (other, b) in combinations(places, 2):
        beside = a["x"] + a["w"] <= b["x"] or b["x"] + b["w"] <= a["x"]
        below = a["y"] + a["h"] <= b["y"] or b["y"] + b["h"] <= a["y"]
        assert beside or below, f"{one} lies on {other}"


def test_every_data_source_is_one_that_can_be_chosen_and_is_provisioned(file, dashboard):
    provisioned = yaml.safe_load((FOLDER / "provisioning" / "datasources" / "gridloom.yaml").read_text())
    kinds = {each["uid"]: each["type"] for each in provisioned["datasources"]}
    for name, kind in dashboard.sources.items():
        assert kinds[dashboard.variables[name]["current"]["value"]] == kind
    targets = [target for panel in dashboard.panels for target in panel.get("targets", ())]
    queries = [each for each in dashboard.variables.values() if each["type"] == "query"]
    panels = [panel for panel in dashboard.panels if panel["type"] != "text"]
    assert all(panel["targets"] for panel in panels)
    for asking in (*panels, *targets, *queries):
        source = asking["datasource"]
        assert dashboard.sources[source["uid"].removeprefix("${").removesuffix("}")] == source["type"]


def test_every_query_runs_as_the_analyst_and_gives_what_its_panel_draws(file, dashboard, analyst, chosen):
    soon = datetime.now(UTC) + timedelta(minutes=1)
    for seen in (Range.until(soon, days=7), Range(soon - timedelta(days=400), soon + timedelta(days=2), "1d")):
        for panel, target in dashboard.targets(POSTGRES):
            query = expand(target["rawSql"], seen, chosen)
            with analyst.cursor() as cursor:
                cursor.execute(query)
                rows, columns = cursor.fetchall(), {each.name: each.type_code for each in cursor.description}
            assert rows, f"{panel['title']}: nothing comes of {query}"
            _check_columns(panel["title"], target["format"], columns)


def _check_columns(title: str, form: str, columns: dict[str, int]) -> None:
    assert form in ("time_series", "table"), title
    if form == "time_series":
        assert columns.pop("time") in INSTANTS | NUMBERS, title
        texts = [name for name, kind in columns.items() if kind in TEXTS]
        assert texts in ([], ["metric"]), f"{title}: a series is named by a column metric"
        numbers = [name for name, kind in columns.items() if kind in NUMBERS]
        assert numbers, title
        assert len(numbers) == 1 or not texts, f"{title}: one figure for each metric"


def test_overrides_are_of_columns_that_come(file, dashboard, analyst, chosen):
    for panel, target in dashboard.targets(POSTGRES):
        if target["format"] == "table":
            with analyst.cursor() as cursor:
                cursor.execute(expand(target["rawSql"], Range.until(datetime.now(UTC), days=7), chosen))
                columns = {each.name for each in cursor.description}
            overridden = {each["matcher"]["options"] for each in panel["fieldConfig"]["overrides"]}
            assert overridden <= columns, panel["title"]
            shown = re.fullmatch(r"/\^(\w+)\$/", panel["options"].get("reduceOptions", {}).get("fields", ""))
            assert shown is None or shown.group(1) in columns, panel["title"]


def test_every_metric_and_label_is_told(file, dashboard, labels):
    for panel, target in dashboard.targets(PROMETHEUS):
        asked = read_expression(target["expr"])
        assert asked.metrics, panel["title"]
        assert asked.metrics <= set(labels), f"{panel['title']}: not told: {sorted(asked.metrics - set(labels))}"
        for metric, label in asked.matched:
            assert label in labels[metric], f"{panel['title']}: {metric} has no label {label}"
        of_all = set.union(*(labels[metric] for metric in asked.metrics))
        assert asked.grouped <= of_all, panel["title"]
        named = set(re.findall(r"\{\{\s*(\w+)\s*\}\}", target["legendFormat"]))
        assert named <= (of_all if asked.kept is None else asked.kept), f"{panel['title']}: a legend without its label"


def test_variables_in_expressions_are_declared(file, dashboard):
    for panel, target in dashboard.targets(PROMETHEUS):
        for name in re.findall(r"\$\{(\w+)", target["expr"]):
            assert name in dashboard.variables, panel["title"]


def test_no_password_and_no_address_stands_in_a_file(file):
    for each in (file, *FOLDER.rglob("*.yaml")):
        for line in each.read_text().splitlines():
            secret = re.search(r"password\W+(.*)", line)
            assert secret is None or secret.group(1).rstrip('"') == "GRIDLOOM_ANALYST_PASSWORD}", line
            assert not re.search(r"https?://", line), line
