"""What an answer holds: records of half-hours, as the API words them."""

from typing import Any, TypeAlias

import numpy as np

from include.simulator.carbon_intensity.regions import FUELS
from include.simulator.weather import EPOCH, HALF_HOUR

Record: TypeAlias = dict[str, Any]


def half_hour(number: int) -> Record:
    """Return the record that names the half-hour of this number."""
    started_at = EPOCH + number * HALF_HOUR
    return {"from": stamp(started_at), "to": stamp(started_at + HALF_HOUR)}


def stamp(at: np.datetime64) -> str:
    """Return an instant as the API writes it: without seconds."""
    return f"{np.datetime_as_string(at, unit='m')}Z"


def year_of(number: int) -> int:
    """Return the year of a half-hour."""
    return int((EPOCH + number * HALF_HOUR).astype("datetime64[Y]").astype(int)) + 1970


def mix(tenths: list[int]) -> list[Record]:
    """Return a mix, given in tenths of a percent; what is whole comes without a fraction."""
    shares = (tenth // 10 if tenth % 10 == 0 else tenth / 10 for tenth in tenths)
    return [{"fuel": fuel, "perc": share} for fuel, share in zip(FUELS, shares, strict=True)]
