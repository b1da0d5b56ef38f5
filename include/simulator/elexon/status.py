"""How many rows were taken in for each settlement period, as /data-status tells."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime

import numpy as np

from include.simulator.elexon.asking import Asked, Window, within
from include.simulator.elexon.rows import Row
from include.simulator.elexon.series import Series, Span
from include.simulator.elexon.settlement import (
    HALF_HOUR_S,
    day_after,
    half_hour_at,
    midnight_s,
    period_at,
    seconds_of,
    stamp,
)
from include.simulator.elexon.world import World

LISTED = (
    "ISPSTACK", "FREQ", "BOALF", "DISEBSP", "DISPTAV", "DISBSAD", "NETBSAD", "BOD", "EBOCF", "BOAV", "PN", "REMIT",
)  # fmt: skip
# Those that have no route here: at most so many rows a period.
MOST_ROWS = {"ISPSTACK": 180, "DISPTAV": 420, "EBOCF": 260, "BOAV": 260}
USUAL_PERIODS = 25
# Their rows have no settlement period; that of their time counts.
BY_TIME = ("FREQ", "REMIT")

Settled = tuple[str, int]
RowsOf = Callable[[Asked], Iterator[Row]]


def settled(number: int) -> Settled:
    """Return settlement date and period of a half-hour."""
    return period_at(number).date, period_at(number).period


def half_hours_asked(days: tuple[date | None, date | None], world: World) -> range:
    """Return the half-hours of settlement days up to the one that runs; where none are named, the last 25."""
    end = half_hour_at(world.clock_s) + 1
    first, last = days[0] or days[1], days[1] or days[0]
    if first is None or last is None:
        return range(end - USUAL_PERIODS, end)
    return range(half_hour_at(midnight_s(first)), min(half_hour_at(midnight_s(day_after(last))), end))


def counted(code: str, half_hours: range, series: Series, rows_of: RowsOf) -> Counter[Settled]:
    """Count the rows that the dataset's own route tells of each period."""
    first, last = period_at(half_hours[0]), period_at(half_hours[-1])
    if code in BY_TIME and series.axis:
        span = Span(first.start_s, last.start_s + HALF_HOUR_S - 1)
        rows = rows_of(Asked(Window(span, series.axis, stamp(span.begin_s), stamp(span.end_s)), ()))
        return Counter(settled(half_hour_at(seconds_of(datetime.fromisoformat(row[series.axis])))) for row in rows)
    window = within((first.date, first.period), (last.date, last.period), series)
    return Counter((row["settlementDate"], row[series.period_member]) for row in rows_of(Asked(window, ())))


def priced(half_hours: range, is_priced: Callable[[date, int], bool]) -> Counter[Settled]:
    """Count the one price that a period has or has not."""
    told = ((date.fromisoformat(settled(number)[0]), settled(number)[1]) for number in half_hours)
    return Counter((day.isoformat(), period) for day, period in told if is_priced(day, period))


def invented(code: str, half_hours: range, world: World) -> Counter[Settled]:
    """Count what cannot be asked for; nothing before the period's end."""
    over = [number for number in half_hours if period_at(number).start_s + HALF_HOUR_S <= world.clock_s]
    luck = world.luck(code, np.array(over, dtype=np.int64)).tolist()
    return Counter(
        {
            settled(number): round(MOST_ROWS.get(code, 0) * (0.6 + 0.4 * each))
            for number, each in zip(over, luck, strict=True)
        }
    )
