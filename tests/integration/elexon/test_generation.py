"""What the outturn by fuel becomes; incidents are told as what they are, once, and nothing is withheld."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from include.alerts import findings, outbox
from include.alerts.alert import Kind
from include.warehouse import Role, Warehouse, session
from tests.integration.elexon.conftest import LIVE, Journey

BOTH = ["FUELINST", "FUELHH"]
DAY = "2026-05-20"
# One of each kind, in a morning; what is planted, and what is to be told of it.
PLANTED = {
    f"failover {DAY}T03:00 60": "no_failover: all since 2026-05-20 03:00",
    f"over-capacity {DAY}T05:00 30 INTVKL": "no_flow_above_capacity: INTVKL since 2026-05-20 05:00",
    f"late {DAY}T06:00 30": "none_is_published_late: all since 2026-05-20 06:00",
    f"doubled {DAY}T07:00 30": "no_row_is_told_twice: elexon_fuelhh since 2026-05-20 07:00",
    f"unknown-fuel {DAY}T08:00 240 FUSION": "no_code_is_unknown: FUSION since 2026-05-20 08:00",
    f"new-cable {DAY}T08:00 240 INTNEU": "no_cable_is_unknown: INTNEU since 2026-05-20 08:00",
}
ALWAYS = timedelta(0)
RUNS = ("05:35", "07:35", "09:35", "12:05")


@dataclass(frozen=True)
class Morning:
    """A warehouse after some runs of a morning in which all went wrong that can."""

    journey: Journey
    said: list[str]
    """What each run failed of."""
    told: list[list[str]]
    """What people were told after each run."""


def tell(journey: Journey) -> list[str]:
    """Do what follows the end of a run; return what is told."""
    [(run,)] = journey.query("select airflow_run_id from ops.pipeline_runs order by run_id desc limit 1")
    with journey.place.session(Role.LOADER) as loader:
        alerts = findings.of_run(loader, LIVE, run)
        for alert in alerts:
            outbox.raise_alert(loader, alert, channels=[], repeat_after=ALWAYS, airflow_url=None)
        outbox.resolve(loader, LIVE)
    return [alert.subject for alert in alerts if alert.kind is Kind.INCIDENT_FOUND]


@pytest.fixture(scope="module")
def morning(shared_warehouse: Warehouse, journey_of: Callable[[Warehouse], Journey]) -> Morning:
    journey = journey_of(shared_warehouse)
    journey.api.set(incidents=list(PLANTED))
    said, told = [], []
    for at in RUNS:
        said.append(journey.run(f"{DAY} {at}", LIVE, only=BOTH))
        told.append(tell(journey))
    return Morning(journey, said, told)


def test_each_incident_is_told_as_what_it_is_and_once(morning):
    told = [subject for each in morning.told for subject in each]
    assert sorted(told) == sorted(PLANTED.values())


def test_an_incident_is_told_by_the_run_that_meets_it(morning):
    """The failover was published two hours later, and the half-hour that was late, three."""
    failover, flow, late, doubled, fuel, cable = PLANTED.values()
    assert list(map(set, morning.told)) == [{failover, flow}, set(), {late, doubled, fuel, cable}, set()]


def test_nothing_is_withheld(morning):
    """All runs end well, and analysts have every row that was published, marked where it is not to be trusted."""
    assert morning.said == [""] * len(RUNS)
    marked = morning.journey.as_analyst("""
        select fuel_code, count(*)::int, sum(generation_mw) from analytics.half_hourly_fuel_generation
        where is_suspect and fuel_code in ('CCGT', 'NUCLEAR') group by 1 order by 1
    """)
    assert marked == [("CCGT", 2, 0), ("NUCLEAR", 2, 0)]
    flow = "select flow_mw, use_pct, is_suspect from analytics.half_hourly_interconnector_flows"
    assert morning.journey.as_analyst(
        f"{flow} where fuel_code = 'INTVKL' and period_started_at = '{DAY} 05:00+00'"
    ) == [(2_380, 170, True)]
    rows = morning.journey.as_analyst("""
        select
            (select count(*) from analytics.elexon_fuelinst) - (select count(*) from analytics.five_minute_generation),
            (select count(*) from analytics.elexon_fuelhh)
            - (select count(*) from analytics.half_hourly_fuel_generation)
            - (select count(*) from analytics.half_hourly_interconnector_flows)
    """)
    assert rows == [(0, 0)]


def test_what_nobody_announced_is_visible_as_unknown(morning):
    fuels = morning.journey.as_analyst("""
        select fuel_code, is_known, max(generation_mw) from analytics.half_hourly_fuel_generation
        where not is_known group by 1, 2
    """)
    assert fuels == [("FUSION", False, 120)]
    [(cable, name, country, capacity_mw)] = morning.journey.as_analyst("""
        select distinct fuel_code, cable, country, capacity_mw from analytics.half_hourly_interconnector_flows
        where not is_known
    """)
    assert (cable, name, country, capacity_mw) == ("INTNEU", None, None, None)


def test_a_half_hour_that_was_late_has_come(morning):
    late = morning.journey.as_analyst(f"""
        select is_gap, is_suspect, delay_minutes from analytics.half_hourly_generation_quality
        where period_started_at = '{DAY} 06:00+00'
    """)
    assert late == [(False, False, 180)]


@pytest.mark.parametrize(
    ("change", "check"),
    [
        ("generation = generation * 1000", "a fuel or cable gives -11,000 to 40,000 MW"),
        ("generation = generation * 0.001", "all fuels together give 1,000 to 70,000 MW"),
        (
            "generation = generation * case when fuel_type like 'INT%' then 20 else 1 end",
            "all cables together carry at most twice what they can",
        ),
        ("known_at = start_time - interval '1 day'", "its time was over when it was told, within an hour"),
    ],
    ids=["kilowatts", "gigawatts", "flows over twice all cables", "a stamp of the future"],
)
def test_what_no_grid_can_do_is_withheld(journey, warehouse, change, check):
    """Nothing of it is published."""
    journey.api.set(now=f"{DAY}T12:05:00+00:00")
    journey.extract(f"{DAY} 12:05", *BOTH)
    with session(warehouse.owner_dsn, application="tests") as owner, owner, owner.cursor() as cursor:
        cursor.execute(f"update raw.elexon_fuelhh set {change}")
    said = journey.publish(f"{DAY} 12:05")
    assert said.startswith("CheckFailedError: check_marts: ")
    assert check in said
    assert journey.as_analyst("select to_regclass('analytics.half_hourly_fuel_generation')") == [(None,)]
