"""Runs: what the pipelines did, how long it took, and why one failed."""

from datetime import UTC, datetime, timedelta
from typing import Literal

import pyarrow as pa
import streamlit as st

from include.serving.ages import ago
from include.serving.dashboard import frame
from include.serving.dashboard.controls import View, bar
from include.serving.dashboard.operations.counts import COUNTS, LOAD_COUNTS
from include.serving.dashboard.operations.runs import charts, queries
from include.serving.dashboard.plain import as_text
from include.serving.dashboard.process import this_process
from include.serving.dashboard.reader import Reader, Row, analyst
from include.serving.dashboard.series import extent
from include.serving.dashboard.span import Interval, Span
from include.serving.datasets import DeclaredDataset, Freshness

COLUMNS = {
    "started_at": "Started (UTC)",
    "dag_id": "DAG",
    "status": "Status",
    "duration_s": "Seconds",
    **COUNTS,
    "published": "Published",
    "error_message": "Cause",
}


LOADS = {
    "started_at": "Started (UTC)",
    "title": "Dataset",
    "scope": "Scope",
    "outcome": "Outcome",
    **LOAD_COUNTS,
    "cause": "Cause",
}
Colour = Literal["gray", "green", "orange", "red"]
_COLOURS: dict[Freshness | None, Colour] = {
    Freshness.FRESH: "green",
    Freshness.LATE: "orange",
    Freshness.STALE: "red",
    # Nobody has said what is old, or nothing is published.
    None: "gray",
}


def draw() -> None:
    """Draw the page."""
    _show(bar(lambda reader: extent(reader, queries.RUNS)))


@st.fragment(run_every=frame.REFRESH_S)
def _show(view: View | None) -> None:
    """Draw what is below the bar; new runs appear by themselves."""
    st.title("Runs")
    with frame.in_plain_words(), analyst() as reader:
        _freshness(reader)
        _unended(reader)
        held = extent(reader, queries.RUNS)
        if view is None or held is None:
            st.info("**Nothing has run yet.** The first run: `make run`.", icon=":material/hourglass_empty:")
            return
        span = view.span(held)
        began, failed = queries.counts(reader, span)
        if not began:
            st.info("**No run began in these days.** Choose others: those of the newest runs are under 24 h and 7 d.")
            return
        _durations(reader, span, view.drawn_by(held))
        _history(reader, span, began)
        _failures(reader, span, failed)


def _unended(reader: Reader) -> None:
    found = queries.unended(reader)
    if found:
        told = ", ".join(f"process {each['backend_pid']} since {each['begun_at']:%Y-%m-%d %H:%M} UTC" for each in found)
        st.warning(
            f"**The SQL box has queries that PostgreSQL cannot stop**: {told}. They hold up no run, but the box has"
            " no more than two places. They end when they are done, or with a restart: `make down`, `make up`.",
            icon=":material/hourglass_disabled:",
        )


def _freshness(reader: Reader) -> None:
    now = datetime.now(UTC)
    datasets = reader.datasets()
    with_periods = [each for each in datasets if each.time_column]
    for dataset in with_periods:
        with st.container(horizontal=True, vertical_alignment="center"):
            freshness = dataset.freshness(now)
            st.badge(freshness or "unknown", color=_COLOURS[freshness], icon=":material/schedule:")
            st.text(told_of(dataset, now))
            if dataset.last_known_at is not None:
                st.caption(f"last change taken in {ago(now - dataset.last_known_at)} ago")
    st.caption(f"{len(datasets) - len(with_periods):,} more are not told by the age of a period: see *Catalogue*.")


def told_of(dataset: DeclaredDataset, now: datetime) -> str:
    """Return how old a dataset is, as a sentence."""
    age = dataset.age(now)
    if age is None:
        return f"{dataset.title}: nothing is published yet"
    if age < timedelta():
        return f"{dataset.title}: the newest period is not over yet"
    return f"{dataset.title}: the newest period ended {ago(age)} ago"


def _durations(reader: Reader, span: Span, interval: Interval) -> None:
    st.header(f"How long runs took, on average over {interval.label}")
    table = queries.durations(reader, span, interval)
    if not table.num_rows:
        st.caption("None of these runs has ended yet.")
        return
    st.vega_lite_chart(table, charts.durations(span), key="durations", width="stretch", alt="Seconds per run")
    frame.legend((name, colour) for name, colour in charts.STATUSES.items())


def _history(reader: Reader, span: Span, began: int) -> None:
    st.header("The last runs")
    found = queries.runs(reader, span)
    _tell_cut(len(found), began, "runs")
    _table(found, COLUMNS, key="runs")
    with st.expander("What came of each dataset"):
        _table(queries.loads(reader, span), LOADS, key="loads")
    if airflow_url := this_process().settings.airflow_url:
        st.caption(f"Logs and tasks: [Airflow]({airflow_url})")


def _table(rows: list[Row], names: dict[str, str], *, key: str) -> None:
    """Draw rows as a table, its columns named for people."""
    st.dataframe(
        pa.table({told: pa.array([row[name] for row in rows]) for name, told in names.items()}),
        hide_index=True,
        placeholder="",
        key=key,
        column_config={"Seconds": st.column_config.NumberColumn(format="%.1f")},
    )


def _failures(reader: Reader, span: Span, failed: int) -> None:
    st.header("Failures")
    if not failed:
        st.caption("None among these runs.")
        return
    found = queries.failures(reader, span)
    _tell_cut(len(found), failed, "failures")
    for row in found:
        cause = (row["error_message"] or "killed").splitlines()[0]
        told = (
            f"{row['started_at']:%Y-%m-%d %H:%M} UTC · {row['dag_id']} · {row['failed_task'] or row['status']}: {cause}"
        )
        with st.expander(as_text(told)):
            for each in queries.causes(reader, row["run_id"]):
                st.text(f"{each['title']}, {each['scope']}: {each['cause']}")
            st.code(row["stack_trace"] or "There is no stack trace: the run was killed.", language=None)


def _tell_cut(shown: int, of_all: int, what: str) -> None:
    """Say how many are left out, where some are."""
    if shown < of_all:
        st.caption(f"The newest {shown:,} of {of_all:,} {what} of this range.")
