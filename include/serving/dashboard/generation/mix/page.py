"""Generation: what the grid runs on now, and how that went over the range."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Literal

import pyarrow as pa
import streamlit as st

from include.serving.dashboard import frame
from include.serving.dashboard.controls import View
from include.serving.dashboard.generation import charts
from include.serving.dashboard.generation.fuels import INTENSITY_COLOUR, STACK, Fuel
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
from include.serving.dashboard.span import Extent, Interval, same_time_before
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


def _now(reader: Reader, newest_at: datetime) -> Instant:
    day_ago, week_ago = (same_time_before(newest_at, days, LONDON) for days in (1, 7))
    found = at(reader, newest_at, day_ago, week_ago)
    newest, yesterday, last_week = found[newest_at], found.get(day_ago), found.get(week_ago)
    local = newest_at.astimezone(LONDON)
    st.caption(f"Newest half-hour: **{local:%A} {local.day} {local:%B %Y, %H:%M %Z}** ({newest_at:%H:%M} UTC)")
    with st.container(horizontal=True, key="now"):
        _figure("Generation", newest, yesterday, last_week, _gigawatts, ("GW", 2), "off")
        _figure("Zero-carbon share", newest, yesterday, last_week, _zero_carbon, ("%", 1), "normal")
        _figure("Carbon intensity", newest, yesterday, last_week, _intensity, ("g/kWh", 0), "inverse")
    return newest


def _gigawatts(half_hour: Instant) -> float | None:
    return half_hour.generation_mw / 1000


def _zero_carbon(half_hour: Instant) -> float | None:
    return half_hour.zero_carbon_pct


def _intensity(half_hour: Instant) -> float | None:
    return half_hour.carbon_intensity_g_per_kwh


def _figure(
    name: str,
    newest: Instant,
    yesterday: Instant | None,
    last_week: Instant | None,
    read: Callable[[Instant], float | None],
    unit: tuple[str, int],
    colour: Literal["normal", "inverse", "off"],
) -> None:
    """Draw one figure, and what it was at this time yesterday and a week ago."""
    value, (name_of_unit, digits) = read(newest), unit
    told = "unknown" if value is None else f"{value:.{digits}f} {name_of_unit}"
    then = read(yesterday) if yesterday else None
    week = read(last_week) if last_week else None
    # The difference of two percentages is in points, not in percent.
    unit_of_difference = "points" if name_of_unit == "%" else name_of_unit
    difference = None if value is None or then is None else f"{value - then:+.{digits}f} {unit_of_difference}"
    before = "no figure" if week is None else f"{week:.{digits}f} {name_of_unit}"
    st.metric(
        name,
        told,
        difference,
        delta_color=colour,
        border=True,
        delta_description=f"on yesterday · a week ago {before}",
    )


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
    _figures(table, interval)


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


# A day, a month or a year of London is named by its date: in summer it begins at 23:00 UTC of the day before.
_DATED = {Interval.DAY: ("Day", "YYYY-MM-DD"), Interval.MONTH: ("Month", "YYYY-MM"), Interval.YEAR: ("Year", "YYYY")}
_COLUMNS = {
    "energy_mwh": "Energy (MWh)",
    "generation_mw": "Total (MW)",
    **{fuel.column: f"{fuel.name} (MW)" for fuel in STACK},
    "zero_carbon_pct": "Zero-carbon (%)",
    "carbon_intensity_g_per_kwh": "Intensity (g/kWh)",
    "periods": "Half-hours",
    "is_provisional": "Provisional",
}


def _figures(table: pa.Table, interval: Interval) -> None:
    """Draw the table behind the charts: what a chart shows, readable and to be copied."""
    with st.expander(f"The figures behind the charts ({table.num_rows:,} × {interval.label})"):
        dated = {name: st.column_config.DateColumn(format=form) for name, form in _DATED.values()}
        st.dataframe(
            figures(table, interval), hide_index=True, placeholder="", key=f"figures-{interval}", column_config=dated
        )


def figures(table: pa.Table, interval: Interval) -> pa.Table:
    """Return the figures with columns named for people: half-hours and hours by their instants, the rest by dates."""
    buckets = table["bucket_at"]
    if interval.is_within_day:
        start = {"Start (UTC)": buckets}
    else:
        name, _ = _DATED[interval]
        start = {name: pa.array([at.astimezone(UTC).date() for at in buckets.to_pylist()], pa.date32())}
    return pa.table({**start, **{told: table[name] for name, told in _COLUMNS.items()}})
