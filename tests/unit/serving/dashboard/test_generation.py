"""What the legend of the generation page says."""

from datetime import UTC, datetime

from include.serving.dashboard.fuels import STACK
from include.serving.dashboard.generation.half_hours import Instant
from include.serving.dashboard.generation.mix.page import with_power

FUELS = {fuel.code: fuel for fuel in STACK}


def half_hour(shares_pct: dict[str, float], **fuels_mw: float) -> Instant:
    fuels = {fuel.code: fuels_mw.get(fuel.code) for fuel in STACK}
    return Instant(datetime(2026, 5, 1, tzinfo=UTC), 32_000, None, None, fuels, shares_pct)


def test_the_legend_says_what_a_fuel_gives_now_and_its_share():
    newest = half_hour({"wind": 25, "coal": 0}, wind=8_000, coal=0)
    assert with_power(FUELS["wind"], newest) == "Wind 8.00 GW, 25.0 %"
    assert with_power(FUELS["coal"], newest) == "Coal 0.00 GW, 0.0 %"
    assert with_power(FUELS["gas"], newest) == "Gas"
    assert with_power(FUELS["wind"], half_hour({}, wind=0)) == "Wind 0.00 GW"
