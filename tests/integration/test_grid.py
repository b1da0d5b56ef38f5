"""What the page "Grid" asks of a real warehouse, before and after the first publication."""

from collections.abc import Iterator

import psycopg2
import pytest

from include.operations import runs
from include.pipeline import Place
from include.serving.grid import page, queries
from include.warehouse import Connection, Role, Warehouse
from tests.integration.conftest import NEW_YEAR, Publisher, published_row


@pytest.fixture
def reading(warehouse: Warehouse) -> Iterator[Connection]:
    with queries.reading(warehouse.dsn(Role.ANALYST)) as analyst:
        yield analyst


def test_before_the_first_publication_that_is_what_is_told(reading: Connection, publisher: Publisher) -> None:
    publisher.publish([published_row()]).ingest()
    with pytest.raises(psycopg2.Error) as failed:
        queries.overview(reading)
    assert "Nothing has been published yet" in page.in_plain_words(failed.value)


def test_every_dataset_is_asked_for(
    reading: Connection, publisher: Publisher, place: Place, loader: Connection
) -> None:
    with place.session(Role.TRANSFORMER) as transformer, transformer, transformer.cursor() as cursor:
        cursor.execute("create table analytics.half_hourly_generation (period_started_at timestamptz)")
        cursor.execute("insert into analytics.half_hourly_generation values (%s)", (NEW_YEAR,))
        counts = ("expected", "present", "missing", "not_yet_published", "rejected", "revised")
        columns = ", ".join(f"{count}_half_hours integer default 0" for count in counts)
        cursor.execute(f"create table analytics.daily_coverage (settlement_date date, {columns})")
        cursor.execute("insert into analytics.daily_coverage values (%s)", (NEW_YEAR.date(),))
    publisher.publish([published_row()]).ingest()
    with loader, loader.cursor() as cursor:
        cursor.execute("insert into ops.datasets (dataset) values ('another') on conflict do nothing")
    shown = queries.overview(reading)
    found = {dataset.name: dataset for dataset in shown.datasets}
    assert found["neso_generation_mix"].newest_at == NEW_YEAR
    assert [day["settlement_date"] for day in found["neso_generation_mix"].days] == [NEW_YEAR.date()]
    assert (found["another"].newest_at, found["another"].last_known_at, found["another"].days) == (None, None, [])


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
