"""What balancing and the market did in each settlement period: QAS, NETBSAD, DISBSAD, MID and NONBM."""

from collections.abc import Iterator, Sequence

import numpy as np

from include.simulator.elexon.levels import of_units
from include.simulator.elexon.rows import Row
from include.simulator.elexon.series import Issue, Periods, Publications, at_every
from include.simulator.elexon.settlement import DAY_S, HALF_HOUR_S, half_hour_at, period_at, stamp
from include.simulator.elexon.world import Numbers, World
from include.simulator.weather import Floats

SERVICES_SHARE = 0.1
ADJUSTED_SHARE = 0.15
MOST_ACTIONS = 6
SYSTEM_SHARE, TENDERED_SHARE = 0.7, 0.2
TRADERS = (("ElectroRoute Energy Trading Limited", "ING-ELTR1"), ("Habitat Energy", "OFR-1"), (None, None))
NETBSAD = (
    "netBuyPriceCostAdjustmentEnergy", "netBuyPriceVolumeAdjustmentEnergy", "netBuyPriceVolumeAdjustmentSystem",
    "buyPricePriceAdjustment", "netSellPriceCostAdjustmentEnergy", "netSellPriceVolumeAdjustmentEnergy",
    "netSellPriceVolumeAdjustmentSystem", "sellPricePriceAdjustment",
)  # fmt: skip
# Volumes outside the mechanism are told four minutes after their half-hour.
NONBM_PAST = 4


def _period(code: str, number: int) -> Row:
    period = period_at(number)
    return {"dataset": code, "settlementDate": period.date, "settlementPeriod": period.period}


def market_price(world: World, half_hours: Numbers) -> Floats:
    """Return £/MWh of the short-term market: dear when gas has to make up for the wind, below nothing in a gale."""
    gas, wind = world.mw("GAS", half_hours), world.mw("WIND", half_hours)
    mood = world.drift("market mood", half_hours, steps=20)
    return 52 + (gas - 9_000) / 320 - np.maximum(wind - 9_000, 0) / 180 + 14 * mood


def _qas(world: World, issues: Sequence[Issue]) -> Iterator[Row]:
    units = world.fleet.units
    for issue in issues:
        luck = world.luck("QAS", of_units(np.array([issue.number])) + np.arange(len(units)))
        for at in np.flatnonzero(luck < SERVICES_SHARE).tolist():
            volume = round((float(luck[at]) / SERVICES_SHARE - 0.5) * units[at].capacity_mw / 10 or 0.132, 3)
            yield {
                **_period("QAS", issue.number),
                "bmUnitApplicableBalancingServicesVolume": volume,
                **units[at].names,
            }


def _netbsad(world: World, issues: Sequence[Issue]) -> Iterator[Row]:
    for issue in issues:
        luck = float(world.luck("NETBSAD", np.array([issue.number]))[0])
        figures = dict.fromkeys(NETBSAD, 0.0)
        if luck < ADJUSTED_SHARE:
            figures["netBuyPriceVolumeAdjustmentSystem"] = round(600 * luck / ADJUSTED_SHARE, 3)
            figures["buyPricePriceAdjustment"] = round(20 * luck, 2)
        yield {**_period("NETBSAD", issue.number), **figures}


def _disbsad(world: World, issues: Sequence[Issue]) -> Iterator[Row]:
    for issue in issues:
        luck = world.luck("DISBSAD", issue.number * MOST_ACTIONS + np.arange(MOST_ACTIONS)).tolist()
        for at, each in enumerate(luck[: int(luck[0] * MOST_ACTIONS)]):
            party, asset = TRADERS[int(each * 1_000) % len(TRADERS)]
            yield {
                **_period("DISBSAD", issue.number),
                "id": at + 1,
                "cost": None if party is None else round(4_000 * each, 2),
                "volume": round(120 * (each - 0.4), 3),
                "soFlag": each < SYSTEM_SHARE,
                "storFlag": False,
                "partyId": party,
                "assetId": asset,
                "isTendered": None if party is None else each < TENDERED_SHARE,
                "service": None if party is None else "Energy",
            }


def _mid(world: World, issues: Sequence[Issue]) -> Iterator[Row]:
    numbers = np.array([issue.number for issue in issues])
    prices = np.round(market_price(world, numbers), 2).tolist()
    volumes = np.round(1_900 + 900 * world.drift("MID volume", numbers, steps=5), 2).tolist()
    for issue, price, volume in zip(issues, prices, volumes, strict=True):
        period = period_at(issue.number)
        is_traded = issue.number % 300 == 0  # the other exchange hardly ever
        for provider, each in (
            ("APXMIDP", (price, volume)),
            ("N2EXMIDP", (price + 1, 12.5) if is_traded else (0.0, 0.0)),
        ):
            yield {
                "dataset": "MID",
                "startTime": period.start,
                "dataProvider": provider,
                "settlementDate": period.date,
                "settlementPeriod": period.period,
                "price": each[0],
                "volume": each[1],
            }


def _nonbm(world: World, issues: Sequence[Issue]) -> Iterator[Row]:
    for issue in issues:
        period = period_at(half_hour_at(issue.told_s) - 1)
        yield {
            "dataset": "NONBM",
            "publishTime": stamp(issue.told_s),
            "startTime": period.start,
            "settlementDate": period.date,
            "settlementPeriod": period.period,
            "generation": 0,
        }


SERIES = {
    "QAS": Periods(_qas, DAY_S),
    "NETBSAD": Periods(_netbsad, HALF_HOUR_S, at_once=48),
    "DISBSAD": Periods(_disbsad, HALF_HOUR_S, at_once=48),
    "MID": Periods(_mid, HALF_HOUR_S, axis="startTime", at_once=48),
    "NONBM": Publications(_nonbm, at_every(30, past=NONBM_PAST), at_once=48),
}
