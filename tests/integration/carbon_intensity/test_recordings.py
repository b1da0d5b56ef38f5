"""What was recorded of the API, replayed by the simulator, says in `analytics` what it said then."""

import csv
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from include.ingestion.due import Asked, Occasion
from include.ingestion.http import ApiClient
from include.ingestion.ingest import Run, ingest
from include.ingestion.window import Window
from include.operations import runs
from include.sources.carbon_intensity.api import measured_of
from include.sources.carbon_intensity.datasets import NATIONAL
from include.warehouse import Role, Warehouse
from tests.integration.carbon_intensity.conftest import Journey, utc
from tests.simulated_portal import SimulatedPortal

YEAR_2023 = {"start": "2022-12-31T23:30Z", "end": "2024-01-01T00:00Z"}
NEW_YEAR_2020 = {"start": "2019-12-31T23:30Z", "end": "2020-01-02T23:30Z"}
WINTER_2023 = {"start": "2023-02-01T00:00Z", "end": "2023-04-01T00:00Z"}
OLD_SCHEMA = "generation_mix_2023-02_2023-03_old_schema.csv"
FUELS = ("biomass", "coal", "imports", "gas", "nuclear", "other", "hydro", "solar", "wind")


@pytest.fixture(scope="module")
def of_2023(copy_of: Any, template: Warehouse, journey_of: Any, recorded: Path) -> Iterator[Journey]:
    """The file of 2023 in analytics, by one run."""
    with copy_of(template) as warehouse:
        journey: Journey = journey_of(warehouse)
        journey.api.set(recorded=[str(recorded / "national_intensity_2023.csv")])
        assert not journey.load("2024-01-15 12:00", only=("national", "factors"), **YEAR_2023)
        yield journey


@pytest.fixture(scope="module")
def beside_neso(of_2023: Journey, portal_process: SimulatedPortal, real_data: Path) -> Journey:
    """And NESO's own figures of February and March of that year, side by side with it."""
    file = real_data / "neso" / OLD_SCHEMA
    if not file.is_file():
        pytest.skip(f"no recorded copy {file}")
    portal_process.set(csv=[str(file)], now=None)
    assert not of_2023.play("2024-01-15 12:00", "neso_generation_mix", **WINTER_2023)
    assert not of_2023.play("2024-01-15 12:00", "carbon_source_reconciliation", force_publish=False)
    return of_2023


@pytest.fixture(scope="module")
def of_2020(copy_of: Any, template: Warehouse, journey_of: Any, recorded: Path) -> Iterator[Journey]:
    """The answers about the first two days of 2020 in analytics: of the country, and of its regions."""
    answers = [str(recorded / "recorded_2021" / f"{name}_with_dates_0.json") for name in ("gb", "nat")]
    with copy_of(template) as warehouse:
        journey: Journey = journey_of(warehouse)
        journey.api.set(recorded=answers)
        assert not journey.load("2021-04-30 23:00", only=("national", "regional"), **NEW_YEAR_2020)
        yield journey


def test_the_year_is_there_from_its_first_row_on_which_is_of_the_year_before(of_2023):
    first, last, rows, measured = of_2023.as_analyst(
        """
        select min(period_started_at), max(period_started_at), count(*), count(actual_g_per_kwh)
        from analytics.half_hourly_carbon_intensity
        """
    )[0]
    assert (first, last) == (utc("2022-12-31 23:30"), utc("2023-12-31 23:30"))
    assert (rows, measured) == (17_430, 17_425), "five have no actual"


def test_every_row_is_as_the_file_has_it(of_2023, recorded):
    with (recorded / "national_intensity_2023.csv").open(newline="") as file:
        told = [
            (
                datetime.fromisoformat(row["from"]),
                *(float(row[name] or "nan") for name in ("forecast", "actual")),
                row["index"],
            )
            for row in csv.DictReader(file)
        ]
    held = of_2023.as_analyst(
        """
        select period_started_at, forecast_g_per_kwh, coalesce(actual_g_per_kwh, 'nan'), intensity_index
        from analytics.half_hourly_carbon_intensity order by 1
        """
    )
    assert [tuple(map(str, row)) for row in held] == [tuple(map(str, row)) for row in told]


