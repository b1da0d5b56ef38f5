"""All of one dataset: how it stands, its days, its newest loads, its fields, and a query to begin with."""

import html
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

import pyarrow as pa
import streamlit as st

from include.serving.catalogue import Entry
from include.serving.coverage import COVERAGE_STATES
from include.serving.dashboard import frame
from include.serving.dashboard.operations import year_of_days
from include.serving.dashboard.operations.catalogue import queries, words
from include.serving.dashboard.operations.catalogue.queries import Field
from include.serving.dashboard.operations.catalogue.sample import sample
from include.serving.dashboard.operations.counts import LOAD_COUNTS
from include.serving.dashboard.plain import as_text
from include.serving.dashboard.reader import Reader, Row
from include.serving.dashboard.vega import Spec

LOADS = {
    "started_at": "Started (UTC)",
    "dag_id": "DAG",
    "scope": "Scope",
    "outcome": "Outcome",
    **LOAD_COUNTS,
    "source_count": "Publisher’s count",
    "cause": "Cause",
}
# A day that is held need not have rows: publishers are late, and some speak once a week.
MAY_LACK_ROWS = timedelta(days=7)
# Ten years are seen at a glance.
_YEAR_PX = 130
STYLE = """
<style>
.facts {display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1.2rem; margin: 0 !important;
  padding: 0 !important; font-size: .95rem;}
.facts dt {font-weight: 600;}
.facts dd {margin: 0 !important; overflow-wrap: anywhere; min-width: 0;}
@media (max-width: 640px) {
  .facts {grid-template-columns: 1fr;}
  .facts dd {margin-bottom: .35rem !important;}
}
</style>
"""


def draw(reader: Reader, entry: Entry, now: datetime) -> None:
    """Draw all that is known of a dataset."""
    described = queries.described(reader, entry.name)
    if described is None:
        return
    days = queries.calendar(reader, entry.name)
    known = queries.fields(reader, entry.published_table, described)
    st.header(" · ".join(map(as_text, dict.fromkeys((entry.label, entry.title)))))
    _amiss(entry)
    left, right = st.columns(2, gap="large")
    with left:
        st.html(STYLE + facts(told_of(entry, described, now)))
    if entry.declared is None:
        return
    with right:
        _query(entry, described, known, since(entry, days, now.date()))
    by_day, newest, of_fields = st.tabs(["Days", "Newest loads", "Fields"])
    with by_day:
        _coverage(days)
    with newest:
        _loads(queries.loads(reader, entry.name))
    with of_fields:
        _fields(known)


def _amiss(entry: Entry) -> None:
    if entry.failed_at is not None:
        cause = as_text(f"{entry.failed_at:%Y-%m-%d %H:%M} UTC: {entry.cause}")
        st.warning(f"The newest run brought not all of it: {cause}", icon=":material/error:")
    if entry.drift is not None:
        st.warning(f"It differs from what is known of it: {as_text(entry.drift)}", icon=":material/rule:")


def told_of(entry: Entry, described: Row, now: datetime) -> dict[str, str]:
    """Return what there is to say of a dataset, by what it is; what is not known is left out."""
    rows = None if entry.rows_held is None else f"{entry.rows_held:,}"
    guessed = " (a guess, proven on every answer)" if described["is_key_known"] is False else ""
    key = ", ".join(described["natural_key"] or ())
    told = {
        "Standing": words.standing_told(entry, now),
        "Publisher": entry.publisher_title,
        "Published table": entry.published_table and f"analytics.{entry.published_table}",
        "Loaded by": entry.dag_id and f"the DAG {entry.dag_id}",
        "Rows held": rows,
        "Last loaded": _minute(entry.loaded_at),
        "Publisher’s last update": _minute(entry.last_updated_at),
        "Newest period": _minute(entry.declared.newest_at if entry.declared else None),
        "Key": key and f"{key}{guessed}",
        "Asked for by": described["parameter_family"],
        "Parameters": _parameters(described["parameters"] or ()),
        "At most at once": described["largest_window"],
        "A small question gave": entry.declared and entry.reason,
    }
    return {name: value for name, value in told.items() if value}


def _parameters(names: Sequence[str]) -> str:
    required = " (* must be given)" if any(name.endswith("*") for name in names) else ""
    return f"{', '.join(names)}{required}"


def facts(told: dict[str, str]) -> str:
    """Return names and what is said of them, as HTML."""
    pairs = "".join(f"<dt>{html.escape(name)}</dt><dd>{html.escape(value)}</dd>" for name, value in told.items())
    return f'<dl class="facts">{pairs}</dl>'


def _minute(instant: datetime | None) -> str | None:
    return None if instant is None else f"{instant:%Y-%m-%d %H:%M} UTC"


def _query(entry: Entry, described: Row, known: Sequence[Field], first: date | None) -> None:
    columns = [each.column for each in known if each.column is not None]
    if entry.published_table is None or not columns:
        st.caption("It has no published table to ask yet.")
        return
    query = sample(entry.published_table, columns, described["instant_column"], first)
    st.code(query, language="sql", wrap_lines=True)
    st.caption("For the page *Explorer*, or `gridloom sql`.")


def since(entry: Entry, days: pa.Table, today: date) -> date | None:
    """Return a day from which on there are rows, but few: of the newest period, else a week before what was held last.

    None where nothing is held of any day.
    """
    if entry.declared is not None and entry.declared.newest_at is not None:
        return entry.declared.newest_at.date()
    held, *_ = (state.told for state in COVERAGE_STATES)
    rows = zip(days["day"].to_pylist(), days["state"].to_pylist(), strict=True)
    newest: date | None = max((day for day, state in rows if state == held), default=None)
    return None if newest is None else min(newest, today) - MAY_LACK_ROWS


def _coverage(days: pa.Table) -> None:
    if not days.num_rows:
        st.caption("None of its loads spoke for any days yet.")
        return
    year_of_days.draw(days.drop_columns(["day"]), _calendar, key="catalogue-calendar")
    frame.legend((told, colour) for _, told, colour in COVERAGE_STATES)


def _calendar(year: int) -> Spec:
    return year_of_days.chart(year, COVERAGE_STATES, height=_YEAR_PX)


def _loads(found: Sequence[Row]) -> None:
    if not found:
        st.caption("None yet.")
        return
    st.dataframe(
        pa.table({told: pa.array([row[name] for row in found]) for name, told in LOADS.items()}),
        hide_index=True,
        placeholder="",
        key="catalogue-loads",
        column_config={"Started (UTC)": st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm", timezone="UTC")},
    )


def _fields(known: Sequence[Field]) -> None:
    if not known:
        st.caption("They are not known.")
        return
    st.dataframe(as_table(known), hide_index=True, placeholder="", key="catalogue-fields")


def as_table(known: Iterable[Field]) -> pa.Table:
    """Return fields as a table, with the columns that tell something of any of them."""
    rows = list(known)
    told: dict[str, list[str | bool | None]] = {
        "Column": [each.column for each in rows],
        "Type": [each.type for each in rows],
        "Published as": [each.published for each in rows],
        "Kind": [each.kind and each.kind.rstrip("?") for each in rows],
        "May be null": [None if each.kind is None else each.kind.endswith("?") for each in rows],
        "Key": [each.is_key for each in rows],
        "What it is": [each.comment for each in rows],
    }
    return pa.table({name: pa.array(values) for name, values in told.items() if any(values)})
