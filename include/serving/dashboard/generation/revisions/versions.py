"""All versions of one half-hour: any one, by its settlement day and period."""

from datetime import datetime

import streamlit as st

from include.serving.dashboard.controls import View
from include.serving.dashboard.fuels import STACK
from include.serving.dashboard.generation.revisions import queries
from include.serving.dashboard.half_hour import day_and_period, half_hour_kept_as, half_hour_told
from include.serving.dashboard.reader import Reader
from include.serving.dashboard.span import Extent

_HALF_HOUR, _MOVED = half_hour_kept_as("half_hour"), "versions-moved"


def show_versions(reader: Reader, view: View, held: Extent) -> None:
    """Draw the pickers, and the versions of the half-hour that is picked."""
    st.header("The versions of one half-hour")
    moved = [row["period_started_at"] for row in queries.most_revised(reader, view.span(held))]
    start = _HALF_HOUR.value() or (moved[0] if moved else held.newest_at)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        day_and_period(_HALF_HOUR, start, held.whole.days)
        _most_revised(moved, start)
    table = queries.versions(reader, start)
    if table.num_rows == 0:
        st.caption("No version of this half-hour was ever published.")
        return
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
    st.caption(f"{half_hour_told(start)}: {table.num_rows} version{'' if table.num_rows == 1 else 's'}.")


def _most_revised(moved: list[datetime], start: datetime) -> None:
    """Draw the shortcuts to the half-hours of the range that moved most."""
    if not moved:
        st.caption("No half-hour of this range was revised.")
        return
    st.session_state[_MOVED] = start if start in moved else None
    # Streamlit knows options again by what they are called, so a name holds nothing that a new version changes.
    st.selectbox(
        "or one that was revised, those that moved most first",
        moved,
        index=None,
        format_func=half_hour_told,
        placeholder="one of those that moved most",
        key=_MOVED,
        width=380,
        on_change=_choose_moved,
    )


def _choose_moved() -> None:
    _HALF_HOUR.choose(st.session_state[_MOVED])
