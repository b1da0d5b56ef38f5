"""At which level each BM unit runs at the edge of a half-hour, in MW: the units of a fuel share what it gives."""

import numpy as np
from numpy.typing import NDArray

from include.simulator.elexon.fuels import half_hourly_mw
from include.simulator.elexon.units import CAPACITY_MW, INTERCONNECTORS, Unit
from include.simulator.elexon.world import Numbers, World
from include.simulator.weather import Floats

# Draws for units and half-hours lie apart by this many.
MOST_UNITS = 1 << 13


def of_units(half_hours: Numbers) -> Numbers:
    """Return a place to draw from for the first unit in each half-hour; those of the others follow it."""
    return half_hours * MOST_UNITS


def levels_mw(world: World, half_hours: Numbers) -> NDArray[np.int64]:
    """Return whole MW, a row for each half-hour and a column for each unit; what is taken is negative."""
    fleet = world.fleet
    mw = half_hourly_mw(world, half_hours)
    wanted = np.stack([_wanted(unit, mw, half_hours) for unit in fleet.units], axis=1)
    numbers = np.arange(len(fleet.units))
    moods = world.drift("unit level", of_units(half_hours // 6)[:, None] + numbers, steps=1)
    own = world.drift("unit own", of_units(half_hours // 2)[:, None] + numbers, steps=1)
    follows = np.array([unit.kind in CAPACITY_MW or unit.kind == "user" for unit in fleet.units])
    size = np.where(own > 0, fleet.capacity_mw, fleet.demand_mw)
    levels = np.where(follows, wanted * (1 + 0.15 * moods), wanted + own * size)
    whole: NDArray[np.int64] = np.rint(np.clip(levels, -fleet.demand_mw, fleet.capacity_mw)).astype(np.int64)
    return whole


def _wanted(unit: Unit, mw: dict[str, Floats], half_hours: Numbers) -> Floats:
    if unit.kind in CAPACITY_MW:
        share: Floats = mw[unit.kind] * unit.capacity_mw / CAPACITY_MW[unit.kind]
        return share
    if unit.cable:
        flow = mw[INTERCONNECTORS[unit.cable][0]]
        return np.maximum(flow, 0) if unit.capacity_mw else np.minimum(flow, 0)
    if unit.kind == "supplier":
        return np.full(len(half_hours), -0.6 * unit.demand_mw)
    return np.zeros(len(half_hours))
