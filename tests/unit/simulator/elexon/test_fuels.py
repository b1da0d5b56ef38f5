"""Generation and demand tell of the one grid; some of it is late, some is told anew."""

from collections import defaultdict
from datetime import datetime, timedelta
from statistics import fmean

import numpy as np
import pytest

from include.simulator import grid
from include.simulator.elexon.codes import CABLES_MW, CODES
from include.simulator.weather import number_of

DAY = ("2026-05-20T00:00Z", "2026-05-21T00:00Z")
IRISH = {"INTEW", "INTGRNL", "INTIRL"}


@pytest.fixture(scope="module")
def half_hours(shared_client):
    """MW by fuel, by the start of each half-hour of a week."""
    return by_start(shared_client.published("FUELHH", "2026-05-13", "2026-05-20"))


@pytest.fixture(scope="module")
def truth():
    generated = grid.reaching(np.datetime64("2029-12-01", "s"), seed=0)
    return lambda fuel, start: generated.fuels_mw[fuel][number_of(np.datetime64(start.removesuffix("Z"), "s"))]


def by_start(rows):
    found = defaultdict(dict)
    for row in rows:
        found[row["startTime"]][row["fuelType"]] = row["generation"]
    return found


def miss(pairs):
    """Return how far figures are off, on average, as a share."""
    told, true = zip(*pairs, strict=True)
    return fmean(abs(a - b) for a, b in zip(told, true, strict=True)) / fmean(true)


def test_a_half_hour_is_the_mean_of_its_six_snapshots(shared_client):
    snapshots = defaultdict(list)
    for row in shared_client.published("FUELINST", *DAY):
        start = datetime.fromisoformat(row["startTime"])
        half_hour = start - timedelta(minutes=start.minute % 30)
        snapshots[half_hour.strftime("%Y-%m-%dT%H:%M:%SZ"), row["fuelType"]].append(row["generation"])
    told = {
        (start, fuel): mw
        for start, each in by_start(shared_client.published("FUELHH", *DAY)).items()
        for fuel, mw in each.items()
    }

    compared = {key: (told[key], fmean(mw)) for key, mw in snapshots.items() if len(mw) == 6 and key in told}
    alike = [key for key, (mean, exact) in compared.items() if abs(mean - exact) <= 0.5]
    assert len(compared) >= 46 * 20
    assert len(alike) > 0.99 * len(compared)  # the rest was told anew


def test_fuels_are_near_the_grid_s(half_hours, truth):
    for fuel, name in (
        ("WIND", "WIND"),
        ("NUCLEAR", "NUCLEAR"),
        ("BIOMASS", "BIOMASS"),
        ("NPSHYD", "HYDRO"),
    ):
        pairs = [(mw[fuel], truth(name, start)) for start, mw in half_hours.items()]
        assert miss(pairs) < 0.05
    assert miss([(mw["CCGT"] + mw["OCGT"], truth("GAS", start)) for start, mw in half_hours.items()]) < 0.03


def test_ten_cables_share_what_the_grid_imports_and_those_to_ireland_mostly_export(half_hours, truth):
    """As NESO has it: what some export is not set against what the others import."""
    flows = {cable: [mw[cable] for mw in half_hours.values()] for cable in CABLES_MW}

    assert (
        miss(
            [
                (sum(max(mw[cable], 0) for cable in CABLES_MW), truth("IMPORTS", start))
                for start, mw in half_hours.items()
            ]
        )
        < 0.05
    )
    assert all(max(map(abs, flows[cable])) <= 1.01 * limit for cable, limit in CABLES_MW.items())
    assert {cable for cable, mw in flows.items() if fmean(mw) < 0} == IRISH


def test_pumping_is_negative_and_nothing_else_at_home_is(half_hours):
    assert min(mw["PS"] for mw in half_hours.values()) < -300 < 300 < max(mw["PS"] for mw in half_hours.values())
    assert all(mw[code] >= 0 for mw in half_hours.values() for code in set(CODES) - set(CABLES_MW) - {"PS"})


