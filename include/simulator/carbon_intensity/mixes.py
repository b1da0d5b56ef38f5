"""What is generated: the mix of the whole country as measured, and that of each region as foreseen."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from include.simulator.carbon_intensity.bands import index_of
from include.simulator.carbon_intensity.outlook import FACTORS_G_PER_KWH, Outlook, Span, mix_of
from include.simulator.carbon_intensity.records import Record, half_hour, mix, year_of
from include.simulator.carbon_intensity.regions import (
    COUNTRIES,
    FUELS,
    GREAT_BRITAIN,
    NETWORK_REGIONS,
    Region,
    name_in,
)
from include.simulator.chance import drawn
from include.simulator.weather import Floats

# How much a region's mix wanders about its leaning, as a share, and for how many half-hours in the same direction.
WANDERS = 0.35
WANDERS_FOR_HALF_HOURS = 6


@dataclass(frozen=True)
class _Told:
    """What is told of one region: tenths of a percent by half-hour and fuel, and g/kWh by half-hour."""

    number: int
    network: str
    name: str
    tenths: list[list[int]]
    forecasts: list[int]


def generation(outlook: Outlook, span: Span) -> list[Record]:
    """Return the mix of each half-hour that has ended."""
    span = span.before(outlook.running)
    tenths = np.rint(1000 * mix_of(outlook.measured_mw(span))).astype(int).tolist()
    numbers = span.numbers.tolist()
    return [{**half_hour(number), "generationmix": mix(each)} for number, each in zip(numbers, tenths, strict=True)]


def regional(outlook: Outlook, span: Span) -> list[Record]:
    """Return forecast, index and mix of the 18 regions, as last foreseen; there is no actual."""
    span = span.before(outlook.forecast_end)
    told = list(_regions(outlook, span))
    return [
        {**half_hour(number), "regions": [_record(each, row, year_of(number)) for each in told]}
        for row, number in enumerate(span.numbers.tolist())
    ]


def _record(told: _Told, row: int, year: int) -> Record:
    forecast = told.forecasts[row]
    return {
        "regionid": told.number,
        "dnoregion": told.network,
        "shortname": name_in(told.number, told.name, year),
        "intensity": {"forecast": forecast, "index": index_of(forecast, year)},
        "generationmix": mix(told.tenths[row]),
    }


def _regions(outlook: Outlook, span: Span) -> Iterator[_Told]:
    whole_country = mix_of(outlook.foreseen_mw(span))
    shares = {each.number: _shares(outlook.seed, each, whole_country, span) for each in NETWORK_REGIONS}
    for each in NETWORK_REGIONS:
        yield _told(each.number, each.network, each.name, shares[each.number])
    for (number, name), parts in COUNTRIES.items():
        yield _told(number, name, name, np.mean([shares[part] for part in parts], axis=0))
    number, name = GREAT_BRITAIN
    yield _told(number, name, name, whole_country)


def _shares(seed: int, region: Region, whole_country: Floats, span: Span) -> Floats:
    """Return the shares of a region: the country's, bent by its leaning, wandering a little."""
    names = (f"region {region.number} {fuel}" for fuel in FUELS)
    luck = np.stack([drawn(seed, name, span.numbers // WANDERS_FOR_HALF_HOURS) for name in names], axis=1)
    made: Floats = whole_country * np.array(region.leaning) * (1 + WANDERS * (2 * luck - 1))
    # A region of sun and wind alone burns gas on a still night.
    made[:, FUELS.index("gas")] += made.sum(axis=1) == 0
    shares: Floats = made / made.sum(axis=1, keepdims=True)
    return shares


def _told(number: int, network: str, name: str, shares: Floats) -> _Told:
    tenths = _adding_up(shares)
    grams = tenths @ np.array([FACTORS_G_PER_KWH[fuel] for fuel in FUELS]) / 1000
    return _Told(number, network, name, tenths.tolist(), np.rint(grams).astype(int).tolist())


def _adding_up(shares: Floats) -> NDArray[np.int64]:
    """Return tenths of a percent that add up to 100; the largest fuel takes what rounding leaves."""
    tenths = np.rint(1000 * shares).astype(np.int64)
    tenths[np.arange(len(tenths)), tenths.argmax(axis=1)] += 1000 - tenths.sum(axis=1)
    return tenths
