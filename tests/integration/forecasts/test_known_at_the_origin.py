"""No look-ahead: a model is given what was known at its origin, on NESO's recorded captures and on planted versions."""

from datetime import UTC, datetime, timedelta
from functools import partial

import numpy as np
import pytest
from psycopg2.extras import execute_values

from include.forecasting.history import HALF_HOURS, History
from include.forecasting.known import Known, Refused, history_of, read_known, with_beside
from include.forecasting.model import Asked
from include.forecasting.naive import NAIVE_DAY
from include.forecasting.panel import Absent, InTurn
from include.forecasting.ridge import RIDGE
from include.forecasting.skill import mae
from include.forecasting.target import TARGETS, target_of
from include.settlement import HALF_HOUR, half_hour_at_or_after
from tests.recorded_copies import MEASURES

SOLAR = next(target for target in TARGETS if target.name == "solar")
ALL_VERSIONS = 10**9
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


def plant(owner, rows):
    """Put versions of NESO's half-hours into raw: start, a figure as SOLAR (None withdraws), when it was known."""
    with owner, owner.cursor() as cursor:
        execute_values(
            cursor,
            """
            insert into raw.neso_generation_mix (period_started_at, payload, content_hash, known_at, run_id) values %s
            """,
            [(at, figure, figure is not None, known_at) for at, figure, known_at in rows],
            template="""(
                %s, jsonb_build_object('SOLAR', %s::double precision), case when %s then '\\x00'::bytea end, %s, 1
            )""",
            page_size=10_000,
        )


@pytest.fixture(scope="module")
def captures(log):
    return sorted({line.captured_at for line in log})


@pytest.mark.parametrize(
    ("measure", "expected", "with_final_values"),
    [("GENERATION", 2_511.162, 2_514.854), ("CARBON_INTENSITY", 51.104, 48.903)],
)
def test_naive_day_errs_on_recorded_captures_as_it_would_have_then(
    owner, transformer, log, captures, measure, expected, with_final_values
):
    """The figure stands where solar stands, so that it is read as a target is. 7 of 71 captures were too old."""
    place = MEASURES.index(measure)
    plant(owner, [(each.period_started_at, each.values[place], each.captured_at) for each in log])
    read = partial(read_known, transformer, SOLAR, until=ALL_VERSIONS)
    found = [read(origin_at) for origin_at in captures]
    refused = [each for each in found if isinstance(each, Refused)]
    assert (len(captures), len(refused)) == (71, 7)
    assert all("at most 3 h may have passed" in each.because for each in refused)
    final = read(captures[-1]).history
    errors, flattered, origins = [], [], 0
    for known in (each for each in found if isinstance(each, Known)):
        asked = Asked(SOLAR, known.history, half_hour_at_or_after(known.origin_at))
        actuals = final.between(asked.starts_at, HALF_HOURS)
        if np.isnan(actuals).any():
            continue
        origins += 1
        errors.append(np.abs(NAIVE_DAY.forecast(asked)[:, 1] - actuals))
        as_final = Asked(SOLAR, final.known_until(known.history.ended_at), asked.starts_at)
        flattered.append(mae(NAIVE_DAY.forecast(as_final)[:, 1], actuals))
    assert (origins, np.size(errors)) == (61, 5_856)
    assert np.mean(errors) == pytest.approx(expected, abs=0.0005)
    assert np.mean(flattered) == pytest.approx(with_final_values, abs=0.0005)


def test_a_planted_future_row_and_a_later_revision_change_nothing(owner, transformer):
    origin_at = NEW_YEAR + timedelta(days=60)
    known_at = origin_at - timedelta(minutes=10)
    half_hours = [NEW_YEAR + number * HALF_HOUR for number in range(60 * 48 - 2)]
    plant(owner, [(at, 100.0 + number, known_at) for number, at in enumerate(half_hours)])
    before = read_known(transformer, SOLAR, origin_at, until=ALL_VERSIONS)
    plant(
        owner,
        [
            (half_hours[10], 9_999.0, origin_at + timedelta(seconds=1)),
            (half_hours[20], None, origin_at + timedelta(days=1)),
            (origin_at, 9_999.0, known_at),
            (origin_at - HALF_HOUR, 9_999.0, origin_at + timedelta(minutes=20)),
        ],
    )
    after = read_known(transformer, SOLAR, origin_at, until=ALL_VERSIONS)
    assert np.array_equal(before.history.values, after.history.values)
    assert (before.known_at, before.history.ended_at) == (after.known_at, after.history.ended_at)
    assert after.history.values[10] == 110


