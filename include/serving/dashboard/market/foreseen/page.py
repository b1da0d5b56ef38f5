"""Demand and wind: what was last foreseen of each half-hour against what came, and how wrong it was by its lead."""

import streamlit as st

from include.serving.dashboard import frame
from include.serving.dashboard.controls import View
from include.serving.dashboard.market.foreseen import charts, queries
from include.serving.dashboard.market.foreseen.queries import (
    BOTH,
    DEMAND_SERIES,
    LONGEST_JUDGED,
    Came,
    Foreseen,
)
from include.serving.dashboard.page import draw_over
from include.serving.dashboard.reader import Reader
from include.serving.dashboard.span import Extent, Interval, Span

COMMAND = "gridloom run elexon_live"


def draw() -> None:
    """Draw the page."""
    draw_over(DEMAND_SERIES, "Demand and wind", _show, nothing_yet=lambda: frame.nothing_yet(COMMAND))


def _show(reader: Reader, view: View, held: Extent) -> None:
    span, interval = view.span(held), view.drawn_by(held)
    for column, foreseen in zip(st.columns(2, gap="medium"), BOTH, strict=True):
        with column:
            _one(reader, foreseen, span, interval, view.key(interval))
    st.caption(
        "Elexon’s figures. Demand is the initial national outturn (INDO) against NDF; wind is what FUELHH has of the "
        "transmission network against WINDFOR, in the half-hours it names, the first of each hour. A forecast counts "
        "until the half-hour begins; days are London’s."
    )


def _one(reader: Reader, foreseen: Foreseen, span: Span, interval: Interval, key: str) -> None:
    st.header(f"{foreseen.name} (MW)")
    if not queries.is_published(reader, foreseen):
        frame.nothing_yet(COMMAND)
        return
    table = queries.compared(reader, foreseen, span, interval)
    if table.num_rows == 0:
        frame.nothing_of_these_days(COMMAND)
        return
    key = f"{foreseen.outturn_table}-{key}"
    alt = f"{foreseen.name}, foreseen and as it came"
    frame.zoomable(table, charts.compared(foreseen.interval(interval)), key=f"compared-{key}", alt=alt)
    frame.legend((name, colour) for _, name, colour in charts.COMPARED)
    came = queries.came_of(reader, foreseen, span)
    if came is not None:
        st.markdown(told(came))
    _by_lead(reader, foreseen, span)


def _by_lead(reader: Reader, foreseen: Foreseen, span: Span) -> None:
    """Draw how wrong forecasts were by their lead, of a range in which they can all be read."""
    st.header("Error by lead (MW)")
    if span.ended_at - span.started_at > LONGEST_JUDGED:
        st.caption(f"Choose at most {LONGEST_JUDGED.days} days to see it.")
        return
    errors = queries.error_by_lead(reader, foreseen, span)
    alt = f"{foreseen.name}: error of forecasts by lead"
    st.vega_lite_chart(errors, charts.error_by_lead(), key=f"errors-{foreseen.outturn_table}", width="stretch", alt=alt)
    frame.legend((name, colour) for _, name, colour in charts.ERRORS)


def told(came: Came) -> str:
    """Return how the last forecasts did, as a sentence."""
    share = f" ({100 * came.mean_absolute_error_mw / came.mean_outturn_mw:.1f} %)" if came.mean_outturn_mw else ""
    way = "much" if came.mean_error_mw > 0 else "little"
    half_hours = "1 half-hour" if came.half_hours == 1 else f"{came.half_hours:,} half-hours"
    return (
        f"In {half_hours} the last forecast was **{came.mean_absolute_error_mw:,.0f} MW**{share} off on average, "
        f"and foresaw {abs(came.mean_error_mw):,.0f} MW too {way}."
    )
