"""What was built and judged reaches analytics whole, or not at all."""

import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from include.deployment import Deployment
from include.operations import versions
from include.settings import Settings
from include.sources import releases
from include.transformation import publish as publishing
from include.transformation.build import Build, Job, build_models
from include.transformation.dbt import DbtFailedError
from include.transformation.publish import Publication, publish
from include.warehouse import Role, Warehouse
from tests.integration.conftest import Publisher, published_row, revised

RELEASE = "neso_generation_mix"
DAY = [published_row(number) for number in range(48)]
LATER = [published_row(number) for number in range(48, 60)]
BALANCE = "analytics.half_hourly_carbon_balance"
TABLES = (
    *("half_hourly_generation", "half_hourly_generation_mix", "half_hourly_carbon_balance"),
    *("half_hourly_generation_versions", "generation_revisions", "daily_coverage"),
    *("daily_generation_mix", "monthly_generation_mix", "yearly_generation_mix"),
)


def build_pending(place: Deployment, publisher: Publisher, release: str = RELEASE) -> Build:
    run = publisher.open_run()
    with place.session(Role.TRANSFORMER) as transformer, place.session(Role.TRANSFORMER) as slot:
        return build_models(transformer, slot, place.dbt(), Job(release, run.run_id))


def publish_build(
    place: Deployment, publisher: Publisher, build: Build, *failed_checks: str, release: str = RELEASE
) -> int | None:
    """Publish a build, as a run of its own; return how many keys."""
    run = publisher.open_run()
    with place.session(Role.TRANSFORMER) as transformer:
        published = publish(transformer, Publication(release, build, run.run_id, failed_checks))
    return published.keys if published else None


@pytest.fixture
def build(place: Deployment, publisher: Publisher) -> Callable[[], Build]:
    return partial(build_pending, place, publisher)


@pytest.fixture
def bring(place: Deployment, publisher: Publisher) -> Callable[..., int | None]:
    return partial(publish_build, place, publisher)


@pytest.fixture(scope="module")
def warehouse_of_a_day(copy_of: Any, template: Warehouse, settings: Settings) -> Iterator[Warehouse]:
    """A warehouse in which a day is published; made once, and copied for each test that begins there."""
    with copy_of(template) as warehouse:
        place = Deployment(settings, warehouse.dsn)
        with place.session(Role.LOADER) as loader:
            publisher = Publisher(loader).publish(DAY)
            publisher.ingest()
            publish_build(place, publisher, build_pending(place, publisher))
        yield warehouse


@pytest.fixture
def warehouse(request: pytest.FixtureRequest, copy_of: Any, template: Warehouse) -> Iterator[Warehouse]:
    """A warehouse of the test's own: without rows, or with the published day where the test asks for that."""
    begins_with_a_day = "day" in request.fixturenames
    with copy_of(request.getfixturevalue("warehouse_of_a_day") if begins_with_a_day else template) as warehouse:
        yield warehouse


@pytest.fixture
def day(publisher: Publisher) -> None:
    """What the publisher gives now is a day, and that is published."""
    publisher.publish(DAY)


def everything(query: Callable[..., Any]) -> dict[str, Any]:
    return {table: query(f"select * from analytics.{table} order by 1, 2") for table in TABLES}


def test_a_first_run_publishes_all_tables_with_their_keys_comments_and_grants(publisher, build, bring, analyst, query):
    publisher.publish(DAY).ingest()
    assert bring(build()) == 48
    with analyst, analyst.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"select count(*), obj_description('analytics.{table}'::regclass) from analytics.{table}")
            rows, comment = cursor.fetchone()
            assert rows, table
            assert "one row per" in comment, table
        cursor.execute(
            "select count(*) from pg_constraint where contype = 'p' and connamespace = 'analytics'::regnamespace"
        )
        assert cursor.fetchone() == (len(TABLES),)
    assert query("select count(*) from analytics.half_hourly_generation_mix") == [(48 * 12,)]


