"""How good forecasts of known days are, to the last digit: every figure here can be worked out by hand.

Demand is the formula and a deviation, which of any ten half-hours is -40 MW once, -10 MW four times, 10 MW four times
and 40 MW once; each day is 100 MW higher than the one before. Five origins are judged, 96 half-hours each. So `formula`
errs by 16 MW, `naive_day` by a day's rise in the first day and by two in the second, `naive_week` by seven, and the
publisher by 50 MW; `behind` is the formula of two days before.
"""

import pytest

from tests.integration.forecasts.conftest import ask
from tests.known_days import END, NAIVE, ORIGINS, ByFormula

BEHIND = ByFormula("behind", off_mw=-200)
LEADS = {"0-6 h": 60, "6-24 h": 180, "24-48 h": 240, "all": 480}
# Below and above the quantile 10, at 25 MW less: (0.9 * 15 + 4 * 0.1 * 15 + 4 * 0.1 * 35 + 0.1 * 65) / 10 = 4. The
# quantile 90 loses as much, and the median half of 16.
FORMULA_PINBALL = (4 + 8 + 4) / 3
# All that comes is higher than its quantile 90: 0.1 * 225, 0.5 * 200 and 0.9 * 175.
BEHIND_PINBALL = (22.5 + 100 + 157.5) / 3


@pytest.fixture(scope="module")
def judged(shared_foreseeing, patched):
    """All that was foreseen from five origins, and from one of which nothing has come yet."""
    ask(patched, NAIVE, ByFormula(), BEHIND)
    for origin_at in (*ORIGINS, END):
        shared_foreseeing.foresee_from(origin_at)
    shared_foreseeing.publish()
    return shared_foreseeing


def by_lead(judged, table, model, *columns):
    """Figures of a model, by lead."""
    rows = judged.as_analyst(
        f"select lead_bucket, {', '.join(columns)} from analytics.{table} where target = 'demand' and model = %s", model
    )
    return {lead: figures[0] if len(figures) == 1 else figures for lead, *figures in rows}


def test_forecast_and_outturn_meet_one_to_one(judged):
    """Five origins are measured, of the sixth nothing is; whatever has several versions or issues counts once."""
    assert judged.as_analyst(
        "select model, count(*)::int from analytics.half_hourly_forecasts group by 1 order by 1"
    ) == [(model, 6 * 96) for model in ("behind", "formula", "naive_day", "naive_week")]
    for model in ("behind", "formula", "naive_day", "naive_week"):
        assert by_lead(judged, "forecast_accuracy", model, "half_hours") == LEADS
    scored = judged.as_analyst("select model, sum(half_hours)::int from analytics.daily_forecast_scores group by 1")
    assert {count for _, count in scored} == {480}


@pytest.mark.parametrize(
    ("model", "mae"),
    [
        ("formula", dict.fromkeys(LEADS, 16)),
        ("behind", dict.fromkeys(LEADS, 200)),
        ("naive_day", {"0-6 h": 100, "6-24 h": 100, "24-48 h": 200, "all": 150}),
        ("naive_week", dict.fromkeys(LEADS, 700)),
    ],
)
def test_errors_are_what_they_must_be_and_so_as_multiples_of_the_daily_change(judged, model, mae):
    assert by_lead(judged, "forecast_accuracy", model, "mae") == mae
    # From one day to the next demand changes by 100 MW.
    mase = by_lead(judged, "forecast_accuracy", model, "mase")
    assert mase == pytest.approx({lead: error / 100 for lead, error in mae.items()}, rel=1e-12)


@pytest.mark.parametrize(("model", "pinball"), [("formula", FORMULA_PINBALL), ("behind", BEHIND_PINBALL)])
def test_quantiles_lose_what_they_must(judged, model, pinball):
    expected = pytest.approx(dict.fromkeys(LEADS, pinball), rel=1e-12)
    assert by_lead(judged, "forecast_accuracy", model, "pinball") == expected


