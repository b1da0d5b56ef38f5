"""`gridloom elexon backfill`: years of many datasets, window by window, by a process of its own.

What is held already is left out, so that one that was stopped goes on where it was.
"""

import logging
from collections import deque
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from include.commands import analyst, terminal
from include.commands.backfill_report import Report, progress
from include.commands.terminal import about
from include.deployment import Deployment
from include.ingestion.dataset import Dataset
from include.ingestion.errors import SourceUnavailableError
from include.ingestion.ingest import Run
from include.ingestion.window import Window
from include.intake.backfill import Backfill, Lane, still_to_come
from include.local.errors import LocalError
from include.local.publishing import Publishing
from include.local.simulated import publishers_in_use
from include.operations import runs
from include.settlement import day_started_at
from include.sources.elexon.pipeline import DAILY, ELEXON_DAILY, ELEXON_LIVE, ELEXON_LIVE_INTAKE, LIVE
from include.warehouse import Role

GO_ON = "start it again to go on"
LOADED_BY = {ELEXON_LIVE.dag_id: LIVE, ELEXON_DAILY.dag_id: DAILY}


@dataclass(frozen=True)
class Request:
    """What is asked for: a span, and datasets by their codes, or all."""

    span: Window
    codes: tuple[str, ...] = ()
    workers: int = 2
    is_dry: bool = False


def read_request(
    start: datetime, end: datetime | None, codes: Collection[str], *, workers: int, is_dry: bool
) -> Request:
    """Return what the command line asks for: days of London's calendar. Raises LocalError where it makes no sense."""
    first, until = day_started_at(start.date()), day_started_at(end.date()) if end else datetime.now(UTC)
    if first >= min(until, datetime.now(UTC)):
        raise LocalError("--from must be before --to, which is not part of the span, and before today")
    return Request(Window(first, until), tuple(codes), workers, is_dry)


def backfill(request: Request) -> bool:
    """Bring in what is not held yet, publish it, and print what came; tell whether all of it came.

    Raises LocalError where nothing can be asked for.
    """
    datasets = _datasets(request.codes)
    settings, home = terminal.open_home()
    terminal.show_banner(home)
    warehouse = analyst.reachable(settings, home)
    # Each window and each failure is told by the report.
    logging.getLogger("include").setLevel(logging.ERROR)
    with publishers_in_use(settings, home) as given:
        deployment = Deployment(given, warehouse.dsn)
        work = dict(still_to_come(deployment, datasets, request.span, now=datetime.now(UTC)))
        windows = sum(map(len, work.values()))
        about.print(f"{windows:,} windows of {len(work):,} datasets are not held yet", markup=False)
        if request.is_dry or not windows:
            return True
        report = Report(windows)
        with _runs(deployment, report) as opened, Publishing(deployment, home, opened) as publishing:
            lanes = [Lane(opened[_dag_of(dataset)], dataset, deque(asked)) for dataset, asked in work.items()]
            _bring(Backfill(deployment, ELEXON_LIVE_INTAKE, lanes, request.workers), report, publishing)
    report.failed += publishing.failed
    report.print()
    return not report.failed


def _bring(work: Backfill, report: Report, publishing: Publishing) -> None:
    with terminal.interruptible(), progress() as show:
        try:
            with closing(work.play()) as coming:
                for done in coming:
                    report.note(done)
                    show(report)
                    publishing.note(done.counts.fetched if done.counts else 0)
        except SourceUnavailableError as error:
            report.failed.append(f"{error}; what is held is kept, {GO_ON}")
        except KeyboardInterrupt:
            report.failed.append(f"stopped after {report.windows.total():,} of {report.windows_due:,} windows; {GO_ON}")


def _datasets(codes: Collection[str]) -> list[Dataset]:
    known = {each.name.removeprefix("elexon_"): each for each in (*LIVE, *DAILY) if each.first_at is not None}
    wanted = [code.lower().replace("-", "_") for code in codes] or list(known)
    unknown = [code for code in wanted if code not in known]
    if unknown:
        raise LocalError(f"Elexon has no history of {', '.join(unknown)}; see: gridloom elexon datasets")
    return [known[code] for code in dict.fromkeys(wanted)]


def _dag_of(dataset: Dataset) -> str:
    return next(dag_id for dag_id, datasets in LOADED_BY.items() if dataset in datasets)


@contextmanager
def _runs(deployment: Deployment, report: Report) -> Iterator[Mapping[str, Run]]:
    """Open a row in the history for each DAG whose datasets are loaded; close it however this ends."""
    name, failed = f"backfill__{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}", True
    with deployment.session(Role.LOADER) as loader:
        opened = {dag_id: Run(dag_id, runs.open_run(loader, dag_id, name)) for dag_id in LOADED_BY}
        try:
            yield opened
            failed = bool(report.failed)
        finally:
            for dag_id in opened:
                runs.close_run(loader, dag_id, name, failed=failed)