def test_a_later_run_replaces_what_is_pending_and_touches_nothing_else(day, publisher, build, bring, query):
    rows = (
        "select period_started_at, xmin::text, gas_mw, version_count from analytics.half_hourly_generation order by 1"
    )
    before = query(rows)
    publisher.publish([revised(DAY[0]), *DAY[1:47]]).ingest()
    assert bring(build()) == 2, "one revised, one withdrawn"
    after = query(rows)
    assert after[1:] == before[1:47]
    assert after[0][-2:] == (9100, 2)
    assert query("select is_withdrawn from analytics.half_hourly_generation_versions order by version_id desc limit 1")[
        0
    ] == (True,)


def test_a_publication_says_what_it_brought_to_each_table(day, publisher, build, bring, query):
    told = "select tables -> %s from ops.publications order by build_id desc limit 1"
    first = {"rows_published": 48 * 12, "rows_new": 48 * 12, "rows_revised": 0, "rows_withdrawn": 0}
    assert query(told, "half_hourly_generation_mix") == [(first,)]
    publisher.publish([revised(DAY[0]), *DAY[1:], *LATER[:8]]).ingest()
    bring(build())
    # More gas changes the larger shares too; what is nothing, and the smallest, stay what they were.
    second = {"rows_published": 9 * 12, "rows_new": 8 * 12, "rows_revised": 6, "rows_withdrawn": 0}
    assert query(told, "half_hourly_generation_mix") == [(second,)]
    publisher.publish([*DAY, *LATER[:6]]).ingest()
    bring(build())
    # The first half-hour is as it was at first, and two are no more.
    third = {"rows_published": 12, "rows_new": 0, "rows_revised": 6, "rows_withdrawn": 24}
    assert query(told, "half_hourly_generation_mix") == [(third,)]


def held(query: Callable[..., Any]) -> dict[str, dict[Any, Any]]:
    """The rows of each table by their primary key."""
    rows = {}
    for table in TABLES:
        key = query(
            """
            select array_agg(format('%%I', attname)) from pg_index
            inner join pg_attribute on attrelid = indrelid and attnum = any(indkey)
            where indisprimary and indrelid = %s::regclass
            """,
            f"analytics.{table}",
        )[0][0]
        found = query(f"select ({', '.join(key)})::text, told::text from analytics.{table} as told")
        rows[table] = dict(found)
    return rows


def brought(before: dict[str, dict[Any, Any]], after: dict[str, dict[Any, Any]]) -> dict[str, dict[str, int]]:
    """What became of the rows of each table."""
    return {
        table: {
            "rows_new": len(rows.keys() - before[table].keys()),
            "rows_revised": sum(rows[key] != was for key, was in before[table].items() if key in rows),
            "rows_withdrawn": len(before[table].keys() - rows.keys()),
        }
        for table, rows in after.items()
    }


def told(query: Callable[..., Any]) -> dict[str, dict[str, int]]:
    """What the last publication says of that."""
    [(tables,)] = query("select tables from ops.publications order by build_id desc limit 1")
    for counts in tables.values():
        del counts["rows_published"]
    return dict(tables)


def test_rows_are_counted_by_their_keys_and_only_where_they_differ(day, publisher, build, bring, query):
    before = held(query)
    publisher.publish([revised(DAY[5]), *DAY[6:], *LATER[:5]]).ingest()
    assert bring(build()) == 11, "five new, one revised, five withdrawn"
    counts = told(query)
    assert counts == brought(before, held(query))
    assert counts["half_hourly_generation"] == {"rows_new": 5, "rows_revised": 1, "rows_withdrawn": 5}
    assert counts["half_hourly_generation_mix"]["rows_new"] == 5 * 12
    # There was no coal before, and there is none now.
    assert 0 < counts["half_hourly_generation_mix"]["rows_revised"] < 12


def test_rows_of_a_table_that_is_made_anew_are_counted_so_too(day, publisher, build, bring, query, transformer):
    before = held(query)
    _execute(transformer, "update ops.published_models set checksum = 'former' where model = 'half_hourly_generation'")
    publisher.publish([revised(DAY[5]), *DAY[6:], *LATER[:5]]).ingest()
    bring(build())
    assert told(query) == brought(before, held(query))