def test_system_demand_is_national_demand_and_what_is_exported_pumped_and_used_by_stations(shared_client, half_hours):
    window = {"publishDateTimeFrom": "2026-05-13", "publishDateTimeTo": "2026-05-20"}
    national, system = (
        {row["startTime"]: row["demand"] for row in shared_client.rows(code, **window)} for code in ("INDO", "ITSDO")
    )

    taken = {start: -sum(min(value, 0) for value in mw.values()) for start, mw in half_hours.items()}
    exact = [start for start in national if system[start] - national[start] == taken.get(start, 0) + 520]
    assert all(system[start] >= national[start] + 520 for start in national)
    assert len(exact) > 0.97 * len(national)  # of the rest, generation was told anew


def test_a_day_s_demand_is_the_sum_of_its_half_hours(shared_client):
    [day] = [
        row
        for row in shared_client.published("INDOD", "2026-05-20", "2026-05-21")
        if row["settlementDate"] == "2026-05-20"
    ]
    rows = shared_client.rows("INDO", publishDateTimeFrom="2026-05-19T23:30Z", publishDateTimeTo="2026-05-20T23:00Z")

    assert (len(rows), day["publishTime"]) == (48, "2026-05-20T23:15:00Z")
    assert day["demand"] == sum(row["demand"] for row in rows) // 2


@pytest.mark.parametrize(
    ("day", "count", "missing"),
    [
        ("2016-06-01", 13, {"BIOMASS", "INTELEC", "INTIFA2", "INTNEM", "INTNSL", "INTVKL", "INTGRNL"}),
        ("2020-06-01", 15, {"INTGRNL"}),
        ("2024-09-01", 20, set()),
    ],
)
def test_the_list_of_fuels_grows_with_the_years(shared_client, day, count, missing):
    fuels = {row["fuelType"] for row in shared_client.stream("FUELHH", settlementDateFrom=day, settlementDateTo=day)}

    assert (len(fuels), missing & fuels) == (count, set())


def test_a_failover_reads_zero_at_home_and_is_told_late(shared_client):
    rows = shared_client.stream(
        "FUELINST", settlementDateFrom="2025-03-11", settlementDateTo="2025-03-11", settlementPeriod=22
    )
    block = [row for row in rows if row["startTime"] >= "2025-03-11T10:30:00Z"]

    assert {row["generation"] for row in block if not row["fuelType"].startswith("INT")} == {0}
    assert any(row["generation"] for row in block if row["fuelType"].startswith("INT"))


def late_s(row):
    return (datetime.fromisoformat(row["publishTime"]) - datetime.fromisoformat(row["startTime"])).total_seconds() - 300


def test_a_snapshot_comes_five_minutes_after_it_began_and_a_few_come_later(shared_client):
    window = {"publishDateTimeFrom": "2026-05-10", "publishDateTimeTo": "2026-05-20"}
    late = [late_s(row) for row in shared_client.stream("FUELINST", **window, fuelType="WIND")]

    assert min(late) == 0
    assert late.count(0) > 0.96 * len(late)
    assert 3_600 < max(late) <= 15_360 + 24 * 3_600 + 20 * 60


def test_what_is_told_anew_replaces_what_was_told(simulate):
    client = simulate(now="2026-05-21T01:00:00Z")
    window = {"publishDateTimeFrom": "2026-05-20T00:00Z", "publishDateTimeTo": "2026-05-20T23:00Z"}
    before = keyed(client.stream("FUELINST", **window))
    client.change(now="2026-05-23T00:00:00Z")
    after = keyed(client.stream("FUELINST", **window))
    day = keyed(client.stream("FUELINST", settlementDateFrom="2026-05-20", settlementDateTo="2026-05-21"))

    gone = set(before) - set(after)
    assert 0 < len(gone) < 0.02 * len(before)
    for key in gone:
        assert day[key]["publishTime"] > "2026-05-20T23:00:00Z"
        assert day[key]["publishTime"] > before[key]["publishTime"]
        assert day[key]["generation"] != before[key]["generation"]
        told = client.published("FUELINST", day[key]["publishTime"], day[key]["publishTime"])
        assert day[key] in told
    assert {key: after[key] for key in after if key in before and before[key] == after[key]}.keys() > set()


def keyed(rows):
    found = {(row["startTime"], row["fuelType"]): row for row in rows}
    assert len(found) == len(rows)
    return found
