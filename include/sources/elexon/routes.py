"""What Elexon publishes beside its datasets: settlement prices, units, interconnectors, and how many rows it holds."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from functools import partial

import msgspec

from include.ingestion.dataset import Dataset, Page, Shown, Storage
from include.ingestion.due import Asked, Occasion
from include.ingestion.http import ApiClient
from include.ingestion.limits import Edge, Limit, Limits
from include.ingestion.scope import Scope, SettlementDays, Snapshot
from include.ingestion.window import Window
from include.settlement import HALF_HOUR, LONDON, day_started_at
from include.sources.elexon import due
from include.sources.elexon.api import PUBLISHER, REQUESTS, read_array, read_enveloped
from include.sources.elexon.records import record
from include.sources.elexon.settlement_runs import runs_due

COUNTED = (
    *("BOALF", "BOAV", "BOD", "DISBSAD", "DISEBSP", "DISPTAV", "EBOCF", "FREQ", "ISPSTACK", "NETBSAD", "PN", "REMIT"),
)


def fetch_prices(client: ApiClient, scope: SettlementDays) -> Iterator[Page]:
    """Yield the prices of each day, as its last settlement run has them."""
    for day in _days(scope):
        path = f"balancing/settlement/system-prices/{day}"
        yield client.get(path, {}, bucket=REQUESTS, read=read_enveloped)


def fetch_counts(client: ApiClient, scope: SettlementDays) -> Iterator[Page]:
    """Yield how many rows each counted dataset has, with its name, which the answers leave out."""
    for name in COUNTED:
        asked = {"settlementDateFrom": f"{scope.first}", "settlementDateTo": f"{scope.last}"}
        rows = client.get(f"data-status/{name}", asked, bucket=REQUESTS, read=read_enveloped)
        yield [_named(row, name) for row in rows if isinstance(row, msgspec.Raw)]


def _snapshot(path: str) -> Callable[[ApiClient, Snapshot], Iterator[Page]]:
    def fetch(client: ApiClient, _: Snapshot) -> Iterator[Page]:
        yield client.get(path, {}, bucket=REQUESTS, read=read_array)

    return fetch


def _named(row: msgspec.Raw, name: str) -> msgspec.Raw:
    return msgspec.Raw(b'{"countedDataset":"%b",%b' % (name.encode(), bytes(row).lstrip()[1:]))


def _days(scope: SettlementDays) -> Iterator[date]:
    return (scope.first + timedelta(days=n) for n in range((scope.last - scope.first).days + 1))


def by_days(window: Window, occasion: Occasion) -> list[Scope]:
    """Return each settlement day of a window by itself, none after the run's."""
    first = window.start.astimezone(LONDON).date()
    last = (min(window.end, occasion.instant) - timedelta(microseconds=1)).astimezone(LONDON).date()
    days = range((last - first).days + 1)
    return [SettlementDays(day, day, "settlement_period") for day in (first + timedelta(days=n) for n in days)]


def newest_prices(occasion: Occasion, look_back: timedelta) -> Sequence[Scope | Asked]:
    """Return the newest days, and, once a day, those that were settled again."""
    first = (occasion.instant - look_back).astimezone(LONDON).date()
    scopes: list[Scope | Asked] = [*by_days(Window(day_started_at(first), occasion.instant), occasion)]
    if not due.is_of_the_day(occasion):
        return scopes
    today = occasion.instant.astimezone(LONDON).date()
    again = {run.settlement_date: run for run in runs_due(today - timedelta(days=7), today - timedelta(days=1))}
    return scopes + [
        Asked(SettlementDays(day, day, "settlement_period"), is_routine=True, edition=str(run))
        for day, run in sorted(again.items(), reverse=True)
        if day < first
    ]


def newest_days(occasion: Occasion, look_back: timedelta) -> Sequence[Scope]:
    """Return the newest days."""
    first = (occasion.instant - look_back).astimezone(LONDON).date()
    return by_days(Window(day_started_at(first), occasion.instant), occasion)


def snapshot(_: Occasion, __: timedelta) -> Sequence[Scope]:
    """Return all there is."""
    return [Snapshot()]


