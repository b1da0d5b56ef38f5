"""Files: what arrived and what came of it, and why a file was refused or failed."""

from collections.abc import Sequence

import pyarrow as pa
import streamlit as st

from include.serving.dashboard import frame
from include.serving.dashboard.controls import View, bar
from include.serving.dashboard.figures import show_figures
from include.serving.dashboard.meters.files import charts, queries
from include.serving.dashboard.meters.words import nothing_yet
from include.serving.dashboard.plain import as_text
from include.serving.dashboard.reader import Reader, Row, analyst
from include.serving.dashboard.span import Interval, Span

# So many can be read one by one; the table has more.
TOLD = 5


def draw() -> None:
    """Draw the page: before the first publication, files may have arrived all the same."""
    _show(bar(queries.extent))


@st.fragment(run_every=frame.REFRESH_S)
def _show(view: View | None) -> None:
    """Draw what is below the bar; new files appear by themselves."""
    st.title("Files")
    with frame.in_plain_words(), analyst() as reader:
        held = queries.extent(reader)
        if view is None or held is None:
            nothing_yet()
            return
        span, interval = view.span(held), view.drawn_by(held)
        table = queries.outcomes(reader, span, interval)
        if table.num_rows == 0:
            st.info("**No file was read in these days.** Choose others.")
            return
        _outcomes(table, view, interval)
        _troubled(reader, span)
        st.caption(
            "Files stand at the time at which they were read, and are told by pseudonyms: of the file’s name, and of "
            "its meter. Rejected rows, with their reasons, are under Data quality."
        )


def _outcomes(table: pa.Table, view: View, interval: Interval) -> None:
    counts = {column: sum(each or 0 for each in table[column].to_pylist()) for column in (*FIGURES,)}
    with st.container(horizontal=True, key="outcomes"):
        st.metric("Files", f"{sum(counts[each] for each in queries.OUTCOMES):,}", border=True)
        for name, column in (("Held", "held"), ("Refused", "refused"), ("Failed", "failed")):
            st.metric(name, f"{counts[column]:,}", border=True)
        st.metric("Rows in them", f"{counts['fetched']:,}", border=True)
        st.metric("Rejected rows", f"{counts['rejected']:,}", border=True)
    st.header("Files by what came of them")
    frame.zoomable(table, charts.outcomes(interval), key=f"files-{view.key(interval)}", alt="Files by their outcome")
    frame.legend((name, colour) for _, name, colour in charts.OUTCOMES)
    show_figures(table, interval, FIGURES)


FIGURES = {
    "held": "Held",
    "unchanged": "Unchanged",
    "failed": "Failed",
    "refused": "Refused",
    "fetched": "Rows",
    "rejected": "Rejected rows",
}
TROUBLED = {
    "started_at": "Read (UTC)",
    "arrived_at": "Arrived (UTC)",
    "outcome": "Outcome",
    "cause": "Cause",
    "since": "Since",
    "scope": "File",
}


def _troubled(reader: Reader, span: Span) -> None:
    st.header("Refused and failed")
    found = queries.troubled(reader, span)
    if not found.total:
        st.caption("None among these files.")
        return
    for row in found.rows[:TOLD]:
        st.warning(as_text(told(row)), icon=":material/draft:")
    with st.expander(f"All that were refused or failed ({found.total:,})", expanded=found.total > TOLD):
        if len(found.rows) < found.total:
            st.caption(f"The newest {len(found.rows):,} of {found.total:,}.")
        st.dataframe(as_table(found.rows), hide_index=True, placeholder="", key="troubled")


def told(row: Row) -> str:
    """Return what happened to a file, in a line."""
    since = f" (since then {row['since']})" if row["since"] else ""
    return f"{row['started_at']:%Y-%m-%d %H:%M} UTC · {row['scope']} · {row['outcome']}: {row['cause']}{since}"


def as_table(rows: Sequence[Row]) -> pa.Table:
    """Return the files as a table, its columns named for people."""
    return pa.table({told: pa.array([row[name] for row in rows]) for name, told in TROUBLED.items()})
