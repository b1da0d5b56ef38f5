"""What the generation page says in figures: the legend, and the table behind the charts."""

from datetime import UTC, date, datetime

import pyarrow as pa
import pytest

from include.serving.dashboard.generation.fuels import STACK
from include.serving.dashboard.generation.half_hours import Instant
from include.serving.dashboard.generation.mix.page import figures, with_power
from include.serving.dashboard.span import Interval

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


def series(*buckets: datetime) -> pa.Table:
    numbers = ("energy_mwh", "generation_mw", "zero_carbon_pct", "carbon_intensity_g_per_kwh", "periods")
    columns = {name: [1.0] * len(buckets) for name in (*numbers, *(fuel.column for fuel in STACK))}
    return pa.table({"bucket_at": list(buckets), **columns, "is_provisional": [False] * len(buckets)})


@pytest.mark.parametrize(
    ("interval", "name"), [(Interval.DAY, "Day"), (Interval.MONTH, "Month"), (Interval.YEAR, "Year")]
)
def test_days_months_and_years_are_named_by_their_dates(interval, name):
    """In summer a day in London begins at 23:00 UTC, which no column may deny."""
    table = figures(series(datetime(2026, 7, 1, tzinfo=UTC)), interval)
    assert table.column_names[0] == name
    assert table[name].to_pylist() == [date(2026, 7, 1)]
    assert "Start (UTC)" not in table.column_names


@pytest.mark.parametrize("interval", [Interval.HALF_HOUR, Interval.HOUR])
def test_what_is_shorter_than_a_day_is_named_by_its_start(interval):
    at = datetime(2026, 6, 30, 23, tzinfo=UTC)
    assert figures(series(at), interval)["Start (UTC)"].to_pylist() == [at]
