"""What recorded files tell of Elexon's datasets: spans of a dataset each, and their rows as the files have them.

The files are read as the plain tables and JSON that they are, by nothing of the project's.
"""

import csv
import gzip
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tests.integration.elexon.conftest import DAILY, LIVE

Row = tuple[Any, ...]
LONDON = ZoneInfo("Europe/London")
STAMP = "%Y-%m-%dT%H:%M:%SZ"
HALF_HOUR = timedelta(minutes=30)

DAY = ("settlementDate", "settlementPeriod")
TOLD = ("publishTime", "startTime", *DAY)
FUELS, DEMAND, FORECAST = (*TOLD, "fuelType", "generation"), (*TOLD, "demand"), (*TOLD, "boundary", "demand")
MARKET = ("startTime", "dataProvider", *DAY, "price", "volume")
UNIT, LEVEL = ("nationalGridBmUnit", "bmUnit"), ("timeFrom", "levelFrom", "timeTo", "levelTo")
LEVELS = (*UNIT, *DAY, *LEVEL)
BIDS = (*DAY, *LEVEL, "pairId", "offer", "bid", *UNIT)
FLAGS = ("deemedBoFlag", "soFlag", "storFlag", "rrFlag")
ACCEPTED = (*UNIT, "settlementDate", "settlementPeriodFrom", "acceptanceNumber", "acceptanceTime", *FLAGS, *LEVEL)
ABOUT_UNIT = (
    *("nationalGridBmUnit", "elexonBmUnit", "eic", "fuelType", "leadPartyName", "bmUnitType", "fpnFlag", "bmUnitName"),
    *("leadPartyId", "demandCapacity", "generationCapacity", "productionOrConsumptionFlag", "transmissionLossFactor"),
    *("workingDayCreditAssessmentImportCapability", "nonWorkingDayCreditAssessmentImportCapability"),
    *("workingDayCreditAssessmentExportCapability", "nonWorkingDayCreditAssessmentExportCapability"),
    *("creditQualifyingStatus", "demandInProductionFlag", "gspGroupId", "gspGroupName", "interconnectorId"),
)
PRICE = (*DAY, "systemSellPrice")
PRICES = (
    *(*PRICE, "systemBuyPrice", "startTime", "createdDateTime", "bsadDefaulted", "priceDerivationCode"),
    *("reserveScarcityPrice", "netImbalanceVolume", "sellPriceAdjustment", "buyPriceAdjustment", "replacementPrice"),
    *("replacementPriceReferenceVolume", "totalAcceptedOfferVolume", "totalAcceptedBidVolume"),
    *("totalAdjustmentSellVolume", "totalAdjustmentBuyVolume", "totalSystemTaggedAcceptedOfferVolume"),
    *("totalSystemTaggedAcceptedBidVolume", "totalSystemTaggedAdjustmentSellVolume"),
    "totalSystemTaggedAdjustmentBuyVolume",
)


@dataclass(frozen=True)
class Recording:
    """A span of a dataset that recorded files tell of."""

    name: str
    code: str
    files: tuple[str, ...]
    start: str
    """When it begins and ends, as it is asked for; the last of several settlement days is named by its noon."""
    end: str
    members: tuple[str, ...]
    """What the files have of a row, as published."""
    read: Callable[[Path], Iterable[Row]]
    """Returns the rows of a file."""
    dag_id: str = LIVE
    told_by: str | None = "publishTime"
    """The member by which it is asked for; None where it has no time."""
    beside: tuple[str, ...] = ()
    """Files that the others lean on."""
    again: tuple[str, str] | None = None
    """What is asked for a second time, where it is not all of it."""

    @property
    def table(self) -> str:
        """Its name in raw and in analytics."""
        return f"elexon_{self.code.lower()}"

    def paths(self, folder: Path) -> list[Path]:
        """Return all that is to be served; a name of a file may be a pattern."""
        return [path for name in (*self.beside, *self.files) for path in sorted(folder.glob(name))]

    def rows(self, folder: Path) -> list[Row]:
        """Return the rows of the span, each as often as the files have it."""
        told = [row for name in self.files for path in sorted(folder.glob(name)) for row in self.read(path)]
        if self.told_by is None:
            return told
        at = self.members.index(self.told_by)
        return [row for row in told if self.start <= row[at] < self.end]


