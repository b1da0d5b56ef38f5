"""Generation: what the grid runs on now, and how that went over the range."""

from collections.abc import Callable
from datetime import datetime

import pyarrow as pa
import streamlit as st

from include.serving.dashboard import frame
from include.serving.dashboard.controls import View
from include.serving.dashboard.figures import Figure, MoreIs, show_figure, show_figures, tell_newest_half_hour
from include.serving.dashboard.fuels import INTENSITY_COLOUR, STACK, Fuel
from include.serving.dashboard.generation import charts
from include.serving.dashboard.generation.half_hours import (
    HALF_HOURS,
    REWRITTEN_FOR,
    Instant,
    at,
    over_range,
    provisional_from,
)
from include.serving.dashboard.page import draw_over
from include.serving.dashboard.reader import Reader
from include.serving.dashboard.span import Extent, same_time_before
from include.serving.dashboard.vega import Spec
from include.settlement import LONDON


def draw() -> None:
    """Draw the page."""
    draw_over(HALF_HOURS, "Generation", _show)


def _show(reader: Reader, view: View, held: Extent) -> None:
    newest = _now(reader, held.newest_at)
    _charts(reader, newest, view, held)
    st.caption(
        "Power is in MW, energy in MWh; days are London’s. Carbon intensity is NESO’s, in g CO₂ per kWh consumed."
    )


_FIGURES: tuple[tuple[str, str, int, MoreIs, Callable[[Instant], float | None]], ...] = (
    ("Generation", "GW", 2, "off", lambda half_hour: half_hour.generation_mw / 1000),
    ("Zero-carbon share", "%", 1, "normal", lambda half_hour: half_hour.zero_carbon_pct),
    ("Carbon intensity", "g/kWh", 0, "inverse", lambda half_hour: half_hour.carbon_intensity_g_per_kwh),
)


def _now(reader: Reader, newest_at: datetime) -> Instant:
    day_ago, week_ago = (same_time_before(newest_at, days, LONDON) for days in (1, 7))
    found = at(reader, newest_at, day_ago, week_ago)
    newest, yesterday, last_week = found[newest_at], found.get(day_ago), found.get(week_ago)
    tell_newest_half_hour(newest_at)
    with st.container(horizontal=True, key="now"):
        for name, unit, digits, more_is, read in _FIGURES:
            now, then, week = (read(half_hour) if half_hour else None for half_hour in (newest, yesterday, last_week))
            show_figure(Figure(name, now, then, week, unit, digits), more_is)
    return newest


def _charts(reader: Reader, newest: Instant, view: View, held: Extent) -> None:
    interval = view.drawn_by(held)
    table = over_range(reader, view.span(held), interval)
    if table.num_rows == 0:
        frame.nothing_of_these_days()
        return
    _tell_provisional(reader, table)
    points, key = table.num_rows, view.key(interval)
    _pair(
        table,
        key,
        ("Power by fuel (MW)", "power", charts.power_by_fuel(interval, points)),
        ("Share by fuel (%)", "share", charts.share_by_fuel(interval, points)),
    )
    frame.legend((with_power(fuel, newest), fuel.colour) for fuel in STACK)
    _pair(
        table,
        key,
        ("Zero-carbon and carbon power (MW)", "balance", charts.carbon_balance(interval)),
        ("Zero-carbon share and carbon intensity", "intensity", charts.share_and_intensity(interval)),
    )
    frame.legend([*((name, colour) for _, name, colour in charts.BALANCE), ("Carbon intensity", INTENSITY_COLOUR)])
    show_figures(table, interval, FIGURES)


def _pair(table: pa.Table, key: str, *pair: tuple[str, str, Spec]) -> None:
    """Draw two charts side by side, each with its title and a name that tells it from others of the page."""
    for column, (title, name, chart) in zip(st.columns(2, gap="medium"), pair, strict=True):
        with column:
            st.header(title)
            frame.zoomable(table, chart, key=f"{name}-{key}", alt=title)


def with_power(fuel: Fuel, newest: Instant) -> str:
    """Return the fuel's name, and what it gives now: its power, and its share of all."""
    power_mw, share_pct = newest.fuels_mw[fuel.code], newest.shares_pct.get(fuel.code)
    if power_mw is None:
        return fuel.name
    share = "" if share_pct is None else f", {share_pct:.1f} %"
    return f"{fuel.name} {power_mw / 1000:.2f} GW{share}"


def _tell_provisional(reader: Reader, table: pa.Table) -> None:
    since = provisional_from(reader)
    if since is None or True not in table["is_provisional"].to_pylist():
        return
    day = since.astimezone(LONDON)
    st.caption(
        f"The orange line at the foot of a chart marks **provisional** half-hours: NESO rewrites some "
        f"{REWRITTEN_FOR.days} days back, so what is younger than {day.day} {day:%B %Y} may still change. Drag to move "
        "along a chart; Shift and the wheel zoom; a double click sets it back."
    )


FIGURES = {
    "energy_mwh": "Energy (MWh)",
    "generation_mw": "Total (MW)",
    **{fuel.column: f"{fuel.name} (MW)" for fuel in STACK},
    "zero_carbon_pct": "Zero-carbon (%)",
    "carbon_intensity_g_per_kwh": "Intensity (g/kWh)",
    "periods": "Half-hours",
    "is_provisional": "Provisional",
}
