"""Airflow's REST API, as far as the commands need it.

https://airflow.apache.org/docs/apache-airflow/stable/stable-rest-api-ref.html
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from graphlib import TopologicalSorter
from typing import Any
from urllib.parse import quote, urlsplit

import psutil
import requests
from requests.adapters import HTTPAdapter

from include.home import Home
from include.local import airflow, processes
from include.local.errors import LocalError
from include.local.logs import Attempt
from include.settings import Settings

TIMEOUT_S = 30
# The API gives no more at once.
PAGE = 100
FINISHED = frozenset({"success", "failed"})


@dataclass(frozen=True)
class Dag:
    """What Airflow knows of a DAG."""

    dag_id: str
    is_paused: bool
    last_parsed_at: datetime | None
    file_token: str
    params: frozenset[str]


@dataclass(frozen=True)
class TaskState:
    """One task of a run."""

    task_id: str
    state: str
    attempt: int
    duration_s: float | None
    map_index: int

    @property
    def last_attempt(self) -> Attempt:
        """The attempt under way, or the last there was."""
        return Attempt(self.task_id, self.attempt, self.map_index)

    @property
    def name(self) -> str:
        """Name for people: mapped tasks carry their index."""
        return self.last_attempt.task


@dataclass(frozen=True)
class ImportFault:
    """A DAG file that could not be imported."""

    file: str
    stack_trace: str
    found_at: datetime


class OwnServerOnly(HTTPAdapter):
    """Sends what it is given, passwords and tokens among it, to a server of this home and to no other.

    Any account of this machine can listen on the port while ours starts, or after it has died.
    """

    def __init__(self, home: Home) -> None:
        super().__init__()
        self._home = home
        self._server: psutil.Process | None = None

    def send(self, request: requests.PreparedRequest, *arguments: Any, **options: Any) -> requests.Response:
        """Send a request. Raises requests.ConnectionError where the server is not up, or is another's."""
        port = urlsplit(request.url or "").port
        if port is None or not self._is_ours(port):
            raise requests.ConnectionError(f"no server of this home listens on port {port}", request=request)
        return super().send(request, *arguments, **options)

    def _is_ours(self, port: int) -> bool:
        if self._server is None or not processes.listens(self._server, port):
            self._server = processes.listener(self._home.path, port)
        return self._server is not None


