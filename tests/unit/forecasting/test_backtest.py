"""A backtest shows a model what was known, and nothing that came after."""

from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np
import pytest

from include.forecasting.backtest import backtest, known_after
from include.forecasting.history import History
from include.forecasting.model import Asked
from include.forecasting.naive import NAIVE_DAY
from include.forecasting.ridge import RIDGE
from include.settlement import HALF_HOUR
from tests.unit.forecasting.conftest import DEMAND


@dataclass
class Onlooker:
    """A model that notes what it is asked."""

    name: str = "onlooker"
    version: str = "1"
    asked: list[Asked] = field(default_factory=list)

    def forecast(self, asked: Asked) -> np.ndarray:
        self.asked.append(asked)
        return np.zeros((96, 3))


def run(model, series: History, *origins, seen: History | None = None):
    return list(backtest(model, DEMAND, origins, known_at=known_after(seen or series), actual=series))


def test_the_newest_known_half_hour_ended_an_hour_before(history):
    model = Onlooker()
    origin_at = history.first_at + timedelta(days=100, hours=7)

    [backcast] = run(model, history, origin_at)

    assert model.asked[0].history.ended_at == origin_at - timedelta(hours=1)
    assert (model.asked[0].starts_at, backcast.origin_at) == (origin_at, origin_at)
    np.testing.assert_array_equal(backcast.actuals, history.between(origin_at, 96))


@pytest.mark.parametrize("model", [NAIVE_DAY, RIDGE], ids=lambda model: model.name)
def test_what_comes_after_the_origin_changes_nothing(model, history):
    origin_at = history.first_at + timedelta(days=150)
    planted = History(history.first_at, history.values.copy())
    planted.values[history.position_of(origin_at) - 2 :] = 1e6

    [honest], [tempted] = run(model, history, origin_at), run(model, history, origin_at, seen=planted)

    np.testing.assert_array_equal(honest.quantiles, tempted.quantiles)


def test_it_yields_as_it_goes(history):
    model = Onlooker()
    origins = [history.first_at + timedelta(days=day) for day in (50, 60, 70)]
    backcasts = backtest(model, DEMAND, origins, known_at=known_after(history), actual=history)

    next(backcasts)

    assert len(model.asked) == 1


def test_what_has_not_come_yet_is_not_known(history):
    [backcast] = run(Onlooker(), history, history.ended_at - 10 * HALF_HOUR)

    assert np.isnan(backcast.actuals).tolist() == [False] * 10 + [True] * 86


def test_the_past_of_a_forecast_is_not_asked_for(history):
    with pytest.raises(ValueError, match="before the end"):
        Asked(DEMAND, history, history.ended_at - HALF_HOUR)
