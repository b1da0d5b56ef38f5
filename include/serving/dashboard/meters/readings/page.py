"""Readings: how many are held and missing of each day, and the meters whose readings belong to no agreement."""

from collections.abc import Mapping, Sequence

import pyarrow as pa
import streamlit as st

from include.serving.dashboard import frame
from include.serving.dashboard.controls import View
from include.serving.dashboard.figures import show_figures
from include.serving.dashboard.meters.half_hours import DAYS
from include.serving.dashboard.meters.readings import charts, queries
from include.serving.dashboard.meters.words import counted, nothing_yet, told_kwh
from include.serving.dashboard.page import draw_over
from include.serving.dashboard.reader import Reader, Row
from include.serving.dashboard.span import Extent, Interval, Span


def draw() -> None:
    """Draw the page."""
    draw_over(DAYS, "Readings", _show, nothing_yet=nothing_yet)


def _show(reader: Reader, view: View, held: Extent) -> None:
    span, interval = view.span(held), view.drawn_by(held)
    _without_agreement(reader, view, span, interval)
    _held(reader, view, span, interval)
    st.caption(
        "Meters are told by their pseudonyms. A reading is of a half-hour; a day has 46, 48 or 50. A meter without any "
        "reading of a day is not among those of that day."
    )


def _without_agreement(reader: Reader, view: View, span: Span, interval: Interval) -> None:
    st.header("Meters without an agreement (kWh)")
    table = queries.unassigned(reader, span, interval)
    if table.num_rows == 0:
        st.caption("None: whatever was read in these days belongs to an agreement.")
        return
    found = queries.meters_without_agreement(reader, span)
    st.markdown(told_of_unassigned(table, found.total))
    chart = charts.unassigned(interval, table.num_rows)
    frame.zoomable(table, chart, key=f"unassigned-{view.key(interval)}", alt="Consumption without an agreement")
    frame.legend((name, colour) for _, name, colour in charts.UNASSIGNED)
    with st.expander(f"The meters ({found.total:,})", expanded=True):
        _tell_cut(found)
        exact = {"kWh": st.column_config.NumberColumn(format="%.3f")}
        st.dataframe(meters(found.rows), hide_index=True, placeholder="", key="unassigned", column_config=exact)


def told_of_unassigned(table: pa.Table, meters: int) -> str:
    """Return how much was read and belongs to nobody, in a sentence."""
    readings = sum(each or 0 for each in table["readings"].to_pylist())
    energy_kwh = sum(each or 0 for name in ("known_kwh", "unknown_kwh") for each in table[name].to_pylist())
    verb = "has" if meters == 1 else "have"
    return (
        f"**{counted(meters, 'meter')}** {verb} readings of days without an agreement: **{readings:,} readings, "
        f"{told_kwh(energy_kwh)}**. They count in the consumption of all, and in no tariff."
    )


MISSING = {
    "consumption_date": "Day",
    "meter_pseudonym": "Meter",
    "missing_half_hours": "Missing",
    "readings": "Held",
    "expected_half_hours": "Half-hours of the day",
}
UNASSIGNED = {
    "meter_pseudonym": "Meter",
    "days": "Days",
    "first_day": "First",
    "last_day": "Last",
    "readings": "Readings",
    "consumption_kwh": "kWh",
}


def meters(rows: Sequence[Row]) -> pa.Table:
    """Return the meters without an agreement with columns named for people."""
    known = ["known" if row["is_in_reference"] else "not known" for row in rows]
    return _as_table(rows, UNASSIGNED).append_column("To the reference", pa.array(known, pa.string()))


def _held(reader: Reader, view: View, span: Span, interval: Interval) -> None:
    st.header("Readings held and missing")
    table = queries.held(reader, span, interval)
    if table.num_rows == 0:
        st.caption("Of these days no readings of single meters are held.")
        return
    with st.container(horizontal=True, key="held"):
        for name, column in (("Held", "readings"), ("Missing", "missing"), ("Zeros", "zero_readings")):
            st.metric(name, f"{sum(each or 0 for each in table[column].to_pylist()):,}", border=True)
    chart = charts.held(interval, table.num_rows)
    frame.zoomable(table, chart, key=f"held-{view.key(interval)}", alt="Readings that are held and missing")
    frame.legend((name, colour) for _, name, colour in charts.HELD)
    show_figures(table, interval, FIGURES)
    _gaps(queries.gaps(reader, span))


FIGURES = {
    **{column: name for column, name, _ in charts.HELD},
    "zero_readings": "Zeros",
    "days_with_gaps": "Days of meters with gaps",
    "periods": "Days of meters",
}


def _gaps(found: queries.Listed) -> None:
    if not found.total:
        st.caption("No half-hour is missing between the first reading of all meters and the last day.")
        return
    with st.expander(f"Days of meters with gaps ({found.total:,})", expanded=True):
        _tell_cut(found)
        st.dataframe(_as_table(found.rows, MISSING), hide_index=True, placeholder="", key="gaps")


def _tell_cut(found: queries.Listed) -> None:
    """Say how many are left out, where some are."""
    if len(found.rows) < found.total:
        st.caption(f"The first {len(found.rows):,} of {found.total:,}.")


def _as_table(rows: Sequence[Row], names: Mapping[str, str]) -> pa.Table:
    """Return rows as a table, its columns named for people."""
    return pa.table({told: pa.array([row[name] for row in rows]) for name, told in names.items()})
