"""One window of one dataset, from its publisher into `raw`."""

import logging
from dataclasses import dataclass
from datetime import datetime

from include.ingestion.ahead import ahead
from include.ingestion.check import RowCheck
from include.ingestion.dataset import Dataset
from include.ingestion.errors import DamagedAnswerError, MovingSourceError, TooManyRejectedError
from include.ingestion.http import ApiClient
from include.ingestion.load import Stage, keep_refused, load_versions, stage
from include.ingestion.window import Asked, Window, instant
from include.operations import runs, versions
from include.operations.runs import Counts
from include.warehouse import Connection

log = logging.getLogger(__name__)

# NESO publishes hourly, and the longest read takes a quarter of an hour: twice in a row is bad luck, thrice a fault.
EDITIONS_TRIED = 3


@dataclass(frozen=True)
class Run:
    """The run on whose behalf something is done: its DAG, and its row in `ops.pipeline_runs`."""

    dag_id: str
    run_id: int


def ingest(dataset: Dataset, asked: Asked, *, client: ApiClient, warehouse: Connection, run: Run) -> Counts | None:
    """Fetch, check and load one window; return what came in and what it changed, or None where it was skipped.

    Skipped is a default window of an edition that has been published already, with nothing pending. The window is
    asked again when the publisher published another edition while it was read.
    Raises PassingError (worth a retry) or LastingError (not worth one); then no version was written.
    """
    _describe(warehouse, run, asked, None)
    edition = dataset.edition(client)
    if _is_published(warehouse, dataset, asked, run, edition):
        log.info("%s has not changed since %s; nothing to fetch", dataset.name, edition)
        return None
    for _ in range(EDITIONS_TRIED):
        with stage(warehouse, dataset) as staged:
            checked = _fetch(staged, asked, client, run)
            edition, asked_for = dataset.edition(client), edition
            if edition == asked_for:
                _describe(warehouse, run, asked, edition)
                counts = load_versions(staged, checked, run.run_id)
                log.info("%s %s: %s", dataset.name, asked.window, in_words(counts))
                return counts
        log.info("%s was published again while it was read; asking again", dataset.name)
    raise MovingSourceError(f"{dataset.name} was published anew {EDITIONS_TRIED} times while it was read")


def in_words(counts: Counts) -> str:
    """Say what a load did in one line."""
    return (
        f"{counts.fetched:,} rows fetched: {counts.new:,} new, {counts.revised:,} revised, "
        f"{counts.withdrawn:,} withdrawn, {counts.unchanged:,} unchanged, {counts.rejected:,} rejected"
    )


def _fetch(staged: Stage, asked: Asked, client: ApiClient, run: Run) -> RowCheck:
    """Stage the window's rows. Raises DamagedAnswerError where a default window has none."""
    dataset = staged.dataset
    checked = RowCheck(dataset, asked.window)
    try:
        staged.add(ahead(dataset.fetch(client, asked.window)), checked)
    except TooManyRejectedError:
        keep_refused(staged.connection, dataset, checked.fetched, checked.rejected, run.run_id)
        raise
    if asked.is_default and not checked.fetched:
        raise DamagedAnswerError(f"{dataset.name} has no rows in {asked.window}")
    return checked


def _is_published(warehouse: Connection, dataset: Dataset, asked: Asked, run: Run, edition: str) -> bool:
    if asked.look_back_days is None or versions.has_pending(warehouse, [dataset.name]):
        return False
    published = runs.last_published_edition(warehouse, run.dag_id, asked.look_back_days, reaching=_instant(edition))
    return edition == published


def _instant(edition: str) -> datetime | None:
    """Return when an edition was published, where its name says so."""
    try:
        return instant(edition)
    except ValueError:
        return None


def _describe(warehouse: Connection, run: Run, asked: Asked, edition: str | None) -> None:
    window: Window = asked.window
    runs.describe_run(
        warehouse,
        run.run_id,
        window=(window.start, window.end),
        look_back_days=asked.look_back_days,
        source_last_modified=edition,
    )
