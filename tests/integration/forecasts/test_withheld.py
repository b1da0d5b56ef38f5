"""A forecast that cannot be is withheld, each kind by the check of its name; what is no forecast never gets in."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
import pytest
from numpy.typing import NDArray

from include.forecasting.model import Asked
from include.forecasting.panel import Answer
from include.ingestion.errors import LastingError
from include.quality.result import CheckFailedError
from tests.integration.forecasts.conftest import ask
from tests.known_days import DAY, END, HALF_HOUR, HALF_HOURS, NAIVE

SOUND = np.tile([29_000.0, 30_000.0, 31_000.0], (HALF_HOURS, 1))


@dataclass(frozen=True)
class Fixed:
    """A panel whose quantiles nobody has looked at, perhaps from another half-hour on than it was asked."""

    name: str
    quantiles: NDArray[np.float64]
    later: timedelta = timedelta(0)

    def answers(self, asked: Sequence[Asked]) -> Iterator[Answer]:
        """Answer with them."""
        for each in asked:
            yield Answer(self.name, "1", replace(each, starts_at=each.starts_at + self.later), self.quantiles)


# What a model can do, and the check by which it is withheld.
BY_MODELS = {
    "quantiles_are_in_order": Fixed("turned", SOUND[:, ::-1]),
    "nothing_is_negative": Fixed("negative", SOUND - 30_000),
    "every_origin_is_whole": Fixed("short", SOUND[:-1]),
    "it_begins_at_its_origin": Fixed("late", SOUND, later=DAY),
    "it_is_in_its_unit": Fixed("kilowatts", 1_000 * SOUND / 100),
}
# What no model can do, since the forecaster says it and nobody else: so the owner does.
BY_HAND = {
    "half_hours_follow_each_other": ("holed", "period_started_at = period_started_at + interval '1 day'"),
    "no_input_is_of_the_future": (
        "seer",
        "inputs = jsonb_set(inputs, '{elexon_indo,known_at}', to_jsonb(origin_at + '1 s'))",
    ),
    "no_half_hour_of_the_future_was_measured": (
        "measurer",
        "inputs = jsonb_set(inputs, '{elexon_indo,ended_at}', to_jsonb(origin_at + '30 min'))",
    ),
    "no_origin_is_of_the_future": ("prophet", "known_at = origin_at - interval '2 minutes'"),
}


@pytest.fixture(scope="module")
def withheld(shared_foreseeing, patched):
    """A run of which some is sound and the rest is wrong, each in a way of its own; it fails by its checks."""
    planted = [Fixed(model, SOUND) for model, _ in BY_HAND.values()]
    ask(patched, NAIVE, *BY_MODELS.values(), *planted)
    shared_foreseeing.foresee_from(END)
    with shared_foreseeing.as_owner() as owner:
        for model, change in BY_HAND.values():
            last = "and period_started_at = %s" if model == "holed" else "and %s is not null"
            owner.execute(f"update raw.forecasts set {change} where model = %s {last}", (model, END + 95 * HALF_HOUR))
    with pytest.raises(CheckFailedError) as failed:
        shared_foreseeing.publish()
    return shared_foreseeing, str(failed.value)


@pytest.mark.parametrize("check", [*BY_MODELS, *BY_HAND])
def test_it_is_withheld_by_the_check_of_its_name(withheld, check):
    foreseeing, _ = withheld
    [(success, severity)] = foreseeing.query("select success, severity from ops.quality_results where name = %s", check)
    assert (success, severity) == (False, "critical")


def test_nothing_of_the_run_reaches_analytics_and_the_failure_says_why(withheld):
    """What is sound waits with the rest."""
    foreseeing, said = withheld
    assert foreseeing.query("select to_regclass('analytics.half_hourly_forecasts') is null") == [(True,)]
    assert said.startswith("check_marts: marts.half_hourly_forecasts:")
    assert "an origin has 96 half-hours for each model and target" in said


@pytest.mark.parametrize(
    ("model", "quantiles"),
    [("unknowing", np.full((HALF_HOURS, 3), np.nan)), ("endless", np.full((HALF_HOURS, 3), 1e7))],
)
def test_what_is_no_number_or_beyond_all_bounds_is_refused_at_the_door(foreseeing, monkeypatch, model, quantiles):
    """Then nothing is kept of the origin, and the run fails."""
    ask(monkeypatch, NAIVE, Fixed(model, quantiles))
    with pytest.raises(LastingError, match=r"96 of 288 rows .* break their contract"):
        foreseeing.foresee_from(END)
    assert foreseeing.made() == []
