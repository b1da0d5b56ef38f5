"""Revisions: how much the published past has moved, and the mix as it was known before."""

from datetime import datetime

import streamlit as st

from include.serving.dashboard import charts, frame, history, status_charts
from include.serving.dashboard.controls import View
from include.serving.dashboard.fuels import STACK
from include.serving.dashboard.mix import published
from include.serving.dashboard.place import analyst
from include.serving.dashboard.reader import Reader, Row
from include.serving.dashboard.span import Span
from include.settlement import LONDON

KNOWN_BY = "known_by"


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
        _as_known(reader, view, span)
        _half_hour(reader, span)


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
    st.header("Half-hours of each day that changed after they were first published")
    table = history.revisions_by_day(reader, span)
    st.vega_lite_chart(
        table, status_charts.revised_half_hours(), key="revised", width="stretch", alt="Revised half-hours"
    )
    frame.legend((name, colour) for _, name, colour in status_charts.REVISED)


def _as_known(reader: Reader, view: View, span: Span) -> None:
    st.header("The mix as it was known before")
    loads = history.loads(reader)
    chosen = _pick_load(loads)
    interval = view.drawn_by(span)
    if chosen is None:
        st.caption("Pick an instant to draw the mix as it was known then, with the difference to what is known now.")
        return
    then, difference = history.as_known_and_now(reader, span, interval, chosen)
    if then.num_rows == 0:
        st.info(f"**Nothing of these days was known by {_told(chosen)}.** Pick a later instant, or an earlier range.")
        return
    left, right = st.columns(2, gap="medium")
    key = view.key(interval)
    with left:
        st.markdown(f"**As known at {_told(chosen)}** (MW)")
        mix = charts.power_by_fuel(interval, then.num_rows)
        frame.zoomable(then, mix, key=f"then-{key}", alt="The mix as known then")
    with right:
        st.markdown("**Known now minus known then** (MW)")
        frame.zoomable(
            difference, charts.difference_by_fuel(interval), key=f"difference-{key}", alt="Difference to now"
        )
    frame.legend((fuel.name, fuel.colour) for fuel in STACK)
    changed_mwh = [each for each in difference["energy_mwh"].to_pylist() if each is not None]
    known = sum(half_hours > 0 for half_hours in then["half_hours"].to_pylist())
    st.caption(
        f"{len(changed_mwh):,} of {known:,} points hold the same half-hours then and now; "
        f"only these are set against each other. Their energy has changed by {sum(changed_mwh):+,.0f} MWh."
    )


def _pick_load(loads: list[datetime]) -> datetime | None:
    """Draw the picker; what is picked lives in the address."""
    texts = {load.isoformat(): load for load in loads}
    held = st.query_params.get(KNOWN_BY)
    keys = list(texts)
    picked = st.selectbox(
        "As known at",
        keys,
        index=keys.index(held) if held in texts else None,
        format_func=lambda text: _told(texts[text]),
        placeholder="now",
        key="known-by",
        width=320,
    )
    if picked is None:
        st.query_params.pop(KNOWN_BY, None)
        return None
    st.query_params[KNOWN_BY] = picked
    return texts[picked]


def _half_hour(reader: Reader, span: Span) -> None:
    st.header("The versions of one half-hour")
    moved = history.most_revised(reader, span)
    if not moved:
        st.caption("No half-hour of this range was revised.")
        return
    by_start = {row["period_started_at"]: row for row in moved}
    at = st.selectbox(
        "Half-hour, those that moved most first",
        list(by_start),
        format_func=lambda start: _described(by_start[start]),
        key=f"half-hour-{span.started_at}-{span.ended_at}",
    )
    table = history.versions(reader, at)
    names = {
        "version_number": "Version",
        "known_at": "Known at (UTC)",
        "is_withdrawn": "Withdrawn",
        "generation_mw": "Total (MW)",
        "carbon_intensity_g_per_kwh": "Intensity (g/kWh)",
        **{fuel.column: f"{fuel.name} (MW)" for fuel in STACK},
    }
    st.dataframe(
        table.rename_columns([names[name] for name in table.column_names]),
        hide_index=True,
        placeholder="",
        key="versions",
    )


def _described(row: Row) -> str:
    start = row["period_started_at"]
    return (
        f"{row['settlement_date']:%a %d %b %Y}, period {row['settlement_period']} ({start:%H:%M} UTC): "
        f"{row['version_count']} versions, {row['largest_fuel_change_mw']:,.0f} MW at most"
    )


def _told(instant: datetime) -> str:
    local = instant.astimezone(LONDON)
    return f"{local.day} {local:%b %Y, %H:%M} in London"


def _measure(value: float | None, unit: str) -> str:
    return "none" if value is None else f"{value:,.0f} {unit}"
