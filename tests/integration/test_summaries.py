"""The summaries are built of what is pending, and come out as if they had been built from scratch."""

from collections.abc import Callable
from typing import Any

import pytest

from include.pipeline import Place
from include.transformation.build import build_models
from include.transformation.publish import Publication, publish
from include.warehouse import Role
from tests.integration.conftest import Publisher, published_row, revised

DATASETS, PENDING = ["neso_generation_mix"], "stg_neso__pending_half_hours"
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
def bring(place: Place, publisher: Publisher) -> Callable[[list[dict[str, Any]]], None]:
    """Loads, builds and publishes an edition, as a run of its own."""

    def bring_edition(edition: list[dict[str, Any]]) -> None:
        publisher.publish(edition).ingest()
        run_id = publisher.open_run().run_id
        with place.session(Role.TRANSFORMER) as transformer, place.session(Role.TRANSFORMER) as slot:
            build = build_models(
                transformer, slot, place.dbt(), datasets=DATASETS, selector="tag:neso_generation_mix", run_id=run_id
            )
            publish(transformer, Publication(DATASETS, PENDING, build, run_id, "neso_generation_mix"))

    return bring_edition


def test_what_was_built_of_what_is_pending_is_what_is_built_from_scratch(bring, place, query):
    def summaries(schema: str) -> dict[str, Any]:
        return {table: query(f"select * from {schema}.{table} order by 1, 2") for table in SUMMARIES}

    for what, edition in EDITIONS.items():
        bring(edition)
        in_parts = summaries("marts")
        assert summaries("analytics") == in_parts, what
        place.dbt().rebuild(["daily_coverage", "daily_generation_mix"]).raise_for_failure()
        assert summaries("marts") == in_parts, what


def test_only_the_days_of_what_is_pending_are_written(bring, query):
    bring(rows(range(200)))
    days = "select settlement_date::text, xmin::text from analytics.{} order by 1, 2"
    before = {table: query(days.format(table)) for table in SUMMARIES[:2]}
    bring([*rows(range(60)), revised(ROWS[60]), *rows(range(61, 200))])
    for table in SUMMARIES[:2]:
        changed = {day for day, _ in set(query(days.format(table))) - set(before[table])}
        assert changed == {"2026-01-02"}, table
