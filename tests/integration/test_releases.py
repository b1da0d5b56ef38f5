"""Releases: each with its own watermarks, and built slice by slice."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from include.deployment import Deployment
from include.operations import versions
from include.transformation.build import Build, Job, build_models, only_build
from include.transformation.dbt import Dbt, Invocation
from include.warehouse import Connection, Role, connect
from tests.integration.conftest import Declared, Publisher, published_row, revised
from tests.machine import wait_until

RELEASE = DATASET = "neso_generation_mix"
TEN = [published_row(number) for number in range(10)]
INCREMENTAL = (
    *("half_hourly_generation", "half_hourly_generation_mix", "half_hourly_carbon_balance"),
    *("half_hourly_generation_versions", "generation_revisions"),
    *("daily_generation_mix", "monthly_generation_mix", "yearly_generation_mix"),
    "daily_coverage__neso_generation_mix",
)


OURS = Declared(RELEASE)


@pytest.fixture
def watermarks(query: Callable[..., Any]) -> Callable[[str], tuple[int, ...]]:
    """What a release has published, what is pending after, and what is built."""

    def of_release(release: str) -> tuple[int, ...]:
        [row] = query(
            "select published_version_id, pending_after_version_id, built_version_id from ops.watermarks"
            " where release = %s",
            release,
        )
        return tuple(row)

    return of_release


def finish(transformer: Connection, release: str) -> None:
    """Build and publish all that is pending of a release, as far as the watermarks are concerned."""
    build_id = versions.begin_build(transformer, release)
    assert not versions.next_slice(transformer, release, build_id)
    with transformer:
        versions.mark_published(transformer, release)


def test_two_releases_read_one_dataset_and_neither_takes_the_others_rows(owner, transformer, publisher, watermarks):
    versions.create_watermarks(owner, [OURS, Declared("another")])
    publisher.publish(TEN).ingest()
    ours = versions.begin_build(transformer, RELEASE)
    finish(transformer, "another")
    assert not versions.has_pending(transformer, "another")
    assert versions.has_pending(transformer, RELEASE)
    with transformer:
        assert versions.is_current(transformer, RELEASE, ours), "the other's build does not supersede ours"
    assert (watermarks(RELEASE)[0], watermarks("another")[0]) == (0, 10)


def test_a_release_that_follows_reads_no_further_than_what_is_published(owner, transformer, publisher, watermarks):
    versions.create_watermarks(owner, [OURS, Declared("reconciliation", (), follows=(RELEASE,))])
    publisher.publish(TEN).ingest()
    assert not versions.has_pending(transformer, "reconciliation")
    finish(transformer, RELEASE)
    publisher.publish([revised(TEN[0]), *TEN[1:]]).ingest()
    assert versions.pending_datasets(transformer, "reconciliation") == {DATASET}
    finish(transformer, "reconciliation")
    assert watermarks("reconciliation") == (10, 10, 10)
    assert not versions.has_pending(transformer, "reconciliation")


def test_a_new_release_begins_before_the_first_version_and_one_that_is_gone_leaves_nothing(
    owner, transformer, publisher, query
):
    publisher.publish(TEN).ingest()
    finish(transformer, RELEASE)
    versions.create_watermarks(owner, [OURS, Declared("new")])
    assert not versions.has_pending(transformer, RELEASE)
    assert versions.has_pending(transformer, "new")
    versions.create_watermarks(owner, [OURS])
    assert query("select release, published_version_id from ops.watermarks") == [(RELEASE, 10)]


def test_slices_follow_each_other_up_to_what_was_there_when_the_build_began(transformer, publisher, watermarks):
    publisher.publish(TEN).ingest()
    build_id = versions.begin_build(transformer, RELEASE, 4)
    publisher.publish([revised(TEN[0]), *TEN[1:]]).ingest()
    seen = [watermarks(RELEASE)]
    while versions.next_slice(transformer, RELEASE, build_id, 4):
        seen.append(watermarks(RELEASE))
    assert seen == [(0, 0, 4), (0, 4, 8), (0, 8, 10)]
    assert watermarks(RELEASE) == (0, 0, 10), "checks and publishing see all slices"


def test_a_build_after_which_another_began_has_no_further_slice(transformer, publisher, watermarks):
    publisher.publish(TEN).ingest()
    former = versions.begin_build(transformer, RELEASE, 4)
    versions.begin_build(transformer, RELEASE, 4)
    assert not versions.next_slice(transformer, RELEASE, former, 4)
    assert watermarks(RELEASE) == (0, 0, 4)


def test_a_slice_is_shared_by_the_datasets_of_a_release(owner, transformer, publisher, query):
    with owner, owner.cursor() as cursor:
        cursor.execute("create table raw.b_second as select generate_series(1, 5)::bigint as version_id")
        cursor.execute("insert into ops.datasets (dataset) values ('b_second')")
    versions.create_watermarks(owner, [Declared("both", ("b_second", DATASET))])
    publisher.publish(TEN).ingest()
    build_id = versions.begin_build(transformer, "both", 7)
    spans = "select dataset, pending_after_version_id, built_version_id from ops.watermarks order by dataset"
    seen = [query(spans)]
    while versions.next_slice(transformer, "both", build_id, 7):
        seen.append(query(spans))
    assert seen == [
        [("b_second", 0, 5), (DATASET, 0, 2)],
        [("b_second", 5, 5), (DATASET, 2, 9)],
        [("b_second", 5, 5), (DATASET, 9, 10)],
    ]


def test_an_answer_that_replaces_a_window_is_as_much_as_many_versions(owner, transformer, publisher, query):
    """What is left of a slice goes to the next dataset."""
    with owner, owner.cursor() as cursor:
        cursor.execute("create table raw.b_windows (version_id bigint, day date) partition by range (day)")
        cursor.execute("create table raw.b_windows_all partition of raw.b_windows default")
        cursor.execute("insert into raw.b_windows values (1, '2026-01-01'), (2, '2026-01-02'), (3, '2026-01-03')")
        cursor.execute("insert into ops.datasets (dataset) values ('b_windows')")
    versions.create_watermarks(owner, [Declared("both", ("b_windows", DATASET))])
    publisher.publish(TEN).ingest()
    spans = "select dataset, pending_after_version_id, built_version_id from ops.watermarks order by dataset"
    most = 2 * versions.ROWS_OF_AN_ANSWER + 7
    build_id = versions.begin_build(transformer, "both", most)
    seen = [query(spans)]
    while versions.next_slice(transformer, "both", build_id, most):
        seen.append(query(spans))
    assert seen == [
        [("b_windows", 0, 2), (DATASET, 0, 0)],
        [("b_windows", 2, 3), (DATASET, 0, 10)],
    ]
    versions.begin_build(transformer, "both", 5)
    assert query(spans) == [("b_windows", 0, 1), (DATASET, 0, 0)], "one answer is built, however much it is"


def test_a_release_that_names_what_it_reads_follows_others_in_that_alone(owner, transformer, publisher, query):
    """It waits until the other has published that, and reads no further."""
    with owner, owner.cursor() as cursor:
        cursor.execute("create table raw.b_second as select 1::bigint as version_id")
        cursor.execute("insert into ops.datasets (dataset) values ('b_second')")
    versions.create_watermarks(
        owner, [Declared("judging", (DATASET, "b_second")), Declared("follower", (DATASET,), follows=("judging",))]
    )
    publisher.publish(TEN).ingest()
    of_follower = "select dataset, follows from ops.watermarks where release = 'follower'"
    assert query(of_follower) == [(DATASET, ["judging"])]
    assert not versions.has_pending(transformer, "follower"), "nothing of it is judged yet"
    finish(transformer, "judging")
    assert versions.pending_datasets(transformer, "follower") == {DATASET}


def test_a_release_has_nothing_to_do_before_each_that_it_follows_has_published(owner, transformer, publisher):
    """There is no table to read yet."""
    with owner, owner.cursor() as cursor:
        cursor.execute("create table raw.b_second (version_id bigint)")
        cursor.execute("insert into ops.datasets (dataset) values ('b_second')")
    versions.create_watermarks(
        owner,
        [OURS, Declared("second", ("b_second",)), Declared("follower", (), follows=(RELEASE, "second"))],
    )
    publisher.publish(TEN).ingest()
    finish(transformer, RELEASE)
    assert not versions.has_pending(transformer, "follower")
    with owner, owner.cursor() as cursor:
        cursor.execute("insert into raw.b_second values (1)")
    finish(transformer, "second")
    assert versions.pending_datasets(transformer, "follower") == {"b_second", DATASET}


@pytest.fixture
def build(place: Deployment, publisher: Publisher) -> Callable[..., Build]:
    def build_pending(slice_versions: int | None = None, dbt: Any = None) -> Build:
        job = Job(RELEASE, publisher.open_run().run_id, slice_versions)
        with place.session(Role.TRANSFORMER) as transformer, place.session(Role.TRANSFORMER) as slot:
            return build_models(transformer, slot, dbt or place.dbt(), job)

    return build_pending


def marts(query: Callable[..., Any]) -> dict[str, Any]:
    return {table: query(f"select * from marts.{table} order by 1, 2") for table in INCREMENTAL}


@dataclass
class Watched:
    """dbt, and what happens before each of its builds."""

    dbt: Dbt
    before_build: Callable[[int], None]
    builds: list[str] = field(default_factory=list)

    def build(self, release: str) -> Invocation:
        self.before_build(len(self.builds))
        self.builds.append(release)
        return self.dbt.build(release)


def test_a_backlog_that_is_built_in_slices_comes_out_as_if_built_at_once(build, publisher, place, query):
    publisher.publish(TEN).ingest()
    publisher.publish([revised(TEN[0]), *TEN[2:9], published_row(10), published_row(11)]).ingest()
    sliced = Watched(place.dbt(), lambda _: None)
    assert build(6, sliced).models
    assert len(sliced.builds) == 3, "of 15 versions"
    in_slices = marts(query)
    results = query("select count(*), count(distinct unique_id) from ops.dbt_results")
    build()
    assert marts(query) == in_slices
    assert results[0][0] == results[0][1] > 0
    [(half_hours, versions_held)] = query(
        "select (select count(*) from marts.half_hourly_generation),"
        " (select count(*) from marts.half_hourly_generation_versions)"
    )
    assert (half_hours, versions_held) == (10, 15)


def test_a_build_that_is_killed_between_slices_is_healed_by_the_next(build, publisher, place, query):
    def kill_the_second(number: int) -> None:
        if number == 1:
            raise KeyboardInterrupt

    publisher.publish(TEN).ingest()
    with pytest.raises(KeyboardInterrupt):
        build(4, Watched(place.dbt(), kill_the_second))
    assert query("select count(*) from marts.half_hourly_generation") == [(4,)]
    publisher.publish([revised(TEN[0]), *TEN[1:]]).ingest()
    build()
    assert query("select count(*), sum((gas_mw = 9100)::int) from marts.half_hourly_generation") == [(10, 1)]
    with place.session(Role.TRANSFORMER) as transformer:
        assert versions.pending_versions(transformer, RELEASE, DATASET) == (0, 11)


def test_another_releases_build_has_its_turn_between_two_slices(build, publisher, place, warehouse, query):
    order: list[str] = []

    def other_build() -> None:
        slot = connect(warehouse.dsn(Role.TRANSFORMER), application="tests")
        with only_build(slot):
            order.append("the other's")
        slot.close()

    other = threading.Thread(target=other_build)

    def note_slice(number: int) -> None:
        order.append(f"slice {number}")
        if number == 0:
            other.start()
            waiting = "select count(*) from pg_locks where relation = 'ops.build_slot'::regclass and not granted"
            wait_until(lambda: query(waiting) == [(1,)], what="the other build waits")

    publisher.publish(TEN).ingest()
    build(4, Watched(place.dbt(), note_slice))
    other.join()
    assert order == ["slice 0", "the other's", "slice 1", "slice 2"]


def test_views_are_built_when_the_project_changed_and_not_with_every_build(build, publisher, query, transformer):
    view = "select 'staging.stg_neso__pending_half_hours'::regclass::oid"
    seeded = query(view)
    publisher.publish(TEN).ingest()
    build()
    assert query(view) == seeded
    with transformer, transformer.cursor() as cursor:
        cursor.execute("update ops.built_views set checksum = 'former'")
    build()
    assert query(view) != seeded
    assert query("select checksum = 'former' from ops.built_views where release = %s", RELEASE) == [(False,)]


def test_what_is_built_from_scratch_is_of_one_release(monkeypatch, place):
    commands: list[tuple[str, ...]] = []
    monkeypatch.setattr(Dbt, "_invoke", lambda _, *command: commands.append(command))
    place.dbt().rebuild(["half_hourly_generation"], "some_release")
    [command] = commands
    assert "half_hourly_generation+,tag:some_release" in command
