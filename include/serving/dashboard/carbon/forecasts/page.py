"""Forecasts: the publisher's forecasts by when they were issued, how wrong they were, and what was foreseen before."""

import streamlit as st

from include.serving.dashboard import frame
from include.serving.dashboard.carbon import intensity
from include.serving.dashboard.carbon.forecasts import charts, queries
from include.serving.dashboard.carbon.words import nothing_of_these_days, nothing_yet
from include.serving.dashboard.controls import View
from include.serving.dashboard.known_by import instant_told, known_by_picker
from include.serving.dashboard.page import draw_over
from include.serving.dashboard.reader import Reader
from include.serving.dashboard.span import Extent, Interval, Span


def draw() -> None:
    """Draw the page. Its charts have an interval of their own: forecasts are of half-hours, leads are in hours."""
    draw_over(intensity.INTENSITY, "Forecasts", _show, with_interval=False, nothing_yet=nothing_yet)


def _show(reader: Reader, view: View, held: Extent) -> None:
    span = intensity.reaching_ahead(view, held, intensity.foreseen_until(reader))
    _fan(reader, view, span)
    _error_by_lead(reader, span)
    _known_then(reader)


def _fan(reader: Reader, view: View, span: Span) -> None:
    st.header("The forecasts by issue, and the actual (g CO₂/kWh)")
    if span.ended_at - span.started_at > queries.LONGEST_FAN:
        st.info("Lines of so many days could not be told apart. Choose 30 d or less to see the forecasts by issue.")
        return
    actual = intensity.over_range(reader, span, Interval.HALF_HOUR)
    if actual.num_rows == 0:
        nothing_of_these_days(reader)
        return
    issues = queries.fan(reader, span)
    frame.zoomable(
        queries.with_actual(issues, actual),
        charts.fan(),
        key=f"fan-{view.key(Interval.HALF_HOUR)}",
        alt="Forecasts by issue against the actual",
    )
    if not issues.num_rows:
        st.caption("No forecast is known that was issued before its half-hour in this range.")
        return
    frame.legend(
        (
            ("Actual", intensity.ACTUAL_COLOUR),
            ("The newest issue", charts.NEWEST_COLOUR),
            ("The oldest issue", charts.OLDEST_COLOUR),
        )
    )
    st.caption(
        f"A line every {queries.hours_between_issues(span)} hours, and the newest: what was foreseen by then of the "
        "48 hours that followed. An issue is dated by when Gridloom learned it."
    )


def _error_by_lead(reader: Reader, span: Span) -> None:
    st.header("How wrong forecasts were, by how long before they stood")
    if span.ended_at - span.started_at > queries.LONGEST_JUDGED:
        st.info("So many forecasts cannot be judged while you wait. Choose a year or less.")
        return
    table = queries.error_by_lead(reader, span)
    if table.num_rows == 0:
        st.caption("No half-hour of this range has both a forecast from before it and an actual.")
        return
    st.vega_lite_chart(
        table,
        charts.error_by_lead(),
        key="error-by-lead",
        width="stretch",
        alt="Mean absolute error of the forecasts by their lead in hours",
    )
    half_hours = max(table["half_hours"].to_pylist())
    st.caption(f"Mean absolute error in g CO₂/kWh over {half_hours:,} half-hours that have been measured since.")


def _known_then(reader: Reader) -> None:
    """Draw the picker of an instant, and what was foreseen at the one that is picked against what came."""
    st.header("The forecast as it was known before")
    known_by = known_by_picker(reader, queries.VINTAGES)
    if known_by is None:
        st.caption("Pick an instant to see what was foreseen then of the 48 hours after it, against what came.")
        return
    then = queries.known_then(reader, known_by)
    if then.num_rows == 0:
        st.info(f"**Nothing of the 48 hours after {instant_told(known_by)} was known by then.** Pick a later instant.")
        return
    st.markdown(f"**As known at {instant_told(known_by)}, and what came** (g CO₂/kWh)")
    alt = "The forecast as it was known then, against the actual"
    frame.zoomable(then, charts.known_then(), key=f"then-{known_by:%Y%m%dT%H%M%S}", alt=alt)
    frame.legend((name, colour) for _, name, colour in charts.THEN)
    st.caption(told(queries.came_of(then)))


def told(came: queries.Came | None) -> str:
    """Return how a forecast did, in a sentence."""
    if came is None:
        return "Nothing of it has been measured yet."
    return (
        f"{came.half_hours} half-hours have been measured since: the forecast was "
        f"{came.mean_absolute_error_g_per_kwh:.1f} g/kWh off on average, and foresaw {_direction(came)}."
    )


def _direction(came: queries.Came) -> str:
    error = came.mean_error_g_per_kwh
    if not error:
        return "neither too much nor too little on the whole"
    return f"{abs(error):.1f} g/kWh too {'much' if error > 0 else 'little'}"