def test_a_half_hour_that_stood_withdrawn_is_unknown_and_comes_back(owner, transformer):
    origin_at = NEW_YEAR + timedelta(days=60)
    half_hours = [NEW_YEAR + number * HALF_HOUR for number in range(60 * 48)]
    plant(owner, [(at, 100.0, origin_at - timedelta(hours=3)) for at in half_hours])
    plant(owner, [(half_hours[5], None, origin_at - timedelta(hours=2))])
    plant(owner, [(half_hours[5], 70.0, origin_at - timedelta(hours=1))])
    at = partial(read_known, transformer, SOLAR, until=ALL_VERSIONS)
    # Two hours before the origin nothing has been known of the last half-hours that would be measured by then.
    assert np.isnan(at(origin_at - timedelta(minutes=90)).history.values[5])
    assert at(origin_at).history.values[5] == 70


def test_gas_can_be_made_again_from_the_versions_of_gas_and_wind_that_it_was_made_from(owner, transformer):
    """Of each load wind comes after gas; the last version that was read is one of wind."""
    origin_at = NEW_YEAR + timedelta(days=60)
    rows = [
        (NEW_YEAR + number * HALF_HOUR, fuel, mw + number, origin_at - timedelta(minutes=10))
        for number in range(60 * 48)
        for fuel, mw in (("CCGT", 5_000), ("WIND", 9_000))
    ]
    with owner, owner.cursor() as cursor:
        execute_values(
            cursor,
            """
            insert into raw.elexon_fuelhh (start_time, fuel_type, generation, known_at, content_hash, run_id) values %s
            """,
            rows,
            template="(%s, %s, %s, %s, '', 1)",
            page_size=10_000,
        )
    gas = target_of("gas")
    first = with_beside(transformer, read_known(transformer, gas, origin_at, until=ALL_VERSIONS), until=ALL_VERSIONS)
    assert first.history.beside[-1] == 9_000 + 60 * 48 - 1
    until = first.version_id
    again = with_beside(transformer, read_known(transformer, gas, origin_at, until=until), until=until)
    assert np.array_equal(again.history.beside, first.history.beside)
    assert (again.version_id, again.known_at) == (first.version_id, first.known_at)


def test_a_history_with_too_many_holes_for_a_model_is_refused_to_that_one_and_fails_no_other():
    """A week of January, and half a year later another one: 8 weeks have gone by, and two are known."""
    values = np.full(180 * 48, np.nan)
    values[: 7 * 48], values[-7 * 48 :] = 1.0, 2.0
    asked = Asked(SOLAR, History(NEW_YEAR, values), NEW_YEAR + timedelta(days=180))
    answers = list(InTurn((RIDGE, NAIVE_DAY)).answers([asked]))
    assert isinstance(answers[0], Absent)
    assert (answers[0].model, answers[0].asked) == ("ridge", asked)
    assert "too few" in answers[0].because


def test_versions_that_are_not_published_are_not_read(owner, transformer):
    origin_at = NEW_YEAR + timedelta(days=60)
    plant(owner, [(NEW_YEAR + number * HALF_HOUR, 100.0, origin_at) for number in range(60 * 48)])
    [(half,)] = [(60 * 48 - 4,)]
    assert read_known(transformer, SOLAR, origin_at, until=half).history.ended_at == origin_at - timedelta(hours=2)


@pytest.mark.parametrize(
    ("days", "ended_before", "because"),
    [
        (0, timedelta(0), "nothing was known of it"),
        (55.9, timedelta(0), "55.9 days of it were known; 56 are needed"),
        (
            60,
            timedelta(hours=3.5),
            "the newest half-hour that was known ended 3.5 h before; at most 3 h may have passed",
        ),
    ],
)
def test_an_origin_is_refused_and_says_why(owner, transformer, days, ended_before, because):
    origin_at = NEW_YEAR + timedelta(days=90)
    first_at = origin_at - ended_before - round(days * 48) * HALF_HOUR
    plant(owner, [(first_at + number * HALF_HOUR, 1.0, origin_at) for number in range(round(days * 48))])
    assert read_known(transformer, SOLAR, origin_at, until=ALL_VERSIONS) == Refused(because)


def test_what_is_not_on_record_is_unknown_and_not_zero():
    history = history_of([(NEW_YEAR + 2 * HALF_HOUR, 3.0), (NEW_YEAR, 1.0), (NEW_YEAR + HALF_HOUR, None)])
    assert np.array_equal(history.values, [1, np.nan, 3], equal_nan=True)
    assert history_of([(NEW_YEAR, None)]) is None