@pytest.mark.parametrize(
    ("model", "covered", "at_most"), [("formula", 80, {10: 10, 50: 50, 90: 90}), ("behind", 0, {10: 0, 50: 0, 90: 0})]
)
def test_coverage_and_calibration(judged, model, covered, at_most):
    """`formula` holds what its quantiles promise, in every lead."""
    assert by_lead(judged, "forecast_accuracy", model, "coverage_pct") == dict.fromkeys(LEADS, covered)
    rows = judged.as_analyst(
        """
        select lead_bucket, quantile_pct, half_hours, at_most_pct from analytics.forecast_calibration where model = %s
        """,
        model,
    )
    expected = {(lead, pct, LEADS[lead], share) for lead in LEADS for pct, share in at_most.items()}
    assert (set(rows), len(rows)) == (expected, len(expected))


@pytest.mark.parametrize(
    ("model", "skill"),
    [
        ("formula", {"0-6 h": 0.84, "6-24 h": 0.84, "24-48 h": 0.92, "all": 1 - 16 / 150}),
        ("behind", {"0-6 h": -1, "6-24 h": -1, "24-48 h": 0, "all": -1 / 3}),
        ("naive_day", dict.fromkeys(LEADS, 0)),
        ("naive_week", {"0-6 h": -6, "6-24 h": -6, "24-48 h": -2.5, "all": 1 - 700 / 150}),
    ],
)
def test_skill_is_against_the_better_naive_model_and_what_is_worse_is_shown_as_worse(judged, model, skill):
    found = by_lead(judged, "forecast_skill", model, "half_hours", "naive_day_mae", "naive_week_mae", "skill")
    naive_day = {"0-6 h": 100, "6-24 h": 100, "24-48 h": 200, "all": 150}
    assert {lead: figures[:3] for lead, figures in found.items()} == {
        lead: [count, naive_day[lead], 700] for lead, count in LEADS.items()
    }
    assert {lead: figures[3] for lead, figures in found.items()} == pytest.approx(skill, rel=1e-12, abs=1e-12)
    is_worse = by_lead(judged, "forecast_skill", model, "is_worse_than_naive")
    assert is_worse == {lead: value < 0 for lead, value in skill.items()}


@pytest.mark.parametrize(
    ("model", "mae"),
    [
        ("formula", dict.fromkeys(LEADS, 16)),
        # Of the second day, 32 half-hours; so of 80 in all, 48 of the first.
        ("naive_day", {"0-6 h": 100, "6-24 h": 100, "24-48 h": 200, "all": 140}),
    ],
)
def test_skill_against_the_publisher_is_about_what_it_had_foreseen_at_the_origin(judged, model, mae):
    """At noon UTC it foresees all but the last 16 of 96 half-hours: up to 5 o'clock, London's time, two days on."""
    found = by_lead(
        judged,
        "forecast_skill",
        model,
        *("half_hours_with_published", "mae_with_published", "published_mae", "skill_against_published"),
    )
    counts = {"0-6 h": 60, "6-24 h": 180, "24-48 h": 160, "all": 400}
    assert {lead: figures[:3] for lead, figures in found.items()} == {
        lead: [count, mae[lead], 50] for lead, count in counts.items()
    }
    skill = {lead: figures[3] for lead, figures in found.items()}
    assert skill == pytest.approx({lead: 1 - error / 50 for lead, error in mae.items()}, rel=1e-12)


def test_the_best_model_is_the_one_that_errs_least(judged):
    best = judged.as_analyst("select target, model, mae, skill, half_hours from analytics.best_model")
    assert best == [("demand", "formula", 16, pytest.approx(1 - 16 / 150), 480)]


def test_a_model_that_is_worse_than_naive_warns_and_is_published(judged):
    [(severity, success, lowest)] = judged.query("""
        select severity, success, observed_value from ops.quality_results where name = 'no_model_is_worse_than_naive'
    """)
    assert (severity, success) == ("warning", False), lowest
    assert judged.query("select name from ops.quality_results where not success") == [("no_model_is_worse_than_naive",)]
