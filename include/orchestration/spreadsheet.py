"""Writes what the grid is doing now to a Google Sheet, as the task of a DAG."""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import Connection, task
from airflow.sdk.exceptions import AirflowNotFoundException, AirflowSkipException

from include.orchestration.steps import deployment

if TYPE_CHECKING:
    from include.deployment import Deployment

log = logging.getLogger(__name__)

CONNECTION = "google_sheets"
NOT_CONNECTED = (
    f"there is no Airflow connection {CONNECTION}, so no Google Sheet is written; add it as docs/spreadsheet.md says"
)
NOTHING_YET = "nothing is published yet of what the grid is doing; bring it in: gridloom run elexon_live"


def wire_spreadsheet() -> None:
    """Make the task. Google's quotas are refilled every minute, so it is patient, and longer each time."""

    @task(
        retries=4,
        retry_delay=timedelta(seconds=30),
        retry_exponential_backoff=2.0,
        max_retry_delay=timedelta(minutes=5),
        execution_timeout=timedelta(minutes=10),
    )
    def write_spreadsheet() -> None:
        log.info("written: %s", write(deployment(), connection_extra(), datetime.now(UTC)))

    write_spreadsheet()


def connection_extra() -> Mapping[str, Any]:
    """Return what the connection holds: the service account's key and the spreadsheet's id. Skips where none is."""
    try:
        extra: Mapping[str, Any] = Connection.get(CONNECTION).extra_dejson
    except AirflowNotFoundException:
        raise _skipped(NOT_CONNECTED) from None
    return extra


def write(place: "Deployment", extra: Mapping[str, Any], at: datetime) -> str:
    """Write what is published now to the spreadsheet; return its address. Skips where nothing is published.

    Raises SheetUnavailableError, SheetRefusedError and psycopg2.Error.
    """
    from include.home import SIMULATED_DATABASE  # noqa: PLC0415 - heavy imports belong in tasks
    from include.serving.latest import read_latest  # noqa: PLC0415
    from include.serving.workbook import google_sheets  # noqa: PLC0415
    from include.serving.workbook.grid_now import workbook_of  # noqa: PLC0415
    from include.warehouse import Role  # noqa: PLC0415

    account = google_sheets.Account.of(extra)
    with place.session(Role.TRANSFORMER) as reader:
        reader.set_session(readonly=True)
        is_simulated = reader.info.dbname == SIMULATED_DATABASE
        latest = read_latest(reader, at, is_simulated=is_simulated)
    if latest is None:
        raise _skipped(NOTHING_YET)
    return google_sheets.write(workbook_of(latest), account, place.settings.sheets_url)


def _skipped(why: str) -> AirflowSkipException:
    # Airflow notes a reason where nobody looks who types `gridloom run`.
    log.info(why)
    return AirflowSkipException(why)
