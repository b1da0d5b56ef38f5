"""Pretrained models, for real: tiny Chronos models made on the spot, and Fracast with the weights of its package."""

import re
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from include.forecasting.backtest import known_after
from include.forecasting.history import HALF_HOURS, History
from include.forecasting.model import Asked
from include.forecasting.naive import NAIVE_DAY
from include.forecasting.panel import Absent, Answer
from include.forecasting.pretrained.panel import NOT_INSTALLED, NOT_NAMED, Pretrained
from include.forecasting.target import TARGETS
from include.settings import REPOSITORY, Settings
from include.settlement import HALF_HOUR
from tests.recorded_histories import outturn

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
FIRST_ORIGIN, ORIGINS, EVERY = datetime(2025, 7, 1, 6, tzinfo=UTC), 73, timedelta(days=5, hours=7)


@pytest.fixture(scope="module")
def python() -> Path:
    """The Python that has torch."""
    found = Settings().forecasts_python
    if not found.is_file():
        pytest.skip(f"no {found}; make forecasts installs it")
    return found


@pytest.fixture(scope="module")
def chronos(python, tmp_path_factory):
    """A folder with tiny models, a Chronos-2 and a Chronos-Bolt."""
    folder = tmp_path_factory.mktemp("chronos")
    script = REPOSITORY / "tests" / "tiny_chronos.py"
    subprocess.run([str(python), str(script), str(folder), "tiny", "bolt"], check=True, capture_output=True)
    return folder


def asked(days: int = 60, gap: int = 2) -> list[Asked]:
    """Demand and wind that swing by the day; of one half-hour nothing is known."""
    values = 30_000 + 5_000 * np.sin(np.arange(48 * days) * 2 * np.pi / 48)
    values[100] = np.nan
    histories = [History(NEW_YEAR, values), History(NEW_YEAR, values / 10)]
    starts_at = histories[0].ended_at + gap * HALF_HOUR
    return [Asked(target, history, starts_at) for target, history in zip(TARGETS[:2], histories, strict=True)]


@pytest.mark.parametrize("name", ["tiny", "bolt"])
def test_a_chronos_model_is_loaded_from_its_folder_and_answers_for_every_target(python, chronos, name):
    answers = [each for each in Pretrained(python, str(chronos / name)).answers(asked()) if each.model == "chronos"]
    assert [type(each) for each in answers] == [Answer, Answer]
    assert [each.asked.target.name for each in answers] == ["demand", "wind"]
    for each in answers:
        assert each.quantiles.shape == (HALF_HOURS, 3)
        assert (np.diff(each.quantiles, axis=1) >= 0).all()
        assert (each.quantiles >= 0).all()
        assert each.has_own_interval
        # The version names the weights, so that others have another one.
        assert re.fullmatch(rf"[\d.]+ {name} [0-9a-f]{{16}}", each.version)


def test_without_torch_both_are_absent_and_it_is_said_what_brings_them(tmp_path):
    answers = list(Pretrained(tmp_path / "python", "amazon/chronos-2").answers(asked()))
    assert answers == [Absent("fracast", NOT_INSTALLED), Absent("chronos", NOT_INSTALLED)]
    assert Absent("chronos", NOT_INSTALLED) in list(Pretrained(tmp_path / "python").answers(asked()))


def test_chronos_is_absent_where_no_model_is_named(python):
    assert Absent("chronos", NOT_NAMED) in list(Pretrained(python).answers([]))


def test_a_process_that_fails_makes_models_absent_and_says_why(tmp_path):
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho 'no space left' >&2\nexit 3\n")
    broken.chmod(0o755)
    [_, absent] = list(Pretrained(broken).answers(asked()))
    assert absent == Absent("fracast", "the process that asks it failed: no space left")


def test_fracast_beats_naive_day_on_demand_by_a_fifth(python, real_data, tmp_path):
    """73 origins from July 2025 on; the newest half-hour that was known had ended an hour before.

    That chronos is to be read from a folder without a model takes nothing away from it.
    """
    demand = outturn(real_data, "INDO")
    known_at = known_after(demand)
    origins = [FIRST_ORIGIN + number * EVERY for number in range(ORIGINS)]
    questions = [Asked(TARGETS[0], known_at(origin_at), origin_at) for origin_at in origins]
    actuals = np.array([demand.between(each.starts_at, HALF_HOURS) for each in questions])
    *answers, absent = Pretrained(python, str(tmp_path)).answers(questions)
    assert isinstance(absent, Absent)
    assert absent.because.startswith(("OSError", "ValueError"))
    foreseen = np.array([each.quantiles[:, 1] for each in answers])
    naive = np.array([NAIVE_DAY.forecast(each)[:, 1] for each in questions])
    mae, naive_mae = np.nanmean(np.abs(foreseen - actuals)), np.nanmean(np.abs(naive - actuals))
    assert naive_mae == pytest.approx(2_284, abs=1)
    assert 1 - mae / naive_mae >= 0.20
