"""The page as HTML: all it says of the warehouse, and what stands around it."""

import html
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import psycopg2

from include.serving.attribution import ATTRIBUTION
from include.serving.grid import calendar
from include.serving.grid.queries import TIMEOUT_S, Dataset, Overview, Results, Row

BANNER = '<div class="simulated">SIMULATED DATA: from the simulator, not from the grid</div>'
STYLE = """
:root {color-scheme: light dark; --paper: #fff; --ink: #17212b; --line: #8884; --soft: #5d6b78; --link: #00598c}
@media (prefers-color-scheme: dark) {:root {--paper: #10161c; --ink: #e6edf3; --soft: #a3b1bf; --link: #6cc3f5}}
html {background: var(--paper); color: var(--ink)}
body {font: 15px/1.5 system-ui, sans-serif; margin: 1.5rem auto; max-width: 1200px; padding: 0 1rem}
a {color: var(--link)} h1 {font-size: 1.5rem; margin: 0} h2 {font-size: 1.05rem; margin: 1.6rem 0 .4rem}
nav {display: flex; flex-wrap: wrap; gap: 1.2rem; margin: .6rem 0 1rem}
table {border-collapse: collapse; width: 100%} th, td {text-align: left; padding: .25rem .8rem .25rem 0;
  border-bottom: 1px solid var(--line); vertical-align: top} td.n, th.n {text-align: right}
.scroll {overflow-x: auto} .soft {color: var(--soft)}
.calendar {display: grid; gap: 3px; grid-auto-flow: column; grid-template-rows: repeat(7, 13px);
  grid-auto-columns: 13px}
.calendar i {border-radius: 2px} .none {background: none}
.legend i {display: inline-block; width: .75em; height: .75em; border-radius: 2px; margin: 0 .35em 0 1em}
.legend span {white-space: nowrap}
.simulated {background: #ffb000; color: #1a1200; border: 3px solid #1a1200; border-radius: 6px; padding: .5rem 1rem;
  font-weight: 700; text-align: center; margin-bottom: 1rem}
footer {border-top: 1px solid var(--line); margin-top: 2rem; padding-top: .6rem}
"""
RUN_COLUMNS = ("started", "dag_id", "status", "duration_s", "new", "revised", "published", "cause")
DBT_COLUMNS = ("resource_type", "name", "status", "duration_s", "message")


class Markup(str):
    """What is HTML already, and is not escaped."""

    __slots__ = ()


def page(body: str, links: Mapping[str, str | None], *, is_simulated: bool) -> str:
    """Return a whole page. `links` are the ways from it; None is a site that was not written yet."""
    navigation = "".join(
        # Airflow shows the page in a frame that may open no windows.
        f'<a href="{html.escape(url)}">{name}</a>'
        if url
        else f'<span class="soft">{name}: write it with <code>gridloom docs</code></span>'
        for name, url in links.items()
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Grid</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}{calendar.STYLE}</style></head><body><main>'
        f"{BANNER if is_simulated else ''}<h1>Grid</h1><nav>{navigation}</nav>{body}</main>"
        f'<footer class="soft">{ATTRIBUTION}</footer></body></html>'
    )


def overview(shown: Overview, *, now: datetime, prefix: str) -> str:
    """Return how things are; `prefix` is where the page itself is."""
    datasets = "".join(_dataset(each, now) for each in shown.datasets) or "<p>Nothing has been loaded yet.</p>"
    runs = [_run(run, prefix) for run in shown.runs]
    return (
        f"{datasets}<h2>Last runs</h2>{_table(RUN_COLUMNS, runs) if runs else '<p>None yet.</p>'}"
        f"<h2>Last checks</h2>{_checks(shown.checks)}"
    )


def results(airflow_run_id: str, found: Results) -> str:
    """Return what one run built and what its checks found."""
    built = _table(DBT_COLUMNS, found.built)
    return f"<h2>Results of {html.escape(airflow_run_id)}</h2>{_checks(found.checks)}<h2>dbt</h2>{built}"


def run_path(dag_id: str, airflow_run_id: str) -> str:
    """Return where the results of a run are, below the page."""
    return f"/runs/{quote(dag_id, safe='')}/{quote(airflow_run_id, safe='')}"


def is_unpublished(error: psycopg2.Error) -> bool:
    """Tell whether nothing is wrong but that there are no tables yet."""
    return isinstance(error, (psycopg2.errors.UndefinedTable, psycopg2.errors.InvalidSchemaName))


def in_plain_words(error: psycopg2.Error) -> str:
    """Return what a reader is told where the warehouse cannot be read, and what to do."""
    if is_unpublished(error):
        return "<p>Nothing has been published yet. Trigger <b>neso_generation_mix</b>.</p>"
    if isinstance(error, psycopg2.errors.QueryCanceled):
        return f"<p>The warehouse is slow: it did not answer within {TIMEOUT_S} s. Try again in a minute.</p>"
    return "<p>The warehouse cannot be reached. See what runs: <code>make status</code>.</p>"


def _dataset(dataset: Dataset, now: datetime) -> str:
    name = html.escape(dataset.name)
    return f"<h2>{name}</h2><p>{_freshness(dataset, now)}</p>{calendar.calendar(dataset.days, name=name)}"


def _freshness(dataset: Dataset, now: datetime) -> str:
    if dataset.newest_at is not None:
        return f"Newest half-hour {_minute(dataset.newest_at)}, <b>{_hours(now - dataset.newest_at)} old</b>."
    if dataset.last_known_at is not None:
        return f"Last loaded {_minute(dataset.last_known_at)}, <b>{_hours(now - dataset.last_known_at)} ago</b>."
    return "Nothing is published yet."


def _minute(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _hours(length: Any) -> str:
    return f"{length.total_seconds() / 3600:,.1f} h"


def _run(run: Row, prefix: str) -> Row:
    path = prefix + run_path(run["dag_id"], run["airflow_run_id"])
    return {
        **run,
        "started": Markup(f'<a href="{html.escape(path)}">{_minute(run["started_at"])}</a>'),
        "cause": (run["error_message"] or "").split("\n")[0][:200],
    }


def _checks(checks: Sequence[Row]) -> str:
    if not checks:
        return "<p>None were made.</p>"
    failed = [check for check in checks if not check["success"]]
    told = f"<p>{len(checks) - len(failed)} of {len(checks)} checks held.</p>"
    return told + (_table(("subject", "finding", "severity"), failed) if failed else "")


def _table(columns: Sequence[str], rows: Iterable[Row]) -> str:
    head = "".join(f"<th>{html.escape(column.replace('_', ' '))}</th>" for column in columns)
    body = "".join(f"<tr>{''.join(_datum(row[column]) for column in columns)}</tr>" for row in rows)
    return f'<div class="scroll" tabindex="0"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _datum(value: Any) -> str:
    if isinstance(value, Markup):
        return f"<td>{value}</td>"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"<td>{html.escape('' if value is None else str(value))}</td>"
    return f'<td class="n">{value:,.1f}</td>' if isinstance(value, float) else f'<td class="n">{value:,}</td>'
