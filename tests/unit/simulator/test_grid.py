"""What the generated history must have in common with the real one, since 2009."""

import csv
from datetime import UTC, datetime

import numpy as np
import pytest

from include.simulator.neso.columns import FUELS, MEASURES
from include.simulator.neso.vintages import SimulatedHistory


@pytest.fixture(scope="module")
def history():
    """All half-hours as published on 20 November 2026."""
    clock = datetime(2026, 11, 20, 12, tzinfo=UTC)
    return SimulatedHistory.until(clock, seed=0).edition_at(clock).table


@pytest.fixture(scope="module")
def values(history):
    return {name: column.values for name, column in history.columns.items()}


def within(history, begin, end):
    return (history.started_at >= np.datetime64(begin)) & (history.started_at < np.datetime64(end))


def test_every_half_hour_since_2009_is_there_once(history):
    assert history.started_at[0] == np.datetime64("2009-01-01T00:00")
    assert history.started_at[-1] == np.datetime64("2026-11-20T10:00")
    assert (np.diff(history.started_at) == np.timedelta64(1800, "s")).all()


def test_every_value_is_a_number_and_none_is_negative(values):
    assert set(values) == set(MEASURES)
    assert all((np.isfinite(column) & (column >= 0)).all() for column in values.values())


def test_megawatts_are_whole_and_percentages_have_one_decimal(values):
    for name, column in values.items():
        steps = column * 10 if name.endswith("_perc") else column
        assert np.abs(steps - np.rint(steps)).max() < 1e-6, name


def test_totals_and_intensity_stay_where_they_were_seen(values):
    assert values["GENERATION"].min() >= 16_620
    assert values["GENERATION"].max() <= 59_577
    assert values["CARBON_INTENSITY"].max() <= 644


def test_the_total_is_the_sum_of_the_fuels_but_for_rounding(values):
    off = values["GENERATION"] - sum(values[fuel] for fuel in FUELS)

    assert np.abs(off).max() <= 4
    assert 0.85 < (off == 0).mean() < 0.97


def test_percentages_are_shares_of_the_total(values):
    for name in (*FUELS, "LOW_CARBON", "RENEWABLE", "FOSSIL"):
        expected = 100 * values[name] / values["GENERATION"]
        assert np.abs(values[f"{name}_perc"] - expected).max() < 0.06, name


def test_groups_are_sums_but_zero_carbon_is_none(values):
    renewable = sum(values[name] for name in ("WIND", "WIND_EMB", "HYDRO", "SOLAR", "STORAGE"))

    assert np.array_equal(values["RENEWABLE"], renewable)
    assert np.array_equal(values["LOW_CARBON"], renewable + values["NUCLEAR"] + values["BIOMASS"])
    assert np.array_equal(values["FOSSIL"], values["GAS"] + values["COAL"])
    assert (values["ZERO_CARBON"] != values["LOW_CARBON"] - values["WIND_EMB"]).mean() > 0.2


def test_there_is_no_sun_at_night_and_none_at_all_before_2013(history, values):
    hours = (history.started_at - history.started_at.astype("datetime64[D]")).astype(float) / 3600

    assert values["SOLAR"][(hours >= 22.5) | (hours < 2.5)].max() == 0
    assert values["SOLAR"][within(history, "2009", "2013")].max() == 0
    assert values["SOLAR"][within(history, "2013", "2014")].max() > 500
    assert values["SOLAR"][within(history, "2026", "2027")].max() > 10_000


def test_biomass_leaves_other_in_november_2017(history, values):
    assert values["OTHER"][within(history, "2009", "2012-02-01T16:30")].max() == 0
    assert values["OTHER"][within(history, "2012-02-01T16:30", "2012-02-02")].min() > 0
    assert values["BIOMASS"][within(history, "2009", "2017-11-01T20:00")].max() == 0
    assert values["BIOMASS"][within(history, "2017-11-01T20:00", "2017-11-02")].min() > 0


def test_coal_leaves_in_september_2024(history, values):
    since = values["COAL"][within(history, "2024-10-01", "2027")]

    assert values["COAL"][within(history, "2012", "2013")].mean() > 10_000
    assert since.max() <= 60
    assert (since > 0).mean() < 0.001


def test_storage_is_cut_at_zero_and_nuclear_declines(history, values):
    assert 0.3 < (values["STORAGE"] == 0).mean() < 0.75
    assert values["NUCLEAR"][within(history, "2009", "2012")].mean() > 7_000
    assert values["NUCLEAR"][within(history, "2025", "2027")].mean() < 4_500


def test_evenings_winters_and_workdays_want_more(history, values):
    hours = (history.started_at - history.started_at.astype("datetime64[D]")).astype(int) // 3600
    months = history.started_at.astype("datetime64[M]").astype(int) % 12 + 1
    saturday_or_sunday = (history.started_at.astype("datetime64[D]").astype(int) + 3) % 7 >= 5
    total = values["GENERATION"]

    assert total[hours == 17].mean() > 1.25 * total[hours == 4].mean()
    assert total[months == 1].mean() > 1.15 * total[months == 7].mean()
    assert total[~saturday_or_sunday].mean() > 1.05 * total[saturday_or_sunday].mean()


def test_shares_of_every_year_are_near_the_published_ones(history, values, real_files):
    with (real_files / "neso" / "full_file_annual_means_2009_2025.csv").open() as file:
        published = list(csv.DictReader(file))

    for row in published:
        year = within(history, row["year"], str(int(row["year"]) + 1))
        assert year.sum() == int(row["interval_count"])
        for group, off_by in (("renewable", 3), ("low_carbon", 4), ("fossil", 4), ("zero_carbon", 8)):
            mean = values[f"{group.upper()}_perc"][year].mean()
            assert mean == pytest.approx(float(row[f"{group}_percentage"]), abs=off_by), (row["year"], group)


def test_carbon_intensity_falls_as_it_did(history, values):
    assert 420 < values["CARBON_INTENSITY"][within(history, "2009", "2010")].mean() < 540
    assert 110 < values["CARBON_INTENSITY"][within(history, "2026", "2027")].mean() < 165
    assert values["CARBON_INTENSITY"][within(history, "2026", "2027")].min() < 40


def test_no_value_is_stuck_but_zeros(values):
    for name in (*FUELS, "GENERATION"):
        column = values[name]
        same = (column[1:] == column[:-1]) & (column[1:] > 0)
        longest = np.diff(np.flatnonzero(np.concatenate(([True], ~same, [True])))).max()
        assert longest <= 24, name


def test_another_seed_stays_within_the_same_bounds():
    clock = datetime(2016, 1, 1, tzinfo=UTC)
    columns = SimulatedHistory.until(clock, seed=11).edition_at(clock).table.columns

    assert columns["GENERATION"].values.min() >= 16_620
    assert columns["GENERATION"].values.max() <= 59_577
    assert columns["CARBON_INTENSITY"].values.max() <= 644
