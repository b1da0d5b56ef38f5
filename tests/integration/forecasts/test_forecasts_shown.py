"""What screens show of forecasts: the newest and any before, what came, errors beside the publisher's, refusals."""

from datetime import timedelta

import pytest

from include.serving.dashboard.forecast.outlook import page, queries
from include.serving.forecasts import as_json, read_newest
from include.warehouse import Role, session
from tests.forecasts_published import ABSENT, REFUSED
from tests.integration.forecasts.conftest import NOW


def test_what_is_foreseen_with_its_best_model(screens):
    found = {each.target: each for each in queries.targets(screens)}
    assert list(found) == ["demand", "wind", "solar", "gas", "carbon"]
    assert (found["demand"].best_model, found["demand"].unit) == ("ridge", "MW")
    assert found["solar"].best_model is None
    assert queries.models(screens, "demand") == ["naive_day", "naive_week", "ridge"]
    assert queries.models(screens, "gas") == []


def test_the_newest_forecast_and_one_from_before(screens):
    assert queries.origin(screens, "demand", "ridge", None).origin_at == NOW
    assert queries.origin(screens, "demand", "ridge", NOW - timedelta(hours=1)).origin_at == NOW - timedelta(hours=6)
    assert queries.origin(screens, "demand", "ridge", NOW - timedelta(days=20)) is None
    assert queries.origin(screens, "gas", "ridge", None) is None


def test_a_fan_has_what_was_foreseen_what_came_and_the_day_before(screens):
    table = queries.fan(screens, "demand", "ridge", NOW - timedelta(hours=6))
    rows = table.to_pylist()
    assert rows[0]["bucket_at"] == NOW - timedelta(hours=30)
    assert sum(row["quantile_50"] is not None for row in rows) == 96
    both = [row for row in rows if row["quantile_50"] is not None and row["outturn"] is not None]
    # Half-hours that had begun by 11:00 are known at noon.
    assert len(both) == 11
    assert both[0]["when"].endswith("BST")
    assert page.came_told(table).startswith("11 half-hours have been measured since:")


def test_a_forecast_of_which_nothing_came_yet_says_so(screens):
    assert page.came_told(queries.fan(screens, "demand", "ridge", NOW)) == "Nothing of it has been measured yet."


def test_errors_stand_beside_those_of_the_publisher_at_equal_lead(screens):
    rows = {(row["model"], row["lead_bucket"]): row["mae"] for row in queries.accuracy(screens, "demand")}
    assert rows["ridge", "0-6 h"] == 100
    # The publisher foresees six hours.
    assert [key for key in rows if key[0] == "published"] == [("published", "0-6 h")]


def test_what_is_worse_than_naive_is_shown_as_worse(screens):
    rows = [row for row in queries.skill(screens, "demand") if row["lead_bucket"] == "all"]
    assert [(row["model"], row["is_worse_than_naive"]) for row in rows] == [
        ("ridge", False),
        ("naive_day", False),
        ("naive_week", True),
    ]


def test_why_there_is_no_newer_forecast_and_who_was_absent(screens):
    told = {(row["target"], row["model"]): row["because"] for row in queries.refused(screens, "solar")}
    assert told == {("solar", None): REFUSED, (None, "fracast"): ABSENT}
    assert [row["target"] for row in queries.refused(screens, "demand")] == [None]


@pytest.mark.parametrize(
    ("skill", "told"),
    [
        (None, ""),
        (0.25, ", 25 % less wrong than the better naive one"),
        (-0.1, ", 10 % more wrong than the better naive one"),
    ],
)
def test_skill_in_words(skill, told):
    assert page.skill_told(skill) == told


def test_the_command_tells_the_newest_of_each_target_by_its_best_model(published):
    with session(published.dsn(Role.ANALYST), application="tests") as connection:
        found = read_newest(connection, NOW)
        by_naive = read_newest(connection, NOW, model="naive_day")
    told = {each.target: each for each in found.foreseen}
    assert {name: each.model for name, each in told.items()}["demand"] == "ridge"
    assert len(told["demand"].half_hours) == 96
    assert (told["demand"].mae, told["demand"].coverage_pct, told["demand"].refused_because) == (100, 81.5, None)
    assert (told["gas"].origin_at, told["gas"].half_hours) == (None, [])
    assert told["solar"].refused_because == REFUSED
    assert dict(found.absent) == {"fracast": ABSENT}
    assert {each.model for each in by_naive.foreseen} == {"naive_day"}
    [demand] = [each for each in as_json(found)["forecasts"] if each["target"] == "demand"]
    assert demand["half_hours"][0]["period_started_at"] == "2026-07-01T12:00:00+00:00"
