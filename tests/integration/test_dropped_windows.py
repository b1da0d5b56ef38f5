"""What a later answer has replaced is dropped once its readers have published what took its place, and not before."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from include.deployment import Deployment
from include.operations import versions
from include.release import Release
from include.transformation.build import Build
from include.transformation.publish import Publication, publish
from include.warehouse import Connection, Warehouse, session
from tests.notifications import HUNDRED, VERSIONS, WINDOWS, Loads

ONE = Release("one", reads=(WINDOWS, VERSIONS))
ANOTHER = replace(ONE, name="another", reads=(WINDOWS,))
FOLLOWER = Release("follower", reads=(), follows=("one",))
IN_RAW = "select version_id, count(*) from raw.test_windows group by 1 order by 1"
JUDGED = {"failed_checks": [], "stale": None}


@pytest.fixture
def declared(loads: Loads, warehouse: Warehouse) -> Callable[..., None]:
    """Declares releases, none of which has published anything."""

    def declare(*releases: Release) -> None:
        with session(warehouse.owner_dsn, application="tests") as owner:
            versions.create_watermarks(owner, releases)

    return declare


@pytest.fixture
def built(transformer: Connection) -> Callable[[Release], dict[str, Any]]:
    """Builds what is pending of a release, as far as the watermarks are concerned."""

    def build(release: Release) -> dict[str, Any]:
        build_id = versions.begin_build(transformer, release.name)
        versions.next_slice(transformer, release.name, build_id)
        return {"build_id": build_id, "models": []}

    return build


@pytest.fixture
def published(place: Deployment, loads: Loads, built: Any) -> Callable[..., None]:
    """Publishes a build of a release, or all that is pending of it."""

    def publish_build(release: Release, build: dict[str, Any] | None = None) -> None:
        release.publish(place, loads.open_run().run_id, build or built(release), JUDGED)

    return publish_build


def test_a_release_drops_what_was_replaced_as_soon_as_it_has_published_what_took_its_place(
    declared, loads, published, query
):
    declared(ONE)
    loads.load(WINDOWS, HUNDRED)
    published(ONE)
    loads.load(WINDOWS, HUNDRED)
    assert query(IN_RAW) == [(1, 100), (2, 100)]
    published(ONE)
    assert query(IN_RAW) == [(2, 100)]
    assert query("select count(*) from raw.test_windows_held") == [(100,)]
    assert query("select count(*) from ops.superseded_windows") == [(0,)]


def test_what_another_release_has_yet_to_publish_it_finds_as_it_was(declared, loads, published, query):
    declared(ONE, ANOTHER)
    loads.load(WINDOWS, HUNDRED)
    published(ANOTHER)
    loads.load(WINDOWS, HUNDRED)
    published(ONE)
    assert query(IN_RAW) == [(1, 100), (2, 100)]
    published(ANOTHER)
    assert query(IN_RAW) == [(2, 100)]


def test_a_release_that_follows_is_a_reader_too(declared, loads, published, query):
    declared(ONE, FOLLOWER)
    loads.load(WINDOWS, HUNDRED)
    loads.load(WINDOWS, HUNDRED)
    published(ONE)
    assert query(IN_RAW) == [(1, 100), (2, 100)]
    published(FOLLOWER)
    assert query(IN_RAW) == [(2, 100)]


def test_what_was_replaced_while_it_was_built_stays_until_the_next_build_is_published(
    declared, loads, built, published, query
):
    declared(ONE)
    loads.load(WINDOWS, HUNDRED)
    loads.load(WINDOWS, HUNDRED)
    build = built(ONE)
    loads.load(WINDOWS, HUNDRED)
    published(ONE, build)
    assert query(IN_RAW) == [(2, 100), (3, 100)]
    published(ONE)
    assert query(IN_RAW) == [(3, 100)]


def test_a_build_that_another_has_overtaken_drops_nothing(declared, loads, built, published, query):
    declared(ONE)
    loads.load(WINDOWS, HUNDRED)
    loads.load(WINDOWS, HUNDRED)
    overtaken, newer = built(ONE), built(ONE)
    published(ONE, overtaken)
    assert query(IN_RAW) == [(1, 100), (2, 100)]
    published(ONE, newer)
    assert query(IN_RAW) == [(2, 100)]


def test_a_try_that_was_killed_after_publishing_is_made_up_for_by_the_next(
    declared, loads, built, published, query, transformer
):
    declared(ONE)
    loads.load(WINDOWS, HUNDRED)
    loads.load(WINDOWS, HUNDRED)
    build = built(ONE)
    publish(transformer, Publication(ONE.name, Build(build["build_id"], ()), loads.open_run().run_id))
    assert query(IN_RAW) == [(1, 100), (2, 100)]
    published(ONE, build)
    assert query(IN_RAW) == [(2, 100)]


def test_a_history_that_is_to_be_published_anew_keeps_what_is_replaced_until_it_is(
    declared, loads, published, query, transformer
):
    declared(ONE, ANOTHER)
    loads.load(WINDOWS, HUNDRED)
    published(ONE)
    published(ANOTHER)
    versions.forget_published(transformer, ANOTHER.name)
    loads.load(WINDOWS, HUNDRED)
    published(ONE)
    assert query(IN_RAW) == [(1, 100), (2, 100)]
    published(ANOTHER)
    assert query(IN_RAW) == [(2, 100)]


def test_nobody_waits_for_a_release_that_no_source_declares_any_more(declared, loads, published, query):
    declared(ONE, ANOTHER)
    loads.load(WINDOWS, HUNDRED)
    loads.load(WINDOWS, HUNDRED)
    declared(ONE)
    published(ONE)
    assert query(IN_RAW) == [(2, 100)]
