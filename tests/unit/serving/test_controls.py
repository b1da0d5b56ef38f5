"""A view as the address has it."""

from datetime import date

import pytest

from include.serving.dashboard.controls import USUAL, View, view_of
from include.serving.dashboard.span import Interval, Preset


@pytest.mark.parametrize(
    "view",
    [
        View(),
        View(Preset.ALL, None, Interval.YEAR),
        View(Preset.DAYS, (date(2026, 3, 29), date(2026, 3, 30)), Interval.HALF_HOUR),
    ],
)
def test_a_view_can_be_shared(view):
    assert view_of(view.parameters()) == view


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"range": "forever"},
        {"range": "days"},
        {"range": "days", "from": "2026-05-02", "to": "2026-05-01"},
        {"range": "days", "from": "yesterday", "to": "today"},
        {"range": "7d", "interval": "5min"},
        {"range": "'; drop table"},
    ],
)
def test_an_address_that_cannot_be_read_is_the_usual_view(parameters):
    assert view_of(parameters) == View(USUAL)
