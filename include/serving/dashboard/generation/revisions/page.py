"""Revisions: how much the published past has moved, and the mix as it was known before."""

import streamlit as st

from include.serving.dashboard import frame
from include.serving.dashboard.controls import View
from include.serving.dashboard.generation.half_hours import HALF_HOURS
from include.serving.dashboard.generation.revisions import charts, queries
from include.serving.dashboard.generation.revisions.known_then import show_known_then
from include.serving.dashboard.generation.revisions.versions import show_versions
from include.serving.dashboard.page import draw_over
from include.serving.dashboard.reader import Reader
from include.serving.dashboard.span import Extent, Interval, Span


def draw() -> None:
    """Draw the page."""
    draw_over(HALF_HOURS, "Revisions", _show)


def _show(reader: Reader, view: View, held: Extent) -> None:
    span, interval = view.span(held), view.drawn_by(held)
    if _summary(reader, span):
        _by_day(reader, span, queries.day_or_longer(interval))
    show_known_then(reader, view, span, interval)
    show_versions(reader, view, held)


def _summary(reader: Reader, span: Span) -> bool:
    """Draw what moved in all; return whether there is anything that could have moved."""
    moved = queries.summary(reader, span)
    if not moved["half_hours"]:
        frame.nothing_of_these_days()
        return False
    with st.container(horizontal=True):
        st.metric("Half-hours revised", f"{moved['revised']:,} of {moved['half_hours']:,}", border=True)
        st.metric(
            "Material revisions",
            f"{moved['material_revisions']:,}",
            border=True,
            help="A fuel moved by more than 10 MW, or the intensity by more than 5 g/kWh. Less is rounding.",
        )
        st.metric("Greatest change of a fuel", _measure(moved["largest_fuel_change_mw"], "MW"), border=True)
        st.metric(
            "Greatest change of intensity", _measure(moved["largest_intensity_change_g_per_kwh"], "g/kWh"), border=True
        )
    return True


def _by_day(reader: Reader, span: Span, interval: Interval) -> None:
    st.header(f"Half-hours of each {interval.unit} that changed after they were first published")
    table = queries.revisions_by(reader, span, interval)
    if not any(table["material"].to_pylist() + table["rounding"].to_pylist()):
        st.caption("None of these half-hours has changed since it was first published.")
        return
    st.vega_lite_chart(
        table,
        charts.revised_half_hours(interval),
        key=f"revised-{interval}",
        width="stretch",
        alt="Revised half-hours",
    )
    frame.legend((name, colour) for _, name, colour in charts.REVISED)


def _measure(value: float | None, unit: str) -> str:
    return "none" if value is None else f"{value:,.0f} {unit}"