def test_the_half_hours_of_the_outage_are_known_gaps_and_those_without_an_actual_are_missing(of_2023):
    days = of_2023.as_analyst(
        """
        select settlement_date::text, known_gap_half_hours, missing_half_hours
        from analytics.daily_coverage
        where dataset = 'carbon_intensity_national' and known_gap_half_hours + missing_half_hours > 0 order by 1
        """
    )
    assert days == [("2023-01-26", 0, 5), ("2023-10-20", 2, 0), ("2023-10-21", 48, 0), ("2023-10-22", 41, 0)]


def test_the_outage_is_told_by_a_warning_that_withholds_nothing(of_2023):
    checks = of_2023.query(
        "select name, severity, success from ops.quality_results where name ~ '^no_period_is' and suite ~ 'national'"
    )
    assert sorted(checks) == [("no_period_is_a_known_gap", "warning", False), ("no_period_is_missing", "warning", True)]
    published = """
        select publication.failed_checks, publication.was_forced from ops.publications as publication
        inner join ops.pipeline_runs as run using (run_id) where run.dag_id = 'carbon_intensity'
    """
    assert of_2023.query(published) == [([], False)]


def test_the_index_is_the_band_of_the_actual_by_the_bands_of_its_year(of_2023):
    fits = """
        select count(*), count(*) filter (
            where half_hour.actual_g_per_kwh >= band.lowest_g_per_kwh
            and half_hour.actual_g_per_kwh < coalesce(band.below_g_per_kwh, 'infinity'::float8)
        )
        from analytics.half_hourly_carbon_intensity as half_hour
        inner join reference.carbon_index_bands as band
            on half_hour.intensity_index = band.intensity_index
            and extract(year from half_hour.period_started_at at time zone 'UTC') = band.year
        where half_hour.actual_g_per_kwh is not null
    """
    assert of_2023.as_analyst(fits) == [(17_425, 17_425)]


def test_forecasts_were_ten_grams_off_and_somewhat_too_low(of_2023):
    [(mean_absolute, bias, largest)] = of_2023.as_analyst(
        """
        select
            round(avg(abs(forecast_g_per_kwh - actual_g_per_kwh))::numeric, 2)::float8,
            round(avg(forecast_g_per_kwh - actual_g_per_kwh)::numeric, 2)::float8,
            max(abs(forecast_g_per_kwh - actual_g_per_kwh))
        from analytics.half_hourly_carbon_intensity
        """
    )
    assert (mean_absolute, bias, largest) == (9.90, -0.85, 185)


def test_nesos_own_figures_are_a_little_lower_and_seldom_the_same(beside_neso):
    [told] = beside_neso.as_analyst(
        """
        select
            count(*), count(*) filter (where neso_less_api_g_per_kwh = 0),
            round(avg(abs(neso_less_api_g_per_kwh))::numeric, 2)::float8,
            round(avg(neso_less_api_g_per_kwh)::numeric, 2)::float8,
            max(abs(neso_less_api_g_per_kwh))
        from analytics.carbon_source_reconciliation
        """
    )
    assert told == (2_832, 385, 3.16, -1.43, 37)


def test_each_difference_is_the_sum_of_what_it_is_put_down_to(beside_neso):
    [(worst_of_neso, worst_of_ours, revised)] = beside_neso.as_analyst(
        """
        select
            max(abs(neso_less_api_g_per_kwh
                - neso_revision_g_per_kwh - neso_rounding_g_per_kwh - neso_residual_g_per_kwh)),
            max(abs(computed_less_api_g_per_kwh
                - import_factors_g_per_kwh - computed_rounding_g_per_kwh - computed_residual_g_per_kwh)),
            count(*) filter (where neso_revision_g_per_kwh <> 0)
        from analytics.carbon_source_reconciliation
        """
    )
    assert worst_of_neso == revised == 0, "one copy of NESO's was never revised"
    assert worst_of_ours == pytest.approx(0, abs=1e-9)