class AirflowApi:
    """The API server of this home."""

    def __init__(self, settings: Settings, home: Home) -> None:
        self.url = airflow.api_url(settings, home)
        self._password = airflow.admin_password(home)
        self._session = requests.Session()
        # A proxy or .netrc of the caller has no business between two processes of one machine.
        self._session.trust_env = False
        self._session.mount("http://", OwnServerOnly(home))

    def warm_up(self) -> None:
        """Make the server build the API of tasks, which it does at the first request, for seconds.

        A first task would give up waiting. Raises requests.ConnectionError while the server is not up.
        """
        self._session.get(f"{self.url}/execution/health/ping", timeout=TIMEOUT_S).raise_for_status()

    def log_in(self) -> None:
        """Fetch a token. Raises requests.ConnectionError while the server is not up."""
        answer = self._session.post(
            f"{self.url}/auth/token", json={"username": airflow.USER, "password": self._password}, timeout=TIMEOUT_S
        )
        if answer.status_code == requests.codes.unauthorized:
            raise LocalError(f"{self.url} is not ours: it refuses the password of this home; see: gridloom status")
        answer.raise_for_status()
        self._session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def health(self) -> dict[str, dict[str, str | None]]:
        """Return the state of Airflow's parts and their last heartbeats."""
        health: dict[str, dict[str, str | None]] = self._get("monitor/health")
        return health

    def dag(self, dag_id: str) -> Dag | None:
        """Return a DAG that has been parsed, or None."""
        answer = self._session.get(self._address(f"dags/{quote(dag_id)}/details"), timeout=TIMEOUT_S)
        if answer.status_code == requests.codes.not_found:
            return None
        answer.raise_for_status()
        found = answer.json()
        return Dag(
            dag_id,
            found["is_paused"],
            _instant(found["last_parsed_time"]),
            found["file_token"],
            frozenset(found["params"] or ()),
        )

    def task_order(self, dag_id: str) -> list[str]:
        """Return the DAG's tasks, each after those it waits for."""
        tasks = self._get(f"dags/{quote(dag_id)}/tasks")["tasks"]
        return _in_order({task["task_id"]: set(task["downstream_task_ids"]) for task in tasks})

    def parse(self, dag: Dag) -> None:
        """Ask for a DAG's file to be read again, before all others."""
        answer = self._session.put(self._address(f"parseDagFile/{dag.file_token}"), timeout=TIMEOUT_S)
        if answer.status_code != requests.codes.conflict:
            answer.raise_for_status()

    def import_faults(self) -> list[ImportFault]:
        """Return the DAG files that could not be imported."""
        return [
            ImportFault(each["filename"], each["stack_trace"], datetime.fromisoformat(each["timestamp"]))
            for each in self._all("importErrors", "import_errors")
        ]

    def ensure_pool(self, name: str, *, slots: int, description: str) -> None:
        """Make a pool, unless it is there; what a user made of it stays."""
        answer = self._session.post(
            self._address("pools"),
            json={"name": name, "slots": slots, "description": description, "include_deferred": False},
            timeout=TIMEOUT_S,
        )
        if answer.status_code != requests.codes.conflict:
            answer.raise_for_status()

    def trigger(self, dag_id: str, conf: Mapping[str, Any]) -> str:
        """Start a run by hand and return its id. Raises LocalError where Airflow refuses the params."""
        answer = self._session.post(
            self._address(f"dags/{quote(dag_id)}/dagRuns"),
            json={"logical_date": None, "conf": dict(conf), "note": "gridloom run"},
            timeout=TIMEOUT_S,
        )
        if answer.status_code in (requests.codes.bad_request, requests.codes.unprocessable_entity):
            raise LocalError(f"{dag_id} refuses these params: {_detail(answer)}")
        answer.raise_for_status()
        run_id: str = answer.json()["dag_run_id"]
        return run_id

    def post_asset_event(self, name: str, extra: Mapping[str, Any]) -> None:
        """Tell that an asset has changed, as whoever delivers it can: what it schedules is run."""
        [asset] = [each for each in self._all("assets", "assets") if each["name"] == name]
        event = {"asset_id": asset["id"], "extra": dict(extra)}
        self._session.post(self._address("assets/events"), json=event, timeout=TIMEOUT_S).raise_for_status()

    def run_state(self, dag_id: str, run_id: str) -> str:
        """Return `queued`, `running`, `success` or `failed`."""
        state: str = self._get(f"dags/{quote(dag_id)}/dagRuns/{quote(run_id)}")["state"]
        return state

    def fail_run(self, dag_id: str, run_id: str) -> None:
        """End a run as failed; its tasks at work are ended too."""
        answer = self._session.patch(
            self._address(f"dags/{quote(dag_id)}/dagRuns/{quote(run_id)}"), json={"state": "failed"}, timeout=TIMEOUT_S
        )
        answer.raise_for_status()

    def task_states(self, dag_id: str, run_id: str) -> list[TaskState]:
        """Return the tasks of a run as they stand, mapped ones each."""
        path = f"dags/{quote(dag_id)}/dagRuns/{quote(run_id)}/taskInstances"
        return [
            TaskState(
                each["task_id"], each["state"] or "waiting", each["try_number"], each["duration"], each["map_index"]
            )
            for each in self._all(path, "task_instances")
        ]

    def _all(self, path: str, what: str) -> Iterator[dict[str, Any]]:
        """Yield all there is of a list, page by page."""
        seen = 0
        while True:
            page = self._get(path, limit=PAGE, offset=seen, order_by="id")
            yield from page[what]
            seen += len(page[what])
            if not page[what] or seen >= page["total_entries"]:
                return

    def _get(self, path: str, **query: Any) -> Any:
        answer = self._session.get(self._address(path), params=query, timeout=TIMEOUT_S)
        if answer.status_code == requests.codes.unauthorized:
            self.log_in()
            answer = self._session.get(self._address(path), params=query, timeout=TIMEOUT_S)
        answer.raise_for_status()
        return answer.json()

    def _address(self, path: str) -> str:
        return f"{self.url}/api/v2/{path}"


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _detail(answer: requests.Response) -> str:
    """Return the server's reason in one line."""
    try:
        detail = answer.json().get("detail", answer.text)
    except requests.JSONDecodeError:
        detail = answer.text
    # Of a refused param Airflow tells the reason first, and then the whole schema.
    return " ".join(str(detail).partition("Failed validating")[0].split())


def _in_order(downstream: Mapping[str, set[str]]) -> list[str]:
    """Return names sorted so that each stands before those downstream of it."""
    sorter: TopologicalSorter[str] = TopologicalSorter(dict.fromkeys(downstream, ()))
    for name, followers in downstream.items():
        for follower in followers:
            sorter.add(follower, name)
    return list(sorter.static_order())