def test_small_tables_are_written_only_where_they_differ(publisher, build, bring, query):
    two_days = [published_row(number) for number in range(96)]
    publisher.publish(two_days).ingest()
    bring(build())
    rows = "select settlement_date::text, xmin::text from analytics.daily_coverage order by 1"
    before = query(rows)
    publisher.publish([*two_days[:95], revised(two_days[95])]).ingest()
    bring(build())
    after = query(rows)
    assert before[0] == after[0]
    assert before[1] != after[1]


def test_a_build_that_is_not_the_last_is_superseded_and_the_last_carries_its_rows(publisher, build, bring, query):
    publisher.publish(DAY[:40]).ingest()
    earlier = build()
    publisher.publish(DAY).ingest()
    later = build()
    assert bring(earlier) is None
    assert query("select to_regclass('analytics.half_hourly_generation')") == [(None,)]
    assert bring(later) == 48
    assert query("select count(*) from analytics.half_hourly_generation") == [(48,)]


def test_rows_loaded_after_the_build_wait_for_the_next_one(publisher, build, bring, query, transformer):
    publisher.publish(DAY[:40]).ingest()
    first = build()
    publisher.publish(DAY).ingest()
    assert bring(first) == 40
    assert query("select count(*) from analytics.half_hourly_generation") == [(40,)]
    assert versions.has_pending(transformer, RELEASE)
    assert bring(build()) == 8
    assert not versions.has_pending(transformer, RELEASE)


def test_a_run_that_fails_after_loading_is_caught_up_by_the_next(day, publisher, build, bring, query):
    publisher.publish([revised(DAY[0]), *DAY[1:]]).ingest()  # and its run dies here
    publisher.publish([revised(DAY[0]), revised(DAY[1]), *DAY[2:]]).ingest()
    assert bring(build()) == 2
    assert query("select count(*) from analytics.half_hourly_generation where gas_mw = 9100") == [(2,)]


