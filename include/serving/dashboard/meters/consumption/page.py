"""Consumption: what all meters used over the range, by the hour of the day, and as it was known before."""

import pyarrow as pa
import streamlit as st

from include.serving.dashboard import frame
from include.serving.dashboard.controls import View
from include.serving.dashboard.figures import show_figures, tell_newest_half_hour
from include.serving.dashboard.known_by import instant_told, known_by_picker
from include.serving.dashboard.meters.consumption import charts, queries
from include.serving.dashboard.meters.half_hours import HALF_HOURS, over_range
from include.serving.dashboard.meters.words import nothing_of_these_days, nothing_yet, told_kwh
from include.serving.dashboard.page import draw_over
from include.serving.dashboard.reader import Reader
from include.serving.dashboard.span import Extent, Interval, Span


def draw() -> None:
    """Draw the page."""
    draw_over(HALF_HOURS, "Consumption", _show, nothing_yet=nothing_yet)


def _show(reader: Reader, view: View, held: Extent) -> None:
    span, interval = view.span(held), view.drawn_by(held)
    table = over_range(reader, span, interval)
    if table.num_rows == 0:
        nothing_of_these_days()
    else:
        tell_newest_half_hour(held.newest_at)
        _totals(queries.totals(reader, span))
        _over_time(table, view, interval)
        _by_hour(reader, span)
    _known_then(reader, view, span, interval, table)
    st.caption(
        "Consumption is in kWh, of all meters with a reading, whether or not they have an agreement; days and hours "
        "are London’s."
    )


def _totals(totals: queries.Totals) -> None:
    with st.container(horizontal=True, key="totals"):
        st.metric("Consumption", told_kwh(totals.consumption_kwh), border=True, height="stretch")
        st.metric(
            "Meters",
            f"{totals.meters:,}",
            border=True,
            height="stretch",
            help="The most that have a reading of one half-hour.",
        )
        st.metric("Readings", f"{totals.readings:,}", border=True, height="stretch")
        share = totals.unassigned_pct
        st.metric(
            "Without agreement",
            told_kwh(totals.unassigned_kwh),
            None if share is None else f"{share:.1f} % of all",
            delta_color="off",
            delta_arrow="off",
            border=True,
            help="Of meters on days on which they have no agreement: part of all, and of no tariff. See Readings.",
        )


def _over_time(table: pa.Table, view: View, interval: Interval) -> None:
    st.header("Consumption of all meters (kWh)")
    chart = charts.consumption(interval, table.num_rows)
    frame.zoomable(table, chart, key=f"consumption-{view.key(interval)}", alt="Consumption of all meters over time")
    show_figures(table, interval, FIGURES)


FIGURES = {
    "consumption_kwh": "Consumption (kWh)",
    "meter_consumption_kwh": "Of a mean meter (kWh)",
    "meters": "Meters",
    "readings": "Readings",
    "periods": "Half-hours",
}


def _by_hour(reader: Reader, span: Span) -> None:
    interval = queries.row_of(span)
    table = queries.by_hour(reader, span, interval)
    rows = len(set(table["row"].to_pylist()))
    st.header(f"By the hour of the day, a row a {interval.unit} (kWh per meter)")
    st.vega_lite_chart(
        table,
        charts.by_hour(rows),
        key=f"by-hour-{interval}-{rows}",
        width="stretch",
        alt=f"Consumption of a mean meter by hour of the day and {interval.unit}",
    )
    with st.expander(f"The figures behind the map ({table.num_rows:,} hours)"):
        st.dataframe(hours(table), hide_index=True, placeholder="", key=f"hours-{interval}")


def hours(table: pa.Table) -> pa.Table:
    """Return the figures of the map with columns named for people."""
    return pa.table(
        {
            "When (London)": table["when"],
            "kWh per meter and hour": table["meter_consumption_kwh"],
            "Meters": table["meters"],
            "Half-hours": table["half_hours"],
        }
    )


def _known_then(reader: Reader, view: View, span: Span, interval: Interval, now: pa.Table) -> None:
    st.header("Consumption as it was known before")
    known_by = known_by_picker(reader, HALF_HOURS.table)
    if known_by is None:
        st.caption("Pick an instant to draw what was known then, and what has come or was corrected since.")
        return
    then = over_range(reader, span, interval, known_by)
    if then.num_rows == 0:
        st.info(
            f"**Nothing of these days was known by {instant_told(known_by)}.** "
            "Pick a later instant, or an earlier range."
        )
        return
    changed = queries.difference(now, then)
    left, right = st.columns(2, gap="medium")
    key = f"{view.key(interval)}-{known_by:%Y%m%dT%H%M%S}"
    with left:
        st.markdown(f"**As known at {instant_told(known_by)}** (kWh)")
        chart = charts.consumption(interval, then.num_rows, height=240)
        frame.zoomable(then, chart, key=f"then-{key}", alt="Consumption as it was known then")
    with right:
        st.markdown("**Known now minus known then** (kWh)")
        # An axis cannot be drawn over zeros alone.
        if any(changed["change_kwh"].to_pylist()):
            chart = charts.change(interval)
            frame.zoomable(changed, chart, key=f"change-{key}", alt="What has come or changed since")
        else:
            st.caption("Nothing: no reading has come or was corrected since.")
    st.caption(told(then, changed))


def told(then: pa.Table, changed: pa.Table) -> str:
    """Return what was known then, and what has come or changed since, in words."""
    known_kwh = sum(each or 0 for each in then["consumption_kwh"].to_pylist())
    readings = [sum(each or 0 for each in table["readings"].to_pylist()) for table in (then, changed)]
    change_kwh = sum(each or 0 for each in changed["change_kwh"].to_pylist())
    known = f"Then {told_kwh(known_kwh)} of {readings[0]:,} readings were known."
    if not any(changed["change_kwh"].to_pylist()):
        return known
    return f"{known} Since then it has changed by {change_kwh:+,.3f} kWh and {readings[1] - readings[0]:+,} readings."
