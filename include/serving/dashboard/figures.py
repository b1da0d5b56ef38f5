"""Figures as readers find them: one set against those before it, and the table behind a page's charts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import pyarrow as pa
import streamlit as st

from include.serving.dashboard.span import Interval
from include.settlement import LONDON

# Whether more of a figure is good, bad, or neither.
MoreIs = Literal["normal", "inverse", "off"]


@dataclass(frozen=True)
class Figure:
    """A figure of now, and what it was at this time yesterday and a week ago; None where it is not known."""

    name: str
    now: float | None
    yesterday: float | None
    last_week: float | None
    unit: str
    digits: int = 0

    def told(self, value: float | None, otherwise: str) -> str:
        """Return a value with its unit, or other words where it is not known."""
        return otherwise if value is None else f"{value:.{self.digits}f} {self.unit}"

    @property
    def difference(self) -> str | None:
        """By how much it differs from yesterday; that of two percentages is in points, not in percent."""
        if self.now is None or self.yesterday is None:
            return None
        unit = "points" if self.unit == "%" else self.unit
        return f"{self.now - self.yesterday:+.{self.digits}f} {unit}"


def show_figure(figure: Figure, more_is: MoreIs = "off") -> None:
    """Draw one figure, and what it was before."""
    st.metric(
        figure.name,
        figure.told(figure.now, "unknown"),
        figure.difference,
        delta_color=more_is,
        border=True,
        delta_description=f"on yesterday · a week ago {figure.told(figure.last_week, 'no figure')}",
    )


def tell_newest_half_hour(newest_at: datetime) -> None:
    """Say which half-hour is the newest, in London’s time and in UTC."""
    local = newest_at.astimezone(LONDON)
    st.caption(f"Newest half-hour: **{local:%A} {local.day} {local:%B %Y, %H:%M %Z}** ({newest_at:%H:%M} UTC)")


# A day, a month or a year of a zone is named by its date: in London's summer it begins at 23:00 UTC of the day before.
_DATED = {Interval.DAY: ("Day", "YYYY-MM-DD"), Interval.MONTH: ("Month", "YYYY-MM"), Interval.YEAR: ("Year", "YYYY")}


def show_figures(table: pa.Table, interval: Interval, names: Mapping[str, str]) -> None:
    """Draw the table behind the charts: what a chart shows, readable and to be copied."""
    with st.expander(f"The figures behind the charts ({table.num_rows:,} × {interval.label})"):
        dated = {name: st.column_config.DateColumn(format=form) for name, form in _DATED.values()}
        st.dataframe(
            figures(table, interval, names),
            hide_index=True,
            placeholder="",
            key=f"figures-{interval}",
            column_config=dated,
        )


def figures(table: pa.Table, interval: Interval, names: Mapping[str, str]) -> pa.Table:
    """Return columns of a table over time under names for people: those within a day by instants, others by dates."""
    buckets = table["bucket_at"]
    if interval.is_within_day:
        start = {"Start (UTC)": buckets}
    else:
        name, _ = _DATED[interval]
        start = {name: pa.array([at.astimezone(UTC).date() for at in buckets.to_pylist()], pa.date32())}
    return pa.table({**start, **{told: table[name] for name, told in names.items()}})
