"""What the page "Grid" asks of a real warehouse, before and after the first publication."""

from collections.abc import Iterator

import psycopg2
import pytest

from include.operations import runs
from include.pipeline import Place
from include.serving.checks import NEWEST_RESULTS
from include.serving.grid import page, queries
from include.warehouse import Connection, Role, Warehouse
from tests.integration.conftest import NEW_YEAR, Publisher, published_row


@pytest.fixture
def reading(warehouse: Warehouse) -> Iterator[Connection]:
    with queries.reading(warehouse.dsn(Role.ANALYST)) as analyst:
        yield analyst


COUNTED = ("expected", "present", "missing", "not_yet_published", "rejected", "revised")


def _publish_day(place: Place, counts: dict[str, int]) -> None:
    """Put New Year's Day into `analytics`, with these of its half-hours counted."""
    columns = ", ".join(f"{each}_half_hours integer" for each in COUNTED)
    with place.session(Role.TRANSFORMER) as transformer, transformer, transformer.cursor() as cursor:
        cursor.execute("create table analytics.half_hourly_generation (period_started_at timestamptz)")
        cursor.execute("insert into analytics.half_hourly_generation values (%s)", (NEW_YEAR,))
        cursor.execute(f"create table analytics.daily_coverage (settlement_date date, {columns})")
        cursor.execute(
            f"insert into analytics.daily_coverage values ({', '.join(['%s'] * (1 + len(COUNTED)))})",
            (NEW_YEAR.date(), *(counts.get(each, 0) for each in COUNTED)),
        )


def test_before_the_first_publication_that_is_what_is_told(reading: Connection, publisher: Publisher) -> None:
    publisher.publish([published_row()]).ingest()
    with pytest.raises(psycopg2.Error) as failed:
        queries.overview(reading)
    assert "Nothing has been published yet" in page.in_plain_words(failed.value)


def test_every_dataset_is_asked_for(
    reading: Connection, publisher: Publisher, place: Place, loader: Connection
) -> None:
    _publish_day(place, {})
    publisher.publish([published_row()]).ingest()
    with loader, loader.cursor() as cursor:
        cursor.execute("insert into ops.datasets (dataset) values ('another') on conflict do nothing")
    shown = queries.overview(reading)
    found = {dataset.name: dataset for dataset in shown.datasets}
    assert found["neso_generation_mix"].newest_at == NEW_YEAR
    assert [day["settlement_date"] for day in found["neso_generation_mix"].days] == [NEW_YEAR.date()]
    assert (found["another"].newest_at, found["another"].last_known_at, found["another"].days) == (None, None, [])


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
    reading: Connection, place: Place, publisher: Publisher, counts: dict[str, int], state: str
) -> None:
    _publish_day(place, counts)
    publisher.publish([published_row()]).ingest()
    [dataset] = queries.overview(reading).datasets
    assert [day["state"] for day in dataset.days] == [state]


def test_each_stage_is_told_by_the_newest_run_that_reached_it(
    reading: Connection, place: Place, loader: Connection
) -> None:
    """The second run ended at its first check: what is published is as the first run's last check found it."""
    first, second = (runs.open_run(loader, "neso_generation_mix", f"manual__{each}") for each in (1, 2))
    judged = [(first, "check_raw", True), (first, "check_marts", True), (second, "check_raw", False)]
    with place.session(Role.TRANSFORMER) as transformer, transformer, transformer.cursor() as cursor:
        for run_id, stage, success in judged:
            cursor.execute(
                """
                insert into ops.quality_results
                    (run_id, stage, suite, subject, expectation, severity, success, judged_at)
                values (%s, %s, 'mix', 'a_table', 'expect_a_thing', 'critical', %s, clock_timestamp())
                """,
                (run_id, stage, success),
            )
    with reading, reading.cursor() as cursor:
        cursor.execute(NEWEST_RESULTS)
        names = [column.name for column in cursor.description or ()]
        found = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    assert [(each["stage"], each["success"]) for each in found] == [("check_raw", False), ("check_marts", True)]


def test_only_a_known_run_has_results(reading: Connection, loader: Connection) -> None:
    run_id = runs.open_run(loader, "neso_generation_mix", "manual__1")
    loader.commit()
    found = queries.results(reading, "neso_generation_mix", "manual__1")
    assert run_id
    assert found == queries.Results(checks=[], built=[])
    assert queries.results(reading, "neso_generation_mix", "manual__2") is None


def test_a_query_that_takes_too_long_is_told_so(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "TIMEOUT_S", 0.05)
    with (
        pytest.raises(psycopg2.errors.QueryCanceled) as failed,
        queries.reading(warehouse.dsn(Role.ANALYST)) as analyst,
        analyst.cursor() as cursor,
    ):
        cursor.execute("select count(*) from generate_series(1, 1000000000000)")
    assert "slow" in page.in_plain_words(failed.value)
