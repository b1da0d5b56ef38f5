"""Publishing, release by release, of candidates that the test makes itself: by parts, by versions, by pending keys."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from include.operations import versions
from include.transformation.build import Build
from include.transformation.dbt import PublishedModel, Publishing
from include.transformation.publish import Publication, publish
from include.warehouse import Connection
from tests.integration.conftest import Declared, Publisher, published_row, revised

DATASET = "neso_generation_mix"
TEN = [published_row(number) for number in range(10)]


@pytest.fixture
def candidate(transformer: Connection) -> Callable[..., None]:
    """Replaces a candidate by the rows of a query, with a primary key."""

    def make(name: str, rows: str, key: str) -> None:
        with transformer, transformer.cursor() as cursor:
            cursor.execute(f"drop table if exists marts.{name}; create table marts.{name} as {rows}")
            cursor.execute(f"alter table marts.{name} add primary key ({key})")

    return make


@pytest.fixture
def bring(owner: Connection, publisher: Publisher, transformer: Connection) -> Callable[..., dict[str, dict[str, int]]]:
    """Publishes models as a build of a release; returns what each table got."""
    versions.create_watermarks(owner, [Declared("one"), Declared("another")])

    def publish_models(*models: PublishedModel, release: str = "one") -> dict[str, dict[str, int]]:
        build_id = versions.begin_build(transformer, release)
        versions.next_slice(transformer, release, build_id)
        published = publish(transformer, Publication(release, Build(build_id, models), publisher.open_run().run_id))
        assert published is not None
        return {table: dict(counts) for table, counts in published.tables.items()}

    return publish_models


@contextmanager
def view_of(transformer: Connection, name: str, rows: str) -> Iterator[None]:
    with transformer, transformer.cursor() as cursor:
        cursor.execute(f"create or replace view staging.{name} as {rows}")
    yield
    with transformer, transformer.cursor() as cursor:
        cursor.execute(f"drop view staging.{name}")


def part(dataset: str) -> PublishedModel:
    return PublishedModel(
        name=f"daily_coverage__{dataset}",
        checksum="x",
        publishing=Publishing.WHOLE,
        table="shared_coverage",
        part={"dataset": dataset},
    )


def test_releases_share_a_table_and_each_publishes_its_own_part(candidate, bring, query):
    rows = "select '{}'::text as dataset, day, {} as missing from generate_series(1, {}) as day"
    candidate("daily_coverage__a", rows.format("a", 0, 3), "dataset, day")
    candidate("daily_coverage__b", rows.format("b", 1, 2), "dataset, day")
    bring(part("a"))
    assert bring(part("b"), release="another")["shared_coverage"]["rows_new"] == 2
    held = "select dataset, count(*), sum(missing), max(xmin::text::bigint) from analytics.shared_coverage group by 1"
    [(_, three, _, of_a), (_, two, missing, _)] = sorted(query(held))
    assert (three, two, missing) == (3, 2, 2)
    candidate("daily_coverage__b", rows.format("b", 0, 1), "dataset, day")
    assert bring(part("b"), release="another")["shared_coverage"]["rows_withdrawn"] == 1
    [(_, three, _, of_a_now), (_, one, missing, _)] = sorted(query(held))
    assert (three, one, missing) == (3, 1, 0)
    assert of_a_now == of_a, "the other part is untouched"


def test_a_table_that_grows_is_published_by_the_versions_of_the_build(publisher, candidate, bring, query):
    vintages = PublishedModel("vintages", "x", Publishing.APPENDED, "vintages", dataset=DATASET)
    rows = f"select version_id, period_started_at from raw.{DATASET} where version_id <= {{}}"
    publisher.publish(TEN).ingest()
    candidate("vintages", rows.format(10), "version_id")
    assert bring(vintages)["vintages"]["rows_new"] == 10
    before = query("select version_id, xmin::text from analytics.vintages order by 1")
    publisher.publish([revised(TEN[0]), *TEN[1:]]).ingest()
    candidate("vintages", rows.format(11), "version_id")
    assert bring(vintages)["vintages"] == {
        "rows_published": 1,
        "rows_new": 1,
        "rows_revised": 0,
        "rows_withdrawn": 0,
    }
    assert query("select version_id, xmin::text from analytics.vintages order by 1")[:10] == before


def test_a_history_that_is_published_anew_does_not_double_a_table_that_grows(
    publisher, candidate, bring, query, transformer
):
    vintages = PublishedModel("vintages", "x", Publishing.APPENDED, "vintages", dataset=DATASET)
    publisher.publish(TEN).ingest()
    candidate("vintages", f"select version_id, period_started_at from raw.{DATASET}", "version_id")
    bring(vintages)
    versions.forget_published(transformer, "one")
    assert bring(vintages)["vintages"] == {
        "rows_published": 10,
        "rows_new": 0,
        "rows_revised": 0,
        "rows_withdrawn": 0,
    }
    assert query("select count(*) from analytics.vintages") == [(10,)]


def test_models_of_one_build_pend_by_different_keys_and_grains(publisher, candidate, bring, query, transformer):
    by_region = PublishedModel("by_region", "x", Publishing.PENDING, "by_region", "pending_regions", "region")
    by_day = PublishedModel("by_day", "x", Publishing.PENDING, "by_day", "pending_days", "day")
    publisher.publish(TEN).ingest()
    candidate("by_region", "select region, 1 as mw from unnest(array['A', 'B', 'C']) as region", "region")
    candidate("by_day", "select day, 1 as mwh from generate_series(1, 3) as day", "day")
    with (
        view_of(transformer, "pending_regions", "select unnest(array['A', 'B', 'D']) as region"),
        view_of(transformer, "pending_days", "select 2 as day"),
    ):
        bring(by_region, by_day)
        candidate("by_region", "select region, 2 as mw from unnest(array['A', 'C']) as region", "region")
        candidate("by_day", "select day, 2 as mwh from generate_series(1, 3) as day", "day")
        publisher.publish([revised(TEN[0]), *TEN[1:]]).ingest()
        told = bring(by_region, by_day)
    assert query("select region, mw from analytics.by_region order by 1") == [("A", 2), ("C", 1)]
    assert query("select day, mwh from analytics.by_day order by 1") == [(1, 1), (2, 2), (3, 1)]
    assert told["by_region"] == {"rows_published": 1, "rows_new": 0, "rows_revised": 1, "rows_withdrawn": 1}
    assert query("select keys from ops.publications order by build_id desc limit 1") == [(4,)]
