"""Sends the lineage of one run: `python -m include.lineage.emit start|end DAG_ID RUN_ID`, a process of its own.

No run waits for a catalogue, and none fails because of one: what cannot be sent is said in the log, and not repeated.
"""

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import psycopg2
from psycopg2.extensions import parse_dsn

from include.home import Home
from include.lineage import history
from include.programs import python
from include.settings import Settings
from include.warehouse import session

log = logging.getLogger(__name__)

URL_VARIABLE = "AIRFLOW_CONN_WAREHOUSE_LOADER"
TIMEOUT_S = 10
# For all events of a run: a catalogue that sends a byte now and then keeps each of them within its own limit.
PATIENCE_S = 120


def start(when: str, dag_id: str, airflow_run_id: str, starter: Mapping[str, str]) -> None:
    """Start the process and do not wait for it."""
    subprocess.Popen(  # noqa: S603 - our own program
        python("include.lineage.emit", when, dag_id, airflow_run_id),
        env=environment(starter),
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )


def environment(starter: Mapping[str, str]) -> dict[str, str]:
    """Return what the process takes over from the scheduler: none of Airflow's secrets, and one login."""
    return {name: value for name, value in starter.items() if name == URL_VARIABLE or not name.startswith("AIRFLOW_")}


def transport_of(settings: Settings) -> dict[str, Any]:
    """Return the transport of OpenLineage's client: a server's URL, else a file that is appended to."""
    target = settings.lineage or ""
    if not target.startswith(("http://", "https://")):
        return {"type": "file", "log_file_path": target, "append": True}
    key = settings.lineage_api_key
    auth = {"auth": {"type": "api_key", "apiKey": key.get_secret_value()}} if key else {}
    return {"type": "http", "url": target, "timeout": TIMEOUT_S, **auth}


def emit(events: Iterable[Any], transport: Mapping[str, Any]) -> int:
    """Send events; return how many. Raises OSError or httpx2.HTTPError."""
    from openlineage.client import OpenLineageClient  # noqa: PLC0415 - two seconds

    client = OpenLineageClient(config={"transport": dict(transport)})
    sent = 0
    for event in events:
        client.emit(event)
        sent += 1
    return sent


def main() -> None:
    """Send what the arguments name."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    import httpx2  # noqa: PLC0415

    when, dag_id, airflow_run_id = sys.argv[1:]
    settings = Settings()
    signal.signal(signal.SIGALRM, _give_up)
    signal.alarm(PATIENCE_S)
    try:
        emit(_events(when, dag_id, airflow_run_id, settings), transport_of(settings))
    # A RuntimeError is how the client says that a file cannot be written.
    except (OSError, RuntimeError, httpx2.HTTPError, psycopg2.Error) as error:
        log.warning("lineage was not sent: %s", _why(error))


def _give_up(*_: object) -> None:
    # Not raised: whatever waits may take a TimeoutError for the end of one attempt, and make another.
    log.warning("lineage was not sent: the catalogue did not take it within %d s", PATIENCE_S)
    os._exit(1)


def _why(error: Exception) -> str:
    """Return the reason in one line. Errors of HTTP name the address, and that may hold a key."""
    answer = getattr(error, "response", None)
    if answer is not None:
        return f"{type(error).__name__}: the catalogue answers {answer.status_code}"
    if type(error).__module__.partition(".")[0] in ("httpx2", "requests", "urllib3"):
        return f"{type(error).__name__}: the catalogue cannot be reached"
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


def _events(when: str, dag_id: str, airflow_run_id: str, settings: Settings) -> Iterator[Any]:
    from include.lineage import events, models  # noqa: PLC0415

    url = os.environ[URL_VARIABLE]
    with session(url, application="gridloom lineage") as loader:
        run = history.read_run(loader, dag_id, airflow_run_id)
    if run is None:
        return
    at = parse_dsn(url.replace("postgres://", "postgresql://", 1))
    address = f"{at.get('host', 'localhost')}:{at.get('port', '5432')}"
    publishers = {each.publisher: publisher_address(settings, each) for each in run.datasets}
    names = events.Names(address, at.get("dbname", ""), publishers)
    if when == "start":
        yield events.start_of(run, names)
        return
    try:
        known = models.read_models(models.manifest_of(Home.of(settings), names.database)) if run.models else {}
    except models.NoManifestError as error:
        log.warning("lineage is sent without its models: %s", error)
        known = {}
    yield from events.end_of(run, known, names)


def publisher_address(settings: Settings, dataset: history.LoadedDataset) -> str:
    """Return where a dataset comes from: the origin of its publisher's API as it is set, else as it is declared."""
    given = str(getattr(settings, f"{dataset.publisher}_url", None) or dataset.publisher_url)
    url = urlsplit(given)
    return f"{url.scheme}://{url.netloc}" if url.netloc else given or "unknown"


if __name__ == "__main__":
    main()
