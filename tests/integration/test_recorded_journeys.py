"""Single journeys of NESO's recorded copies: one that is caught up, one in the columns of 2023, one of 50 periods."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from include.ingestion.window import Window
from include.operations.runs import Counts
from include.warehouse import Warehouse
from tests.journey import FUELS, Journey
from tests.recorded_copies import OLD_SCHEMA, PUBLISHED, copy_of_file, days, load_capture, values_of
from tests.simulated_portal import SimulatedPortal


@pytest.fixture
def journey(warehouse: Warehouse, settings: Any, simulator: SimulatedPortal) -> Journey:
    """An empty warehouse."""
    return Journey.through(simulator, settings, warehouse.dsn)


def test_a_run_that_loads_and_then_fails_is_caught_up_by_the_next_one(journey, recorded, log):
    """Three captures of mid-April; the middle one rewrote more than any other, and got no further than raw."""
    before, failing, after = (
        each
        for each in sorted({line.captured_at for line in log})
        if date(2026, 4, 14) <= each.date() <= date(2026, 4, 16)
    )
    load_capture(journey, recorded, before)
    journey.bring()
    published = journey.analytics()
    with pytest.raises(RuntimeError, match="killed"):
        load_and_fail(journey, recorded, failing)
    assert journey.analytics() == published
    assert journey.has_pending
    load_capture(journey, recorded, after)
    assert journey.bring() == len({line.period_started_at for line in log if line.captured_at in (failing, after)})
    assert values_of(journey) == {line.period_started_at: line.values for line in log if line.captured_at <= after}
    assert not journey.has_pending


def load_and_fail(journey: Journey, recorded: Path, captured_at: datetime) -> None:
    assert load_capture(journey, recorded, captured_at).counts.revised == 2_514
    raise RuntimeError("killed between loading and building")


def test_the_file_of_2023_loads_and_what_it_does_not_have_is_not_known(journey, simulator, recorded):
    """Its wind includes the embedded wind, which later copies tell apart."""
    window = Window(datetime(2023, 2, 1, tzinfo=UTC), datetime(2023, 4, 1, tzinfo=UTC))
    simulator.set(csv=[str(recorded / OLD_SCHEMA)], now=None)
    assert journey.ingest(window) == Counts(fetched=2_832, new=2_832)
    assert journey.bring() == 2_832
    copy = copy_of_file(recorded / OLD_SCHEMA)
    assert values_of(journey) == copy
    assert {told[PUBLISHED.index("WIND_EMB")] for told in copy.values()} == {None}
    fuels = "select distinct fuel_code from analytics.half_hourly_generation_mix"
    assert {fuel for (fuel,) in journey.as_analyst(fuels)} == {*FUELS, "unattributed"} - {"embedded_wind"}
    assert journey.ingest(window) == Counts(fetched=2_832, unchanged=2_832)
    assert days(journey, "2023-03-26") == [(46, 46, 0, 46, 46)]


def test_the_day_on_which_clocks_go_back_has_50_periods(journey, simulator):
    """The recorded copies have no October; the simulator has."""
    simulator.set(start="2025-10-01T00:00:00Z", now="2025-11-01T12:00:00Z")
    journey.ingest(Window(datetime(2025, 10, 24, 23, tzinfo=UTC), datetime(2025, 10, 29, tzinfo=UTC)))
    journey.bring()
    assert days(journey, "2025-10-25", "2025-10-26", "2025-10-27") == [
        *[(48, 48, 0, 48, 48), (50, 50, 0, 50, 50), (48, 48, 0, 48, 48)]
    ]
    periods = journey.as_analyst(
        "select settlement_period, period_started_at from analytics.half_hourly_generation "
        "where settlement_date = '2025-10-26' order by 2"
    )
    first = datetime(2025, 10, 25, 23, tzinfo=UTC)
    assert periods == [(number + 1, first + number * timedelta(minutes=30)) for number in range(50)]
