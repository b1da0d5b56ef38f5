"""All versions of one half-hour: any one, by its settlement day and period."""

from datetime import datetime

import streamlit as st

from include.serving.dashboard.controls import View
from include.serving.dashboard.generation.fuels import STACK
from include.serving.dashboard.generation.revisions import queries
from include.serving.dashboard.generation.revisions.picked import half_hour_of, moved_to, parameters_of
from include.serving.dashboard.reader import Reader
from include.serving.dashboard.span import Extent
from include.settlement import LONDON, half_hours_of, settlement_period

_HELD, _DAY, _PERIOD, _MOVED = "half_hour", "versions-day", "versions-period", "versions-moved"


def show_versions(reader: Reader, view: View, held: Extent) -> None:
    """Draw the pickers, and the versions of the half-hour that is picked."""
    st.header("The versions of one half-hour")
    moved = [row["period_started_at"] for row in queries.most_revised(reader, view.span(held))]
    start = _picked() or (moved[0] if moved else held.newest_at)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        _day_and_period(start, held)
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
    st.caption(f"{_described(start)}: {table.num_rows} version{'' if table.num_rows == 1 else 's'}.")


def _picked() -> datetime | None:
    """Return the half-hour held since the last choice, else that of the address; make the address say it."""
    if _HELD not in st.session_state:
        st.session_state[_HELD] = half_hour_of(st.query_params.to_dict())
    held: datetime | None = st.session_state[_HELD]
    wanted = parameters_of(held) if held else {}
    for name in ("day", "period"):
        if name not in wanted:
            st.query_params.pop(name, None)
        elif st.query_params.get(name) != wanted[name]:
            st.query_params[name] = wanted[name]
    return held


def _day_and_period(start: datetime, held: Extent) -> None:
    day, period = settlement_period(start)
    starts = list(half_hours_of(day))
    first, last = held.whole.days
    st.session_state[_DAY], st.session_state[_PERIOD] = day, period
    st.date_input(
        "Settlement day",
        min_value=min(first, day),
        max_value=max(last, day),
        format="YYYY-MM-DD",
        key=_DAY,
        width=170,
        on_change=_choose,
    )
    st.selectbox(
        "Settlement period",
        range(1, len(starts) + 1),
        format_func=lambda number: f"{number} ({starts[number - 1].astimezone(LONDON):%H:%M %Z})",
        key=_PERIOD,
        width=170,
        on_change=_choose,
    )


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
        format_func=_described,
        placeholder="one of those that moved most",
        key=_MOVED,
        width=380,
        on_change=_choose_moved,
    )


def _choose() -> None:
    # A reader may clear the day; the one before then stands.
    if st.session_state[_DAY] is not None:
        st.session_state[_HELD] = moved_to(st.session_state[_DAY], st.session_state[_PERIOD])


def _choose_moved() -> None:
    st.session_state[_HELD] = st.session_state[_MOVED]


def _described(start: datetime) -> str:
    day, period = settlement_period(start)
    return f"{day:%a} {day.day} {day:%b %Y}, period {period} ({start:%H:%M} UTC)"
