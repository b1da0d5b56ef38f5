"""Days whose outcome is known: demand by a formula, which the publisher foresees wrong by a known amount.

From the first of them on, the half-hour `n` (counted from 0) has

    20,000 MW + 100 MW * min(n % 48, 48 - n % 48) + 100 MW * (n // 48) + one of ten deviations, by n % 10

so that each day is like the one before it, but 100 MW higher; and of any ten half-hours that follow each other one lies
40 MW below that, four 10 MW below, four 10 MW above, and one 40 MW above.
"""

import numpy as np

from include.simulator.elexon.settlement import HALF_HOUR_S, half_hour_at
from include.simulator.elexon.world import Numbers, World
from include.simulator.state import StateError
from include.simulator.weather import Floats

DAY = 48
LEAST_MW = 20_000
MORE_EACH_HALF_HOUR_MW = 100  # until the middle of the day, and less again from there on
MORE_EACH_DAY_MW = 100
DEVIATIONS_MW = np.array([-40, -10, -10, -10, -10, 10, 10, 10, 10, 40])
# The publisher foresees so much more than comes, however far ahead.
FORESEEN_OFF_MW = 50


def first_half_hour(begin_s: int | None) -> int | None:
    """Return the half-hour with which known days begin. Raises StateError where none begins at that instant."""
    if begin_s is None:
        return None
    if begin_s % HALF_HOUR_S:
        raise StateError("known_days begin with a half-hour, such as 2026-03-01T00:00Z")
    return half_hour_at(begin_s)


def outturn_mw(world: World, half_hours: Numbers, otherwise_mw: Floats) -> Floats:
    """Return national demand as it was: by the formula in known days, and before them as it is otherwise."""
    return _by_formula(world, half_hours, 0, otherwise_mw)


def foreseen_mw(world: World, half_hours: Numbers, otherwise_mw: Floats) -> Floats:
    """Return national demand as the publisher foresees it, in the same way."""
    return _by_formula(world, half_hours, FORESEEN_OFF_MW, otherwise_mw)


def _by_formula(world: World, half_hours: Numbers, off_mw: int, otherwise_mw: Floats) -> Floats:
    if world.known_from is None:
        return otherwise_mw
    since = half_hours - world.known_from
    of_day = since % DAY
    like_the_day_before = LEAST_MW + MORE_EACH_HALF_HOUR_MW * np.minimum(of_day, DAY - of_day)
    known = like_the_day_before + MORE_EACH_DAY_MW * (since // DAY) + DEVIATIONS_MW[since % 10] + off_mw
    mw: Floats = np.where(since >= 0, known, otherwise_mw)
    return mw
