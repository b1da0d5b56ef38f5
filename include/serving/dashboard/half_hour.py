"""The picker of one half-hour: its settlement day and period."""

from datetime import date, datetime

import streamlit as st

from include.serving.dashboard.address import half_hour_of, moved_to, parameters_of
from include.serving.dashboard.picked import Picked
from include.settlement import LONDON, half_hours_of, settlement_period


def half_hour_kept_as(kept: str) -> Picked[datetime]:
    """Return a half-hour (its start, UTC) that can be picked, which the session keeps under a key of its own."""
    return Picked(kept, ("day", "period"), half_hour_of, parameters_of)


def day_and_period(picked: Picked[datetime], start: datetime, days: tuple[date, date]) -> None:
    """Draw the pickers of a settlement day, among all from the first to the last of `days`, and of its period."""
    day, period = settlement_period(start)
    starts = list(half_hours_of(day))
    keys = f"{picked.kept}-day", f"{picked.kept}-period"
    st.session_state[keys[0]], st.session_state[keys[1]] = day, period
    st.date_input(
        "Settlement day",
        min_value=min(days[0], day),
        max_value=max(days[1], day),
        format="YYYY-MM-DD",
        key=keys[0],
        width=170,
        on_change=_choose,
        args=(picked, *keys),
    )
    st.selectbox(
        "Settlement period",
        range(1, len(starts) + 1),
        format_func=lambda number: f"{number} ({starts[number - 1].astimezone(LONDON):%H:%M %Z})",
        key=keys[1],
        width=170,
        on_change=_choose,
        args=(picked, *keys),
    )


def half_hour_told(start: datetime) -> str:
    """Return a half-hour as its day, period, and start in UTC."""
    day, period = settlement_period(start)
    return f"{day:%a} {day.day} {day:%b %Y}, period {period} ({start:%H:%M} UTC)"


def _choose(picked: Picked[datetime], day: str, period: str) -> None:
    # A reader may clear the day; the one before then stands.
    if st.session_state[day] is not None:
        picked.choose(moved_to(st.session_state[day], st.session_state[period]))
