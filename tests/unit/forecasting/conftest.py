"""Series that are made up: a day's swing, a week's, a year's, and weather that lingers."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from include.forecasting.history import History
from include.forecasting.model import Asked
from include.forecasting.target import TARGETS

FIRST_AT = datetime(2025, 1, 1, tzinfo=UTC)
DEMAND = TARGETS[0]


def made_up(days: int, *, seed: int = 7, first_at: datetime = FIRST_AT) -> History:
    """Return a history of whole days, in MW."""
    steps = np.arange(48 * days)
    noise = np.random.default_rng(seed).normal(size=len(steps))
    weather = np.zeros(len(steps))
    for step in range(1, len(steps)):
        weather[step] = 0.98 * weather[step - 1] + noise[step]
    swing = 4000 * np.sin(2 * np.pi * steps / 48) + 1500 * (steps // 48 % 7 < 5)
    return History(first_at, 20_000 + swing + 200 * weather)


def asked_after(history: History, gap: int = 2) -> Asked:
    """Return a request for what comes `gap` half-hours after a history."""
    return Asked(DEMAND, history, history.ended_at + gap * timedelta(minutes=30))


@pytest.fixture(scope="session")
def history() -> History:
    """Return 200 days, over the change of clocks of March 2025."""
    return made_up(200)
