"""Explorer: what tables there are, and a box for queries of one's own."""

import html
import re
from functools import partial

import streamlit as st

from include.serving.dashboard import frame
from include.serving.dashboard.controls import bar
from include.serving.dashboard.operations.explorer import charts
from include.serving.dashboard.operations.explorer.answers import Answer, keep
from include.serving.dashboard.plain import as_text
from include.serving.dashboard.process import this_process
from include.serving.dashboard.reader import Reader, analyst
from include.serving.dashboard.series import Series, extent, series_of
from include.serving.dashboard.span import DAY, Extent, Span
from include.serving.explorer import children
from include.serving.explorer.catalogue import Relation, relations
from include.serving.explorer.chart import drawn, numbers
from include.serving.explorer.errors import RefusedError
from include.serving.explorer.export import as_csv, as_parquet, file_name
from include.serving.explorer.limits import BYTE_LIMIT, ROW_LIMIT, TIME_LIMIT_S
from include.serving.explorer.query import Result, run_query
from include.warehouse import Role

_BOXES, _ANSWER = "explorer-boxes", "explorer-answer"
WITHOUT_RANGE = "select *\nfrom ops.datasets"


def draw() -> None:
    """Draw the page; where nothing is published yet, there are other tables to look into."""
    children.get_ready()
    view = bar(_extent, with_interval=False)
    statement, told = WITHOUT_RANGE, "Sample query"
    if view is not None:
        with analyst() as reader:
            sampled = _sampled(reader)
        if sampled is not None:
            series, held = sampled
            span = view.span(held)
            statement, told = sample(series, span), f"Sample query for {span.days[0]} to {span.days[1]}"
    show(statement, told)


def show(statement: str, told: str) -> None:
    """Draw the box, which begins with a statement, and what there is to ask."""
    st.title("Explorer")
    box, catalogue = st.columns([2, 1], gap="large")
    with box:
        _box(statement, told)
    with catalogue:
        _catalogue()


def _sampled(reader: Reader) -> tuple[Series, Extent] | None:
    """Return what the sample query is of, and what there is of it: of the datasets over time the longest one."""
    published = filter(None, (series_of(dataset) for dataset in reader.datasets() if dataset.is_published))
    held = ((series, extent(reader, series)) for series in published)
    return max(
        ((series, each) for series, each in held if each is not None),
        key=lambda sampled: sampled[1].newest_at - sampled[1].first_at,
        default=None,
    )


def _extent(reader: Reader) -> Extent | None:
    sampled = _sampled(reader)
    return sampled[1] if sampled else None


def sample(series: Series, span: Span) -> str:
    """Return a query to begin with: the rows of a series over the days of a span."""
    first, last = span.days
    midnight = "" if series.is_of_days else f" 00:00 {span.zone.key}"
    since, until = (f"'{day}{midnight}'" for day in (first, last + DAY))
    time = series.time_column
    return f"select *\nfrom {series.table}\nwhere {time} >= {since}\n  and {time} < {until}\norder by {time}"


def _box(sample: str, told: str) -> None:
    st.header("Query")
    # What the reader has written stays when the range changes, until they ask for the sample.
    name = f"statement-{st.session_state.get(_BOXES, 0)}"
    st.session_state.setdefault(name, sample)
    with st.form("query", border=False):
        statement = st.text_area("SQL", height=210, key=name, label_visibility="collapsed")
        is_run = st.form_submit_button("Run", icon=":material/play_arrow:")
    st.button(told, key="sample", icon=":material/edit_calendar:", on_click=_begin_anew)
    st.caption(
        "One query, read-only, over `analytics`, `reference` and `ops`: "
        f"at most {TIME_LIMIT_S:g} s, {ROW_LIMIT:,} rows and {BYTE_LIMIT // 1_000_000} MB."
    )
    url = this_process().url(Role.EXPLORER)
    if is_run:
        st.session_state[_ANSWER] = _ask(url, statement)
    answer = st.session_state.get(_ANSWER)
    if answer is not None and answer.url == url:
        _show(answer.said)


def _begin_anew() -> None:
    """Draw another box: the browser would send what was typed into this one, whatever it shows by then."""
    st.session_state[_BOXES] = st.session_state.get(_BOXES, 0) + 1


def _ask(url: str, statement: str) -> Answer:
    try:
        with st.spinner("Running …"):
            return keep(Answer(url, run_query(url, statement)))
    except RefusedError as refused:
        return Answer(url, str(refused))


def _show(said: Result | str) -> None:
    if isinstance(said, str):
        st.error(as_text(said), icon=":material/block:")
    else:
        _show_result(said)


def _show_result(result: Result) -> None:
    table = result.table
    rows = f"{table.num_rows:,} row{'' if table.num_rows == 1 else 's'}"
    if result.is_cut:
        st.warning(f"There are more rows: these are the first {rows}.", icon=":material/content_cut:")
    st.caption(f"{rows}, {result.duration_s:.2f} s")
    as_table, as_chart = st.tabs(["Table", "Chart"])
    with as_table:
        st.dataframe(table, hide_index=True, placeholder="", key="result")
    with as_chart:
        _chart(result)
    with st.container(horizontal=True):
        for name, make, kind in (
            ("CSV", as_csv, "text/csv"),
            ("Parquet", as_parquet, "application/vnd.apache.parquet"),
        ):
            file = file_name(name.lower(), is_simulated=this_process().home.is_simulated)
            # Made when it is asked for: to make a file can take seconds, and keeps as much again in memory.
            st.download_button(name, partial(make, table), file, kind, on_click="ignore", icon=":material/download:")


def _chart(result: Result) -> None:
    table, charted = result.table, numbers(result)
    names = table.column_names
    if not charted or len(names) == 1 or not table.num_rows:
        st.info("A chart needs rows with a number, and something to set it against.")
        return
    across = st.selectbox("Across", names, key="across")
    others = [name for name in charted if name != across]
    up = st.multiselect("Up", others, default=others[:5], key="up")
    if up:
        points = drawn(result)
        if points.num_rows < table.num_rows:
            st.caption(f"{points.num_rows:,} of {table.num_rows:,} rows are drawn, evenly picked.")
        lines = charts.traces(up)
        chart = charts.lines_across(points, across, lines)
        told = f"{', '.join(up)} by {across}"
        st.vega_lite_chart(charts.rows(points, across, lines), chart, width="stretch", alt=told)
        frame.legend((name, colour) for _, name, colour in lines)


def _catalogue() -> None:
    st.header("Tables")
    with frame.in_plain_words(), analyst() as reader:
        found = relations(reader)
        schemas = ("analytics", "reference", "ops")
        for schema, tab in zip(schemas, st.tabs(list(schemas)), strict=True):
            for table in (each for each in found if each.schema == schema):
                with tab, st.expander(table.name):
                    _describe(table)


def _describe(table: Relation) -> None:
    rows = "".join(
        f"<tr><td><code>{html.escape(column.name)}</code></td><td>{html.escape(column.type)}</td>"
        f"<td>{_commented(column.comment)}</td></tr>"
        for column in table.columns
    )
    head = "<thead><tr><th>column</th><th>type</th><th>what</th></tr></thead>"
    told = f"<p>{_commented(table.comment)}</p><table>{head}<tbody>{rows}</tbody></table>"
    st.html(f'<div class="columns" tabindex="0">{told}</div>')


def _commented(comment: str | None) -> str:
    """Return a comment as HTML that shows it as it is written, with what stands in backticks as code."""
    return re.sub("`([^`]+)`", r"<code>\1</code>", html.escape(comment or ""))
