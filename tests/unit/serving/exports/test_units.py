"""The unit of a column is said by its description, else by its name."""

import pytest

from include.serving.exports.units import unit_of


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("gas_mw", "MW"),
        ("energy_mwh", "MWh"),
        ("energy_kwh", "kWh"),
        ("share_pct", "%"),
        ("gas_share", "1"),
        ("carbon_intensity_g_per_kwh", "g CO2 per kWh"),
        ("lead_h", "h"),
        ("last_revised_after_hours", "h"),
        ("present_half_hours", "half-hours"),
        ("duration_s", "s"),
        ("known_at", "UTC"),
        ("fuel_code", None),
        ("version_count", None),
        ("format", None),
        ("mwh_h_x", None),
    ],
)
def test_a_name_ends_in_its_unit(name, unit):
    assert unit_of(name, None) == unit


@pytest.mark.parametrize(
    ("description", "unit"),
    [
        ("Gas (MW).", "MW"),
        ("Share of the fuel in the total (percent); the shares add up to 100.", "%"),
        ("Published minus ours (percentage points).", "percentage points"),
        ("Carbon intensity as published (g CO2 per kWh consumed).", "g CO2 per kWh"),
        ("ZERO_CARBON_perc as published (percent, one decimal).", "%"),
        ("Start of the half-hour (UTC).", "UTC"),
        ("Half-hours (of the last day).", None),
        (None, None),
    ],
)
def test_a_description_says_it_in_parentheses(description, unit):
    assert unit_of("reading", description) == unit


def test_a_description_knows_better_than_a_name():
    assert unit_of("zero_carbon_difference_pct", "Published minus ours (percentage points).") == "percentage points"
