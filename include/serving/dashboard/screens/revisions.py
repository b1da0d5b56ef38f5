"""Revisions: how much the published past has moved, and the mix as it was known before."""

import streamlit as st

from include.serving.dashboard import frame, history, status_charts
from include.serving.dashboard.controls import View
from include.serving.dashboard.mix import published
from include.serving.dashboard.place import analyst
from include.serving.dashboard.reader import Reader
from include.serving.dashboard.screens.known_then import show_known_then
from include.serving.dashboard.screens.versions import show_versions
from include.serving.dashboard.span import Interval, Span


@st.fragment(run_every=frame.REFRESH_S)
def show(view: View | None) -> None:
    """Draw the page; new versions appear by themselves."""
    if view is None:
        return
    st.title("Revisions")
    with frame.in_plain_words(), analyst() as reader:
        held = published(reader)
        if held is None:
            frame.nothing_yet()
            return
        span = view.span(held)
        _summary(reader, span)
        _by_day(reader, span, view.drawn_by(span))
        show_known_then(reader, view, span)
        show_versions(reader, view, held)


def _summary(reader: Reader, span: Span) -> None:
    moved = history.summary(reader, span)
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


def _by_day(reader: Reader, span: Span, interval: Interval) -> None:
    shown = history.day_or_longer(interval)
    st.header(f"Half-hours of each {shown.label.removeprefix('1 ')} that changed after they were first published")
    st.vega_lite_chart(
        history.revisions_by(reader, span, shown),
        status_charts.revised_half_hours(shown),
        key=f"revised-{shown}",
        width="stretch",
        alt="Revised half-hours",
    )
    frame.legend((name, colour) for _, name, colour in status_charts.REVISED)


def _measure(value: float | None, unit: str) -> str:
    return "none" if value is None else f"{value:,.0f} {unit}"