_typed = partial(Dataset, publisher=PUBLISHER, storage=Storage.TYPED_VERSIONS)
_limits = partial(
    Limits,
    fills_gaps=False,
    is_asked_twice=True,
    withdrawn_keys=Limit(2, "a correction takes back a row or two; more are a short answer"),
)
_by_day = partial(
    _typed,
    window_column="settlement_date",
    first_at=due.FIRST_AT,
    named=by_days,
    limits=_limits(
        may_be_empty=True,
        edge=Edge(timedelta(0), HALF_HOUR, "a window is closed at both ends"),
        look_back=timedelta(days=1),
    ),
)

SYSTEM_PRICES = _by_day(
    table="raw.elexon_system_prices",
    title="System prices and net imbalance volume",
    record=record(
        "SystemPrice",
        {
            "settlementDate": "date",
            "settlementPeriod": "int",
            "startTime": "datetime",
            "createdDateTime": "datetime",
            "systemSellPrice": "float",
            "systemBuyPrice": "float",
            "bsadDefaulted": "bool",
            "priceDerivationCode": "text?",
            "reserveScarcityPrice": "float?",
            "netImbalanceVolume": "float",
            "sellPriceAdjustment": "float?",
            "buyPriceAdjustment": "float?",
            "replacementPrice": "float?",
            "replacementPriceReferenceVolume": "float?",
            "totalAcceptedOfferVolume": "float?",
            "totalAcceptedBidVolume": "float?",
            "totalAdjustmentSellVolume": "float?",
            "totalAdjustmentBuyVolume": "float?",
            "totalSystemTaggedAcceptedOfferVolume": "float?",
            "totalSystemTaggedAcceptedBidVolume": "float?",
            "totalSystemTaggedAdjustmentSellVolume": "float?",
            "totalSystemTaggedAdjustmentBuyVolume": "float?",
        },
    ),
    key=("settlement_date", "settlement_period"),
    wins=("created_date_time",),
    fetch=fetch_prices,
    routine=newest_prices,
    shown=Shown("elexon_system_prices", is_view=True),
)
DATA_STATUS = _by_day(
    table="raw.elexon_data_status",
    title="How many rows Elexon holds",
    record=record(
        "DataStatus",
        {"countedDataset": "text", "settlementDate": "date", "settlementPeriod": "int", "dataPointCount": "bigint"},
    ),
    key=("counted_dataset", "settlement_date", "settlement_period"),
    fetch=fetch_counts,
    routine=newest_days,
    shown=Shown("elexon_data_status", is_view=True),
)
BM_UNITS = _typed(
    table="raw.elexon_bm_units",
    title="Balancing mechanism units",
    record=record(
        "BmUnit",
        {
            "nationalGridBmUnit": "text",
            "elexonBmUnit": "text?",
            "eic": "text?",
            "fuelType": "text?",
            "leadPartyName": "text?",
            "bmUnitType": "text?",
            "fpnFlag": "bool?",
            "bmUnitName": "text?",
            "leadPartyId": "text?",
            "demandCapacity": "text?",
            "generationCapacity": "text?",
            "productionOrConsumptionFlag": "text?",
            "transmissionLossFactor": "text?",
            "workingDayCreditAssessmentImportCapability": "text?",
            "nonWorkingDayCreditAssessmentImportCapability": "text?",
            "workingDayCreditAssessmentExportCapability": "text?",
            "nonWorkingDayCreditAssessmentExportCapability": "text?",
            "creditQualifyingStatus": "bool",
            "demandInProductionFlag": "bool",
            "gspGroupId": "text?",
            "gspGroupName": "text?",
            "interconnectorId": "text?",
        },
    ),
    key=("national_grid_bm_unit", "elexon_bm_unit"),
    # One unit stands there twice, with two energy identification codes: without this both would be refused.
    wins=("eic",),
    fetch=_snapshot("reference/bmunits/all"),
    routine=snapshot,
    limits=_limits(withdrawn_share=Limit(0.02, "units leave one by one")),
    shown=Shown("elexon_bm_units", is_view=True),
)
INTERCONNECTORS = _typed(
    table="raw.elexon_interconnectors",
    title="Interconnectors",
    record=record(
        "Interconnector",
        {"interconnectorId": "text", "interconnectorName": "text?", "interconnectorBiddingZone": "text?"},
    ),
    key=("interconnector_id",),
    fetch=_snapshot("reference/interconnectors/all"),
    routine=snapshot,
    limits=_limits(withdrawn_share=Limit(0.5, "there are ten")),
    shown=Shown("elexon_interconnectors", is_view=True),
)
BESIDE = (SYSTEM_PRICES, DATA_STATUS, BM_UNITS, INTERCONNECTORS)
