"""The page "Grid" in Airflow's navigation: coverage, freshness, last runs and checks, and the way to the rest.

It is served by Airflow's API server and asks for Airflow's own login: without it, 401. It reads as the analyst.
"""

import html
import os
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote

import psycopg2
from airflow.api_fastapi.auth.managers.models.resource_details import AccessView
from airflow.api_fastapi.core_api.security import requires_access_view
from airflow.configuration import conf
from airflow.plugins_manager import AirflowPlugin
from airflow.providers.standard.decorators.python import _PythonDecoratedOperator
from airflow.sdk import BaseOperatorLink
from fastapi import Depends, FastAPI, HTTPException
from fastapi.responses import FileResponse, HTMLResponse
from psycopg2.extras import RealDictCursor

from include.home import Home
from include.settings import Settings
from include.warehouse import connect

PREFIX = "/grid"
TIMEOUT_S = 10
DAYS_SHOWN = 371
RUNS_SHOWN = 10
Row = dict[str, Any]

COVERAGE = """
select settlement_date, expected_half_hours, present_half_hours, missing_half_hours, not_yet_published_half_hours,
    rejected_half_hours, revised_half_hours
from analytics.daily_coverage
order by settlement_date desc
limit %s
"""
NEWEST = "select max(period_started_at) as newest_at from analytics.half_hourly_generation"
RUNS = """
select run_id, dag_id, airflow_run_id, started_at, status, duration_s, new, revised, published, error_message
from ops.pipeline_runs order by started_at desc limit %s
"""
CHECKS = """
select distinct on (subject, expectation, column_name)
    subject, expectation, column_name, success, severity, details ->> 'finding' as finding, judged_at
from ops.quality_results
where %(run_id)s::bigint is null or run_id = %(run_id)s
order by subject, expectation, column_name, judged_at desc
"""
STYLE = """
:root {color-scheme: light dark; --line: #8884; --soft: #5d6b78; --link: #00598c}
@media (prefers-color-scheme: dark) {:root {--soft: #a3b1bf; --link: #6cc3f5}}
body {font: 15px/1.5 system-ui, sans-serif; margin: 1.5rem auto; max-width: 1200px; padding: 0 1rem}
a {color: var(--link)} h1 {font-size: 1.5rem; margin: 0} h2 {font-size: 1.05rem; margin: 1.6rem 0 .4rem}
nav {display: flex; flex-wrap: wrap; gap: 1.2rem; margin: .6rem 0 1rem}
table {border-collapse: collapse; width: 100%} th, td {text-align: left; padding: .25rem .8rem .25rem 0;
  border-bottom: 1px solid var(--line); vertical-align: top} td.n, th.n {text-align: right}
.scroll {overflow-x: auto} .soft {color: var(--soft)}
.calendar {display: grid; gap: 3px; grid-auto-flow: column; grid-template-rows: repeat(7, 13px);
  grid-auto-columns: 13px}
.calendar i {border-radius: 2px} .complete {background: #009e73} .revised {background: #56b4e9}
.missing {background: #d55e00} .rejected {background: #882255} .partial {background: #c8c8c8} .none {background: none}
.legend i {display: inline-block; width: .75em; height: .75em; border-radius: 2px; margin: 0 .35em 0 1em}
.simulated {background: #ffb000; color: #1a1200; border: 3px solid #1a1200; border-radius: 6px; padding: .5rem 1rem;
  font-weight: 700; text-align: center; margin-bottom: 1rem}
footer {border-top: 1px solid var(--line); margin-top: 2rem; padding-top: .6rem}
"""
STATES = {
    "complete": "complete",
    "revised": "complete, revised since",
    "missing": "half-hours missing",
    "rejected": "rows rejected",
    "partial": "not over yet",
}
FILES_SERVED = {".html", ".css", ".js", ".json", ".png", ".svg", ".woff2"}

# What everybody must bring who asks this app for anything: it is the app's own, so that no route can forget it.
app = FastAPI(
    title="Grid",
    dependencies=[Depends(requires_access_view(AccessView.PLUGINS))],
    docs_url=None,
    redoc_url=None,
    openapi_url=None,
)


