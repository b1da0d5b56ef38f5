"""What the outturn by fuel becomes: tables by five minutes and half-hours, and what went wrong with it, told once."""

import pytest

from tests.integration.elexon.conftest import LIVE

AT = "2026-05-20 12:05"
BOTH = ["FUELINST", "FUELHH"]


@pytest.fixture
def loaded(journey):
    assert journey.run(AT, LIVE, only=BOTH) == ""
    return journey


def test_each_table_tells_the_same_as_what_was_published(loaded):
    assert loaded.as_analyst(
        "select start_time, fuel_type, generation from analytics.elexon_fuelinst order by 1, 2"
    ) == loaded.as_analyst(
        "select started_at, fuel_code, generation_mw::int from analytics.five_minute_generation order by 1, 2"
    )
