"""What every face is told of a dataset: its declaration, and how old what is published of it is."""

from datetime import UTC, datetime, timedelta

import pytest

from include.operations import runs
from include.serving.datasets import Attribution, DeclaredDataset, Freshness, attributions, read_datasets
from include.warehouse import Connection, Warehouse
from tests.declared_dataset import DAG, NAME, declare, load, publish

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)


def _read(analyst: Connection) -> DeclaredDataset:
    return next(dataset for dataset in read_datasets(analyst, NOW) if dataset.name == NAME)


def test_a_dataset_that_was_never_published_is_known_by_its_declaration(
    warehouse: Warehouse, analyst: Connection
) -> None:
    declare(warehouse)
    found = _read(analyst)
    assert (found.dag_id, found.title, found.step) == (DAG, "Heights", timedelta(minutes=30))
    assert (found.is_published, found.newest_at, found.age(NOW), found.freshness(NOW)) == (False, None, None, None)


@pytest.mark.parametrize(("hours_old", "freshness"), [(1, Freshness.FRESH), (2, Freshness.LATE), (3, Freshness.STALE)])
def test_the_age_counts_from_the_end_of_the_newest_period(
    warehouse: Warehouse, analyst: Connection, hours_old: int, freshness: Freshness
) -> None:
    declare(warehouse, warn_after=timedelta(hours=2), critical_after=timedelta(hours=3))
    newest_at = NOW - timedelta(hours=hours_old, minutes=30)
    publish(warehouse, f"('{newest_at}'), ('2026-01-01')")
    found = _read(analyst)
    assert (found.newest_at, found.age(NOW)) == (newest_at, timedelta(hours=hours_old))
    assert found.freshness(NOW) is freshness


def test_a_dataset_without_limits_may_be_any_age(warehouse: Warehouse, analyst: Connection) -> None:
    declare(warehouse)
    publish(warehouse, "('2020-01-01')")
    assert _read(analyst).freshness(NOW) is None


def test_forecasts_say_nothing_of_how_old_a_dataset_is(warehouse: Warehouse, analyst: Connection) -> None:
    declare(warehouse, measured_column="height_m")
    rows = "('2026-11-02 10:00Z', 1), ('2026-11-02 11:00Z', null), ('2026-11-04 00:00Z', null)"
    publish(warehouse, rows, columns="at timestamptz, height_m real")
    assert _read(analyst).newest_at == datetime(2026, 11, 2, 10, tzinfo=UTC)


def test_a_period_that_has_not_begun_is_not_the_newest(warehouse: Warehouse, analyst: Connection) -> None:
    declare(warehouse)
    publish(warehouse, "('2026-11-02 10:00Z'), ('2026-11-04 00:00Z')")
    assert _read(analyst).newest_at == datetime(2026, 11, 2, 10, tzinfo=UTC)


def test_a_day_lasts_until_midnight_in_its_zone(warehouse: Warehouse, analyst: Connection) -> None:
    """25 October 2026 has 25 hours in London: it begins at 23:00 UTC and ends at 00:00 UTC."""
    declare(warehouse, step=timedelta(days=1))
    publish(warehouse, "('2026-10-25')", columns="at date")
    found = _read(analyst)
    assert found.newest_at == datetime(2026, 10, 24, 23, tzinfo=UTC)
    assert found.newest_ended_at == datetime(2026, 10, 26, tzinfo=UTC)


def test_a_publisher_is_named_once_and_where_something_of_it_was_loaded(
    warehouse: Warehouse, analyst: Connection
) -> None:
    declare(warehouse)
    assert attributions(read_datasets(analyst, NOW)) == []
    declare(warehouse, dataset="tide_tables", last_known_at=NOW)
    declare(warehouse, dataset="tide_currents", last_known_at=NOW)
    assert attributions(read_datasets(analyst, NOW)) == [
        Attribution("Contains tides", "Open", "https://tide.test/licence")
    ]


def test_what_no_source_declares_any_more_is_not_shown(warehouse: Warehouse, analyst: Connection) -> None:
    declare(warehouse, is_declared=False)
    assert NAME not in [dataset.name for dataset in read_datasets(analyst, NOW)]


def test_loads_that_failed_lately_are_counted(warehouse: Warehouse, analyst: Connection, loader: Connection) -> None:
    declare(warehouse)
    run_id = runs.open_run(loader, DAG, "scheduled__1")
    for scope, outcome in (("monday", "held"), ("tuesday", "failed"), ("wednesday", "failed")):
        load(warehouse, run_id, scope=scope, outcome=outcome)
    found = next(each for each in read_datasets(analyst, datetime.now(UTC)) if each.name == NAME)
    assert found.failed_loads == 2
    long_after = next(
        each for each in read_datasets(analyst, datetime.now(UTC) + timedelta(days=2)) if each.name == NAME
    )
    assert long_after.failed_loads == 0