@app.get("/", response_class=HTMLResponse)
def overview() -> str:
    """Return the page."""
    try:
        with closing(_analyst()) as analyst:
            body = _overview(analyst)
    except (psycopg2.errors.UndefinedTable, psycopg2.errors.InvalidSchemaName):
        body = "<p>Nothing has been published yet. Trigger <b>neso_generation_mix</b>.</p>"
    except psycopg2.Error:
        body = "<p>The warehouse cannot be reached. See what runs: <code>make status</code>.</p>"
    return _page(body)


@app.get("/runs/{dag_id}/{airflow_run_id}", response_class=HTMLResponse)
def results_of_run(dag_id: str, airflow_run_id: str) -> str:
    """Return what one run built and what its checks found."""
    with closing(_analyst()) as analyst:
        found = _rows(
            analyst,
            "select run_id from ops.pipeline_runs where dag_id = %s and airflow_run_id = %s",
            (dag_id, airflow_run_id),
        )
        if not found:
            raise HTTPException(404, "no such run")
        run_id = found[0]["run_id"]
        built = _rows(
            analyst,
            "select resource_type, name, status, duration_s, message from ops.dbt_results where run_id = %s"
            " order by finished_at",
            (run_id,),
        )
        checks = _rows(analyst, CHECKS, {"run_id": run_id})
    title = f"<h2>Results of {html.escape(airflow_run_id)}</h2>"
    columns = ("resource_type", "name", "status", "duration_s", "message")
    return _page(f"{title}{_checks(checks)}<h2>dbt</h2>{_table(columns, built)}")


@app.get("/{site}/{path:path}", response_class=FileResponse)
def documentation(site: str, path: str) -> Path:
    """Return a file of Data Docs or dbt docs, which `gridloom docs` writes."""
    sites = _sites(_home())
    if site not in sites:
        raise HTTPException(404)
    root = sites[site].resolve()
    file = (root / path).resolve()
    # Nothing else of the home, which holds secrets, is ever served.
    if not file.is_relative_to(root) or file.suffix not in FILES_SERVED:
        raise HTTPException(404)
    if not file.is_file():
        raise HTTPException(404, "not written yet: gridloom docs")
    return file


def _sites(home: Home) -> dict[str, Path]:
    """Return where `gridloom docs` writes each site."""
    return {"data-docs": home.path / "data_docs", "dbt-docs": home.path / "dbt" / home.database / "target"}


def _home() -> Home:
    """Return the home, which need not be there: containers have none that they could write to."""
    return Home(Settings().home.expanduser().resolve())


def _analyst() -> Any:
    connection = connect(os.environ.get("AIRFLOW_CONN_WAREHOUSE_ANALYST", ""), application="gridloom grid page")
    with connection.cursor() as cursor:
        cursor.execute("set statement_timeout = %s", (f"{TIMEOUT_S}s",))
    return connection


def _rows(analyst: Any, statement: str, values: Any = None) -> list[Row]:
    with analyst.cursor(cursor_factory=RealDictCursor) as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def _overview(analyst: Any) -> str:
    days = _rows(analyst, COVERAGE, (DAYS_SHOWN,))
    newest_at = _rows(analyst, NEWEST)[0]["newest_at"]
    runs = _rows(analyst, RUNS, (RUNS_SHOWN,))
    checks = _rows(analyst, CHECKS, {"run_id": None})
    parts = [
        f"<h2>neso_generation_mix</h2><p>{_freshness(newest_at)}</p>{_calendar(days)}",
        f"<h2>Last runs</h2>{_runs(runs)}",
        f"<h2>Last checks</h2>{_checks(checks)}",
    ]
    return "".join(parts)


def _freshness(newest_at: datetime | None) -> str:
    if newest_at is None:
        return "Nothing is published yet."
    hours = (datetime.now(UTC) - newest_at).total_seconds() / 3600
    return f"Newest half-hour {newest_at:%Y-%m-%d %H:%M} UTC, <b>{hours:,.1f} h old</b>."


def _calendar(days: Sequence[Row]) -> str:
    """Return a cell a day, weeks from left to right."""
    if not days:
        return ""
    ordered = list(reversed(days))
    before = '<i class="none"></i>' * ordered[0]["settlement_date"].weekday()
    cells = "".join(_cell(day) for day in ordered)
    legend = "".join(f'<i class="{state}"></i>{name}' for state, name in STATES.items())
    return (
        f'<div class="scroll"><div class="calendar" role="img" aria-label="Coverage by day, in words below">{before}'
        f'{cells}</div></div><p class="legend soft">{len(days)} days: {_in_words(days)}.{legend}</p>'
    )


