"""Regions: what is foreseen of each region in one half-hour, as tiles at their places and by what it is made of.

It has no control bar: it shows one half-hour, not a range.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

import pyarrow as pa
import streamlit as st

from include.serving.dashboard import frame
from include.serving.dashboard.carbon.fuels import COLUMNS, TRACES
from include.serving.dashboard.carbon.index import VERY_LOW_TO_VERY_HIGH
from include.serving.dashboard.carbon.regions import charts, tiles
from include.serving.dashboard.carbon.regions.queries import REGIONAL, Region, newest_or_now, regions
from include.serving.dashboard.carbon.words import nothing_yet
from include.serving.dashboard.controls import current_view
from include.serving.dashboard.half_hour import day_and_period, half_hour_kept_as, half_hour_told
from include.serving.dashboard.known_by import instant_told, known_by_picker
from include.serving.dashboard.reader import NothingPublishedError, Reader, analyst
from include.serving.dashboard.series import extent
from include.serving.dashboard.span import Extent

_HALF_HOUR = half_hour_kept_as("regions-half-hour")


def draw() -> None:
    """Draw the page."""
    # The range that an address may name is kept for the other pages.
    current_view()
    _show()


@st.fragment(run_every=frame.REFRESH_S)
def _show() -> None:
    """Draw the page; new rows appear by themselves."""
    st.title("Regions")
    with frame.in_plain_words():
        try:
            with analyst() as reader:
                held = extent(reader, REGIONAL)
                if held is not None:
                    _regions(reader, held)
        except NothingPublishedError:
            held = None
        if held is None:
            nothing_yet()


def _regions(reader: Reader, held: Extent) -> None:
    half_hour = _picked_half_hour(held)
    known_by = known_by_picker(reader, REGIONAL.table)
    found = regions(reader, half_hour, known_by)
    if not found:
        _tell_nothing(half_hour, known_by)
        return
    known = "" if known_by is None else f", as known at **{instant_told(known_by)}**"
    st.markdown(f"Foreseen of **{half_hour_told(half_hour)}**{known}, in g CO₂/kWh:")
    _tiles(found)
    _mix(found)
    _figures(found)


def _picked_half_hour(held: Extent) -> datetime:
    """Draw the pickers of the half-hour; where none is picked it is the one that is now."""
    picked = _HALF_HOUR.value()
    half_hour = picked or newest_or_now(held, datetime.now(UTC))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        day_and_period(_HALF_HOUR, half_hour, held.whole.days)
        if picked is not None:
            st.button("Now", key="regions-now", icon=":material/schedule:", on_click=_HALF_HOUR.choose, args=(None,))
    return half_hour


def _tell_nothing(half_hour: datetime, known_by: datetime | None) -> None:
    if known_by is None:
        st.info(f"**Nothing is published of {half_hour_told(half_hour)}.** Pick another half-hour.")
    else:
        st.info(
            f"**Nothing of {half_hour_told(half_hour)} was known by {instant_told(known_by)}.** "
            "Pick a later instant, or another half-hour."
        )


def _tiles(found: Sequence[Region]) -> None:
    st.html(tiles.STYLE)
    st.html(tiles.tile_map(found))
    frame.legend(VERY_LOW_TO_VERY_HIGH)
    st.caption("The colour is that of the index, as the publisher gives it; its bounds are lowered from year to year.")


def _mix(found: Sequence[Region]) -> None:
    st.header("What each region’s electricity is made of (%)")
    rows = charts.rows(found)
    if rows.num_rows == 0:
        st.caption("No mix is published of this half-hour.")
        return
    chart = charts.mix_by_region(rows.num_rows)
    st.vega_lite_chart(rows, chart, key="mix-by-region", width="stretch", alt="Mix of each region by fuel")
    frame.legend((name, colour) for _, name, colour in TRACES)


def _figures(found: Sequence[Region]) -> None:
    with st.expander(f"The figures behind tiles and bars ({len(found)} regions)"):
        st.dataframe(figures(found), hide_index=True, placeholder="", key="regions-figures")


def figures(found: Sequence[Region]) -> pa.Table:
    """Return the regions' figures, with columns named for people."""
    return pa.table(
        {
            "Region": [each.region for each in found],
            "Forecast (g/kWh)": pa.array([each.forecast_g_per_kwh for each in found], pa.float64()),
            "Index": pa.array([each.intensity_index for each in found], pa.string()),
            **{
                told: pa.array([each.shares_pct[column] for each in found], pa.float64())
                for column, told in COLUMNS.items()
            },
        }
    )
