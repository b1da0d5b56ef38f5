"""Data quality: coverage by day, what the checks found, new columns, refused rows."""

from collections.abc import Sequence

import pyarrow as pa
import streamlit as st

from include.serving.dashboard import frame
from include.serving.dashboard.controls import View, bar
from include.serving.dashboard.operations import year_of_days
from include.serving.dashboard.operations.quality import charts, queries
from include.serving.dashboard.operations.quality.queries import ALWAYS, Within
from include.serving.dashboard.plain import as_text
from include.serving.dashboard.reader import Reader, Row, analyst
from include.serving.dashboard.series import extent
from include.serving.dashboard.span import Extent, Span
from include.serving.datasets import DeclaredDataset
from include.serving.day_state import DAY_STATES

_PICKED, _DATASET = "dataset", "quality-dataset"


def draw() -> None:
    """Draw the page; before the first publication it has findings all the same."""
    view = bar(_extent, with_interval=False)
    if view is None:
        frame.nothing_yet()
    _show(view)


def _extent(reader: Reader) -> Extent | None:
    datasets = queries.covered(reader)
    return extent(reader, queries.coverage_of(_picked(datasets))) if datasets else None


@st.fragment(run_every=frame.REFRESH_S)
def _show(view: View | None) -> None:
    """Draw what is below the bar; new findings appear by themselves."""
    st.title("Data quality")
    with frame.in_plain_words(), analyst() as reader:
        within = _published(reader, view) if view else ALWAYS
        _checks(reader, within)
        left, right = st.columns(2, gap="medium")
        with left:
            _drift(queries.drift(reader))
        with right:
            _rejected(queries.rejected(reader, within))


def _published(reader: Reader, view: View) -> Within:
    """Draw the coverage of what is published; return when findings belong to it."""
    datasets = queries.covered(reader)
    if not datasets:
        frame.nothing_yet()
        return ALWAYS
    dataset = _picker(datasets)
    held = extent(reader, queries.coverage_of(dataset))
    if held is None:
        frame.nothing_yet()
        return ALWAYS
    span = view.span(held)
    _coverage(reader, dataset, span)
    return Within.of(span, held)


def _picker(datasets: Sequence[DeclaredDataset]) -> DeclaredDataset:
    """Draw a picker where there is a choice, make the address say what is picked, and return it."""
    picked = _picked(datasets)
    if len(datasets) > 1:
        titles = {each.name: each.title for each in datasets}
        st.session_state[_DATASET] = picked.name
        st.selectbox("Dataset", list(titles), format_func=titles.__getitem__, key=_DATASET, on_change=_choose)
        if st.query_params.get(_PICKED) != picked.name:
            st.query_params[_PICKED] = picked.name
    return picked


def _picked(datasets: Sequence[DeclaredDataset]) -> DeclaredDataset:
    """Return the dataset held since the last choice, else that of the address, else the first."""
    name = st.session_state.get(_PICKED) or st.query_params.get(_PICKED)
    return next((each for each in datasets if each.name == name), datasets[0])


def _choose() -> None:
    st.session_state[_PICKED] = st.session_state[_DATASET]


def _coverage(reader: Reader, dataset: DeclaredDataset, span: Span) -> None:
    totals = queries.totals(reader, dataset.name, span)
    if not totals["days"]:
        frame.nothing_of_these_days()
        return
    present, due = totals["present"], totals["due"]
    with st.container(horizontal=True):
        share = f"{100 * present / due:.2f} %" if due else None
        st.metric(
            "Half-hours present",
            f"{present:,} of {due:,}",
            share,
            delta_color="off",
            delta_arrow="off",
            border=True,
            help=(
                "Of those that are due. Not due is what was never asked for, what its publisher lacks for ever, and "
                "what comes after the newest one."
            ),
        )
        st.metric("Missing", f"{totals['missing']:,}", border=True)
        if totals["not_asked"]:
            st.metric("Never asked for", f"{totals['not_asked']:,}", border=True)
        if totals["known_gaps"]:
            st.metric("Known gaps", f"{totals['known_gaps']:,}", border=True)
        st.metric("Rejected", f"{totals['rejected']:,}", border=True)
        st.metric("Revised", f"{totals['revised']:,}", border=True)
    st.header(f"Coverage of {as_text(dataset.title)}, a cell a day")
    table = queries.calendar(reader, dataset.name, span)
    year_of_days.draw(table, charts.calendar, key="calendar")
    frame.legend((name, colour) for _, name, colour in DAY_STATES)


