"""One scope of one dataset, from its publisher into `raw`, with a row of the ledger that tells what came of it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import psycopg2

from include.ingestion.ahead import ahead
from include.ingestion.check import RowCheck
from include.ingestion.dataset import Dataset
from include.ingestion.due import Asked
from include.ingestion.errors import (
    DamagedAnswerError,
    GoneError,
    LastingError,
    MovingSourceError,
    PassingError,
    TooManyRejectedError,
)
from include.ingestion.refused import keep_refused
from include.ingestion.way_in import Again, StageNeededError, WayIn, way_in
from include.ingestion.window import instant
from include.operations import loads, versions
from include.operations.loads import Load
from include.operations.runs import Counts
from include.warehouse import Connection

log = logging.getLogger(__name__)

# Publishers publish hourly at most, and the longest read takes a quarter of an hour: twice in a row is bad luck,
# thrice a fault.
EDITIONS_TRIED = 3


@dataclass(frozen=True)
class Run:
    """The run on whose behalf something is done: its DAG, and its row in `ops.pipeline_runs`."""

    dag_id: str
    run_id: int


def ingest(dataset: Dataset, asked: Asked, *, client: Any, warehouse: Connection, run: Run) -> Counts | None:
    """Fetch, check and load one scope; return what came in and what it changed, or None where it was skipped.

    Skipped is what a run asks for by itself of an edition that has been published already, with nothing pending. The
    scope is asked for again when the publisher published another edition while it was read.
    Raises PassingError (worth a retry) or LastingError (not worth one); then no version was written, and the ledger
    has the cause.
    """
    with _in_ledger(dataset, asked, warehouse, run) as load:
        edition = asked.edition or (dataset.edition(client) if dataset.edition else None)
        loads.note_edition(warehouse, load, edition)
        if dataset.edition and edition is not None and _is_published(warehouse, dataset, asked, edition):
            loads.leave(warehouse, load)
            log.info("%s has not changed since %s; nothing to fetch", dataset.name, edition)
            return None
        return _bring_twice_at_most(dataset, edition, asked, client, warehouse, load)


def in_words(counts: Counts) -> str:
    """Say what a load did in one line."""
    left_out = f", {counts.outside:,} at the edge" if counts.outside else ""
    left_out += f", {counts.repeated:,} repeated" if counts.repeated else ""
    return (
        f"{counts.fetched:,} rows fetched: {counts.new:,} new, {counts.revised:,} revised, "
        f"{counts.withdrawn:,} withdrawn, {counts.unchanged:,} unchanged, {counts.rejected:,} rejected{left_out}"
    )


@contextmanager
def _in_ledger(dataset: Dataset, asked: Asked, warehouse: Connection, run: Run) -> Iterator[Load]:
    """Keep a row of the ledger for the length of a load; what ends it early is its cause."""
    covers = asked.scope.covers
    load = loads.begin(
        warehouse,
        run_id=run.run_id,
        dataset=dataset.name,
        scope=str(asked.scope),
        covers=None if covers is None else (covers.start, covers.end),
        is_routine=asked.is_routine,
    )
    try:
        yield load
    except (PassingError, LastingError, psycopg2.Error) as error:
        # Where the warehouse itself has gone, the load stays as begun until its run is closed.
        if not warehouse.closed:
            warehouse.rollback()
            loads.fail(warehouse, load, f"{type(error).__name__}: {' '.join(str(error).split())}")
        raise


def _bring_twice_at_most(
    dataset: Dataset, edition: str | None, asked: Asked, client: Any, warehouse: Connection, load: Load
) -> Counts:
    """Bring in a scope, asked for again where that is needed to compare its rows, or to believe that some are gone."""
    again = Again()
    while True:
        try:
            return _bring_edition(dataset, edition, asked, client, warehouse, load, again)
        except StageNeededError as error:
            if again.needs_stage:
                raise
            again = replace(again, needs_stage=True)
            log.info("%s %s: %s; asking again, to compare", dataset.name, asked.scope, error)
        except GoneError as error:
            if again.gone_before is not None:
                raise
            again = Again(needs_stage=True, gone_before=error.keys)
            log.info("%s; asking again, to be sure", error)


def _bring_edition(
    dataset: Dataset,
    edition: str | None,
    asked: Asked,
    client: Any,
    warehouse: Connection,
    load: Load,
    again: Again,
) -> Counts:
    """Bring in a scope, asked for again where another edition was published while it was read."""
    for _ in range(EDITIONS_TRIED):
        with way_in(warehouse, dataset, asked.scope, load, again) as way:
            checked = _fetch(way, dataset, asked, client, warehouse, load)
            edition, asked_for = dataset.edition(client) if dataset.edition else edition, edition
            if edition == asked_for:
                counts = way.keep(checked, load)
                log.info("%s %s: %s", dataset.name, asked.scope, in_words(counts))
                return counts
        loads.note_edition(warehouse, load, edition)
        log.info("%s was published again while it was read; asking again", dataset.name)
    raise MovingSourceError(f"{dataset.name} was published anew {EDITIONS_TRIED} times while it was read")


def _fetch(way: WayIn, dataset: Dataset, asked: Asked, client: Any, warehouse: Connection, load: Load) -> RowCheck:
    """Fetch the scope's rows. Raises DamagedAnswerError where there are fewer than there must be."""
    checked, told = RowCheck(dataset, asked.scope), _count(dataset, asked, client, warehouse, load)
    try:
        way.add(ahead(dataset.fetch(client, asked.scope)), checked)
    except TooManyRejectedError:
        keep_refused(warehouse, dataset, checked.fetched, checked.rejected, load)
        raise
    if not checked.fetched and _must_have_rows(dataset, asked):
        raise DamagedAnswerError(f"{dataset.name} has no rows in {asked.scope}")
    _refuse_if_short(dataset, asked, checked, told)
    return checked


def _must_have_rows(dataset: Dataset, asked: Asked) -> bool:
    if dataset.limits.is_never_empty and not asked.is_young:
        return True
    return asked.is_routine and not dataset.limits.may_be_empty


def _count(dataset: Dataset, asked: Asked, client: Any, warehouse: Connection, load: Load) -> int | None:
    """Return how many rows the publisher says that it has, and note it. Asked before, since rows only become more."""
    told = dataset.counted(client, asked.scope) if dataset.counted else None
    if told is not None:
        loads.note_source_count(warehouse, load, told)
    return told


def _refuse_if_short(dataset: Dataset, asked: Asked, checked: RowCheck, told: int | None) -> None:
    """Raise DamagedAnswerError where fewer rows of the scope came than the publisher says that it has."""
    came = checked.fetched - checked.outside
    if told is not None and came < told:
        raise DamagedAnswerError(
            f"{came:,} rows came of {dataset.name}, {asked.scope}, of which {dataset.publisher.title} counts {told:,}"
        )


def _is_published(warehouse: Connection, dataset: Dataset, asked: Asked, edition: str) -> bool:
    if not asked.is_routine or versions.is_awaited(warehouse, dataset.name):
        return False
    covers = asked.scope.covers
    span = None if covers is None else (covers.start, covers.end)
    return edition == loads.edition_held(warehouse, dataset.name, span, reaching=_instant(edition))


def _instant(edition: str) -> datetime | None:
    """Return when an edition was published, where its name says so."""
    try:
        return instant(edition)
    except ValueError:
        return None
