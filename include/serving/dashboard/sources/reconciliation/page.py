"""Sources: NESO's mix against Elexon's outturn by fuel, what they are known to differ by, and what is left."""

from collections.abc import Sequence

import pyarrow as pa
import streamlit as st

from include.serving.dashboard import frame
from include.serving.dashboard.controls import View
from include.serving.dashboard.figures import show_figures
from include.serving.dashboard.page import draw_over
from include.serving.dashboard.reader import Reader
from include.serving.dashboard.sources.reconciliation import charts, queries
from include.serving.dashboard.sources.reconciliation.queries import FUEL_NAMES, SOURCES, STEP_MW, Residual, Spread
from include.serving.dashboard.span import Extent, Interval, Span, told
from include.settlement import LONDON

KNOWN = """
- **Embedded:** wind and sun on local networks. NESO estimates them; Elexon meters none of them.
- **Pumping:** what pumped storage takes. Elexon counts it below zero; NESO leaves it out.
- **Exports:** what cables take out of Great Britain. Elexon counts them below zero; NESO leaves them out.
- **Left unexplained:** all else. NESO rewrites its figures for months, and Elexon’s are the first metered.
"""


def draw() -> None:
    """Draw the page."""
    draw_over(SOURCES, "Sources", _show, nothing_yet=nothing_yet)


def nothing_yet() -> None:
    """Say that nothing is set side by side, and what brings it in."""
    st.info(
        "**Nothing has been set side by side yet.** NESO’s mix and Elexon’s outturn are compared once both have been "
        "published: `gridloom run neso_generation_mix`, `gridloom run elexon_live`, then "
        "`gridloom run source_reconciliation`. It appears here by itself.",
        icon=":material/hourglass_empty:",
    )


def _show(reader: Reader, view: View, held: Extent) -> None:
    span, interval = view.span(held), view.drawn_by(held)
    table = queries.over_range(reader, span, interval)
    if table.num_rows == 0:
        frame.nothing_of_these_days("gridloom run source_reconciliation")
        return
    st.markdown(f"NESO’s generation mix less Elexon’s outturn by fuel (FUELHH), and what is known of it:\n{KNOWN}")
    _differences(reader, span, table, interval, view.key(interval))
    _residuals(reader, span)
    show_figures(table, interval, FIGURES)


def _differences(reader: Reader, span: Span, table: pa.Table, interval: Interval, key: str) -> None:
    left, right = st.columns(2, gap="medium")
    with left:
        st.header("The difference by fuel (mean MW)")
        rows = queries.by_fuel(reader, span)
        chart = charts.by_fuel(rows.num_rows)
        st.vega_lite_chart(rows, chart, key="by-fuel", width="stretch", alt="What the sources differ by, by fuel")
    with right:
        st.header("The difference of all fuels (MW)")
        chart = charts.over_range(interval)
        frame.zoomable(table, chart, key=f"parts-{key}", alt="What the sources differ by, over time")
    frame.legend((name, colour) for _, name, colour in charts.TRACES)
    with st.expander(f"The figures by fuel ({rows.num_rows} fuels)"):
        named = pa.table({name: rows[column] for column, name in BY_FUEL.items()})
        st.dataframe(named, hide_index=True, placeholder="", key="by-fuel-figures")


def _residuals(reader: Reader, span: Span) -> None:
    st.header("What is left unexplained (MW)")
    spread = queries.spread(reader, span)
    if spread is not None:
        st.markdown(told_spread(spread))
    counted = queries.distribution(reader, span)
    if counted.num_rows:
        alt = "Half-hours by what is left unexplained"
        st.vega_lite_chart(counted, charts.distribution(), key="distribution", width="stretch", alt=alt)
        drawn = set(counted["fuel"].to_pylist())
        frame.legend((name, colour) for name, colour in charts.FUELS if name in drawn)
    st.header("The half-hours with most left")
    st.dataframe(largest(queries.largest(reader, span)), hide_index=True, placeholder="", key="largest")


def told_spread(spread: Spread) -> str:
    """Return how large residuals are, as sentences."""
    share_pct = 100 * spread.nearly_none / spread.figures
    suspect = (
        f" {spread.suspect:,} are of half-hours in which Elexon’s figure is not to be trusted."
        if spread.suspect
        else ""
    )
    return (
        f"Of {spread.figures:,} figures, one for each half-hour and fuel, {share_pct:.1f} % have at most "
        f"{STEP_MW / 2:.0f} MW left; the mean is {spread.mean_absolute_mw:,.0f} MW either way.{suspect} "
        "The chart has the others."
    )


def largest(residuals: Sequence[Residual]) -> pa.Table:
    """Return the largest residuals, with columns named for people."""
    return pa.table(
        {
            "Half-hour": [told(each.period_started_at, LONDON) for each in residuals],
            "Fuel": [FUEL_NAMES.get(each.fuel_code, each.fuel_code) for each in residuals],
            "NESO (MW)": pa.array([each.neso_mw for each in residuals], pa.float64()),
            "Elexon (MW)": pa.array([each.elexon_mw for each in residuals], pa.float64()),
            "Left (MW)": pa.array([each.residual_mw for each in residuals], pa.float64()),
            "Suspect": pa.array([each.is_suspect for each in residuals], pa.bool_()),
        }
    )


FIGURES = {
    "neso_mw": "NESO (MW)",
    "elexon_mw": "Elexon (MW)",
    "difference_mw": "Difference (MW)",
    **{column: f"{name} (MW)" for column, name in queries.PARTS},
    "periods": "Half-hours",
}
BY_FUEL = {
    "fuel": "Fuel",
    **{column: name for column, name in FIGURES.items() if column != "periods"},
    "mean_absolute_residual_mw": "Left, either way (MW)",
    "half_hours": "Half-hours",
}
