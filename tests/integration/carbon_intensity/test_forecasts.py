"""Forecasts that sharpen from run to run: each is kept, none twice, and any past state can be asked for."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from include.warehouse import Warehouse
from tests.asking import Rows
from tests.integration.carbon_intensity.conftest import Journey, utc

FIRST, SECOND = "2025-05-31 12:15", "2025-05-31 12:45"
HALF_HOURS = "period_started_at, known_at, forecast_g_per_kwh, actual_g_per_kwh, intensity_index"
SHARES = ", ".join(
    f"{fuel}_pct" for fuel in ("biomass", "coal", "imports", "gas", "nuclear", "other", "hydro", "solar", "wind")
)
REGIONAL = f"period_started_at, region_id, known_at, forecast_g_per_kwh, intensity_index, {SHARES}"
VINTAGES = {
    "carbon_intensity_vintages": ("national", "period_started_at"),
    "regional_carbon_intensity_vintages": ("regional", "period_started_at, region_id"),
}
CONTENT = {
    "carbon_intensity_vintages": "forecast_g_per_kwh, actual_g_per_kwh, intensity_index, is_withdrawn",
    "regional_carbon_intensity_vintages": f"forecast_g_per_kwh, intensity_index, {SHARES}, is_withdrawn",
}
WRITTEN = {"raw": ("national", "generation", "regional"), "analytics": (*VINTAGES, "half_hourly_carbon_intensity")}


@dataclass(frozen=True)
class TwoRuns:
    """A warehouse after two runs half an hour apart, and how it stood between them."""

    journey: Journey
    warehouse: Warehouse
    loads: tuple[dict[str, Any], dict[str, Any]]
    between: datetime
    stood: dict[str, Rows]


@pytest.fixture(scope="module")
def two_runs(copy_of: Any, template: Warehouse, journey_of: Any) -> Iterator[TwoRuns]:
    with copy_of(template) as warehouse:
        journey: Journey = journey_of(warehouse)
        assert not journey.load(FIRST)
        first, stood = journey.loads(), standing(journey)
        [(between,)] = journey.query("select clock_timestamp()")
        assert not journey.load(SECOND)
        yield TwoRuns(journey, warehouse, (first, journey.loads()), between, stood)


@pytest.fixture
def later(copy_of: Any, two_runs: TwoRuns, journey_of: Any) -> Iterator[Journey]:
    """A warehouse of the test's own in which the two runs were made."""
    with copy_of(two_runs.warehouse) as warehouse:
        journey: Journey = journey_of(warehouse)
        journey.api.set(now=utc(SECOND).isoformat())
        yield journey


def standing(journey: Journey) -> dict[str, Rows]:
    """What analysts are told of the country and of the regions."""
    return {
        "carbon_intensity": journey.as_analyst(
            f"select {HALF_HOURS} from analytics.half_hourly_carbon_intensity order by 1"
        ),
        "regional_carbon_intensity": journey.as_analyst(
            f"select {REGIONAL} from analytics.half_hourly_regional_carbon_intensity order by 1, 2"
        ),
    }


def as_known_at(journey: Journey, what: str, at: datetime) -> Rows:
    columns = HALF_HOURS if what == "carbon_intensity" else REGIONAL
    return journey.as_analyst(f"select {columns} from analytics.{what}_as_known_at(%s) order by 1, 2", at)


def written(journey: Journey) -> dict[str, Rows]:
    """All that the loads and publications of half-hours have ever written."""
    tables = [f"raw.carbon_intensity_{name}" for name in WRITTEN["raw"]] + [
        f"analytics.{name}" for name in WRITTEN["analytics"]
    ]
    return {table: journey.query(f"select t::text from {table} as t order by 1") for table in tables}


def brought(loads: list[tuple[Any, ...]]) -> int:
    """How many rows were new or revised."""
    return sum(new + revised for _, new, revised, *_ in loads)


@pytest.mark.parametrize("table", VINTAGES)
def test_the_vintages_grow_by_what_has_changed_and_by_nothing_else(two_runs, table):
    dataset, key = VINTAGES[table]
    first, second = (brought(loads[dataset]) for loads in two_runs.loads)
    assert 0 < second < first, "a few half-hours are told as before"
    [(rows, known_first)] = two_runs.journey.as_analyst(
        f"select count(*), count(*) filter (where known_at < %s) from analytics.{table}", two_runs.between
    )
    assert (known_first, rows - known_first) == (first, second)
    repeated = f"""
        select count(*) from (
            select
                ({CONTENT[table]}) is not distinct from lag(({CONTENT[table]})) over each_key as is_as_before,
                row_number() over each_key as number
            from analytics.{table} window each_key as (partition by {key} order by version_id)
        ) as version where is_as_before and number > 1
    """
    assert two_runs.journey.as_analyst(repeated) == [(0,)]


