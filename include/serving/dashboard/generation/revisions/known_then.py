"""The mix as it was known at an instant, with the difference to what is known now."""

from datetime import UTC, datetime

import streamlit as st

from include.serving.dashboard import frame
from include.serving.dashboard.controls import View
from include.serving.dashboard.generation import charts
from include.serving.dashboard.generation.fuels import STACK
from include.serving.dashboard.generation.revisions import queries
from include.serving.dashboard.generation.revisions.picked import EARLIEST, LATEST, instant_of, text_of
from include.serving.dashboard.reader import Reader
from include.serving.dashboard.span import Interval, Span
from include.settlement import LONDON

KNOWN_BY = "known_by"
_LOAD, _INSTANT = "known-by-load", "known-by-instant"


def show_known_then(reader: Reader, view: View, span: Span, interval: Interval) -> None:
    """Draw the pickers, and what was known at the instant that is picked."""
    st.header("The mix as it was known before")
    known_by = _known_by()
    _pickers(queries.publications(reader), known_by)
    if known_by is None:
        st.caption("Pick an instant to draw the mix as it was known then, with the difference to what is known now.")
        return
    then, difference = queries.as_known_and_now(reader, span, interval, known_by)
    if then.num_rows == 0:
        st.info(f"**Nothing of these days was known by {_told(known_by)}.** Pick a later instant, or an earlier range.")
        return
    left, right = st.columns(2, gap="medium")
    key = view.key(interval)
    with left:
        st.markdown(f"**As known at {_told(known_by)}** (MW)")
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


def _known_by() -> datetime | None:
    """Return the instant held since the last choice, else that of the address; make the address say it."""
    if KNOWN_BY not in st.session_state:
        st.session_state[KNOWN_BY] = instant_of(st.query_params.get(KNOWN_BY))
    held: datetime | None = st.session_state[KNOWN_BY]
    text = text_of(held) if held else None
    if text is None:
        st.query_params.pop(KNOWN_BY, None)
    elif st.query_params.get(KNOWN_BY) != text:
        st.query_params[KNOWN_BY] = text
    return held


def _pickers(publications: list[datetime], known_by: datetime | None) -> None:
    """Draw a picker for any instant, and beside it the newest publications as shortcuts."""
    st.session_state[_LOAD] = known_by if known_by in publications else None
    st.session_state[_INSTANT] = known_by.replace(second=0, microsecond=0, tzinfo=None) if known_by else None
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        st.datetime_input(
            "As known at (UTC)",
            value=None,
            min_value=EARLIEST.replace(tzinfo=None),
            max_value=LATEST.replace(tzinfo=None),
            step=60,
            format="YYYY-MM-DD",
            key=_INSTANT,
            width=250,
            on_change=_choose_instant,
        )
        st.selectbox(
            "or as it was published",
            publications,
            index=None,
            format_func=_told,
            placeholder="one of the newest publications",
            key=_LOAD,
            width=320,
            on_change=_choose_load,
        )


def _choose_instant() -> None:
    picked: datetime | None = st.session_state[_INSTANT]
    st.session_state[KNOWN_BY] = picked.replace(tzinfo=UTC) if picked else None


def _choose_load() -> None:
    st.session_state[KNOWN_BY] = st.session_state[_LOAD]


def _told(instant: datetime) -> str:
    local = instant.astimezone(LONDON)
    return f"{local.day} {local:%b %Y, %H:%M %Z}"
