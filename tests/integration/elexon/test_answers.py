"""An answer that is not the whole answer to what was asked never passes for it, and leaves what is held as it was."""

from typing import Any

import pytest

from include.ingestion.errors import LastingError, PassingError
from include.sources import pipeline_of
from tests.integration.elexon.conftest import DAILY, LIVE, Journey, run_at, utc

AT = "2026-05-06 08:35"
DAY = {"start": "2026-05-05", "end": "2026-05-05T22:00"}
HELD = {"PN": (DAILY, "elexon_pn"), "FUELINST": (LIVE, "elexon_fuelinst"), "INDO": (LIVE, "elexon_indo")}


def load(journey: Journey, code: str, **params: Any) -> str:
    """Load a day of a dataset; return what it failed of, if it did."""
    dag_id, name = HELD[code]
    journey.api.set(now=utc(AT).isoformat())
    try:
        pipeline_of(dag_id).extract_and_load(run_at(utc(AT), {**DAY, **params}), journey.place, [name])
    except (PassingError, LastingError) as error:
        return f"{type(error).__name__}: {error}"
    return ""


def content(journey: Journey, code: str) -> tuple[Any, ...]:
    """What raw holds of a dataset, as a hash, and the reasons of what was refused."""
    _, name = HELD[code]
    held = f"{name}_held" if code == "PN" else name
    [row] = journey.query(f"select count(*), md5(string_agg(row::text, ' ' order by row::text)) from raw.{held} as row")
    return row


@pytest.fixture(params=list(HELD))
def code(request):
    return request.param


@pytest.fixture
def journey(journey):
    journey.api.set(units=20)
    return journey


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("no-bracket", "no whole array of rows"),
        ("cut-off", "SourceUnavailableError"),
        ("cut-off-honest", "DamagedAnswerError"),
        ("wrong-window", "AnswerOutsideScopeError"),
        ("further-outside", "AnswerOutsideScopeError"),
        ("html", "DamagedAnswerError"),
        ("empty", "DamagedAnswerError"),
        ("500", "SourceUnavailableError"),
        ("404", "SourceRefusedError"),
        ("missing-column", "TooManyRejectedError"),
        ("no-rows", "DamagedAnswerError"),
    ],
)
def test_it_fails_the_window_and_the_next_answer_mends_it(journey, fault, said):
    """Of a dataset that streams, on its way into an empty table."""
    journey.api.set(fault=fault, fault_on="pn")
    assert said in load(journey, "PN")
    assert journey.query("select count(*) from raw.elexon_pn_held") == [(0,)]
    journey.api.set(fault=None)
    assert load(journey, "PN") == ""
    assert journey.query("select count(*) > 150 from raw.elexon_pn_held") == [(True,)]


@pytest.mark.parametrize("fault", ["short", "wrong-window", "cut-off-honest"])
def test_what_is_held_stays_where_a_later_answer_is_short(journey, code, fault):
    assert load(journey, code) == ""
    before = content(journey, code)
    journey.api.set(fault=fault, fault_on=code.lower())
    assert load(journey, code) != ""
    assert content(journey, code) == before


def test_a_short_answer_is_told_by_elexons_own_count(journey):
    journey.api.set(fault="short", fault_on="pn")
    assert "of which Elexon counts" in load(journey, "PN")


def test_rows_that_stand_twice_count_once(journey, code):
    journey.api.set(fault="repeated", fault_on=code.lower())
    assert load(journey, code) == ""
    [(outcome, _, _, _, rejected, repeated, _)] = journey.loads()[code.lower()]
    assert (outcome, rejected) == ("held", 0)
    assert repeated >= 3


def test_a_key_that_was_guessed_is_proven_on_every_answer(journey):
    """Two rows of one key that differ are both refused, with the reason; more than a few refuse the window."""
    journey.api.set(fault="disagreeing", fault_on="pn")
    assert load(journey, "PN") == ""
    [(*_, rejected, _, _)] = journey.loads()["pn"]
    assert rejected == 2
    [(reason,)] = journey.query("select distinct reason from ops.rejected_rows")
    assert reason == "Same key came twice with different values"


def test_a_field_that_is_new_is_kept_beside_the_others(journey, code):
    journey.api.set(fault="unknown-column", fault_on=code.lower())
    assert load(journey, code) == ""
    _, name = HELD[code]
    assert journey.query(f"select count(*) filter (where _extra is null) from raw.{name}") == [(0,)]
    assert journey.query("select distinct dataset from ops.schema_drift") == [(name,)]


@pytest.mark.parametrize("fault", ["mistyped", "null-key", "twice-named"])
def test_a_row_that_is_wrong_is_refused_with_its_reason(journey, fault):
    journey.api.set(fault=fault, fault_on="pn")
    assert load(journey, "PN") == ""
    assert journey.loads()["pn"][0][4] == 1
    assert journey.query("select count(*) from ops.rejected_rows where dataset = 'elexon_pn'") == [(1,)]
