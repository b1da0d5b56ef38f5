"""System prices of a settlement day: first after each period, a day later anew, then by each settlement run."""

from collections.abc import Iterator
from datetime import date

import numpy as np

from include.simulator.elexon import runs
from include.simulator.elexon.balancing import market_price
from include.simulator.elexon.rows import Row
from include.simulator.elexon.settlement import DAY_S, HALF_HOUR_S, Period, half_hour_of, period_at, periods_in, stamp
from include.simulator.elexon.world import World

SOURCE = "DISEBSP"
# The first price comes a quarter of an hour after its period, the next one a day later.
FIRST_AFTER_S = HALF_HOUR_S + 874
AGAIN_AFTER_S = FIRST_AFTER_S + DAY_S
# A settlement run moves a price by at most so many £/MWh from the second one.
MOVES_GBP_PER_MWH = 1.5
MOST_TIMES = 16  # a price is made less often
REPLACED_SHARE, BOUGHT_SHARE = 0.1, 0.5

# What is said beside a price of which nothing else was recorded: some figures are never null.
NOT_RECORDED = {
    "bsadDefaulted": False, "priceDerivationCode": None, "reserveScarcityPrice": None, "netImbalanceVolume": 0.0,
    "sellPriceAdjustment": None, "buyPriceAdjustment": None, "replacementPrice": None,
    "replacementPriceReferenceVolume": None, "totalAcceptedOfferVolume": None, "totalAcceptedBidVolume": None,
    "totalAdjustmentSellVolume": None, "totalAdjustmentBuyVolume": None, "totalSystemTaggedAcceptedOfferVolume": None,
    "totalSystemTaggedAcceptedBidVolume": None, "totalSystemTaggedAdjustmentSellVolume": None,
    "totalSystemTaggedAdjustmentBuyVolume": None,
}  # fmt: skip


def half_hours_of(day: date, period: int | None = None) -> list[int]:
    """Return the half-hours of a settlement day, or of one period; none where the day does not have it."""
    periods = range(1, periods_in(day) + 1)
    return [half_hour_of(day, each) for each in periods if period in (None, each)]


def prices_of(world: World, day: date, period: int | None = None) -> Iterator[Row]:
    """Yield the latest price of each period that has one, or of the one period."""
    made = {number: made_at(world, number) for number in half_hours_of(day, period)}
    priced = [number for number, instants in made.items() if instants]
    numbers = np.array(priced, dtype=np.int64)
    times = np.array([len(made[number]) for number in priced], dtype=np.int64)
    imbalances = 600 * world.drift("imbalance", numbers, steps=5)
    moves = (
        MOVES_GBP_PER_MWH * (world.luck("price made", numbers * MOST_TIMES + times) - 0.5) * np.where(times > 1, 1, 4)
    )
    figures = np.round(market_price(world, numbers) + imbalances / 9 + moves, 2)
    luck = world.luck("price", numbers)
    for number, *each in zip(priced, figures.tolist(), imbalances.tolist(), luck.tolist(), strict=True):
        yield _price(period_at(number), made[number][-1], *each)


def price_alone(number: int, gbp_per_mwh: float) -> Row:
    """Return a price of which nothing else was recorded; both prices are one since 2015."""
    period = period_at(number)
    return _about(period, period.start_s + AGAIN_AFTER_S, gbp_per_mwh) | NOT_RECORDED


def made_at(world: World, number: int) -> list[int]:
    """Return when the price of a half-hour was made, each time up to the clock."""
    period = period_at(number)
    made = [period.start_s + FIRST_AFTER_S, period.start_s + AGAIN_AFTER_S]
    made += [runs.created_s(period.date, run) for run in runs.RUNS]
    return [each for each in made if each <= world.clock_s]


def _about(period: Period, created_s: int, gbp_per_mwh: float) -> Row:
    return {
        "settlementDate": period.date,
        "settlementPeriod": period.period,
        "startTime": period.start,
        "createdDateTime": stamp(created_s),
        "systemSellPrice": gbp_per_mwh,
        "systemBuyPrice": gbp_per_mwh,
    }


def _price(period: Period, created_s: int, gbp_per_mwh: float, imbalance: float, luck: float) -> Row:
    offers, bids = 300 + 900 * luck + max(imbalance, 0), -400 - 900 * luck + min(imbalance, 0)
    is_replaced = luck > 1 - REPLACED_SHARE
    bought = round(300 * luck, 3) if luck > 1 - BOUGHT_SHARE else 0.0
    return {
        **_about(period, created_s, gbp_per_mwh),
        "bsadDefaulted": False,
        "priceDerivationCode": "P" if imbalance > 0 else "N",
        "reserveScarcityPrice": 0.0,
        "netImbalanceVolume": imbalance,
        "sellPriceAdjustment": 0.0,
        "buyPriceAdjustment": 0.0,
        "replacementPrice": gbp_per_mwh if is_replaced else None,
        "replacementPriceReferenceVolume": 0.0 if is_replaced else None,
        "totalAcceptedOfferVolume": offers,
        "totalAcceptedBidVolume": bids,
        "totalAdjustmentSellVolume": 0.0,
        "totalAdjustmentBuyVolume": bought,
        "totalSystemTaggedAcceptedOfferVolume": offers,
        "totalSystemTaggedAcceptedBidVolume": bids + 1,
        "totalSystemTaggedAdjustmentSellVolume": None,
        "totalSystemTaggedAdjustmentBuyVolume": bought or None,
    }