def column(member: str) -> str:
    """Return the column of a member: of `fuelType` it is `fuel_type`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", member).lower()


def london_date(instant: str) -> str:
    """Return the date that London has at an instant."""
    return f"{datetime.fromisoformat(instant).astimezone(LONDON):%Y-%m-%d}"


def snapshots(path: Path) -> list[Row]:
    """Return a month of five-minute snapshots, without what is none; its days and periods are London's."""
    instant = "strftime({} at time zone 'UTC', '%Y-%m-%dT%H:%M:%SZ')"
    return _selected(
        f"""
        with told as (
            select *, (periodStartUTC at time zone 'Europe/London')::date as day
            from read_parquet('{path}') where source <> 'Sheffield Solar PVLive'
        )

        select
            {instant.format("publishTimeUTC")}, {instant.format("periodStartUTC")}, day::text,
            1 + (epoch_ms(periodStartUTC) - epoch_ms(day::timestamp at time zone 'Europe/London')) // 1800000,
            fuelType, generationMW::int
        from told
        """
    )


def _selected(statement: str) -> list[Row]:
    # What is imported while tests are collected stays to the very end, where duckdb tells at length that it leaked.
    import duckdb  # noqa: PLC0415

    with duckdb.connect() as database:
        return database.execute(statement).fetchall()


def half_hours(path: Path) -> Iterator[tuple[Row, Mapping[str, int]]]:
    """Yield each half-hour of a wide table: how it is labelled, and the megawatts that it has."""
    with gzip.open(path, "rt", newline="") as file:
        for told in csv.DictReader(file):
            day, period, start = (
                told.pop(name) for name in ("settlement_date", "settlement_period", "period_start_utc")
            )
            # When it was published was not recorded: by its end.
            end = datetime.fromisoformat(start) + HALF_HOUR
            yield (f"{end:{STAMP}}", start, day, int(period)), {name: int(mw) for name, mw in told.items() if mw}


def by_fuel(path: Path) -> Iterator[Row]:
    """Yield half-hours fuel by fuel."""
    for label, mw in half_hours(path):
        yield from ((*label, name, value) for name, value in mw.items() if name not in ("INDO", "ITSDO"))


def of_demand(name: str, path: Path) -> Iterator[Row]:
    """Yield the demand of half-hours, where there is one."""
    return ((*label, mw[name]) for label, mw in half_hours(path) if name in mw)


def body(members: tuple[str, ...], path: Path) -> list[Row]:
    """Return the rows of a body of the API."""
    text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    told = json.loads(text)
    return [tuple(row[name] for name in members) for row in (told if isinstance(told, list) else told["data"])]


def system_prices(path: Path) -> Iterator[Row]:
    """Yield the price of each settlement period of a year."""
    with path.open(newline="") as file:
        for day, period, price in list(csv.reader(file))[1:]:
            yield day, int(period), float(price)


def market_prices(path: Path) -> Iterator[Row]:
    """Yield the rows of the API's own CSV."""
    with path.open(newline="") as file:
        for start, provider, day, period, price, volume in list(csv.reader(file))[1:]:
            yield start, provider, day, int(period), float(price), float(volume)


def bids(path: Path) -> list[Row]:
    """Return bids and offers; their columns have other names, and the API's order but for the last two."""
    columns = (
        "settlementDate, settlement_period, timeFrom, level_from, timeTo, level_to, pair_id, offer_price, bid_price"
    )
    return _selected(f"select {columns}, nationalGridBmUnit, bmu_id from read_parquet('{path}')")


