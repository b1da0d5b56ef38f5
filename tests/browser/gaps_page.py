"""A page of charts over rows that no publisher gave us yet.

Some are missing, one is alone, the newest are provisional, and the first does not tell wind's embedded part.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from include.serving.dashboard import frame
from include.serving.dashboard.fuels import STACK
from include.serving.dashboard.generation import charts
from include.serving.dashboard.span import Interval

BEGINS_AT = datetime(2026, 5, 1, tzinfo=UTC)
MISSING, ALONE, PROVISIONAL, HALF_HOURS = (4, 5, 7), 6, (10, 11), 12
MEASURES = (
    *(name for fuel in STACK for name in (fuel.column, fuel.share_column)),
    *("generation_mw", "energy_mwh", "zero_carbon_mw", "carbon_mw", "unclassified_mw"),
    *("zero_carbon_pct", "carbon_intensity_g_per_kwh"),
)

UNTOLD_AT_FIRST = ("embedded_wind_mw", "embedded_wind_pct")


def row(number: int, length: timedelta) -> dict[str, Any]:
    """A row as `over_range` gives it."""
    figure = None if number in MISSING else 9.0
    return {
        "bucket_at": BEGINS_AT + number * length,
        "bucket_until_at": BEGINS_AT + (number + 1) * length,
        "when": str(number),
        "is_provisional": number in PROVISIONAL,
        "stands_alone": number == ALONE,
        **dict.fromkeys(MEASURES, figure),
        **(dict.fromkeys(UNTOLD_AT_FIRST) if number == 0 else {}),
    }


def draw(name: str, rows: list[dict[str, Any]], interval: Interval) -> None:
    """Draw every chart over time."""
    table = pa.Table.from_pylist(rows)
    for number, chart in enumerate(
        (
            charts.power_by_fuel(interval, len(rows)),
            charts.share_by_fuel(interval, len(rows)),
            charts.carbon_balance(interval),
            charts.share_and_intensity(interval),
            charts.difference_by_fuel(interval),
        )
    ):
        frame.zoomable(table, chart, key=f"{name}-{number}", alt=name)


if __name__ == "__main__":
    draw("gaps", [row(number, timedelta(minutes=30)) for number in range(HALF_HOURS)], Interval.HALF_HOUR)
    only = row(ALONE, timedelta(days=1)) | {"is_provisional": True}
    draw("one", [only], Interval.DAY)
    frame.close_page()
