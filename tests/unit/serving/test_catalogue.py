"""How an entry of the catalogue stands: how new it is by its own limits, or else by its publisher's last change."""

from datetime import timedelta

import pytest

from include.serving.catalogue import State
from include.serving.coverage import in_words, stretches
from include.serving.datasets import Freshness
from tests.unit.serving.catalogued import NOW, declared, entry

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def of_limits(age):
    newest_at = NOW - age - timedelta(minutes=30)
    return entry("heights", declared("heights", newest_at=newest_at, warn_after=2 * HOUR, critical_after=DAY))


@pytest.mark.parametrize(
    ("age", "freshness", "standing"),
    [(HOUR, Freshness.FRESH, "fresh"), (3 * HOUR, Freshness.LATE, "late"), (2 * DAY, Freshness.STALE, "stale")],
)
def test_what_has_limits_is_as_old_as_its_newest_period(age, freshness, standing):
    heights = of_limits(age)
    assert (heights.freshness(NOW), heights.standing(NOW), heights.age(NOW)) == (freshness, standing, age)


@pytest.mark.parametrize(
    ("waiting", "freshness", "standing"),
    [(None, Freshness.FRESH, "fresh"), (HOUR, Freshness.FRESH, "update due"), (DAY, Freshness.LATE, "late")],
)
def test_what_has_none_is_late_when_its_publisher_changed_it_a_day_ago(waiting, freshness, standing):
    since = None if waiting is None else NOW - waiting
    bids = entry("bids", last_updated_at=NOW, waiting_since=since, loaded_at=NOW - 2 * HOUR)
    assert (bids.freshness(NOW), bids.standing(NOW), bids.age(NOW)) == (freshness, standing, 2 * HOUR)


def test_nothing_is_said_of_how_new_something_is_where_that_is_not_known():
    assert (entry("bids").freshness(NOW), entry("bids").standing(NOW)) == (None, "loaded")
    never = entry("bids", loaded_at=None, last_updated_at=NOW)
    assert (never.freshness(NOW), never.standing(NOW), never.age(NOW)) == (None, "nothing held yet", None)
    assert entry("BIDS", None).standing(NOW) == "cannot be loaded"


ENTRIES = {
    "sound": entry("sound"),
    "failing": entry("failing", failed_at=NOW, cause="no"),
    "late": of_limits(3 * HOUR),
    "drift": entry("drift", drift="new: salinity"),
    "nothing held": entry("nothing held", loaded_at=None),
    "new": entry("new", None, is_usable=False, reason="new", drift="new dataset"),
    "silent": entry("silent", is_usable=False, reason="failing: 503"),
}


@pytest.mark.parametrize(
    ("state", "found"),
    [
        (State.ALL, [*ENTRIES]),
        (State.FAILING, ["failing"]),
        (State.LATE, ["late"]),
        (State.DRIFT, ["drift", "new"]),
        (State.NOTHING_HELD, ["nothing held"]),
        (State.NOT_LOADED, ["new", "silent"]),
    ],
)
def test_each_state_finds_its_own(state, found):
    assert [name for name, each in ENTRIES.items() if each.is_in(state, NOW)] == found


def test_what_is_amiss_needs_attention():
    assert [name for name, each in ENTRIES.items() if each.needs_attention(NOW)] == ["failing", "late", "drift", "new"]


def test_days_are_told_in_words_and_as_stretches():
    days = ("held", "held", "missing", "held", "not_asked")
    assert in_words(days) == "3 held, 1 asked for, and did not come, 1 never asked for"
    assert stretches(days) == [("held", 2), ("missing", 1), ("held", 1), ("not_asked", 1)]
    assert (in_words(()), stretches(())) == ("", [])