def physical(kind: str, path: Path) -> Iterator[Row]:
    """Yield notifications or limits of a settlement period, in the words of today."""
    for (_, unit, period, *level), day, _ in _legacy(kind, path):
        yield (*_named(unit, path), day, int(period), *_level(*level))


def accepted(path: Path) -> Iterator[Row]:
    """Yield acceptances; what is amended is told in another way today."""
    for (_, unit, number, at, deemed, by_operator, _, stor, rr, *level), day, period in _legacy("BOALF", path):
        flags = (each == "T" for each in (deemed, by_operator, stor, rr))
        yield (*_named(unit, path), day, period, int(number), _utc(at), *flags, *_level(*level))


def _legacy(kind: str, path: Path) -> Iterator[tuple[list[str], str, int]]:
    """Yield the lines of a kind, each with the settlement period that the file is about."""
    with path.open(newline="") as file:
        (_, _, day, period), *lines = csv.reader(file)
    return ((line, f"{day[:4]}-{day[4:6]}-{day[6:]}", int(period)) for line in lines if line[0] == kind)


def _named(unit: str, path: Path) -> tuple[str, str]:
    """Return both names of a unit; of one that is listed no more, the same twice."""
    return _national_names(path.parents[1] / UNITS).get(unit, unit), unit


@cache
def _national_names(path: Path) -> Mapping[str, str]:
    return {unit["elexonBmUnit"]: unit["nationalGridBmUnit"] for unit in json.loads(path.read_bytes())}


def _level(begin: str, from_mw: str, end: str, to_mw: str) -> Row:
    return _utc(begin), int(float(from_mw)), _utc(end), int(float(to_mw))


def _utc(text: str) -> str:
    return f"{datetime.strptime(text, '%Y%m%d%H%M%S').replace(tzinfo=LONDON).astimezone(UTC):{STAMP}}"


def demand_forecast(member: str, path: Path) -> list[Row]:
    """Return one of the two forecasts of a body of both."""
    return body((*TOLD, "boundary", member), path)


def _fuelhh(name: str, file: str, start: str, end: str) -> Recording:
    return Recording(f"FUELHH {name}", "FUELHH", (f"fuelhh/{file}",), start, end, FUELS, by_fuel)


def _demand(name: str, code: str, file: str, start: str, end: str) -> Recording:
    return Recording(f"{code} {name}", code, (f"fuelhh/{file}",), start, end, DEMAND, partial(of_demand, code))


def _prices(file: str, start: str, end: str, members: tuple[str, ...], read: Any) -> Recording:
    files = (f"system_prices/{file}",)
    return Recording(f"prices {start}", "SYSTEM_PRICES", files, start, end, members, read, told_by="settlementDate")


def _forecasts(week: str, start: str, end: str) -> Iterator[Recording]:
    files = (f"demand_forecast/demand_day_ahead_latest_{week}.json",)
    for code, dag_id, member in (("NDF", LIVE, "nationalDemand"), ("TSDF", DAILY, "transmissionSystemDemand")):
        read = partial(demand_forecast, member)
        yield Recording(f"{code} {start}", code, files, start, end, FORECAST, read, dag_id)


def _of_one_period(code: str, members: tuple[str, ...], read: Any) -> Recording:
    day, beside = "2022-03-19", (UNITS,)
    return Recording(code, code, (PHYSICAL,), day, f"{day}T12:00", members, read, DAILY, "settlementDate", beside)


