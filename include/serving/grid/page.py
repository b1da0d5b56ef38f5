"""The page as HTML: all it says of the warehouse, and what stands around it. How it looks stands in templates/."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, urlencode

import psycopg2
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from include.serving import coverage
from include.serving.ages import ago
from include.serving.catalogue import PAGE, PICKED
from include.serving.coverage import COVERAGE_STATES
from include.serving.datasets import Attribution
from include.serving.day_state import DAY_STATES
from include.serving.grid.queries import TIMEOUT_S, Overview, Results, Row

_TOLD = {state.code: state.told.lower() for state in DAY_STATES}


@dataclass(frozen=True)
class Frame:
    """What stands around a page."""

    prefix: str
    """Where the page itself is."""
    links: Mapping[str, str | None]
    """The ways from it; None is a site that was not written yet."""
    is_simulated: bool

    def of_dataset(self, name: str) -> str | None:
        """Return where the dashboard tells all of a dataset; None where the dashboard's address is not known."""
        dashboard = self.links.get("Dashboard")
        return f"{dashboard.rstrip('/')}/{PAGE}?{urlencode({PICKED: name})}" if dashboard else None


def overview(frame: Frame, shown: Overview, *, now: datetime) -> str:
    """Return how things are."""
    return _render("overview.html", frame, shown.attributions, shown=shown, now=now)


def results(frame: Frame, airflow_run_id: str, found: Results) -> str:
    """Return what one run loaded and built, and what its checks found."""
    return _render("results.html", frame, airflow_run_id=airflow_run_id, found=found)


def failure(frame: Frame, error: psycopg2.Error) -> str:
    """Return what a reader is told where the warehouse cannot be read."""
    return _render("message.html", frame, message=in_plain_words(error))


def run_path(dag_id: str, airflow_run_id: str) -> str:
    """Return where the results of a run are, below the page."""
    return f"/runs/{quote(dag_id, safe='')}/{quote(airflow_run_id, safe='')}"


def is_unmigrated(error: psycopg2.Error) -> bool:
    """Tell whether nothing is wrong but that there are no tables yet."""
    return isinstance(error, (psycopg2.errors.UndefinedTable, psycopg2.errors.InvalidSchemaName))


def in_plain_words(error: psycopg2.Error) -> str:
    """Return why the warehouse cannot be read, and what to do."""
    if is_unmigrated(error):
        return "The warehouse has no tables yet. Make them: gridloom migrate."
    if isinstance(error, psycopg2.errors.QueryCanceled):
        return f"The warehouse is slow: it did not answer within {TIMEOUT_S} s. Try again in a minute."
    return "The warehouse cannot be reached. See what runs: make status."


def _render(template: str, frame: Frame, attributions: Sequence[Attribution] = (), **values: object) -> str:
    return _TEMPLATES.get_template(template).render(frame=frame, attributions=attributions, **values)


def _minute(instant: datetime | None) -> str:
    return "" if instant is None else f"{instant.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _figure(number: float) -> str:
    return f"{number:,.1f}" if isinstance(number, float) else f"{number:,}"


def _in_words(days: Sequence[Row]) -> str:
    states = [day["state"] for day in days]
    return ", ".join(f"{states.count(code)} {told}" for code, told in _TOLD.items() if code in states)


_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.filters.update(minute=_minute, ago=ago, figure=_figure, in_words=_in_words, told=_TOLD.__getitem__)
_TEMPLATES.filters.update(stretches=coverage.stretches, strip_in_words=coverage.in_words)
_TEMPLATES.globals.update(day_states=DAY_STATES, coverage_states=COVERAGE_STATES, run_path=run_path)
