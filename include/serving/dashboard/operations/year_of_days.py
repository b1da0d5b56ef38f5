"""Years as charts of weeks by weekdays, each day in the colour of its state."""

import json
from collections.abc import Callable, Sequence
from datetime import date

import pyarrow as pa
import streamlit as st
from psycopg2 import sql

from include.serving.dashboard import vega
from include.serving.dashboard.vega import Spec, Tip
from include.serving.day_state import DayState

WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
MOST_YEARS, HEIGHT = 20, 150
_PLACE = """
    extract(year from {day})::integer as year,
    -- Weeks begin on Monday; the first one of a year holds its first day.
    ceil((extract(doy from {day}) + extract(isodow from date_trunc('year', {day})) - 1) / 7)::integer as week,
    to_char({day}, 'Dy') as weekday,
    to_char({day}, 'Dy FMDD Mon YYYY') as "when"
"""


def place_of(column: str) -> sql.Composed:
    """Return the columns that place a day, of a column of dates."""
    return sql.SQL(_PLACE).format(day=sql.Identifier(column))


def chart(year: int, states: Sequence[DayState], tips: Sequence[Tip] = (), *, height: int = HEIGHT) -> Spec:
    """Return the chart of a year, whose days are told by the words of their `state`, and by their counts."""
    cells = {
        "mark": {"type": "rect", "cornerRadius": 2},
        "encoding": {
            "x": {
                "field": "week",
                "type": "ordinal",
                "scale": {"domain": list(range(1, 55)), "paddingInner": 0.14},
                "axis": _months(year),
            },
            "y": {
                "field": "weekday",
                "type": "ordinal",
                "scale": {"domain": WEEKDAYS, "paddingInner": 0.14},
                "axis": {"title": str(year), "domain": False, "ticks": False},
            },
            "color": vega.colour(states) | {"field": "state"},
            "tooltip": [
                {"field": "when", "title": "Day", "type": "nominal"},
                {"field": "state", "title": "State", "type": "nominal"},
                *(vega.tip(*each) for each in tips),
            ],
        },
    }
    return vega.chart([cells], height=height)


def _months(year: int) -> Spec:
    """Return the axis of weeks, on which months are named at the week of their first day."""
    firsts = [date(year, month, 1) for month in range(1, 13)]
    named = {week_of(first): f"{first:%b}" for first in firsts}
    return {
        "title": None,
        "ticks": False,
        "domain": False,
        "values": list(named),
        "labelExpr": f"{json.dumps(named)}[datum.value]",
        "labelAngle": 0,
        "labelAlign": "left",
        "labelOverlap": True,
    }


def week_of(day: date) -> int:
    """Return the week of its year that a day lies in. Weeks begin on Monday; the first one holds the first day."""
    return (day.timetuple().tm_yday + date(day.year, 1, 1).weekday() - 1) // 7 + 1


def draw(table: pa.Table, chart_of: Callable[[int], Spec], *, key: str) -> None:
    """Draw the years of a table of placed days, newest first."""
    for year in years(table):
        held = table.filter([each == year for each in table["year"].to_pylist()])
        alt = f"Coverage of {year} by day"
        st.vega_lite_chart(held, chart_of(year), key=f"{key}-{year}", width="stretch", alt=alt)


def years(table: pa.Table) -> list[int]:
    """Return the years of a table, newest first."""
    return sorted(set(table["year"].to_pylist()), reverse=True)[:MOST_YEARS]
