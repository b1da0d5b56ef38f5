"""Balancing: what the system operator asked of units to keep the grid in balance, what it cost, and of whom."""

import pyarrow as pa
import streamlit as st

from include.serving.dashboard import frame
from include.serving.dashboard.controls import View
from include.serving.dashboard.figures import show_figures
from include.serving.dashboard.market.balancing import charts, queries
from include.serving.dashboard.market.balancing.queries import ACTIONS, LONGEST, TOP, Notified, Sum
from include.serving.dashboard.page import draw_over
from include.serving.dashboard.reader import Reader
from include.serving.dashboard.span import Extent, Span

COMMAND = "gridloom run elexon_daily"


def draw() -> None:
    """Draw the page."""
    draw_over(ACTIONS, "Balancing", _show, nothing_yet=lambda: frame.nothing_yet(COMMAND))


def _show(reader: Reader, view: View, held: Extent) -> None:
    span, interval = view.span(held), view.drawn_by(held)
    table = queries.over_range(reader, span, interval)
    if table.num_rows == 0:
        frame.nothing_of_these_days(COMMAND)
        return
    if queries.latest(span) != span:
        st.caption(f"Of a longer range the last {LONGEST.days} days are shown.")
    st.markdown(told(queries.summed(reader, span)))
    key = view.key(interval)
    left, right = st.columns(2, gap="medium")
    with left:
        st.header("Energy moved up and down (MWh)")
        chart = charts.volumes(interval, table.num_rows)
        frame.zoomable(table, chart, key=f"volumes-{key}", alt="Energy moved up and down")
    with right:
        st.header("What it cost (£)")
        frame.zoomable(table, charts.cost(interval, table.num_rows), key=f"cost-{key}", alt="Cost of balancing")
    frame.legend([*((name, colour) for _, name, colour in charts.VOLUMES), ("Cost", charts.COST_COLOUR)])
    _of_whom(reader, span)
    show_figures(table, interval, FIGURES)
    st.caption(
        "Made of Elexon’s acceptances, against what units had notified, at the prices of their bids and offers. A "
        "cost below zero was paid to the operator. Names and fuels are of Elexon’s list of units; days are London’s."
    )


def _of_whom(reader: Reader, span: Span) -> None:
    left, right = st.columns(2, gap="medium")
    with left:
        st.header("By fuel of the unit (MWh)")
        _bars(queries.by_fuel(reader, span), key="by-fuel", alt="Energy moved, by fuel of the unit")
    with right:
        st.header(f"The {TOP} units of which most was asked (MWh)")
        _bars(queries.by_unit(reader, span), key="by-unit", alt="Energy moved, by unit")
    notified = queries.notified(reader, span)
    if notified is None:
        st.caption(f"No notifications are published yet. Bring them in: `{COMMAND}`.")
    else:
        _notified(notified)


def _bars(rows: pa.Table, *, key: str, alt: str) -> None:
    st.vega_lite_chart(rows, charts.by_name(rows.num_rows), key=key, width="stretch", alt=alt)


def _notified(notified: Notified) -> None:
    rows, day = notified.units, notified.day
    st.header(f"The {TOP} units that notified most energy, {day:%A} {day.day} {day:%B} (MWh)")
    st.vega_lite_chart(rows, charts.notified(rows.num_rows), key="notified", width="stretch", alt="Notified energy")


def told(summed: Sum) -> str:
    """Return what was asked of units in all, and what it cost, as sentences."""
    unpriced = (
        f" No price is known of {summed.unpriced_mwh:,.0f} MWh, which the cost leaves out."
        if summed.unpriced_mwh
        else ""
    )
    return (
        f"**{summed.up_mwh:,.0f} MWh** were moved up and **{-summed.down_mwh:,.0f} MWh** down, by {summed.units:,} "
        f"units; the operator paid **£{summed.cost_gbp:,.0f}** on the whole.{unpriced}"
    )


FIGURES = {
    **{column: f"{name} (MWh)" for column, name, _ in charts.VOLUMES},
    "cost_gbp": "Cost (£)",
    "periods": "Half-hours",
}
