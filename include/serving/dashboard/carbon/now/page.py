"""Carbon: how much CO2 a kilowatt-hour stands for now, how that went over the range, and when it is best tomorrow."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pyarrow as pa
import streamlit as st

from include.serving.dashboard import frame
from include.serving.dashboard.carbon.fuels import COLUMNS, TRACES
from include.serving.dashboard.carbon.intensity import (
    INTENSITY,
    HalfHour,
    at,
    foreseen_until,
    over_range,
    reaching_ahead,
)
from include.serving.dashboard.carbon.now import charts, queries
from include.serving.dashboard.carbon.now.best import Best, Foreseen, best_of, day_after, told, told_of_day
from include.serving.dashboard.carbon.words import nothing_of_these_days, nothing_yet
from include.serving.dashboard.controls import View
from include.serving.dashboard.figures import Figure, show_figure, show_figures, tell_newest_half_hour
from include.serving.dashboard.page import draw_over
from include.serving.dashboard.plain import as_text
from include.serving.dashboard.reader import Reader
from include.serving.dashboard.series import beside
from include.serving.dashboard.span import Extent, Interval, same_time_before
from include.settlement import HALF_HOUR, LONDON, periods_in_day


def draw() -> None:
    """Draw the page."""
    draw_over(INTENSITY, "Carbon", _show, nothing_yet=nothing_yet)


def _show(reader: Reader, view: View, held: Extent) -> None:
    _now(reader, held.newest_at)
    _charts(reader, view, held)
    _tomorrow(reader, datetime.now(UTC))
    st.caption(
        "The API’s figures, in g CO₂ per kWh consumed. Of an interval they are the mean of its half-hours; "
        "days are London’s. Shares are in percent of what is supplied, imports among it."
    )


def _now(reader: Reader, newest_at: datetime) -> None:
    day_ago, week_ago = (same_time_before(newest_at, days, LONDON) for days in (1, 7))
    found = at(reader, newest_at, day_ago, week_ago)
    newest, yesterday, last_week = (found.get(instant) for instant in (newest_at, day_ago, week_ago))
    tell_newest_half_hour(newest_at)
    with st.container(horizontal=True, key="now"):
        values = (half_hour.actual_g_per_kwh if half_hour else None for half_hour in (newest, yesterday, last_week))
        now, then, week = values
        show_figure(Figure("Carbon intensity", now, then, week, "g/kWh"), "inverse")
        if newest is not None:
            _index(newest)
            _forecast(newest)


def _index(newest: HalfHour) -> None:
    index = newest.intensity_index or "unknown"
    st.metric("Index", as_text(index), border=True, height="stretch", help="As the publisher gives it.")


def _forecast(newest: HalfHour) -> None:
    """Draw what was last foreseen of the half-hour before it began, and by how much it was wrong."""
    forecast, actual = newest.forecast_g_per_kwh, newest.actual_g_per_kwh
    st.metric(
        "Forecast of it",
        "none" if forecast is None else f"{forecast:.0f} g/kWh",
        None if forecast is None or actual is None else f"{forecast - actual:+.0f} g/kWh",
        delta_color="off",
        delta_arrow="off",
        border=True,
        delta_description="forecast less actual",
    )


def _charts(reader: Reader, view: View, held: Extent) -> None:
    interval = view.drawn_by(held)
    span = reaching_ahead(view, held, foreseen_until(reader))
    table = over_range(reader, span, interval)
    if table.num_rows == 0:
        nothing_of_these_days(reader)
        return
    mix, key = queries.supply_mix(reader, span, interval), view.key(interval)
    left, right = st.columns(2, gap="medium")
    with left:
        st.header("Actual and forecast (g CO₂/kWh)")
        chart = charts.actual_and_forecast(interval)
        frame.zoomable(table, chart, key=f"intensity-{key}", alt="Carbon intensity, actual and forecast")
        frame.legend((name, colour) for _, name, colour in charts.INTENSITY)
    with right:
        st.header("Supply mix (%)")
        _mix(mix, interval, key)
    columns = [*COLUMNS, "remainder_pct"]
    show_figures(beside(table, mix, columns), interval, FIGURES)


def _mix(mix: pa.Table, interval: Interval, key: str) -> None:
    if mix.num_rows == 0:
        st.caption("No mix is published for these days.")
        return
    frame.zoomable(mix, charts.supply_mix(interval, mix.num_rows), key=f"mix-{key}", alt="Supply mix by fuel")
    frame.legend((name, colour) for _, name, colour in TRACES)


FIGURES = {
    "actual_g_per_kwh": "Actual (g/kWh)",
    "forecast_g_per_kwh": "Forecast (g/kWh)",
    "day_ahead_forecast_g_per_kwh": "Forecast of a day before (g/kWh)",
    **COLUMNS,
    "remainder_pct": "Left to 100 (%)",
    "periods": "Half-hours",
}


def _tomorrow(reader: Reader, now: datetime) -> None:
    """Draw the best three hours of tomorrow, in words and among the other half-hours of the day."""
    st.header("The best three hours of tomorrow")
    day = day_after(now)
    foreseen = queries.foreseen(reader, day)
    best = best_of(foreseen)
    if len(foreseen) < periods_in_day(day):
        st.info(told_of_day(day, len(foreseen)), icon=":material/hourglass_empty:")
    if best is None:
        return
    st.markdown(f"{day:%A} {day.day} {day:%B}, {told(best)}")
    st.vega_lite_chart(
        half_hours(foreseen, best),
        charts.tomorrow(),
        key=f"tomorrow-{day}",
        width="stretch",
        alt="Forecast of tomorrow by half-hour, the best three hours in their colour",
    )
    frame.legend((("The best three hours", charts.BEST_COLOUR), ("Other half-hours", charts.OTHER_COLOUR)))


def half_hours(foreseen: Sequence[Foreseen], best: Best) -> pa.Table:
    """Return what is drawn of each half-hour: its ends, its name, its forecast and index, whether it is of the best."""
    rows = [
        {
            "bucket_at": each.period_started_at,
            "bucket_until_at": each.period_started_at + HALF_HOUR,
            "when": Interval.HALF_HOUR.name_of(each.period_started_at, LONDON),
            "forecast_g_per_kwh": each.forecast_g_per_kwh,
            "intensity_index": each.intensity_index or "unknown",
            "is_best": best.has(each),
        }
        for each in foreseen
    ]
    return pa.Table.from_pylist(rows)
