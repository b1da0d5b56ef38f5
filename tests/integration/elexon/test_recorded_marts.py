"""What is made of recorded answers: how datasets agree, with NESO too; known figures, incidents and holes."""

import csv
import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from include.ingestion.window import Window
from include.release import Release
from include.settings import Settings
from include.sources import pipeline_of
from include.warehouse import Warehouse
from tests.integration.elexon.conftest import DAILY, LIVE, Journey, run_at, utc
from tests.journey import Journey as NesoJourney
from tests.simulated_portal import SimulatedPortal

LONG_AFTER = "2026-11-01 00:00"
# Of these half-hours both NESO's copy and FUELHH are held.
BOTH_FROM, BOTH_UNTIL = utc("2026-01-10 00:00"), utc("2026-02-10 00:00")
FUELHH_2026, NESO_2026 = "fuelhh/fuelhh_2026.csv.gz", "generation_mix_2026_asof_2026-05-31.csv.gz"
PHYSICAL, BIDS = (f"pn_boalf_bod/legacy_{name}Data_2022-03-19_SP27.csv" for name in ("Physical", "BidOffer"))
# What is loaded, by the DAG: dataset, file, and the span that is asked for.
LIVE_SPANS = (
    ("fuelhh", FUELHH_2026, "2026-01-10T00:30", "2026-02-10T00:30"),
    ("fuelhh", "fuelhh/fuelhh_2018.csv.gz", "2018-01-15T00:30", "2018-01-29T00:00"),
    ("fuelhh", "fuelhh/fuelhh_2025.csv.gz", "2025-10-24T23:30", "2025-10-27T00:30"),
    ("fuelhh", "fuelhh/fuelhh_2025.csv.gz", "2025-11-27T00:30", "2025-11-28T00:30"),
    ("fuelinst", "fuelinst/DERIVED_fuelinst_api_shape_2025-10-25_26.json.gz", "2025-10-24T23:05", "2025-10-27T00:05"),
    ("fuelinst", "fuelinst/fuelinst_2022-03.parquet", "2022-03-17T00:05", "2022-03-18T03:30"),
    ("fuelhh", "fuelhh/fuelhh_2022.csv.gz", "2022-03-17T00:30", "2022-03-18T00:00"),
    ("indo", "fuelhh/fuelhh_2025.csv.gz", "2025-10-25T23:30", "2025-10-27T00:30"),
    ("itsdo", "fuelhh/fuelhh_2025.csv.gz", "2025-10-25T23:30", "2025-10-27T00:30"),
    ("system_prices", "system_prices/system_prices_2025-10-26.json", "2025-10-26", "2025-10-26T12:00"),
    ("system_prices", "system_prices/system_prices_2026-03-29.json", "2026-03-29", "2026-03-29T12:00"),
    ("mid", "mid/MarketIndexPrices-2026-03-25T11_30-2026-04-01T11_30.csv", "2026-03-29", "2026-03-29T22:59"),
)
_RUNS = count(1)


