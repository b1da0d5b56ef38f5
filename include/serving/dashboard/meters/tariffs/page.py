"""Tariffs: agreements by tariff and kind over time, what meters used by tariff and by region.

What is published of small groups is that they are kept back: they are named, and have no figures here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import pyarrow as pa
import streamlit as st

from include.serving.dashboard import frame
from include.serving.dashboard.controls import View
from include.serving.dashboard.known_by import instant_told, known_by_picker
from include.serving.dashboard.meters.half_hours import DAYS
from include.serving.dashboard.meters.tariffs import charts, queries
from include.serving.dashboard.meters.tariffs.queries import By, Counts, Group
from include.serving.dashboard.meters.words import counted, nothing_of_these_days, nothing_yet
from include.serving.dashboard.page import draw_over
from include.serving.dashboard.reader import Reader, Row
from include.serving.dashboard.span import Extent, Interval, Span
from include.serving.dashboard.vega import Trace

OTHERS, KEPT_BACK = "others", "kept_back"


@dataclass(frozen=True)
class Chosen:
    """What the page shows: of which days, by which interval, as known when; and how many meters make a group."""

    span: Span
    interval: Interval
    key: str
    known_by: datetime | None
    smallest: int

    @property
    def told(self) -> str:
        """As known when, for a heading."""
        return "" if self.known_by is None else f", as known at {instant_told(self.known_by)}"


def draw() -> None:
    """Draw the page."""
    draw_over(DAYS, "Tariffs", _show, nothing_yet=nothing_yet)


def _show(reader: Reader, view: View, held: Extent) -> None:
    interval = view.drawn_by(held)
    known_by = known_by_picker(reader, queries.PRODUCTS.table)
    chosen = Chosen(view.span(held), interval, view.key(interval), known_by, queries.smallest_group(reader))
    tariffs = queries.tariffs(reader, chosen.span, known_by)
    drawn = charts.traces([each.name for each in tariffs if not each.is_kept_back])
    _agreements(reader, chosen, drawn, tariffs)
    if tariffs:
        _tariffs(reader, chosen, drawn, tariffs)
        _regions(queries.regions(reader, chosen.span), chosen.smallest)
    else:
        nothing_of_these_days()
    if known_by is not None:
        st.caption("The mean half-hours and the regions are as they are known now.")
    st.caption(
        f"Kept back are groups of fewer than {chosen.smallest} meters, and as many others as it takes that none of "
        "these can be worked out. Consumption is in kWh; days are London’s."
    )


def _agreements(reader: Reader, chosen: Chosen, drawn: Sequence[Trace], tariffs: Sequence[Group]) -> None:
    days = [each.day for each in queries.points(chosen.span, chosen.interval)]
    by_tariff, by_kind = (
        queries.agreements(reader, days, by, chosen.smallest, chosen.known_by) for by in (By.TARIFF, By.KIND)
    )
    if not any(by_tariff.values()):
        st.info(f"**No agreement holds on these days{chosen.told}.** Choose others, or load the reference.")
        return
    _totals(days[-1], queries.total(by_tariff[days[-1]]), chosen.smallest, tariffs)
    small = (KEPT_BACK, f"Of tariffs of fewer than {chosen.smallest}, together", charts.KEPT_BACK_COLOUR)
    others = (OTHERS, "Other tariffs", charts.OTHER_COLOUR)
    kinds = tuple((f"kind_{number}", name, colour) for number, (name, colour) in enumerate(charts.KINDS.items()))
    small_kinds = (KEPT_BACK, f"Of kinds of fewer than {chosen.smallest}, together", charts.KEPT_BACK_COLOUR)
    left, right = st.columns(2, gap="medium")
    with left:
        _counts("tariff", chosen, by_tariff, (*drawn, others, small))
    with right:
        _counts("kind", chosen, by_kind, (*kinds, small_kinds))


def _totals(day: date, agreements: int | None, smallest: int, tariffs: Sequence[Group]) -> None:
    kept_back = sum(each.is_kept_back for each in tariffs)
    with st.container(horizontal=True, key="totals"):
        held = f"fewer than {smallest}" if agreements is None else f"{agreements:,}"
        st.metric(f"Agreements on {day:%a} {day.day} {day:%b %Y}", held, border=True)
        st.metric("Tariffs with readings", f"{len(tariffs):,}", border=True)
        st.metric("Kept back of these", f"{kept_back:,}", border=True)


def _counts(group: str, chosen: Chosen, counts: Counts, traces: Sequence[Trace]) -> None:
    title = f"Agreements by {group}{chosen.told}"
    st.header(title)
    points = queries.points(chosen.span, chosen.interval)
    values = {each.bucket_at: in_columns(counts[each.day], traces) for each in points}
    # What is never there needs no colour.
    used = tuple(trace for trace in traces if any(trace[0] in held for held in values.values()))
    table = queries.over_points(points, chosen.interval, values, [column for column, _, _ in used])
    chart = charts.agreements(chosen.interval, table.num_rows, used)
    frame.zoomable(table, chart, key=f"agreements-{group}-{len(used)}-{chosen.key}", alt=title)
    frame.legend((name, colour) for _, name, colour in used)
    with st.expander(f"The figures behind the chart ({table.num_rows:,} × {chosen.interval.label})"):
        figures = {chosen.interval.unit.capitalize(): table["when"], **{name: table[each] for each, name, _ in used}}
        st.dataframe(pa.table(figures), hide_index=True, placeholder="", key=f"agreements-{group}-{chosen.interval}")


def in_columns(counts: Mapping[str | None, int | None], traces: Sequence[Trace]) -> dict[str, float]:
    """Return the counts of a day by the columns of a chart: those that have no trace of their own are the others."""
    columns = {name: column for column, name, _ in traces}
    found: dict[str, float] = {}
    for name, agreements in counts.items():
        column = KEPT_BACK if name is None else columns.get(name, OTHERS)
        if agreements is not None:
            found[column] = found.get(column, 0) + agreements
    return found


def _tariffs(reader: Reader, chosen: Chosen, drawn: Sequence[Trace], tariffs: Sequence[Group]) -> None:
    names = [name for _, name, _ in drawn]
    columns = {name: column for column, name, _ in drawn}
    if drawn:
        left, right = st.columns(2, gap="medium")
        key = f"{len(drawn)}-{chosen.key}"
        with left:
            st.header(f"Consumption of a day by tariff (kWh){chosen.told}")
            daily = by_bucket(queries.daily(reader, chosen.span, chosen.interval, names, chosen.known_by), columns)
            table = queries.over_held_points(chosen.span, chosen.interval, daily, list(columns.values()))
            chart = charts.daily(chosen.interval, drawn)
            frame.zoomable(table, chart, key=f"daily-{key}", alt="Consumption of a day by tariff")
        with right:
            st.header("The mean half-hour of a meter by tariff (kWh)")
            found = profile(queries.profile(reader, chosen.span, names), columns)
            alt = "Consumption of a mean meter by tariff and time of day"
            st.vega_lite_chart(found, charts.profile(drawn), key=f"profile-{key}", width="stretch", alt=alt)
        frame.legend((name, colour) for _, name, colour in drawn)
    kept_back = [each.name for each in tariffs if each.is_kept_back]
    if kept_back:
        st.caption(f"**Kept back, fewer than {chosen.smallest} meters** ({counted(len(kept_back), 'tariff')}):")
        frame.legend((name, charts.KEPT_BACK_COLOUR) for name in kept_back)
    _figures(tariffs, "Tariff", chosen.smallest)


def by_bucket(rows: Sequence[Row], columns: Mapping[str, str]) -> dict[datetime, dict[str, float]]:
    """Return the consumption of a day by interval and by the column of a tariff."""
    found: dict[datetime, dict[str, float]] = {}
    for row in rows:
        found.setdefault(row["bucket_at"], {})[columns[row["name"]]] = row["day_kwh"]
    return found


def profile(rows: Sequence[Row], columns: Mapping[str, str]) -> pa.Table:
    """Return one row per half-hour of the day, with a column for each tariff."""
    found: dict[float, dict[str, float]] = {}
    for row in rows:
        found.setdefault(row["hour"], {})[columns[row["name"]]] = row["meter_consumption_kwh"]
    hours = sorted(found)
    named = {column: pa.array([found[hour].get(column) for hour in hours], pa.float64()) for column in columns.values()}
    names = [f"{int(hour):02}:{int(hour % 1 * 60):02}" for hour in hours]
    return pa.table({"hour": pa.array(hours, pa.float64()), "when": pa.array(names, pa.string()), **named})


def _regions(regions: Sequence[Group], smallest: int) -> None:
    st.header("Consumption of a meter and day by region (kWh)")
    if not regions:
        st.caption("The reference knows no region of these meters.")
        return
    st.vega_lite_chart(
        charts.region_rows(regions, f"fewer than {smallest} meters"),
        charts.by_region(len(regions)),
        key=f"by-region-{len(regions)}",
        width="stretch",
        alt="Consumption of a mean meter and day by region",
    )
    _figures(regions, "Region", smallest)


def _figures(groups: Sequence[Group], one: str, smallest: int) -> None:
    with st.expander(f"The figures by {one.lower()} ({len(groups)})"):
        st.dataframe(
            figures(groups, one, smallest),
            hide_index=True,
            placeholder="",
            key=f"figures-{one}",
            column_config={
                "kWh": st.column_config.NumberColumn(format="%.3f"),
                "kWh per meter and day": st.column_config.NumberColumn(format="%.3f"),
            },
        )


def figures(groups: Sequence[Group], one: str, smallest: int) -> pa.Table:
    """Return the figures of groups with columns named for people; what is kept back is said in words."""
    kinds = {True: "variable", False: "fixed", None: ""}
    columns = {
        one: [each.name for each in groups],
        "Meters": [f"fewer than {smallest}" if each.is_kept_back else f"{each.meters:,}" for each in groups],
        "kWh": pa.array([each.consumption_kwh for each in groups], pa.decimal128(24, 3)),
        "kWh per meter and day": pa.array([each.meter_day_kwh for each in groups], pa.float64()),
        "Days shown": [f"{each.days_shown:,} of {each.days:,}" for each in groups],
    }
    if any(each.is_variable is not None for each in groups):
        columns["Kind"] = [kinds[each.is_variable] for each in groups]
    return pa.table(columns)
