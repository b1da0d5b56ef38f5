"""Data quality: coverage by day, what the checks found, new columns, refused rows."""

from collections.abc import Sequence

import pyarrow as pa
import streamlit as st

from include.serving.dashboard import coverage, frame, status_charts
from include.serving.dashboard.controls import View
from include.serving.dashboard.mix import published
from include.serving.dashboard.place import analyst
from include.serving.dashboard.reader import Reader, Row
from include.serving.dashboard.span import Span
from include.serving.day_state import DAY_STATES


@st.fragment(run_every=frame.REFRESH_S)
def show(view: View | None) -> None:
    """Draw the page; new findings appear by themselves. Without a view nothing is published, and the bar says so."""
    st.title("Data quality")
    with frame.in_plain_words(), analyst() as reader:
        within = _published(reader, view) if view else coverage.ALWAYS
        _checks(reader, within)
        left, right = st.columns(2, gap="medium")
        with left:
            _drift(coverage.drift(reader))
        with right:
            _rejected(coverage.rejected(reader, within))


def _published(reader: Reader, view: View) -> coverage.Within:
    """Draw the coverage of what is published; return when findings belong to it."""
    held = published(reader)
    if held is None:
        frame.nothing_yet()
        return coverage.ALWAYS
    span = view.span(held)
    _coverage(reader, span)
    return coverage.Within.of(span, held)


def _coverage(reader: Reader, span: Span) -> None:
    totals = coverage.totals(reader, span)
    present, due = totals["present"], totals["due"]
    with st.container(horizontal=True):
        share = 100 * present / due if due else 0
        st.metric(
            "Half-hours present",
            f"{present:,} of {due:,}",
            f"{share:.2f} %",
            delta_color="off",
            delta_arrow="off",
            border=True,
            help="Of those that are due: half-hours later than the newest one are not yet published.",
        )
        st.metric("Missing", f"{totals['missing']:,}", border=True)
        st.metric("Rejected", f"{totals['rejected']:,}", border=True)
        st.metric("Revised", f"{totals['revised']:,}", border=True)
    st.header("Coverage, a cell a day")
    table = coverage.calendar(reader, span)
    for year in _years(table):
        held = table.filter([each == year for each in table["year"].to_pylist()])
        st.vega_lite_chart(
            held,
            status_charts.calendar(year),
            key=f"calendar-{year}",
            width="stretch",
            alt=f"Coverage of {year} by day",
        )
    frame.legend((name, colour) for _, name, colour in DAY_STATES)


MOST_YEARS = 20


def _years(table: pa.Table) -> list[int]:
    """Return the years of the table, newest first."""
    return sorted(set(table["year"].to_pylist()), reverse=True)[:MOST_YEARS]


def _checks(reader: Reader, within: coverage.Within) -> None:
    checks = coverage.latest_checks(reader)
    st.header("Checks")
    if not checks:
        st.caption("No checks have been made yet.")
        return
    failed = [check for check in checks if not check["success"]]
    held = len(checks) - len(failed)
    st.caption(f"{held} of {len(checks)} checks held when they were last made.")
    for check in failed:
        st.warning(f"**{check['subject']}**: {check['finding']} ({check['severity']})", icon=":material/rule:")
    with st.expander(f"All {len(checks)} checks"):
        st.dataframe(_as_table(checks, CHECKS), hide_index=True, placeholder="", key="checks")
    _observed(reader, within)


def _observed(reader: Reader, within: coverage.Within) -> None:
    names = coverage.measured_checks(reader, within)
    if not names:
        st.caption("No check measured a number in this range.")
        return
    name = st.selectbox("Observed values over time", names, key="observed")
    values, total = coverage.observed_over_time(reader, name, within)
    st.vega_lite_chart(values, status_charts.observed_values(), key="observed-values", width="stretch", alt=name)
    if values.num_rows < total:
        st.caption(f"The newest {values.num_rows:,} of {total:,} values in this range.")


CHECKS = {
    "judged_at": "Judged at (UTC)",
    "success": "Held",
    "severity": "Severity",
    "subject": "Table",
    "expectation": "Expectation",
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


def _rejected(found: coverage.Rejected) -> None:
    st.header("Rejected rows")
    st.caption(told_of(found))
    if found.rows:
        st.dataframe(_as_table(found.rows, REJECTED), hide_index=True, placeholder="", key="rejected")


def told_of(found: coverage.Rejected) -> str:
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
