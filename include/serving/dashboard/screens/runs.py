"""Runs: what the pipelines did, how long it took, and why one failed."""

from datetime import UTC, datetime

import pyarrow as pa
import streamlit as st

from include.serving.dashboard import frame, pipeline_runs, status_charts
from include.serving.dashboard.controls import View
from include.serving.dashboard.place import analyst, dashboard
from include.serving.dashboard.reader import Reader
from include.serving.dashboard.span import Interval, Span

COLUMNS = {
    "started_at": "Started (UTC)",
    "dag_id": "DAG",
    "status": "Status",
    "duration_s": "Seconds",
    "fetched": "Fetched",
    "new": "New",
    "revised": "Revised",
    "withdrawn": "Withdrawn",
    "unchanged": "Unchanged",
    "rejected": "Rejected",
    "published": "Published",
    "error_message": "Cause",
}


@st.fragment(run_every=frame.REFRESH_S)
def show(view: View | None) -> None:
    """Draw the page; new runs appear by themselves."""
    st.title("Runs")
    with frame.in_plain_words(), analyst() as reader:
        _freshness(reader)
        held = pipeline_runs.extent(reader)
        if view is None or held is None:
            st.info("**Nothing has run yet.** The first run: `make run`.", icon=":material/hourglass_empty:")
            return
        span = view.span(held)
        began, failed = pipeline_runs.counts(reader, span)
        if not began:
            st.info("**No run began in these days.** Choose others: those of the newest runs are under 24 h and 7 d.")
            return
        _durations(reader, span, view.drawn_by(span))
        _history(reader, span, began)
        _failures(reader, span, failed)


def _freshness(reader: Reader) -> None:
    now = datetime.now(UTC)
    for source in pipeline_runs.freshness(reader):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.badge(source.told(now), color=source.colour(now), icon=":material/schedule:")
            if source.last_known_at is not None:
                st.caption(f"last change taken in {pipeline_runs.ago(now - source.last_known_at)} ago")


def _durations(reader: Reader, span: Span, interval: Interval) -> None:
    st.header(f"How long runs took, on average over {interval.label}")
    table = pipeline_runs.durations(reader, span, interval)
    st.vega_lite_chart(table, status_charts.durations(), key="durations", width="stretch", alt="Seconds per run")
    frame.legend((name, colour) for name, colour in status_charts.STATUSES.items())


def _history(reader: Reader, span: Span, began: int) -> None:
    st.header("The last runs")
    found = pipeline_runs.runs(reader, span)
    _tell_cut(len(found), began, "runs")
    table = pa.table({told: pa.array([row[name] for row in found]) for name, told in COLUMNS.items()})
    st.dataframe(
        table,
        hide_index=True,
        placeholder="",
        key="runs",
        column_config={"Seconds": st.column_config.NumberColumn(format="%.1f")},
    )
    if airflow_url := dashboard().settings.airflow_url:
        st.caption(f"Logs and tasks: [Airflow]({airflow_url})")


def _failures(reader: Reader, span: Span, failed: int) -> None:
    st.header("Failures")
    if not failed:
        st.caption("None among these runs.")
        return
    found = pipeline_runs.failures(reader, span)
    _tell_cut(len(found), failed, "failures")
    for row in found:
        cause = (row["error_message"] or "killed").splitlines()[0]
        with st.expander(f"{row['started_at']:%Y-%m-%d %H:%M} UTC · {row['failed_task'] or row['status']}: {cause}"):
            st.code(row["stack_trace"] or "There is no stack trace: the run was killed.", language=None)


def _tell_cut(shown: int, of_all: int, what: str) -> None:
    """Say how many are left out, where some are."""
    if shown < of_all:
        st.caption(f"The newest {shown:,} of {of_all:,} {what} of this range.")