UNITS = "reference/bmunits_all.json"
PHYSICAL = "pn_boalf_bod/legacy_PhysicalData_2022-03-19_SP27.csv"
OF_TWO_DAYS = "fuelinst/DERIVED_fuelinst_api_shape_2025-10-25_26.json.gz"
TWO_DAYS = Recording(
    "FUELINST, two days",
    "FUELINST",
    (OF_TWO_DAYS,),
    "2025-10-24T23:05",
    "2025-10-27T00:05",
    FUELS,
    partial(body, FUELS),
)
OCTOBER, MARCH = (
    Recording(
        f"FUELINST {month}", "FUELINST", (f"fuelinst/fuelinst_{month}.parquet",), *span, FUELS, snapshots, again=again
    )
    for month, span, again in (
        ("2025-10", ("2025-10-01T00:05", "2025-11-01T00:05"), ("2025-10-20", "2025-10-27")),
        ("2022-03", ("2022-03-01T00:05", "2022-04-01T00:05"), ("2022-03-14", "2022-03-21")),
    )
)
JULY = _fuelhh("2022-07", "fuelhh_2022.csv.gz", "2022-07-01", "2022-08-01")
# Days on which the clocks change: from the end of the first half-hour to the end of the last.
CLOCKS_BACK_IN_2021 = _fuelhh("2021-10-31", "fuelhh_2021.csv.gz", "2021-10-30T23:30", "2021-11-01T00:30")
EXCERPT = Recording(
    *("excerpt", "FUELHH", ("fuelhh/fuelhh_2026-03-29_excerpt.json",), "2026-03-29T00:30", "2026-03-29T23:30"),
    *(FUELS, partial(body, FUELS)),
)
AUTUMN_2025, SPRING_2026 = ("2025-10-25T23:30", "2025-10-27T00:30"), ("2026-03-29T00:30", "2026-03-29T23:30")
MARKET_PRICES = Recording(
    *("MID", "MID", ("mid/MarketIndexPrices-*.csv",), "2026-03-01", "2026-06-04T12:00", MARKET, market_prices),
    told_by="settlementDate",
)
BID_DAY = Recording(
    *("BOD", "BOD", ("pn_boalf_bod/bod_2020-02-23.parquet",), "2020-02-23", "2020-02-24T12:00", BIDS, bids, DAILY),
    told_by="settlementDate",
)
LISTED_UNITS = Recording(
    *("units", "BM_UNITS", (UNITS,), "2026-10-31", "2026-11-01", ABOUT_UNIT, partial(body, ABOUT_UNIT), DAILY),
    told_by=None,
)
# The month comes after the two days of it.
RECORDINGS = (
    *(TWO_DAYS, OCTOBER, MARCH, JULY, CLOCKS_BACK_IN_2021),
    _fuelhh("2025-10-26", "fuelhh_2025.csv.gz", *AUTUMN_2025),
    _fuelhh("2026-03-29", "fuelhh_2026.csv.gz", *SPRING_2026),
    *(_demand("2022-07", code, "fuelhh_2022.csv.gz", "2022-07-08", "2022-07-18") for code in ("INDO", "ITSDO")),
    *(_demand("2025-10-26", code, "fuelhh_2025.csv.gz", *AUTUMN_2025) for code in ("INDO", "ITSDO")),
    _prices("system_prices_2025-10-26.json", "2025-10-26", "2025-10-26T12:00", PRICES, partial(body, PRICES)),
    _prices("system_prices_2026-03-29.json", "2026-03-29", "2026-03-29T12:00", PRICES, partial(body, PRICES)),
    _prices("system_price_2022.csv", "2022-03-26", "2022-03-28T12:00", PRICE, system_prices),
    _prices("system_price_2022.csv", "2022-10-22", "2022-10-22T12:00", PRICE, system_prices),
    *(MARKET_PRICES, BID_DAY),
    *_forecasts("20240708_20240714", "2024-07-07", "2024-07-15"),
    *_forecasts("20240101_20240107", "2023-12-31", "2024-01-07"),
    *(_of_one_period(code, LEVELS, partial(physical, code)) for code in ("PN", "QPN")),
    *(_of_one_period(f"{kind}S", LEVELS, partial(physical, kind)) for kind in ("MEL", "MIL")),
    _of_one_period("BOALF", ACCEPTED, accepted),
)
