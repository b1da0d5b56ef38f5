"""Reconciliation: NESO's figure, the API's and ours, by how much they differ, and what the differences are made of."""

from datetime import datetime

import streamlit as st

from include.serving.dashboard import frame
from include.serving.dashboard.carbon.reconciliation import charts, queries
from include.serving.dashboard.carbon.reconciliation.queries import COMPARISONS, RECONCILIATION, Comparison, Summary
from include.serving.dashboard.controls import View
from include.serving.dashboard.figures import show_figures
from include.serving.dashboard.page import draw_over
from include.serving.dashboard.reader import Reader
from include.serving.dashboard.span import Extent, told
from include.settlement import LONDON


def draw() -> None:
    """Draw the page."""
    draw_over(RECONCILIATION, "Reconciliation", _show, nothing_yet=nothing_yet)


def nothing_yet() -> None:
    """Say that nothing is reconciled, and what it waits for."""
    st.info(
        "**Nothing has been reconciled yet.** NESO’s figures are set against those of the Carbon Intensity API once "
        "both have been published, by a DAG of its own. It appears here by itself.",
        icon=":material/hourglass_empty:",
    )


def _show(reader: Reader, view: View, held: Extent) -> None:
    span, interval = view.span(held), view.drawn_by(held)
    table = queries.over_range(reader, span, interval)
    if table.num_rows == 0:
        st.info("**Nothing of these days has been reconciled.** Choose others.")
        return
    st.header("Carbon intensity by three sources (g CO₂/kWh)")
    key = view.key(interval)
    alt = "Carbon intensity by NESO, by the API, and as computed"
    frame.zoomable(table, charts.sources(interval), key=f"sources-{key}", alt=alt)
    frame.legend((name, colour) for _, name, colour in charts.SOURCES)
    summaries = {comparison: queries.summary(reader, span, comparison) for comparison in COMPARISONS}
    st.header("What the differences come to")
    st.markdown(as_markdown(summaries))
    for number, (comparison, summary) in enumerate(summaries.items()):
        st.header(f"{comparison.name}, and what it is made of (g CO₂/kWh)")
        chart = charts.differences(interval, comparison)
        frame.zoomable(table, chart, key=f"difference-{number}-{key}", alt=f"{comparison.name}, with its parts")
        frame.legend(in_legend(comparison, summary))
    show_figures(table, interval, FIGURES)


FIGURES = {
    **{column: f"{name} (g/kWh)" for column, name, _ in charts.SOURCES},
    **{
        column: f"{name} (g/kWh)" if column == comparison.column else f"{comparison.name}: {name} (g/kWh)"
        for comparison in COMPARISONS
        for column, name in ((comparison.column, comparison.name), *comparison.parts)
    },
    "periods": "Half-hours",
}


def as_markdown(summaries: dict[Comparison, Summary]) -> str:
    """Return the summaries as a table for people, a column for each comparison; what is not known is a dash."""
    lines = [
        ("Half-hours compared", [f"{each.half_hours:,}" for each in summaries.values()]),
        ("Equal to the gram", [f"{each.equal:,}" for each in summaries.values()]),
        ("Mean absolute (g/kWh)", [_grams(each.mean_absolute, sign="") for each in summaries.values()]),
        ("Mean, signed (g/kWh)", [_grams(each.mean_signed) for each in summaries.values()]),
        ("Largest (g/kWh)", [_largest(each.largest, each.largest_at) for each in summaries.values()]),
    ]
    heads = ["", *(comparison.name for comparison in summaries)]
    rows = [heads, ["---"] * len(heads), *([name, *cells] for name, cells in lines)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _largest(value: float | None, at: datetime | None) -> str:
    return _grams(value) if at is None else f"{_grams(value)}, {told(at, LONDON)}"


def in_legend(comparison: Comparison, summary: Summary) -> list[tuple[str, str]]:
    """Return the lines of a difference by name, each with its mean, and their colours."""
    means = (summary.mean_signed, *summary.mean_parts)
    traces = charts.traces(comparison)
    return [(f"{name}: mean {_grams(each)}", colour) for (_, name, colour), each in zip(traces, means, strict=True)]


def _grams(value: float | None, *, sign: str = "+") -> str:
    return "–" if value is None else f"{value:{sign}.1f}"
