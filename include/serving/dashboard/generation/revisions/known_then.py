"""The mix as it was known at an instant, with the difference to what is known now."""

import streamlit as st

from include.serving.dashboard import frame
from include.serving.dashboard.controls import View
from include.serving.dashboard.fuels import STACK
from include.serving.dashboard.generation import charts
from include.serving.dashboard.generation.half_hours import HALF_HOURS
from include.serving.dashboard.generation.revisions import queries
from include.serving.dashboard.known_by import instant_told, known_by_picker
from include.serving.dashboard.reader import Reader
from include.serving.dashboard.span import Interval, Span


def show_known_then(reader: Reader, view: View, span: Span, interval: Interval) -> None:
    """Draw the pickers, and what was known at the instant that is picked."""
    st.header("The mix as it was known before")
    known_by = known_by_picker(reader, HALF_HOURS.table)
    if known_by is None:
        st.caption("Pick an instant to draw the mix as it was known then, with the difference to what is known now.")
        return
    then, difference = queries.as_known_and_now(reader, span, interval, known_by)
    if then.num_rows == 0:
        st.info(
            f"**Nothing of these days was known by {instant_told(known_by)}.** "
            "Pick a later instant, or an earlier range."
        )
        return
    left, right = st.columns(2, gap="medium")
    key = view.key(interval)
    with left:
        st.markdown(f"**As known at {instant_told(known_by)}** (MW)")
        mix = charts.power_by_fuel(interval, then.num_rows)
        frame.zoomable(then, mix, key=f"then-{key}", alt="The mix as known then")
    with right:
        st.markdown("**Known now minus known then** (MW)")
        frame.zoomable(
            difference, charts.difference_by_fuel(interval), key=f"difference-{key}", alt="Difference to now"
        )
    frame.legend((fuel.name, fuel.colour) for fuel in STACK)
    changed_mwh = [each for each in difference["energy_mwh"].to_pylist() if each is not None]
    known = sum(half_hours > 0 for half_hours in then["periods"].to_pylist())
    st.caption(
        f"{len(changed_mwh):,} of {known:,} points hold the same half-hours then and now; "
        f"only these are set against each other. Their energy has changed by {sum(changed_mwh):+,.0f} MWh."
    )