def test_a_publication_that_breaks_off_leaves_analytics_as_it_was(day, publisher, build, bring, query, monkeypatch):
    before = everything(query)
    publisher.publish([revised(row) for row in DAY]).ingest()
    candidate = build()

    def break_off(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(versions, "mark_published", break_off)
    with pytest.raises(KeyboardInterrupt):
        bring(candidate)
    assert everything(query) == before
    monkeypatch.undo()
    assert bring(candidate) == 48


def test_a_reader_sees_all_of_a_run_or_nothing_of_it(day, publisher, build, bring, place):
    seen, stop = set(), threading.Event()

    def read() -> None:
        with place.session(Role.ANALYST, autocommit=True) as analyst, analyst.cursor() as cursor:
            while not stop.is_set():
                cursor.execute(
                    """
                    select
                        (select sum(gas_mw) from analytics.half_hourly_generation),
                        (select sum(generation_mw) from analytics.half_hourly_generation_mix where fuel_code = 'gas'),
                        (select 2 * sum(energy_mwh) from analytics.daily_generation_mix where fuel_code = 'gas')
                    """
                )
                seen.add(cursor.fetchone())

    reader = threading.Thread(target=read)
    reader.start()
    for gas_mw in (100, 200, 300):
        publisher.publish([revised(row, gas_mw) for row in DAY]).ingest()
        bring(build())
    stop.set()
    reader.join()
    assert len(seen) > 1
    assert all(len(set(snapshot)) == 1 for snapshot in seen), seen


def test_what_was_published_by_force_is_on_record(publisher, build, bring, query):
    publisher.publish(DAY).ingest()
    bring(build(), "check_marts: carbon intensity is 900")
    assert query("select keys, was_forced, failed_checks from ops.publications") == [
        (48, True, ["check_marts: carbon intensity is 900"])
    ]


def test_the_unit_tests_of_the_models_hold(place, publisher):
    # What is given to a test has the types of the tables' columns, so all tables are made, without rows.
    for release in sorted(releases(), key=lambda each: bool(each.follows)):
        build = build_pending(place, publisher, release.name)
        publish_build(place, publisher, build, release=release.name)
    results = place.dbt().unit_test().results
    assert [f"{each.name}: {each.message}" for each in results if each.failed] == []
    assert len(results) >= 20


def test_a_failed_build_names_its_model_and_leaves_analytics_as_it_was(
    day, publisher, build, bring, query, transformer
):
    before = everything(query)
    publisher.publish([revised(row) for row in DAY]).ingest()
    _execute(transformer, "alter table marts.half_hourly_generation add constraint planted check (gas_mw < 9100)")
    with pytest.raises(DbtFailedError, match="half_hourly_generation"):
        build()
    assert everything(query) == before
    assert ("half_hourly_generation", "error") in query("select name, status from ops.dbt_results")
    _execute(transformer, "alter table marts.half_hourly_generation drop constraint planted")
    assert bring(build()) == 48


def test_a_model_with_a_new_column_reaches_analysts_with_it(day, publisher, build, bring, query, transformer):
    _execute(transformer, "alter table analytics.half_hourly_carbon_balance drop column carbon_mw")
    publisher.publish([revised(row) for row in DAY]).ingest()
    bring(build())
    assert query("select distinct carbon_mw from analytics.half_hourly_carbon_balance") == [(11100.0,)]


@pytest.mark.usefixtures("day")
def test_rows_do_not_wait_for_somebody_who_reads_and_new_columns_do(
    publisher, build, bring, query, transformer, analyst, monkeypatch
):
    """A query of the SQL box can hold a table for days: PostgreSQL cannot stop some of them."""
    monkeypatch.setattr(publishing, "COLUMNS_WITHIN", "50ms")
    _execute(transformer, "alter table analytics.half_hourly_carbon_balance drop column carbon_mw")
    _execute(
        transformer, "update ops.published_models set checksum = 'former' where model = 'half_hourly_carbon_balance'"
    )
    with analyst, analyst.cursor() as cursor:
        cursor.execute("select count(*) from analytics.half_hourly_carbon_balance")
        publisher.publish([revised(row) for row in DAY]).ingest()
        assert bring(build()) == 48
        assert query("select distinct gas_mw from analytics.half_hourly_generation") == [(9100.0,)]
    assert not query("select from pg_attribute where attname = 'carbon_mw' and attrelid = %s::regclass", BALANCE)

    publisher.publish([revised(DAY[0], 9200), *(revised(row) for row in DAY[1:])]).ingest()
    bring(build())
    assert query(f"select count(carbon_mw), count(*) from {BALANCE}") == [(48, 48)]


def test_seeds_do_not_wait_for_somebody_who_reads(place, owner, analyst, query):
    """They are loaded while the slot of all builds is held."""
    with owner, owner.cursor() as cursor:
        cursor.execute(f"alter role gridloom_transformer in database {owner.info.dbname} set lock_timeout to '1s'")
        cursor.execute("delete from reference.fuels")
    tables = query("select format('%I.%I', schemaname, tablename) from pg_tables where schemaname = 'reference'")
    assert tables
    with analyst, analyst.cursor() as cursor:
        for (table,) in tables:
            cursor.execute(f"select count(*) from {table}")
        place.dbt().seed()
    assert query("select count(*) > 10, count(*) = count(distinct fuel_code) from reference.fuels") == [(True, True)]


def test_a_model_that_is_defined_anew_is_built_and_published_whole(day, publisher, build, bring, query, transformer):
    _execute(
        transformer, "update ops.published_models set checksum = 'former' where model = 'half_hourly_carbon_balance'"
    )
    _execute(transformer, "update marts.half_hourly_carbon_balance set carbon_mw = 1")
    publisher.publish([revised(DAY[0]), *DAY[1:]]).ingest()
    bring(build())
    assert query("select count(*) from analytics.half_hourly_carbon_balance where carbon_mw = 1") == [(0,)]


def _execute(connection: Any, statement: str) -> None:
    with connection, connection.cursor() as cursor:
        cursor.execute(statement)