@dataclass(frozen=True)
class Marts:
    """A warehouse with what was recorded, published."""

    journey: Journey
    folder: Path

    def __call__(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        return self.journey.as_analyst(statement, *values)


def by_hand(start: str, end: str) -> dict[str, Any]:
    """The context of a run that is told what for."""
    context = run_at(utc(LONG_AFTER), {"start": start, "end": end})
    context["dag_run"].run_id = f"recorded_marts__{next(_RUNS)}"
    return context


def load(journey: Journey, dag_id: str, dataset: str, files: list[Path], start: str, end: str) -> None:
    journey.api.set(now=utc(LONG_AFTER).isoformat(), recorded=[str(path) for path in files])
    pipeline_of(dag_id).extract_and_load(by_hand(start, end), journey.place, [f"elexon_{dataset}"])


def publish(journey: Journey, dag_id: str) -> None:
    """Do all steps of a DAG but its loads."""
    pipeline, place = pipeline_of(dag_id), journey.place
    judged = pipeline.judge_raw(by_hand("2026-10-31", "2026-11-01"), place)
    pipeline.raw_release().publish(place, 1, judged)
    for release in pipeline.releases:
        if isinstance(release, Release):
            build = release.build_models(place, 1)
            release.publish(place, 1, build, release.check_marts(place, 1, build, at=utc(LONG_AFTER)))


def as_api_has_them(bids: Path, folder: Path) -> Path:
    """The recorded bids of a settlement period, as `bod_*.csv` files have them."""
    target = folder / "bod_2022-03-19_SP27.csv"
    names = "dataset,settlementDate,settlement_period,timeFrom,level_from,timeTo,level_to,pair_id,offer_price,bid_price"
    with bids.open() as source, target.open("w") as file:
        file.write(f"{names},nationalGridBmUnit,bmu_id\n")
        for line in csv.reader(source):
            if line[0] != "BOD":
                continue
            _, unit, pair, _, level_from, _, level_to, offer, bid = line[:9]
            told = ("BOD", "2022-03-19", 27, "2022-03-19T13:00:00Z", level_from, "2022-03-19T13:30:00Z", level_to, pair)
            file.write(",".join(map(str, (*told, offer, bid, national(unit), unit))) + "\n")
    return target


def national(unit: str) -> str:
    return unit.split("_", 1)[1] if unit[1] == "_" and unit[0] in "TEIV" else unit


@pytest.fixture(scope="module")
def marts(
    shared_warehouse: Warehouse,
    journey_of: Callable[[Warehouse], Journey],
    recorded: Path,
    portal_process: SimulatedPortal,
    settings: Settings,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Marts]:
    journey = journey_of(shared_warehouse)
    for dataset, file, start, end in LIVE_SPANS:
        load(journey, LIVE, dataset, [recorded / file], start, end)
    units = recorded / "reference/bmunits_all.json"
    for dataset in ("pn", "boalf"):
        load(journey, DAILY, dataset, [recorded / PHYSICAL, units], "2022-03-19", "2022-03-19T12:00")
    bids = as_api_has_them(recorded / BIDS, tmp_path_factory.mktemp("bids"))
    load(journey, DAILY, "bod", [bids], "2022-03-19", "2022-03-19T12:00")
    load(journey, DAILY, "bm_units", [units], "2026-10-31", "2026-11-01")
    for dag_id in (LIVE, DAILY):
        publish(journey, dag_id)
    neso = NesoJourney.through(portal_process, settings, shared_warehouse.dsn)
    portal_process.set(csv=[str(recorded.parent / "neso" / NESO_2026)], now=None)
    neso.ingest(Window(BOTH_FROM, BOTH_UNTIL))
    neso.bring()
    list(pipeline_of("source_reconciliation").play(by_hand("2026-10-31", "2026-11-01"), journey.place))
    yield Marts(journey, recorded)
    portal_process.reset()


def test_a_half_hour_is_the_mean_of_its_six_snapshots(marts):
    """FUELHH and FUELINST of the days around the autumn change: about 1 MW apart."""
    [(half_hours, mean_mw)] = marts("""
        with snapshots as (
            select
                date_bin('30 minutes', started_at, 'epoch') as period_started_at,
                fuel_code,
                avg(generation_mw) as mean_mw
            from analytics.five_minute_generation
            where started_at >= '2025-10-24T23:00Z' and started_at < '2025-10-27T00:00Z'
            group by 1, 2
            having count(*) = 6
        ),

        half_hours as (
            select period_started_at, fuel_code, generation_mw from analytics.half_hourly_fuel_generation
            union all
            select period_started_at, fuel_code, flow_mw from analytics.half_hourly_interconnector_flows
        )

        select
            count(*)::int,
            avg(abs(mean_mw - generation_mw))
        from snapshots
        inner join half_hours using (period_started_at, fuel_code)
    """)
    assert half_hours == 98 * 20
    assert mean_mw < 1.5


def test_the_sunday_on_which_the_clocks_went_back(marts):
    """26 October 2025, 11:35, in the tables: net imports of 6,759 MW, in the 26th of 50 periods."""
    flows = marts("""
        select sum(generation_mw), sum(greatest(generation_mw, 0)), -sum(least(generation_mw, 0))
        from analytics.five_minute_generation
        where started_at = '2025-10-26T11:30Z' and fuel_code like 'INT%%'
    """)
    assert flows == [(6_759, 7_464, 705)]
    links = marts("""
        select country, count(*)::int, min(net_imports_mw) = max(net_imports_mw), bool_and(use_pct between 0 and 110)
        from analytics.half_hourly_interconnector_flows
        where settlement_date = '2025-10-26' and settlement_period = 26
        group by country order by country
    """)
    assert {country: cables for country, cables, *_ in links} == {
        **{"France": 3, "Ireland": 2},
        **dict.fromkeys(("Belgium", "Denmark", "Netherlands", "Northern Ireland", "Norway"), 1),
    }
    assert {row[2:] for row in links} == {(True, True)}
    demand = "select settlement_period, indo_mw from analytics.half_hourly_demand where settlement_period in (26, 27)"
    assert marts(f"{demand} order by 1") == [(26, 26_317), (27, 27_869)]


@pytest.mark.parametrize(("day", "periods"), [("2025-10-26", 50), ("2026-03-29", 46)])
def test_prices_of_a_day_on_which_the_clocks_change(marts, day, periods):
    told = marts(
        "select settlement_period, system_price_gbp_per_mwh, net_imbalance_volume_mwh from analytics.half_hourly_prices"
        " where settlement_date = %s and system_price_gbp_per_mwh is not null order by 1",
        day,
    )
    rows = json.loads((marts.folder / f"system_prices/system_prices_{day}.json").read_text())["data"]
    assert len(told) == periods
    assert told == sorted((row["settlementPeriod"], row["systemSellPrice"], row["netImbalanceVolume"]) for row in rows)


def test_the_market_index_is_that_of_the_exchange_that_traded(marts):
    told = dict(
        marts("""
            select period_started_at, market_index_price_gbp_per_mwh from analytics.half_hourly_prices
            where settlement_date = '2026-03-29' and market_index_volume_mwh > 0
        """)
    )
    with (marts.folder / LIVE_SPANS[-1][1]).open() as file:
        rows = [row for row in csv.DictReader(file) if row["SettlementDate"].startswith("2026-03-29")]
    one = {row["StartTime"]: float(row["Price"]) for row in rows if float(row["Volume"]) > 0}
    assert len(told) == len(one) == 46
    assert {f"{at:%Y-%m-%dT%H:%M:%SZ}": price for at, price in told.items()} == pytest.approx(one)


def test_holes_that_elexon_has_not_filled_are_told_as_gaps(marts):
    """Of all days that were asked for, those on the list of known gaps and no others."""
    told = dict(
        marts("""
            select settlement_date::text, (count(*) filter (where is_gap))::int
            from analytics.half_hourly_generation_quality group by 1 having bool_or(is_gap)
        """)
    )
    days = {
        day for (day,) in marts("select distinct settlement_date::text from analytics.half_hourly_generation_quality")
    }
    with (marts.folder / "fuelhh/known_gaps.csv").open() as file:
        known = {row["settlement_date"]: int(row["shortfall"]) for row in csv.DictReader(file)}
    assert told == {day: missing for day, missing in known.items() if day in days}
    assert told["2018-01-23"] == 4
    assert marts("select bool_and(is_suspect) from analytics.half_hourly_generation_quality where is_gap") == [(True,)]
    covered = marts("""
        select missing_half_hours, present_half_hours from analytics.daily_coverage
        where dataset = 'elexon_fuelhh' and settlement_date = '2018-01-23'
    """)
    assert covered == [(4, 44)]


def test_incidents_on_record_are_told_and_block_nothing(marts):
    """A failover of March 2022, and what was said of Viking Link in November 2025."""
    told = marts("""
        select settlement_date::text, incident, concerns, half_hours, worst from analytics.daily_generation_incidents
        where incident <> 'gap' and settlement_date in ('2022-03-17', '2025-11-27') order by 1, 2, 3
    """)
    assert ("2025-11-27", "flow above capacity", "INTVKL", 2, 2_480) in told
    assert [row for row in told if row[:2] == ("2022-03-17", "failover")] == [
        ("2022-03-17", "failover", "all", 3, None)
    ]
    suspect = marts("""
        select min(started_at)::text, max(started_at)::text, count(distinct started_at)::int
        from analytics.five_minute_generation where is_suspect and fuel_code = 'CCGT'
    """)
    assert suspect == [("2022-03-17 10:35:00+00", "2022-03-17 11:45:00+00", 15)]
    critical = "select count(*)::int from ops.quality_results where severity = 'critical' and not success"
    assert marts.journey.query(critical) == [(0,)]


def test_what_units_notified_is_the_energy_of_their_levels(marts):
    """Of 1,540 lines of one settlement period, worked out second by second."""
    told = dict(
        marts("""
            select national_grid_bm_unit, notified_mwh
            from analytics.half_hourly_unit_notifications('2022-03-19', '2022-03-19')
        """)
    )
    national, energy = national_of(marts), defaultdict[str, float](float)
    for row in lines_of(marts, "PN"):
        energy[national[row.unit]] += sum(row.level_at(second + 0.5) for second in range(row.begin_s, row.end_s)) / 3600
    assert len(told) > 1_300
    assert told == pytest.approx(dict(energy), abs=1e-6)
    by_day = dict(marts("select national_grid_bm_unit, notified_mwh from analytics.daily_unit_notifications"))
    assert by_day == pytest.approx(told)


def test_what_was_accepted_is_split_over_the_pairs_in_order(marts):
    """Of 121 lines of one settlement period, over the bids recorded with it, worked out second by second."""
    told = {
        (unit, number, pair, direction): volume
        for unit, number, pair, direction, volume in marts("""
            select national_grid_bm_unit, acceptance_number, pair_id, direction, volume_mwh
            from analytics.half_hourly_balancing_actions
            where settlement_date = '2022-03-19' and settlement_period = 27
        """)
    }
    expected = {key: mwh for key, mwh in split_by_second(marts).items() if abs(mwh) > 1e-4}
    assert len(expected) > 50
    assert {key for key, mwh in told.items() if abs(mwh) > 1e-4} == set(expected)
    assert {key: told[key] for key in expected} == pytest.approx(expected, abs=2e-3, rel=1e-3)
    assert marts(
        "select count(*)::int from analytics.half_hourly_balancing_actions where abs(price_gbp_per_mwh) > 9e4"
    ) == [(0,)]


def test_neso_and_elexon_agree_on_what_both_meter(marts):
    """WIND is equal in about 98.9 % of the half-hours of 2026, and in 98.6 % of this month; pumping has a name."""
    told = {
        fuel: row
        for fuel, *row in marts("""
            select
                fuel_code,
                count(*)::int,
                avg((abs(residual_mw) <= 1)::int)::double precision,
                max(abs(residual_mw)),
                sum(embedded_mw), sum(pumping_mw), sum(exports_mw),
                max(abs(difference_mw - embedded_mw - pumping_mw - exports_mw - residual_mw))
            from analytics.source_reconciliation group by 1
        """)
    }
    half_hours = (BOTH_UNTIL - BOTH_FROM) // timedelta(minutes=30)
    assert {row[0] for row in told.values()} == {half_hours}
    equal = {fuel: row[1] for fuel, row in told.items()}
    assert equal["wind"] == pytest.approx(0.986, abs=0.002)
    exact = ("coal", "biomass", "hydro", "storage", "solar", "embedded_wind")
    assert {fuel: equal[fuel] for fuel in exact} == dict.fromkeys(exact, 1)
    assert min(equal[fuel] for fuel in ("imports", "gas", "nuclear")) > 0.94
    named = {fuel: tuple(megawatts > 0 for megawatts in row[3:6]) for fuel, row in told.items()}
    assert {fuel: each for fuel, each in named.items() if any(each)} == {
        "solar": (True, False, False),
        "embedded_wind": (True, False, False),
        "storage": (False, True, False),
        "imports": (False, False, True),
    }
    assert max(row[6] for row in told.values()) < 1e-6


def test_capacities_are_numbers(marts):
    units = json.loads((marts.folder / "reference/bmunits_all.json").read_text())
    listed = {row["nationalGridBmUnit"]: float(row["generationCapacity"]) for row in units if row["generationCapacity"]}
    told = dict(
        marts("""
            select national_grid_bm_unit, generation_capacity_mw from analytics.balancing_units
            where generation_capacity_mw is not null
        """)
    )
    assert told == listed


# Worked out by other means than those of the models, from the recorded files alone.


@dataclass(frozen=True)
class Line:
    """A level of a unit between two seconds of its half-hour; what it is a part of: an acceptance, or nothing."""

    unit: str
    number: int
    accepted: str
    begin_s: float
    end_s: float
    level_from: float
    level_to: float

    def level_at(self, second: float) -> float:
        return self.level_from + (self.level_to - self.level_from) * (second - self.begin_s) / (
            self.end_s - self.begin_s
        )


def lines_of(marts: Marts, kind: str) -> list[Line]:
    with (marts.folder / PHYSICAL).open() as file:
        rows = [row for row in csv.reader(file) if row[0] == kind]
    number, accepted = (2, 3) if kind == "BOALF" else (None, None)
    lines = [
        Line(
            row[1],
            int(row[number]) if number else 0,
            row[accepted] if accepted else "",
            *(second_of(row[-4]), second_of(row[-2]), float(row[-3]), float(row[-1])),
        )
        for row in rows
    ]
    return [line for line in lines if line.begin_s < line.end_s]


def second_of(text: str) -> int:
    """Seconds since the half-hour began, at 13:00 in winter."""
    at = datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    return round((at - datetime(2022, 3, 19, 13, tzinfo=UTC)).total_seconds())


def national_of(marts: Marts) -> defaultdict[str, str]:
    units = json.loads((marts.folder / "reference/bmunits_all.json").read_text())
    named = {row["elexonBmUnit"]: row["nationalGridBmUnit"] for row in units if row["elexonBmUnit"]}
    return Named(str, named)


class Named(defaultdict[str, str]):
    """Names by others; what has none goes by its own."""

    def __missing__(self, unit: str) -> str:
        return unit


def split_by_second(marts: Marts) -> dict[tuple[str, int, int, str], float]:
    """MWh of each unit, acceptance, pair and direction, summed over the seconds of the settlement period."""
    national, bounds = national_of(marts), bounds_of(marts)
    notified = defaultdict[str, list[Line]](list)
    for line in lines_of(marts, "PN"):
        notified[line.unit].append(line)
    accepted = defaultdict[str, list[Line]](list)
    for line in lines_of(marts, "BOALF"):
        accepted[line.unit].append(line)
    energy = defaultdict[tuple[str, int, int, str], float](float)
    for unit, lines in accepted.items():
        for second in range(1800):
            at = second + 0.5
            level = next(each.level_at(at) for each in notified[unit] if each.begin_s <= at < each.end_s)
            before = 0.0
            for line in sorted(lines, key=lambda each: (each.accepted, each.number)):
                if not line.begin_s <= at < line.end_s:
                    continue
                after = line.level_at(at) - level
                for pair, lowest, highest in bounds[unit]:
                    mw = min(max(after, lowest), highest) - min(max(before, lowest), highest)
                    if mw:
                        energy[national[unit], line.number, pair, "offer" if mw > 0 else "bid"] += mw / 3600
                before = after
    return energy


def bounds_of(marts: Marts) -> defaultdict[str, list[tuple[int, float, float]]]:
    """Pairs of each unit with their bounds, from the notified level on; pair 0 is what lies beyond them."""
    pairs = defaultdict[str, dict[int, float]](dict)
    with (marts.folder / BIDS).open() as file:
        for row in csv.reader(file):
            if row[0] == "BOD":
                pairs[row[1]][int(row[2])] = float(row[4])
    bounds = defaultdict[str, list[tuple[int, float, float]]](lambda: [(0, 0, 1e6), (0, -1e6, 0)])
    for unit, levels in pairs.items():
        up = down = 0.0
        told = []
        for pair in sorted(each for each in levels if each > 0):
            told.append((pair, up, up + levels[pair]))
            up += levels[pair]
        for pair in sorted((each for each in levels if each < 0), reverse=True):
            told.append((pair, down + levels[pair], down))
            down += levels[pair]
        bounds[unit] = [*told, (0, up, 1e6), (0, -1e6, down)]
    return bounds
