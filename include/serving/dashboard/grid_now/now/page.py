"""Grid now: frequency, demand, generation, cables and prices as last published, and what went wrong today.

It has no control bar: it shows this moment, not a range.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

import pyarrow as pa
import streamlit as st

from include.serving.dashboard import frame
from include.serving.dashboard.controls import current_view
from include.serving.dashboard.figures import show_figures
from include.serving.dashboard.grid_now.now import cable_map, charts, queries
from include.serving.dashboard.grid_now.now.queries import FIVE_MINUTES, Cable
from include.serving.dashboard.grid_now.now.words import day_told, doubted, incident_told, standing_told, value_told
from include.serving.dashboard.reader import NothingPublishedError, Reader, analyst
from include.serving.dashboard.series import extent
from include.serving.dashboard.span import Interval, told
from include.settlement import LONDON

COMMAND = "gridloom run elexon_live"
WORDS_COLOUR = {"light": "#31333f", "dark": "#fafafa"}


def draw() -> None:
    """Draw the page."""
    # The range that an address may name is kept for the other pages.
    current_view()
    _show()


@st.fragment(run_every=frame.REFRESH_S)
def _show() -> None:
    """Draw the page; new rows appear by themselves."""
    st.title("Grid now")
    with frame.in_plain_words():
        try:
            with analyst() as reader:
                _grid(reader, datetime.now(UTC))
        except NothingPublishedError:
            frame.nothing_yet(COMMAND)


def _grid(reader: Reader, now: datetime) -> None:
    found = queries.quantities(reader)
    if not found:
        frame.nothing_yet(COMMAND)
        return
    with st.container(horizontal=True, key="now"):
        for each in found:
            standing = standing_told(each, now)
            st.metric(each.name, value_told(each), standing, delta_color="off", delta_arrow="off", border=True)
    doubt = doubted(found)
    if doubt:
        st.warning(doubt, icon=":material/warning:")
    left, right = st.columns(2, gap="medium")
    with left:
        _cables(queries.cables(reader))
    with right:
        _frequency(reader)
        _incidents(reader)
    _day(reader)
    st.caption(
        "Elexon’s figures, as metered on the transmission network: solar, and wind on local networks, lower the demand "
        "instead. Flows into Great Britain are positive. A figure’s age counts from the begin of what it is of."
    )


def _cables(cables: Sequence[Cable]) -> None:
    st.header("The cables to the neighbours (MW)")
    words = WORDS_COLOUR.get(str(st.context.theme.type), WORDS_COLOUR["light"])
    st.vega_lite_chart(
        cable_map.drawn(cables),
        cable_map.cable_map(words),
        key=f"cables-{words}",
        width="stretch",
        alt="Great Britain and its cables, with what each carries",
    )
    frame.legend(cable_map.LEGEND)
    with st.expander(f"The figures behind the map ({len(cables)} cables)"):
        st.dataframe(figures(cables), hide_index=True, placeholder="", key="cables-figures")


def figures(cables: Sequence[Cable]) -> pa.Table:
    """Return the cables' figures, with columns named for people."""
    return pa.table(
        {
            "Cable": [each.name or each.code for each in cables],
            "To": [each.country or "unknown" for each in cables],
            "Flow (MW)": pa.array([each.flow_mw for each in cables], pa.float64()),
            "Capacity (MW)": pa.array([each.capacity_mw for each in cables], pa.float64()),
            "Use (%)": pa.array([each.use_pct for each in cables], pa.float64()),
            "Suspect": [each.is_suspect for each in cables],
        }
    )


def _frequency(reader: Reader) -> None:
    st.header("Frequency of the last hour (Hz)")
    hour = queries.last_hour(reader) if reader.has("minute_frequency") else None
    if hour is None or hour.num_rows == 0:
        st.caption(f"No frequency is published yet. Bring it in: `{COMMAND}`.")
        return
    when = [told(at, LONDON) for at in hour["started_at"].to_pylist()]
    st.vega_lite_chart(
        hour.append_column("when", pa.array(when)),
        charts.frequency(charts.range_hz(hour)),
        key="frequency",
        width="stretch",
        alt="Frequency of the newest 60 minutes",
    )
    frame.legend(charts.FREQUENCY_LEGEND)


def _incidents(reader: Reader) -> None:
    """Tell what went wrong on the newest day of the outturn by fuel."""
    held = extent(reader, FIVE_MINUTES) if reader.has(FIVE_MINUTES.table) else None
    if held is None or not reader.has("daily_generation_incidents"):
        return
    day = held.newest_at.astimezone(LONDON).date()
    st.header(f"What went wrong on {day_told(day)}")
    struck = queries.incidents(reader, day)
    st.markdown("\n".join(f"- {incident_told(each)}" for each in struck) or "Nothing, as far as is known.")


def _day(reader: Reader) -> None:
    held = extent(reader, FIVE_MINUTES) if reader.has(FIVE_MINUTES.table) else None
    if held is None:
        return
    day = held.newest_at.astimezone(LONDON).date()
    st.header(f"Power by fuel on {day_told(day)} (MW)")
    table = queries.of_the_day(reader, day)
    alt = "Power by fuel of the day, by five minutes"
    frame.zoomable(table, charts.power_by_fuel(table.num_rows), key=f"day-{day}", alt=alt)
    frame.legend((name, colour) for _, name, colour in charts.TRACES)
    show_figures(table, Interval.FIVE_MINUTES, FIGURES)


FIGURES = {
    "generation_mw": "Generation (MW)",
    **{column: f"{name} (MW)" for column, name, _ in charts.TRACES},
}