def _cell(day: Row) -> str:
    told = f"{day['settlement_date']}: {day['present_half_hours']} of {day['expected_half_hours']}"
    return f'<i class="{_state(day)}" title="{told}, {STATES[_state(day)]}"></i>'


def _state(day: Row) -> str:
    """Return how a day is drawn: the gravest of what it is."""
    graver = ("rejected", "missing")
    for state in graver:
        if day[f"{state}_half_hours"]:
            return state
    if day["not_yet_published_half_hours"]:
        return "partial"
    return "revised" if day["revised_half_hours"] else "complete"


def _in_words(days: Sequence[Row]) -> str:
    states = [_state(day) for day in days]
    return ", ".join(f"{states.count(state)} {name}" for state, name in STATES.items() if state in states)


def _runs(runs: Sequence[Row]) -> str:
    if not runs:
        return "<p>None yet.</p>"
    linked = [
        {
            **run,
            "started": f"{run['started_at']:%Y-%m-%d %H:%M} UTC",
            "cause": (run["error_message"] or "").split("\n")[0][:200],
        }
        for run in runs
    ]
    return _table(("started", "dag_id", "status", "duration_s", "new", "revised", "published", "cause"), linked)


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
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"<td>{html.escape('' if value is None else str(value))}</td>"
    return f'<td class="n">{value:,.1f}</td>' if isinstance(value, float) else f'<td class="n">{value:,}</td>'


def _page(body: str) -> str:
    home = _home()
    banner = '<div class="simulated">SIMULATED DATA: from the simulator, not from the grid</div>'
    links = [
        (_dashboard_url(home), "Dashboard"),
        (_written(home, "data-docs"), "Data Docs"),
        (_written(home, "dbt-docs"), "dbt docs"),
    ]
    navigation = "".join(
        # Airflow shows the page in a frame that may open no windows.
        f'<a href="{html.escape(url)}">{name}</a>'
        if url
        else f'<span class="soft">{name}: write it with <code>gridloom docs</code></span>'
        for url, name in links
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Grid</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body><main>'
        f"{banner if home.is_simulated else ''}<h1>Grid</h1><nav>{navigation}</nav>{body}</main>"
        '<footer class="soft">Supported by National Energy SO Open Data</footer></body></html>'
    )


def _dashboard_url(home: Home) -> str:
    settings = Settings()
    return settings.dashboard_url or f"http://127.0.0.1:{home.port('dashboard') or settings.dashboard_port}"


def _written(home: Home, site: str) -> str | None:
    """Return the address of a site that `gridloom docs` has written, or None."""
    root = _sites(home)[site]
    found = sorted([*root.glob("*/index.html"), *root.glob("static_index.html")])
    return f"{PREFIX}/{site}/{found[0].relative_to(root)}" if found else None


class ResultsLink(BaseOperatorLink):
    """The link from a task to what its run built and what its checks found."""

    name = "Results"
    operators: ClassVar[list[Any]] = [_PythonDecoratedOperator]

    def get_link(self, operator: Any, *, ti_key: Any) -> str:
        """Return the address of the run's results."""
        base_url = conf.get("api", "base_url", fallback="").rstrip("/")
        return f"{base_url}{PREFIX}/runs/{quote(ti_key.dag_id, safe='')}/{quote(ti_key.run_id, safe='')}"


class GridPage(AirflowPlugin):
    """Registers the page and its place in the navigation."""

    name = "gridloom_grid_page"
    fastapi_apps: ClassVar[list[Any]] = [{"app": app, "url_prefix": PREFIX, "name": "Grid"}]
    operator_extra_links: ClassVar[list[Any]] = [ResultsLink()]
    external_views: ClassVar[list[Any]] = [
        {"name": "Grid", "href": "grid/", "destination": "nav", "url_route": "grid-page"},
        # Opened beside Airflow, having no route of its own; a second entry of the top level would hide both in a menu.
        {"name": "Dashboard", "href": _dashboard_url(_home()), "destination": "nav", "category": "browse"},
    ]
