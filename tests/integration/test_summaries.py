"""The summaries are built of what is pending, and come out as if they had been built from scratch."""

from collections.abc import Callable
from typing import Any

import pytest

from include.deployment import Deployment
from include.transformation.build import Job, build_models
from include.transformation.publish import Publication, publish
from include.warehouse import Role
from tests.integration.conftest import Publisher, published_row, revised

RELEASE, COVERAGE = "neso_generation_mix", "daily_coverage__neso_generation_mix"
SUMMARIES = ("daily_coverage", "daily_generation_mix", "monthly_generation_mix", "yearly_generation_mix")
ROWS = {number: published_row(number) for number in range(400)}


def rows(*spans: range) -> list[dict[str, Any]]:
    return [ROWS[number] for span in spans for number in span]


# A half-hour's number is counted from New Year; each edition follows on the one before.
EDITIONS = {
    "the third day begins": rows(range(96, 200)),
    "an earlier day comes, and leaves a gap behind it": rows(range(10), range(96, 200)),
    "later days come, and leave a day out": rows(range(10), range(96, 200), range(290, 330)),
    "the last day is withdrawn, and the one before it is the last again": rows(range(10), range(96, 200)),
    "a half-hour is refused on a day that is not pending": [
        *rows(range(10), range(96, 150)),
        ROWS[150] | {"GAS": "lots"},
        *rows(range(151, 199)),
        revised(ROWS[199]),
    ],
    "the first day is withdrawn": [*rows(range(96, 199)), revised(ROWS[199])],
}


@pytest.fixture
def bring(place: Deployment, publisher: Publisher) -> Callable[..., None]:
    """Loads, builds and publishes an edition, as a run of its own."""

    def bring_edition(edition: list[dict[str, Any]], before_build: Callable[[], None] = lambda: None) -> None:
        publisher.publish(edition).ingest()
        before_build()
        run_id = publisher.open_run().run_id
        with place.session(Role.TRANSFORMER) as transformer, place.session(Role.TRANSFORMER) as slot:
            build = build_models(transformer, slot, place.dbt(), Job(RELEASE, run_id))
            publish(transformer, Publication(RELEASE, build, run_id))

    return bring_edition


def test_what_was_built_of_what_is_pending_is_what_is_built_from_scratch(bring, place, query):
    def summaries(schema: str) -> dict[str, Any]:
        candidates = {"daily_coverage": COVERAGE} if schema == "marts" else {}
        return {
            table: query(f"select * from {schema}.{candidates.get(table, table)} order by 1, 2") for table in SUMMARIES
        }

    for what, edition in EDITIONS.items():
        bring(edition)
        in_parts = summaries("marts")
        assert summaries("analytics") == in_parts, what
        place.dbt().rebuild([COVERAGE, "daily_generation_mix"], RELEASE).raise_for_failure()
        assert summaries("marts") == in_parts, what


def test_only_the_days_of_what_is_pending_are_written(bring, query):
    bring(rows(range(200)))
    days = "select settlement_date::text, xmin::text from analytics.{} order by 1, 2"
    before = {table: query(days.format(table)) for table in SUMMARIES[:2]}
    bring([*rows(range(60)), revised(ROWS[60]), *rows(range(61, 200))])
    for table in SUMMARIES[:2]:
        changed = {day for day, _ in set(query(days.format(table))) - set(before[table])}
        assert changed == {"2026-01-02"}, table


def test_what_was_never_asked_for_is_missing_once_it_was_asked_for(bring, query, owner):
    def ask_from(instant: str) -> None:
        with owner, owner.cursor() as cursor:
            cursor.execute("update ops.loads set covers = tstzrange(%s, upper(covers))", (instant,))

    first_day = (
        "select present_half_hours, missing_half_hours, not_asked_half_hours from analytics.daily_coverage"
        " where settlement_date = '2026-01-01'"
    )
    bring(rows(range(24, 150)), lambda: ask_from("2026-01-01 12:00+00"))
    assert query(first_day) == [(24, 0, 24)]
    bring([*rows(range(24, 149)), revised(ROWS[149])], lambda: ask_from("2026-01-01 00:00+00"))
    assert query(first_day) == [(24, 24, 0)], "though its day is not pending"
