"""Whatever the publisher does wrong: what passes heals, what lasts changes nothing that anybody sees and is named."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from include.ingestion.errors import (
    DamagedAnswerError,
    MovingSourceError,
    OversizedAnswerError,
    SchemaChangedError,
    SourceRefusedError,
    SourceUnavailableError,
    TooManyRejectedError,
)
from include.ingestion.window import Window
from include.operations.runs import Counts
from include.simulator.neso.faults import FAULTS
from include.warehouse import Warehouse
from tests.journey import FUELS, Journey
from tests.simulated_portal import SimulatedPortal

NOON, EVENING = datetime(2026, 5, 31, 12, tzinfo=UTC), datetime(2026, 5, 31, 18, tzinfo=UTC)
TEN_DAYS = Window(datetime(2026, 5, 21, tzinfo=UTC), NOON)
UNTIL_EVENING = Window(TEN_DAYS.start, EVENING)
# Faults of single rows strike a day before the newest half-hour.
STRUCK = datetime(2026, 5, 30, 10, tzinfo=UTC)
TWO_DAYS = Window(datetime(2026, 5, 30, tzinfo=UTC), NOON)
FIRST_LOAD = Counts(fetched=501, new=501)
SOUND_LOAD = Counts(fetched=513, new=12, revised=56, unchanged=445)

# Asked again within the run, as often as patience lasts.
PASSING = {
    "429": (SourceUnavailableError, r"datastore_search_sql answered 429 Too Many Requests: .*Rate limit exceeded"),
    "500": (SourceUnavailableError, r"datastore_search_sql answered 500 Internal Server Error"),
    "html": (DamagedAnswerError, r"the answer is not the JSON it should be: .* begins '<!DOCTYPE html>"),
    "empty": (DamagedAnswerError, r"the answer is empty"),
    "cut-off": (SourceUnavailableError, r"datastore_search_sql: IncompleteRead"),
    "cut-off-honest": (DamagedAnswerError, r"the answer is not the JSON it should be: Input data was truncated"),
    "slow": (SourceUnavailableError, r"datastore_search_sql: TimeoutError: timed out"),
    "trickle": (SourceUnavailableError, r"the answer came too slowly"),
    "dropped": (SourceUnavailableError, r"datastore_search_sql: ConnectionResetError: .*reset by peer"),
    "records-truncated": (DamagedAnswerError, r"cut its answer after 256 rows \(records_truncated\)"),
    "silently-short": (DamagedAnswerError, r"counts 513 rows but sent 462"),
    "silently-short-count": (DamagedAnswerError, r"lacks 51 half-hours before its newest.*2026-05-26 08:00"),
    "missing-half-hours": (DamagedAnswerError, r"lacks 3 half-hours before its newest.*2026-05-30 16:00"),
}
# Asked once: somebody has to look.
REFUSED = {
    "409": (SourceRefusedError, r"datastore_search_sql answered 409 Conflict: .*Query took too long"),
    "redirect": (SourceRefusedError, r"datastore_search_sql answered 302 Found \(API calls follow no redirect\)"),
    "gzip-bomb": (OversizedAnswerError, r"unpacks to more than 100 times its size"),
    "renamed-column": (SchemaChangedError, r"NESO no longer sends GAS; new: NATURAL_GAS"),
    "retyped-column": (SchemaChangedError, r"NESO changed the type of SOLAR \(now text\)"),
}
# The whole window is asked again.
MOVING = {"moving": (MovingSourceError, r"neso_generation_mix was published anew 3 times while it was read")}
ROWS = {
    "null-values": (1, "Expected `float`, got `null` - at `$.SOLAR`"),
    "bad-row": (1, "Expected `float` >= 0.0 - at `$.GAS`"),
}
HARMLESS = ("out-of-order-rows", "text-numbers", "plain-numbers")
REPEATED = ("duplicate-rows",)
OF_ITS_OWN = ("new-column", "withdrawn-tail")
# The only faults during which the clock matters, so they are met with less patience.
READ_TIMEOUT_S = {"slow": 1.0, "trickle": 1.0}


@pytest.fixture(scope="module")
def published(
    copy_of: Callable[..., Any], template: Warehouse, settings: Any, portal_process: SimulatedPortal
) -> Iterator[Warehouse]:
    """Ten sound days, from the portal to analytics."""
    portal_process.reset()
    with copy_of(template) as warehouse:
        journey = Journey.through(portal_process, settings, warehouse.dsn)
        assert journey.ingest(TEN_DAYS) == FIRST_LOAD
        assert journey.bring() == FIRST_LOAD.new
        yield warehouse


@pytest.fixture
def journey(
    copy_of: Callable[..., Any], published: Warehouse, settings: Any, simulator: SimulatedPortal
) -> Iterator[Journey]:
    """A warehouse in which ten days stand in analytics, at noon."""
    with copy_of(published) as warehouse:
        yield Journey.through(simulator, settings, warehouse.dsn)


@pytest.fixture
def fresh(warehouse: Warehouse, settings: Any, simulator: SimulatedPortal) -> Journey:
    """A warehouse without rows."""
    return Journey.through(simulator, settings, warehouse.dsn)


def ingest(journey: Journey, window: Window, fault: str) -> Counts | None:
    return journey.ingest(window, read_timeout_s=READ_TIMEOUT_S.get(fault, 20))


def assert_in_one_line(message: str) -> None:
    assert "\n" not in message
    assert " at 0x" not in message
    assert "object at" not in message
    assert len(message) < 500


def values(journey: Journey) -> list[tuple[Any, ...]]:
    """What analytics says of each half-hour, without when it was learned and how often it changed."""
    fuels = ", ".join(f"{fuel}_mw" for fuel in FUELS)
    return journey.as_analyst(
        f"""
        select period_started_at, {fuels}, generation_mw, unattributed_mw, carbon_intensity_g_per_kwh
        from analytics.half_hourly_generation order by 1
        """
    )


def test_every_fault_of_the_simulator_has_its_test():
    assert {*PASSING, *REFUSED, *MOVING, *ROWS, *HARMLESS, *REPEATED, *OF_ITS_OWN} == FAULTS.keys()


@pytest.mark.parametrize("fault", [*PASSING, *MOVING])
def test_what_passes_heals_within_the_run_and_leaves_no_trace(fault, fresh, published, simulator, settings):
    simulator.set(fault=fault, fault_times=2, slow_seconds=20)
    assert ingest(fresh, TEN_DAYS, fault) == FIRST_LOAD
    assert len(simulator.asked("datastore_search_sql")) == 3
    assert fresh.content() == Journey.through(simulator, settings, published.dsn).content()
    assert fresh.query("select count(*) from ops.rejected_rows") == [(0,)]
    assert fresh.query("select fetched, new, error_message from ops.pipeline_runs") == [(501, 501, None)]


@pytest.mark.parametrize(("fault", "error", "cause"), [(name, *told) for name, told in {**PASSING, **MOVING}.items()])
def test_what_lasts_fails_when_patience_ends_and_the_next_run_brings_all(fault, error, cause, journey, simulator):
    fails_and_is_caught_up(journey, simulator, fault, error, cause, times_asked=3)


@pytest.mark.parametrize(("fault", "error", "cause"), [(name, *told) for name, told in REFUSED.items()])
def test_what_no_asking_again_would_help_fails_at_once(fault, error, cause, journey, simulator):
    fails_and_is_caught_up(journey, simulator, fault, error, cause, times_asked=1)


def fails_and_is_caught_up(journey, simulator, fault, error, cause, *, times_asked):
    """The publisher has gone on, but its answer is at fault: neither raw nor analytics takes any of it."""
    before = journey.raw(), journey.analytics()
    simulator.set(now=EVENING.isoformat(), fault=fault, slow_seconds=20)
    with pytest.raises(error, match=cause) as failure:
        ingest(journey, UNTIL_EVENING, fault)
    assert_in_one_line(str(failure.value))
    assert len(simulator.asked("datastore_search_sql")) == times_asked
    assert (journey.raw(), journey.analytics()) == before
    assert not journey.has_pending
    assert journey.query("select count(*) from ops.rejected_rows") == [(0,)]
    simulator.set(fault=None)
    assert journey.ingest(UNTIL_EVENING) == SOUND_LOAD


def test_a_run_after_a_failed_one_publishes_what_that_one_could_not_bring(journey, simulator):
    before = journey.analytics()
    simulator.set(now=EVENING.isoformat(), fault="silently-short-count")
    with pytest.raises(DamagedAnswerError):
        journey.ingest(UNTIL_EVENING)
    assert journey.analytics() == before
    simulator.set(fault=None)
    journey.ingest(UNTIL_EVENING)
    assert journey.bring() == 68
    [(newest, present)] = journey.as_analyst(
        "select max(period_started_at), count(*) from analytics.half_hourly_generation"
    )
    assert (newest, present) == (EVENING - timedelta(hours=2), 513)


@pytest.mark.parametrize("fault", ["429", "500", "empty", "dropped", "html"])
def test_the_question_for_the_edition_is_as_patient(fault, journey, simulator):
    simulator.set(now=EVENING.isoformat(), fault=fault, fault_on="resource", fault_times=2)
    assert journey.ingest(UNTIL_EVENING) == SOUND_LOAD
    simulator.set(fault=fault, fault_times=None)
    with pytest.raises(PASSING[fault][0]):
        journey.ingest(UNTIL_EVENING)


@pytest.mark.parametrize("fault", HARMLESS)
def test_order_and_spelling_do_not_matter(fault, journey, simulator):
    before = journey.raw()
    simulator.set(fault=fault)
    assert journey.ingest(TEN_DAYS) == Counts(fetched=501, unchanged=501)
    assert journey.raw() == before
    simulator.set(now=EVENING.isoformat(), fault=None)
    assert journey.ingest(UNTIL_EVENING) == SOUND_LOAD


@pytest.mark.parametrize("fault", HARMLESS)
def test_a_first_load_may_come_in_any_order_and_spelling(fault, fresh, journey, simulator):
    simulator.set(fault=fault)
    assert fresh.ingest(TEN_DAYS) == FIRST_LOAD
    assert [row[::2] for row in fresh.content()] == [row[::2] for row in journey.content()]


@pytest.mark.parametrize(("fault", "rejected", "reason"), [(name, *told) for name, told in ROWS.items()])
def test_a_few_bad_rows_are_kept_apart_and_their_half_hours_stay_as_they_were(
    fault, rejected, reason, journey, simulator
):
    before = journey.raw(), journey.analytics()
    simulator.set(fault=fault)
    for times in (1, 2):
        counts = journey.ingest(TEN_DAYS)
        assert (counts.rejected, counts.new, counts.revised, counts.withdrawn) == (rejected, 0, 0, 0)
        kept = "select reason, times_rejected, min(observed_at), count(*) from ops.rejected_rows group by 1, 2"
        assert journey.query(kept) == [(reason, times, STRUCK, rejected)]
    assert (journey.raw(), journey.analytics()) == before
    simulator.set(fault=None)
    assert journey.ingest(TEN_DAYS) == Counts(fetched=501, unchanged=501)


@pytest.mark.parametrize("fault", REPEATED)
def test_rows_that_come_more_than_once_are_kept_once_and_counted(fault, journey, simulator):
    before = journey.raw(), journey.analytics()
    simulator.set(fault=fault)
    counts = journey.ingest(TWO_DAYS)
    assert (counts.repeated, counts.rejected, counts.written) == (3, 0, 0)
    assert counts.fetched == counts.unchanged + counts.repeated
    assert (journey.raw(), journey.analytics()) == before


@pytest.mark.parametrize("fault", ROWS)
def test_a_half_hour_that_was_refused_comes_with_the_run_after(fault, fresh, journey, simulator):
    simulator.set(fault=fault)
    first = fresh.ingest(TEN_DAYS)
    simulator.set(fault=None)
    second = fresh.ingest(TEN_DAYS)
    assert first.new + second.new == 501
    assert (second.revised, second.withdrawn, second.rejected) == (0, 0, 0)
    assert fresh.content() == journey.content()


@pytest.mark.parametrize(("fault", "rejected", "reason"), [(name, *told) for name, told in ROWS.items()])
def test_more_bad_rows_than_one_in_a_hundred_refuse_the_window(fault, rejected, reason, journey, simulator):
    before = journey.raw(), journey.analytics()
    simulator.set(fault=fault)
    with pytest.raises(TooManyRejectedError) as failure:
        journey.ingest(TWO_DAYS)
    assert_in_one_line(str(failure.value))
    assert reason in str(failure.value)
    assert (journey.raw(), journey.analytics()) == before
    assert journey.query("select count(*) from ops.rejected_rows") == [(rejected,)]
    simulator.set(fault=None)
    assert journey.ingest(TWO_DAYS) == Counts(fetched=69, unchanged=69)


def test_a_new_column_is_kept_and_reported_and_changes_no_value(journey, simulator):
    before = values(journey)
    simulator.set(fault="new-column", fault_times=1)
    assert journey.ingest(TEN_DAYS) == Counts(fetched=501, revised=501)
    assert journey.query("select column_name, example ~ '^[0-9]+[.]0$' from ops.schema_drift") == [("BATTERY", True)]
    assert journey.bring() == 501
    assert values(journey) == before
    assert journey.ingest(TEN_DAYS) == Counts(fetched=501, revised=501), "the fault was played once"
    assert journey.query("select count(*) from ops.schema_drift") == [(1,)]


def test_half_hours_that_vanish_are_withdrawn_and_come_back(journey, simulator):
    before = values(journey)
    simulator.set(fault="withdrawn-tail")
    assert journey.ingest(TEN_DAYS) == Counts(fetched=495, withdrawn=6, unchanged=495)
    assert journey.ingest(TEN_DAYS) == Counts(fetched=495, unchanged=495)
    assert journey.bring() == 6
    assert values(journey) == before[:-6]
    simulator.set(fault=None)
    assert journey.ingest(TEN_DAYS) == Counts(fetched=501, revised=6, unchanged=495)
    assert journey.bring() == 6
    assert values(journey) == before
    versions = """
        select version_number, is_withdrawn from analytics.half_hourly_generation_versions
        where period_started_at = %s order by 1
    """
    assert journey.as_analyst(versions, before[-1][0]) == [(1, False), (2, True), (3, False)]


def test_faults_that_come_one_after_another_are_outlived_too(journey, simulator):
    """A refusal, then a short answer, then a publication in between: each heals in its own way."""
    simulator.set(now=EVENING.isoformat(), fault=["moving", "silently-short"], fault_times=1)
    assert journey.ingest(UNTIL_EVENING) == SOUND_LOAD
