"""The page "Grid" in Airflow's navigation: coverage, freshness, last runs and checks, and the way to the rest.

It is served by Airflow's API server and asks for Airflow's own login: without it, 401. It reads as `gridloom_screens`.
What it asks and what it shows stand in include/serving/grid.
"""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import psycopg2
from airflow.api_fastapi.auth.managers.models.resource_details import AccessView
from airflow.api_fastapi.core_api.security import requires_access_view
from airflow.configuration import conf
from airflow.plugins_manager import AirflowPlugin
from airflow.sdk import BaseOperatorLink
from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.responses import FileResponse, HTMLResponse

from include.home import Home
from include.local.services import dashboard_url
from include.serving.grid import page, queries, sites
from include.settings import Settings

PREFIX = "/grid"
# The tasks whose results are kept, by how their names begin.
BUILD_OR_CHECK = ("build_", "check_")


def names_something(request: Request) -> None:
    """Refuse an address with a null byte: neither files nor PostgreSQL have it in a name."""
    if "\0" in request.scope["path"]:
        raise HTTPException(404)


def within_bounds(request: Request, response: Response) -> None:
    """Tell the browser what an answer may do: it stands where Airflow's own login does."""
    response.headers["Content-Security-Policy"] = sites.policy_of(request.path_params.get("site"))
    response.headers["X-Content-Type-Options"] = "nosniff"


# What holds for whoever asks this app for anything: it is the app's own, so that no route can forget it.
app = FastAPI(
    title="Grid",
    dependencies=[
        Depends(requires_access_view(AccessView.PLUGINS)),
        Depends(names_something),
        Depends(within_bounds),
    ],
    docs_url=None,
    redoc_url=None,
    openapi_url=None,
)


@app.get("/", response_class=HTMLResponse)
def overview() -> str:
    """Return the page."""
    now = datetime.now(UTC)
    with queries.reading(_url()) as screens:
        shown = queries.overview(screens, now)
    return page.overview(_frame(), shown, now=now)


@app.get("/runs/{dag_id}/{airflow_run_id}", response_class=HTMLResponse)
def results_of_run(dag_id: str, airflow_run_id: str) -> str:
    """Return what one run loaded and built, and what its checks found."""
    with queries.reading(_url()) as screens:
        found = queries.results(screens, dag_id, airflow_run_id)
    if found is None:
        raise HTTPException(404, "no such run")
    return page.results(_frame(), airflow_run_id, found)


@app.get("/{site}/{path:path}", response_class=FileResponse)
def documentation(site: str, path: str) -> Path:
    """Return a file of Data Docs or dbt docs, which `gridloom docs` writes."""
    file = sites.file_of(_home(), site, path)
    if file is None:
        raise HTTPException(404, "no such page; documentation is written by: gridloom docs")
    return file


@app.exception_handler(psycopg2.Error)
def warehouse_failed(request: Request, error: psycopg2.Error) -> HTMLResponse:
    """Say so in a sentence, whatever was asked for."""
    return HTMLResponse(page.failure(_frame(), error), status_code=200 if page.is_unmigrated(error) else 503)


def _url() -> str:
    return os.environ.get("AIRFLOW_CONN_WAREHOUSE_SCREENS", "")


def _home() -> Home:
    """Return the home, which need not be there: containers have none that they could write to."""
    return Home(Settings().home.expanduser().resolve())


def _frame() -> page.Frame:
    home = _home()
    links = {
        "Dashboard": dashboard_url(Settings(), home),
        "Data Docs": _site(home, "data-docs"),
        "dbt docs": _site(home, "dbt-docs"),
    }
    return page.Frame(PREFIX, links, home.is_simulated)


def _site(home: Home, site: str) -> str | None:
    first = sites.written(home, site)
    return f"{PREFIX}/{site}/{first}" if first else None


class ResultsLink(BaseOperatorLink):
    """The link from a task that builds or checks to its results. Airflow shows no link that is empty."""

    name = "Results"

    def get_link(self, operator: Any, *, ti_key: Any) -> str:
        """Return the address of the run's results."""
        # A task of a group bears the group's name first.
        if not ti_key.task_id.rpartition(".")[2].startswith(BUILD_OR_CHECK):
            return ""
        base_url = conf.get("api", "base_url", fallback="").rstrip("/")
        return f"{base_url}{PREFIX}{page.run_path(ti_key.dag_id, ti_key.run_id)}"


class GridPage(AirflowPlugin):
    """Registers the page and its place in the navigation."""

    name = "gridloom_grid_page"
    fastapi_apps: ClassVar[list[Any]] = [{"app": app, "url_prefix": PREFIX, "name": "Grid"}]
    global_operator_extra_links: ClassVar[list[Any]] = [ResultsLink()]
    external_views: ClassVar[list[Any]] = [
        {"name": "Grid", "href": "grid/", "destination": "nav", "url_route": "grid-page"},
        # Opened beside Airflow, having no route of its own; a second entry of the top level would hide both in a menu.
        {"name": "Dashboard", "href": dashboard_url(Settings(), _home()), "destination": "nav", "category": "browse"},
    ]
