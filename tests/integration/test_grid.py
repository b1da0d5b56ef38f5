"""What the page "Grid" asks of a real warehouse, before and after the first publication."""

from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg2
import pytest

from include.operations import runs
from include.serving.checks import NEWEST_RESULTS
from include.serving.grid import page, queries
from include.warehouse import Connection, Role, Warehouse
from tests.declared_dataset import DAG, NAME, declare, judge, load, publish
from tests.integration.conftest import NEW_YEAR


@pytest.fixture
def reading(warehouse: Warehouse) -> Iterator[Connection]:
    with queries.reading(warehouse.dsn(Role.SCREENS)) as analyst:
        yield analyst


COUNTED = ("expected", "present", "missing", "not_yet_published", "not_asked", "known_gap", "rejected", "revised")
NOW = datetime(2026, 1, 3, tzinfo=UTC)


def _publish_day(warehouse: Warehouse, counts: dict[str, int], dataset: str = NAME) -> None:
    """Put New Year's Day of a dataset into `analytics`, with these of its half-hours counted."""
    columns = ", ".join(f"{each}_half_hours integer" for each in COUNTED)
    row = ", ".join(str(counts.get(each, 0)) for each in COUNTED)
    publish(
        warehouse,
        f"('{dataset}', '{NEW_YEAR.date()}', {row})",
        columns=f"dataset text, settlement_date date, {columns}",
        table="daily_coverage",
    )


def test_before_the_first_load_that_is_what_is_told(reading: Connection, warehouse: Warehouse) -> None:
    declare(warehouse)
    shown = queries.overview(reading, NOW)
    assert NAME in [entry.name for entry in shown.entries]
    assert not any(entry.is_held for entry in shown.entries)
    assert (shown.counted, shown.attention(NOW), shown.attributions) == ([], [], [])


def test_datasets_stand_below_their_publisher_with_what_is_published_of_them(
    reading: Connection, warehouse: Warehouse
) -> None:
    declare(warehouse, last_known_at=NOW)
    declare(warehouse, dataset="tide_stations", last_known_at=NOW, published_table=None, time_column=None)
    publish(warehouse, f"('{NEW_YEAR}')")
    _publish_day(warehouse, {"present": 48})
    shown = queries.overview(reading, NOW)
    [tides] = [publisher for publisher in shown.publishers if publisher.title == "Tide Office"]
    assert ([each.name for each in tides.entries], tides.dag_ids) == ([NAME, "tide_stations"], [DAG])
    heights, stations = (each.declared for each in tides.entries)
    assert heights is not None
    assert stations is not None
    assert (heights.newest_at, stations.newest_at) == (NEW_YEAR, None)
    [counted] = shown.counted
    assert (counted.entry.name, counted.is_open) == (NAME, True)
    assert [day["settlement_date"] for day in counted.days] == [NEW_YEAR.date()]


def test_a_dataset_whose_newest_run_failed_needs_attention(
    reading: Connection, warehouse: Warehouse, loader: Connection
) -> None:
    declare(warehouse)
    load(warehouse, runs.open_run(loader, DAG, "manual__1"), outcome="failed", cause="the pier is closed")
    [heights] = queries.overview(reading, NOW).attention(NOW)
    assert (heights.name, heights.cause) == (NAME, "the pier is closed")


@pytest.mark.parametrize(
    ("counts", "state"),
    [
        ({"present": 48}, "complete"),
        ({"present": 48, "revised": 2}, "revised"),
        ({"present": 40, "not_yet_published": 8, "revised": 2}, "partial"),
        ({"present": 47, "missing": 1, "not_yet_published": 1}, "missing"),
        ({"missing": 1, "rejected": 1}, "rejected"),
    ],
)
def test_a_day_is_told_by_the_gravest_of_what_it_is(
    reading: Connection, warehouse: Warehouse, counts: dict[str, int], state: str
) -> None:
    declare(warehouse, last_known_at=NOW)
    _publish_day(warehouse, counts)
    [counted] = queries.overview(reading, NOW).counted
    assert [day["state"] for day in counted.days] == [state]


def _newest(reading: Connection) -> list[tuple[str, str, str, bool]]:
    """Return the DAG, suite, name and outcome of each check."""
    with reading, reading.cursor() as cursor:
        cursor.execute(NEWEST_RESULTS)
        names = [column.name for column in cursor.description or ()]
        found = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return [(each["dag_id"], each["suite"], each["name"], each["success"]) for each in found]


def test_each_check_is_told_by_its_newest_result(reading: Connection, warehouse: Warehouse, loader: Connection) -> None:
    """The second run was skipped after one check: what the first found of the others still stands."""
    first, second = (runs.open_run(loader, DAG, f"manual__{each}") for each in (1, 2))
    judge(warehouse, first, "freshness", "heights are recent", success=True)
    judge(warehouse, first, "heights", "heights are plausible", success=True)
    judge(warehouse, second, "freshness", "heights are recent", success=False)
    assert _newest(reading) == [
        (DAG, "freshness", "heights are recent", False),
        (DAG, "heights", "heights are plausible", True),
    ]


def test_checks_of_one_expectation_are_told_apart_by_their_names(
    reading: Connection, warehouse: Warehouse, loader: Connection
) -> None:
    run_id = runs.open_run(loader, DAG, "manual__1")
    judge(warehouse, run_id, "heights", "none is missing", success=False)
    judge(warehouse, run_id, "heights", "few are late", success=True, severity="warning")
    assert _newest(reading) == [(DAG, "heights", "none is missing", False), (DAG, "heights", "few are late", True)]
    shown = queries.results(reading, DAG, "manual__1")
    assert shown is not None
    assert len(shown.checks) == 2


def test_what_a_later_run_of_another_dag_found_hides_nothing(
    reading: Connection, warehouse: Warehouse, loader: Connection
) -> None:
    for dag_id in ("tides", "winds"):
        run_id = runs.open_run(loader, dag_id, "manual__1")
        judge(warehouse, run_id, f"{dag_id} of today", "all are there", success=dag_id == "tides")
    assert _newest(reading) == [
        ("winds", "winds of today", "all are there", False),
        ("tides", "tides of today", "all are there", True),
    ]


def test_the_results_of_a_run_tell_what_it_loaded(
    reading: Connection, warehouse: Warehouse, loader: Connection
) -> None:
    declare(warehouse)
    run_id = runs.open_run(loader, DAG, "manual__1")
    load(warehouse, run_id, outcome="failed", cause="SourceUnavailableError: the pier is closed")
    shown = queries.results(reading, DAG, "manual__1")
    assert shown is not None
    assert [(each["dataset"], each["outcome"], each["cause"]) for each in shown.loads] == [
        (NAME, "failed", "SourceUnavailableError: the pier is closed")
    ]


def test_only_a_known_run_has_results(reading: Connection, loader: Connection) -> None:
    runs.open_run(loader, DAG, "manual__1")
    assert queries.results(reading, DAG, "manual__1") == queries.Results(checks=[], loads=[], built=[])
    assert queries.results(reading, DAG, "manual__2") is None


def test_a_query_that_takes_too_long_is_told_so(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "TIMEOUT_S", 0.05)
    with (
        pytest.raises(psycopg2.errors.QueryCanceled) as failed,
        queries.reading(warehouse.dsn(Role.SCREENS)) as analyst,
        analyst.cursor() as cursor,
    ):
        cursor.execute("select count(*) from generate_series(1, 1000000000000)")
    assert "slow" in page.in_plain_words(failed.value)
