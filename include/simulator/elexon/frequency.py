"""The frequency of the system: one value every 15 seconds, received every two minutes."""

from collections.abc import Iterator, Sequence

import numpy as np

from include.simulator.elexon.rows import Row
from include.simulator.elexon.series import Issue, Periods
from include.simulator.elexon.settlement import EPOCH_S, HALF_HOUR_S, stamps
from include.simulator.elexon.world import World

EVERY_S, RECEIVED_EVERY_S = 15, 120
# How far it strays, in Hz, over minutes, over a minute, and from value to value.
SLOW_HZ, QUICK_HZ, JITTER_HZ = 0.11, 0.05, 0.012


def _rows(world: World, issues: Sequence[Issue]) -> Iterator[Row]:
    """Yield what was received of some half-hours, the latest value first."""
    in_each = np.arange(HALF_HOUR_S // EVERY_S)[::-1]
    numbers = (np.array([issue.number for issue in issues])[:, None] * len(in_each) + in_each).ravel()
    received_s = world.clock_s - world.clock_s % RECEIVED_EVERY_S
    numbers = numbers[EPOCH_S + numbers * EVERY_S <= received_s]
    hz = 50 + SLOW_HZ * world.drift("frequency", numbers, steps=30) ** 3
    hz += QUICK_HZ * world.drift("frequency quick", numbers, steps=4)
    hz += JITTER_HZ * (2 * world.luck("frequency jitter", numbers) - 1)
    measured = stamps(EPOCH_S + numbers * EVERY_S)
    for at, value in zip(measured, np.round(hz, 3).tolist(), strict=True):
        yield {"dataset": "FREQ", "measurementTime": at, "frequency": value}


SERIES = {"FREQ": Periods(_rows, 0, axis="measurementTime", told_by="measurementTime", at_once=48)}