def test_a_run_brings_one_more_half_hour_ahead_and_the_actual_of_one_that_ended(two_runs):
    measured, foreseen = two_runs.loads[1]["national"]
    assert foreseen[1] == 1, "new: the 48 hours moved on by a half-hour"
    assert measured[1] == 0
    ends = "select max(period_started_at), max(period_started_at) filter (where actual_g_per_kwh is not null) from {}"
    table = "analytics.half_hourly_carbon_intensity"
    assert two_runs.journey.as_analyst(ends.format(table)) == [(utc("2025-06-02 12:00"), utc("2025-05-31 12:00"))]
    assert two_runs.loads[1]["generation"][0][1] == 1


def test_a_rerun_writes_nothing(later):
    before = written(later)
    assert not later.load(SECOND)
    assert {load[1:4] for name in WRITTEN["raw"] for load in later.loads()[name]} == {(0, 0, 0)}
    assert written(later) == before
    assert later.query("select count(*) from ops.publications") == [(2,)]


@pytest.mark.parametrize("what", ["carbon_intensity", "regional_carbon_intensity"])
def test_what_stood_between_the_runs_can_be_asked_for_after_both(two_runs, what):
    journey, stood = two_runs.journey, two_runs.stood[what]
    assert as_known_at(journey, what, two_runs.between) == stood
    now = as_known_at(journey, what, datetime.max.replace(tzinfo=two_runs.between.tzinfo))
    assert len(now) == len(stood) + (18 if what.startswith("regional") else 1)
    assert now[: len(stood)] != stood
    assert as_known_at(journey, what, utc("2025-01-01 00:00")) == [], "nothing was known before the first run"


@pytest.mark.parametrize("what", ["carbon_intensity", "regional_carbon_intensity"])
def test_what_is_known_last_is_the_newest_version_of_each(two_runs, what):
    key = VINTAGES[f"{what}_vintages"][1]
    newest = (
        f"select distinct on ({key}) known_at, {key} from analytics.{what}_vintages order by {key}, version_id desc"
    )
    as_known = f"select known_at, {key} from analytics.{what}_as_known_at('infinity') order by {key}"
    assert two_runs.journey.as_analyst(as_known) == two_runs.journey.as_analyst(newest)


@pytest.mark.parametrize("table", VINTAGES)
def test_a_publication_adds_versions_and_revises_none(two_runs, table):
    told = "select tables -> %s from ops.publications order by build_id"
    expected = [
        {"rows_published": added, "rows_new": added, "rows_revised": 0, "rows_withdrawn": 0}
        for added in (brought(loads[VINTAGES[table][0]]) for loads in two_runs.loads)
    ]
    assert [row for (row,) in two_runs.journey.query(told, table)] == expected


def test_how_recent_it_is_goes_by_what_was_measured_and_not_by_what_is_foreseen(two_runs):
    judged = """
        select name, details ->> 'newest_half_hour' from ops.quality_results
        where suite = 'freshness' and run_id = (select max(run_id) from ops.quality_results) order by 1
    """
    assert two_runs.journey.query(judged) == [
        ("carbon_intensity_generation_is_recent", "2025-05-31T12:00:00+00:00"),
        ("carbon_intensity_national_is_recent", "2025-05-31T12:00:00+00:00"),
        ("carbon_intensity_regional_is_recent", "2025-06-02T12:00:00+00:00"),
    ]


def test_an_api_that_measures_no_more_is_stale_however_far_it_foresees(later):
    """Half a day later the API still tells what it told; its forecasts reach a day and a half ahead even so."""
    failure = later.play("2025-06-01 00:45", "carbon_intensity")
    assert failure.startswith("StaleSourceError")
    assert "national" in failure
    assert "generation" in failure
    assert "regional" not in failure


def test_a_region_that_is_spelt_in_another_way_is_not_revised(later, tmp_path):
    respell(later, tmp_path / "regional.json")
    before = written(later)
    assert not later.load(SECOND, only=("regional",))
    newest_run = "run_id = (select max(run_id) from ops.loads)"
    [(fetched, as_held)] = later.query(
        f"select sum(fetched), sum(unchanged + outside) from ops.loads where {newest_run}"
    )
    assert fetched == as_held > 0
    assert later.api.asked("regional")[-1]["status"] == 200
    assert written(later) == before


def respell(journey: Journey, file: Path) -> None:
    """Let the API tell of the regions what it tells now, with region 6 in its former spelling."""
    answer = requests.get(f"{journey.api.url}/regional/intensity/2025-05-29T23:00Z/2025-06-02T12:30Z", timeout=30)
    for half_hour in answer.json()["data"]:
        assert half_hour["regions"][5]["shortname"] == "North Wales & Merseyside"
    file.write_text(json.dumps(answer.json()).replace("North Wales & Merseyside", "North Wales and Merseyside"))
    journey.api.set(recorded=[str(file)])
