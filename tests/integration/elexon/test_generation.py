"""What the outturn by fuel becomes: tables by five minutes and half-hours, and what went wrong with it, told once."""

import pytest

from tests.integration.elexon.conftest import LIVE

AT = "2026-05-20 12:05"
MODELLED = ["FUELINST", "FUELHH", "INDO", "ITSDO", "FREQ", "NDF", "WINDFOR", "AGPT", "AGWS", "MID", "system_prices"]


@pytest.fixture
def loaded(journey):
    assert journey.run(AT, LIVE, only=MODELLED) == ""
    return journey


def test_each_table_tells_the_same_as_what_was_published(loaded):
    for t in ("five_minute_generation","half_hourly_fuel_generation","half_hourly_interconnector_flows","half_hourly_generation_quality","daily_generation_incidents","half_hourly_demand","minute_frequency","half_hourly_demand_forecasts","half_hourly_wind_forecasts","half_hourly_generation_by_type","half_hourly_prices","grid_now"):
        print(t, loaded.as_analyst(f"select count(*) from analytics.{t}"))
        for r in loaded.as_analyst(f"select * from analytics.{t} limit 3"): print('   ', r)
    for r in loaded.as_analyst(f"select quantity, value, unit, as_of_at, settlement_period from analytics.grid_now order by display_order"): print('   ', r)
    print(loaded.query("select suite, name, success, details->>'finding' from ops.quality_results where not success"))
    assert loaded.as_analyst(
        "select start_time, fuel_type, generation from analytics.elexon_fuelinst order by 1, 2"
    ) == loaded.as_analyst(
        "select started_at, fuel_code, generation_mw::int from analytics.five_minute_generation order by 1, 2"
    )