def test_two_days_of_2020_have_18_regions_each_half_hour(of_2020):
    regions = """
        select count(*), count(distinct period_started_at), count(distinct region_id), count(distinct region)
        from analytics.half_hourly_regional_carbon_intensity
    """
    assert of_2020.as_analyst(regions) == [(96 * 18, 96, 18, 18)]
    spelt = "select distinct region from analytics.half_hourly_regional_carbon_intensity where region_id = 6"
    published = "select distinct published_region from raw.carbon_intensity_regional where region_id = 6"
    assert of_2020.query(published) == [("North Wales and Merseyside",)]
    assert of_2020.as_analyst(spelt) == of_2020.query("select region from reference.carbon_regions where region_id = 6")


def test_london_is_told_alike_by_the_answer_about_all_regions_and_by_its_own(of_2020, recorded):
    body = json.loads((recorded / "recorded_2021" / "reg_with_dates_0.json").read_text())
    own = {utc(each["from"][:-1]): told_of(each) for each in body["data"]["data"]}
    shares = ", ".join(f"{fuel}_pct" for fuel in FUELS)
    held = of_2020.as_analyst(
        f"""
        select period_started_at, forecast_g_per_kwh, intensity_index, {shares}
        from analytics.half_hourly_regional_carbon_intensity where region_id = 13
        """
    )
    assert len(held) == 96
    assert {at: tuple(row) for at, *row in held} == own


def told_of(half_hour: dict[str, Any]) -> tuple[Any, ...]:
    """Forecast, index and shares of a half-hour of a region."""
    mix = {each["fuel"]: each["perc"] for each in half_hour["generationmix"]}
    return (half_hour["intensity"]["forecast"], half_hour["intensity"]["index"], *(mix[fuel] for fuel in FUELS))


def test_the_forecast_of_the_country_is_seldom_that_of_the_region_called_gb(of_2020):
    """They are worked out in two ways; nothing here may take one for the other."""
    alike = """
        select count(*), count(*) filter (where country.forecast_g_per_kwh = region.forecast_g_per_kwh)
        from analytics.half_hourly_carbon_intensity as country
        inner join analytics.half_hourly_regional_carbon_intensity as region using (period_started_at)
        where region.region = 'GB'
    """
    assert of_2020.as_analyst(alike) == [(96, 6)]


def test_no_poll_of_an_evening_brings_in_an_actual_that_is_a_copy(warehouse, journey_of, recorded):
    """204 polls, a minute apart: each half-hour first repeats the actual of the one before, for up to 11 minutes."""
    file = recorded / "intensity_current_polls_2026-02-05.csv"
    journey = journey_of(warehouse)
    journey.api.set(recorded=[str(file)])
    with file.open(newline="") as polls:
        instants = [datetime.fromisoformat(row["fetched_at"]) for row in csv.DictReader(polls)]
    with journey.place.session(Role.LOADER) as loader:
        for at in instants:
            journey.api.set(now=at.isoformat())
            load_raw(journey, loader, at)
    versions = journey.query(
        """
        select period_started_at, (payload ->> 'intensity.actual')::int
        from raw.carbon_intensity_national order by version_id
        """
    )
    first = utc("2026-02-05 20:00")
    assert len(instants) == 204
    assert [(str(at - first)[:-3], actual) for at, actual in versions] == list(
        zip(["0:00", "0:30", "1:00", "1:30", "2:00", "2:30", "3:00"], [137, 130, 122, 114, 110, 99, 90], strict=True)
    )


def load_raw(journey: Journey, loader: Any, at: datetime) -> None:
    """Bring into raw what a run at an instant asks of the evening's measured half-hours."""
    client = ApiClient(journey.api.url, NoPace())
    run = Run("carbon_intensity", runs.open_run(loader, "carbon_intensity", f"poll of {at}"))
    for scope in measured_of(Window(utc("2026-02-05 20:00"), at), Occasion(at)):
        ingest(NATIONAL, Asked(scope), client=client, warehouse=loader, run=run)


class NoPace:
    """Nobody waits."""

    def wait(self, bucket: str) -> None:
        """Return at once."""