def _checks(reader: Reader, within: Within) -> None:
    checks = queries.latest_checks(reader)
    st.header("Checks")
    if not checks:
        st.caption("No checks have been made yet.")
        return
    failed = [check for check in checks if not check["success"]]
    held = len(checks) - len(failed)
    st.caption(f"{held} of {len(checks)} checks held when they were last made.")
    for check in failed:
        found = as_text(f"{check['subject']}: {check['finding']}")
        st.warning(f"{found} ({check['severity']})", icon=":material/rule:")
    with st.expander(f"All {len(checks)} checks"):
        st.dataframe(_as_table(checks, CHECKS), hide_index=True, placeholder="", key="checks")
    _observed(reader, within)


def _observed(reader: Reader, within: Within) -> None:
    names = queries.measured_checks(reader, within)
    if not names:
        st.caption("No check measured a number in this range.")
        return
    name = st.selectbox("Observed values over time", names, key="observed")
    values, total = queries.observed_over_time(reader, name, within)
    figures = set(values["observed"].to_pylist())
    if len(figures) == 1:
        # An axis cannot be drawn over one figure.
        times = "the one time" if total == 1 else f"each of the {total:,} times"
        st.caption(f"**{figures.pop():,.12g}**, {times} it was made in this range.")
        return
    st.vega_lite_chart(values, charts.observed_values(), key="observed-values", width="stretch", alt=name)
    if values.num_rows < total:
        st.caption(f"The newest {values.num_rows:,} of {total:,} values in this range.")


CHECKS = {
    "judged_at": "Judged at (UTC)",
    "success": "Held",
    "severity": "Severity",
    "subject": "Table",
    "name": "Check",
    "column_name": "Column",
    "observed": "Observed",
    "finding": "Finding",
}
DRIFT = {
    "first_seen_at": "First seen (UTC)",
    "dataset": "Dataset",
    "column_name": "Column",
    "example": "Example",
}
REJECTED = {
    "last_rejected_at": "Last rejected (UTC)",
    "reason": "Reason",
    "observed_at": "Half-hour (UTC)",
    "times_rejected": "Times",
    "dataset": "Dataset",
    "payload": "Row as published",
}


def _drift(found: Sequence[Row]) -> None:
    st.header("Columns that publishers added")
    if found:
        st.dataframe(_as_table(found, DRIFT), hide_index=True, placeholder="", key="drift")
    else:
        st.caption("None: every column is one we know.")


def _rejected(found: queries.Rejected) -> None:
    st.header("Rejected rows")
    st.caption(told_of(found))
    if found.rows:
        st.dataframe(_as_table(found.rows, REJECTED), hide_index=True, placeholder="", key="rejected")


def told_of(found: queries.Rejected) -> str:
    """Return how many refused rows are shown, of how many."""
    if not found.ever:
        return "None: every row that was sent kept its contract."
    others = found.ever - found.total
    elsewhere = f" {others:,} of other days: choose All to see them." if others else ""
    if not found.total:
        return f"None in this range.{elsewhere}"
    shown = len(found.rows)
    of_all = f"All {found.total:,}" if shown == found.total else f"The newest {shown:,} of {found.total:,}"
    return f"{of_all} in this range.{elsewhere}"


def _as_table(rows: Sequence[Row], names: dict[str, str]) -> pa.Table:
    """Return rows as a table, its columns named for people."""
    return pa.table({told: pa.array([row[name] for row in rows]) for name, told in names.items()})
