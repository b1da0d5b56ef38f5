"""How old a figure of the grid is, and what went wrong on a day, as readers are told."""

from datetime import UTC, date, datetime, timedelta

import pytest

from include.serving.dashboard.grid_now.now.queries import Incident
from include.serving.dashboard.grid_now.now.words import doubted, incident_told, standing_told, value_told
from include.serving.latest import Figure

AS_OF = datetime(2026, 6, 10, 11, 20, tzinfo=UTC)


def quantity(unit: str = "MW", value: float = 1234.5, *, is_suspect: bool = False) -> Figure:
    return Figure("net imports", None, "Net imports", value, unit, AS_OF, date(2026, 6, 10), 25, 5, is_suspect)


@pytest.mark.parametrize(
    ("unit", "value", "told"),
    [
        ("Hz", 49.9876, "49.988 Hz"),
        ("MW", -1234.5, "-1.23 GW"),
        ("MWh", 410.8, "411 MWh"),
        ("GBP/MWh", -12.345, "-12.35 £/MWh"),
    ],
)
def test_a_value_is_told_in_its_unit(unit: str, value: float, told: str) -> None:
    assert value_told(quantity(unit, value)) == told


def test_age_counts_from_the_begin_of_what_a_figure_is_of() -> None:
    told = standing_told(quantity(is_suspect=True), AS_OF + timedelta(minutes=12))
    assert told == "12:20 BST, period 25 · 12 min old · suspect"


def test_a_figure_of_another_day_names_it() -> None:
    assert standing_told(quantity(), AS_OF + timedelta(days=3)) == "10 Jun, 12:20 BST, period 25 · 3 days old"


def test_suspect_figures_are_named() -> None:
    assert doubted([quantity()]) is None
    told = doubted([quantity(), quantity(is_suspect=True)])
    assert told is not None
    assert told.startswith("**Suspect: net imports.**")


@pytest.mark.parametrize(
    ("incident", "name", "worst", "told"),
    [
        ("gap", None, None, "**Gap:** nothing was published from 12:00 to 13:00 BST (2 half-hours)."),
        (
            "flow above capacity",
            "IFA",
            2600,
            "**Flow above capacity:** IFA is said to have carried up to 2,600 MW from 12:00 to 13:00 BST "
            "(2 half-hours).",
        ),
        ("eclipse", None, None, "**Eclipse:** ` INTNEW ` from 12:00 to 13:00 BST (2 half-hours)."),
    ],
)
def test_an_incident_is_told_in_a_sentence(incident: str, name: str | None, worst: float | None, told: str) -> None:
    first = datetime(2026, 6, 10, 11, tzinfo=UTC)
    end = first + timedelta(minutes=30)
    struck = Incident(incident, "INTNEW", name, first, end, 2, worst, is_there_at_midnight=False)
    assert incident_told(struck) == told


def test_what_was_there_at_midnight_may_have_begun_before() -> None:
    first = datetime(2026, 6, 9, 23, tzinfo=UTC)
    told = incident_told(Incident("failover", "all", None, first, first, 1, None, is_there_at_midnight=True))
    assert told.endswith("from 00:00 to 00:30 BST (1 half-hour, perhaps since the day before).")
