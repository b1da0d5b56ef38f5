"""Runs: what the pipelines did, how long it took, and why one failed."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pyarrow as pa
import streamlit as st

from include.serving.dashboard import frame, pipeline_runs, status_charts
from include.serving.dashboard.place import analyst, dashboard
from include.serving.dashboard.reader import Reader, Row

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
TRACES_SHOWN = 5


@st.fragment(run_every=frame.REFRESH_S)
def show() -> None:
    """Draw the page; new runs appear by themselves."""
    st.title("Runs")
    with frame.in_plain_words(), analyst() as reader:
        _freshness(reader)
        found = pipeline_runs.runs(reader)
        if not found:
            st.info("**Nothing has run yet.** The first run: `make run`.", icon=":material/hourglass_empty:")
            return
        _history(reader, found)
        _failures(found)


def _freshness(reader: Reader) -> None:
    now = datetime.now(UTC)
    for source in pipeline_runs.freshness(reader):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.badge(source.told(now), color=source.colour(now), icon=":material/schedule:")  # type: ignore[arg-type]
            if source.last_known_at is not None:
                st.caption(f"last change taken in {pipeline_runs.ago(now - source.last_known_at)} ago")


def _history(reader: Reader, found: Sequence[Row]) -> None:
    st.header("How long runs took")
    st.vega_lite_chart(
        pipeline_runs.durations(reader),
        status_charts.durations(),
        key="durations",
        width="stretch",
        alt="Seconds per run",
    )
    frame.legend((name, colour) for name, colour in status_charts.STATUSES.items())
    st.header("The last runs")
    table = pa.table({told: pa.array([row[name] for row in found]) for name, told in COLUMNS.items()})
    st.dataframe(
        table,
        hide_index=True,
        placeholder="",
        key="runs",
        column_config={"Seconds": st.column_config.NumberColumn(format="%.1f")},
    )
    if dashboard().airflow_url:
        st.caption(f"Logs and tasks: [Airflow]({dashboard().airflow_url})")


def _failures(found: Sequence[Row]) -> None:
    failed = [row for row in found if row["status"] in ("failed", "lost")]
    st.header("Failures")
    if not failed:
        st.caption("None among these runs.")
    for row in failed[:TRACES_SHOWN]:
        cause = (row["error_message"] or "killed").splitlines()[0]
        with st.expander(f"{row['started_at']:%Y-%m-%d %H:%M} UTC · {row['failed_task'] or row['status']}: {cause}"):
            st.code(row["stack_trace"] or "There is no stack trace: the run was killed.", language=None)
