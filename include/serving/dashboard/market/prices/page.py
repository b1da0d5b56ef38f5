"""Prices: what imbalance cost, for what electricity was traded, and by how much the system was short or long."""

from datetime import datetime

import pyarrow as pa
import streamlit as st

from include.serving.dashboard import frame
from include.serving.dashboard.controls import View
from include.serving.dashboard.figures import Figure, show_figure, show_figures, tell_newest_half_hour
from include.serving.dashboard.market.prices import charts, queries
from include.serving.dashboard.market.prices.queries import PRICES, Extremes
from include.serving.dashboard.page import draw_over
from include.serving.dashboard.reader import Reader
from include.serving.dashboard.span import Extent, same_time_before, told
from include.settlement import LONDON

COMMAND = "gridloom run elexon_live"


def draw() -> None:
    """Draw the page."""
    draw_over(PRICES, "Prices", _show, nothing_yet=lambda: frame.nothing_yet(COMMAND))


def _show(reader: Reader, view: View, held: Extent) -> None:
    _now(reader, held.newest_at)
    span, interval = view.span(held), view.drawn_by(held)
    table = queries.over_range(reader, span, interval)
    if table.num_rows == 0:
        frame.nothing_of_these_days(COMMAND)
        return
    _charts(table, view, held)
    extremes = queries.extremes(reader, span)
    if extremes is not None:
        st.markdown(told_extremes(extremes))
    show_figures(table, interval, FIGURES)
    st.caption(
        "Elexon’s figures. The system price is what a party pays or is paid for its imbalance, as the last settlement "
        "run has it; the market index is the price of short-term trades, by volume. Of an interval prices are the mean "
        "of its half-hours, volumes their sum; days are London’s."
    )


_FIGURES = (
    ("System price", "£/MWh", 2, "system_price_gbp_per_mwh"),
    ("Market index price", "£/MWh", 2, "market_index_price_gbp_per_mwh"),
    ("Net imbalance volume", "MWh", 0, "net_imbalance_volume_mwh"),
)


def _now(reader: Reader, newest_at: datetime) -> None:
    instants = [newest_at, *(same_time_before(newest_at, days, LONDON) for days in (1, 7))]
    found = queries.at(reader, *instants)
    tell_newest_half_hour(newest_at)
    with st.container(horizontal=True, key="now"):
        for name, unit, digits, column in _FIGURES:
            now, yesterday, last_week = (getattr(found.get(instant), column, None) for instant in instants)
            show_figure(Figure(name, now, yesterday, last_week, unit, digits))


def _charts(table: pa.Table, view: View, held: Extent) -> None:
    interval = view.drawn_by(held)
    key = view.key(interval)
    st.header("System price and market index (£/MWh)")
    frame.zoomable(table, charts.prices(interval), key=f"prices-{key}", alt="System price and market index price")
    frame.legend((name, colour) for _, name, colour in charts.PRICES)
    st.header("Net imbalance volume (MWh)")
    chart = charts.imbalance(interval, table.num_rows)
    frame.zoomable(table, chart, key=f"imbalance-{key}", alt="Net imbalance volume")
    frame.legend((name, colour) for _, name, colour in charts.IMBALANCE)


def told_extremes(extremes: Extremes) -> str:
    """Return the highest and the lowest system price, and how often it was negative, as sentences."""
    below = (
        "never below zero"
        if not extremes.negative
        else f"below zero in {extremes.negative:,} of {extremes.half_hours:,} half-hours"
    )
    return (
        f"The system price was highest at **{extremes.highest:,.2f} £/MWh** ({told(extremes.highest_at, LONDON)}), "
        f"lowest at **{extremes.lowest:,.2f} £/MWh** ({told(extremes.lowest_at, LONDON)}), and {below}."
    )


FIGURES = {
    "system_price_gbp_per_mwh": "System price (£/MWh)",
    "market_index_price_gbp_per_mwh": "Market index price (£/MWh)",
    "net_imbalance_volume_mwh": "Net imbalance volume (MWh)",
    "periods": "Half-hours",
}
