"""How the same half-hours are told from one publication to the next."""

import itertools
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from include.simulator.neso.columns import FUELS, MEASURES
from include.simulator.neso.vintages import SimulatedHistory, publication_at

MORNING = datetime(2012, 6, 1, 8, tzinfo=UTC)  # an early year: the history up to it is quickly made
DAYS = 10


@pytest.fixture(scope="module")
def history():
    return SimulatedHistory.until(MORNING + timedelta(days=DAYS), seed=3)


@pytest.fixture(scope="module")
def recent_history():
    return SimulatedHistory.until(datetime(2026, 6, 20, tzinfo=UTC), seed=3)


def numbers(edition, count):
    return np.stack([edition.table.columns[name].values[:count] for name in MEASURES])


def changed(before, after):
    """Return which rows of the older edition read otherwise in the newer one."""
    count = len(before.table)
    return (numbers(before, count) != numbers(after, count)).any(axis=0)


def test_the_newest_half_hour_is_one_to_two_and_a_half_hours_old(history):
    for minutes in range(0, 24 * 60, 17):
        clock = MORNING + timedelta(minutes=minutes)
        newest = history.edition_at(clock).table.started_at[-1].item().replace(tzinfo=UTC)
        assert timedelta(hours=1.1) < clock - newest < timedelta(hours=2.4)


def test_it_publishes_every_hour():
    instants = {publication_at(MORNING + timedelta(minutes=minutes), 3) for minutes in range(24 * 60)}

    assert len(instants) in (24, 25)
    assert all(12 <= instant.minute <= 18 and instant.microsecond for instant in instants)


def test_nothing_changes_between_two_publications(history):
    clock = publication_at(MORNING, 3)

    first, second = history.edition_at(clock), history.edition_at(clock + timedelta(minutes=50))

    assert second.published_at == first.published_at
    assert not changed(first, second).any()


def test_what_is_told_depends_on_the_seed_and_the_instant_only(history):
    later = SimulatedHistory.until(MORNING + timedelta(days=400), seed=3).edition_at(MORNING)
    other = SimulatedHistory.until(MORNING + timedelta(days=1), seed=4).edition_at(MORNING)

    assert not changed(history.edition_at(MORNING), later).any()
    assert changed(history.edition_at(MORNING), other).mean() > 0.9


def test_a_few_hundred_half_hours_change_every_day_and_none_beyond_107_days(recent_history):
    days = [recent_history.edition_at(datetime(2026, 6, 1 + day, 8, tzinfo=UTC)) for day in range(DAYS)]

    steps = [changed(before, after) for before, after in itertools.pairwise(days)]
    reach = [(len(step) - np.flatnonzero(step)[0]) / 48 for step in steps]

    assert 330 < np.mean([step.sum() for step in steps]) < 530  # 430 in reality
    assert 60 < max(reach) < 107


def test_a_third_to_a_half_of_the_changes_is_only_flicker(recent_history):
    before = recent_history.edition_at(datetime(2026, 6, 1, 8, tzinfo=UTC))
    after = recent_history.edition_at(datetime(2026, 6, 12, 8, tzinfo=UTC))
    count = len(before.table)
    fuels = np.zeros(count, dtype=bool)
    for fuel in FUELS:
        fuels |= before.table.columns[fuel].values != after.table.columns[fuel].values[:count]
    intensity = before.table.columns["CARBON_INTENSITY"].values - after.table.columns["CARBON_INTENSITY"].values[:count]

    flickers = changed(before, after) & ~fuels & (np.abs(intensity) <= 2)

    assert 0.25 < flickers.sum() / changed(before, after).sum() < 0.55


def test_fresh_sun_is_provisional_and_wind_is_metered(recent_history):
    fresh = recent_history.edition_at(datetime(2026, 6, 1, 20, tzinfo=UTC))
    settled = recent_history.edition_at(datetime(2026, 6, 20, tzinfo=UTC))
    today = slice(len(fresh.table) - 36, len(fresh.table))

    def revised(fuel):
        return np.abs(fresh.table.columns[fuel].values[today] - settled.table.columns[fuel].values[today]).max()

    assert revised("SOLAR") < 2_500
    assert revised("WIND") == revised("HYDRO") == revised("STORAGE") == revised("COAL") == 0


def test_rows_far_back_never_change(history):
    old = history.edition_at(MORNING)
    new = history.edition_at(MORNING + timedelta(days=DAYS))

    assert not changed(old, new)[: -107 * 48].any()


def test_hydro_and_storage_are_spelt_without_a_decimal_in_nearly_every_row(recent_history):
    columns = recent_history.edition_at(datetime(2026, 6, 1, tzinfo=UTC)).table.columns

    assert 0 < columns["HYDRO"].decimals.mean() < 0.01
    assert (columns["GAS"].decimals == 1).all()
    assert (columns["GAS_perc"].decimals == 1).all()
