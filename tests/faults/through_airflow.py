"""Through a real Airflow: tasks and scheduler killed, runs cleared, backfills, a crashing server, and secrets."""

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
import psycopg2
from pydantic import SecretStr

from include.local import airflow
from include.local.postgres import Cluster
from include.warehouse import Role, Warehouse
from tests.faults import published
from tests.faults.published import Copy
from tests.faults.score import Outcome
from tests.faults.witness import Witness
from tests.machine import Machine, wait_until
from tests.simulated_portal import SimulatedPortal, running_portal

FAMILY, SECRETS = "through Airflow", "secrets"
DAG = "neso_generation_mix"
TASKS = ("extract_and_load", "check_raw", "build_models", "check_marts", "publish")
# Hard to quote on purpose: what is written down in another spelling is written down all the same.
CANARIES = {name: f"canary-{name.lower()}@5f/%41:x" for name in ("OWNER", "LOADER", "TRANSFORMER", "ANALYST")}
SPAN_STARTS = datetime(2026, 5, 1, tzinfo=UTC)
NOON = datetime(2026, 5, 11, 12, tzinfo=UTC)
SLOW_S = 12
ENDS_WITHIN_S = 420
LOOKS_EVERY_S = 0.1


@dataclass
class Stage:
    """A machine with everything up, its publisher, and what that has published so far."""

    machine: Machine
    portal: SimulatedPortal
    witness: Witness
    now: datetime = NOON
    held: Copy = field(default_factory=dict)

    def publish_next(self) -> Copy:
        """Let the publisher go on; return what the span holds then."""
        self.now += timedelta(hours=3)
        self.portal.set(start="2026-04-01T00:00:00Z", now=self.now.isoformat())
        return {at: row for at, row in published.download(self.portal.url).items() if at >= SPAN_STARTS}

    def begin(self) -> "subprocess.Popen[str]":
        """Trigger a run of the whole span, and do not wait for it."""
        params = {"start": SPAN_STARTS.isoformat(), "end": self.now.isoformat()}
        words = [word for name, value in params.items() for word in ("--param", f"{name}={json.dumps(value)}")]
        return self.machine.begin("run", DAG, *words)

    def run(self) -> tuple[int, str]:
        """Trigger a run and wait for its end; return its exit code and what was said."""
        return _end_of(self.begin())

    def after(self, fault: Callable[[], list[str]]) -> tuple[str, ...]:
        """Play a fault while the publisher's next edition comes in; return what is wrong then and after healing."""
        before, expected = self.held, self.publish_next()
        wrong = fault()
        wrong += self.witness.after_fault(before, expected)
        code, said = self.run()
        self.held = expected
        wrong += [f"the next run failed: {said[-300:]}"] if code else []
        return (*wrong, *self.witness.after_healing(expected))

    def airflow(self, statement: str, *values: Any) -> list[Any]:
        """Rows of Airflow's own database."""
        connection = psycopg2.connect(**airflow.database_parameters(self.machine.home))
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(statement, values or None)
                return list(cursor.fetchall())
        finally:
            connection.close()

    def newest_run(self) -> str:
        """Airflow's id of the run that was triggered last."""
        [(run_id,)] = self.airflow("select run_id from dag_run where dag_id = %s order by id desc limit 1", DAG)
        return str(run_id)

    def ended(self) -> bool:
        """Whether no run is under way."""
        [(count,)] = self.airflow("select count(*) from dag_run where state in ('running', 'queued')")
        return bool(count == 0)


def _end_of(run: "subprocess.Popen[str]") -> tuple[int, str]:
    said, _ = run.communicate(timeout=ENDS_WITHIN_S)
    return run.returncode, said


@contextmanager
def stage(directory: Path, *, postgres_port: int, airflow_port: int) -> Iterator[Stage]:
    """Open a machine whose passwords are canaries; all of it ends with the block."""
    with running_portal() as portal:
        machine = Machine.at(
            directory,
            postgres_port=postgres_port,
            airflow_port=airflow_port,
            GRIDLOOM_NESO_URL=portal.url,
            GRIDLOOM_NESO_DATASTORE_PER_MINUTE="100000",
            GRIDLOOM_NESO_REQUESTS_PER_SECOND="100000",
            GRIDLOOM_FOLLOW_SCHEDULES="false",
            **{f"GRIDLOOM_{name}_PASSWORD": canary for name, canary in CANARIES.items()},
        )
        passwords = {f"{name.lower()}_password": SecretStr(canary) for name, canary in CANARIES.items()}
        machine = replace(machine, settings=machine.settings.model_copy(update=passwords))
        try:
            machine.gridloom("up", "--wait")
            warehouse = Warehouse.of(machine.settings, machine.home)
            yield Stage(machine, portal, Witness(warehouse.dsn(Role.TRANSFORMER)))
        finally:
            machine.gridloom("down", "--erase-data")


def all_faults(directory: Path, *, postgres_port: int, airflow_port: int) -> Iterator[Outcome]:
    """Play every fault on one machine, watching for secrets all the while."""
    with stage(directory, postgres_port=postgres_port, airflow_port=airflow_port) as on, _watching() as seen:
        yield Outcome(FAMILY, "no fault at all", on.after(lambda: []))
        yield Outcome(FAMILY, "kill -9 of every task in turn, retried by Airflow", on.after(lambda: _kill_tasks(on)))
        yield Outcome(FAMILY, "SIGTERM to a task", on.after(lambda: _kill_first(on, signal.SIGTERM)))
        yield Outcome(FAMILY, "kill -9 of the scheduler", on.after(lambda: _kill_scheduler(on)))
        yield Outcome(FAMILY, "clear in mid-run", on.after(lambda: _clear(on)))
        yield Outcome(FAMILY, "PostgreSQL stopped hard, Airflow's own database too", on.after(lambda: _stop_hard(on)))
        yield Outcome(FAMILY, "a backfill of eight hours overlapping the run", on.after(lambda: _backfill(on)))
        yield Outcome(FAMILY, "a run that fails for good", on.after(lambda: _fail(on)))
        yield from _secrets(on, seen)


def _kill_tasks(on: Stage) -> list[str]:
    run = on.begin()
    missed = [task for task in TASKS if not _strike(on, run, task, signal.SIGKILL)]
    code, said = _end_of(run)
    return [
        *([f"tasks that could not be struck: {missed}"] if len(missed) > 2 else []),
        *([f"the run did not go through: {said[-300:]}"] if code else []),
    ]


def _kill_first(on: Stage, number: int) -> list[str]:
    on.portal.set(fault="slow", slow_seconds=SLOW_S, fault_times=1)
    run = on.begin()
    struck = _strike(on, run, TASKS[0], number)
    on.portal.set(fault=None)
    _end_of(run)
    return [] if struck else ["the task could not be struck"]


def _strike(on: Stage, run: "subprocess.Popen[str]", task: str, number: int) -> bool:
    """Send a signal to the process of a task at its first try; False where it ended before."""
    deadline = time.monotonic() + ENDS_WITHIN_S
    while time.monotonic() < deadline and run.poll() is None:
        rows = on.airflow(
            "select state, pid, try_number from task_instance where dag_id = %s and task_id = %s"
            " and run_id = (select run_id from dag_run where dag_id = %s and state = 'running'"
            " order by id desc limit 1)",
            DAG,
            task,
            DAG,
        )
        for state, pid, try_number in rows:
            if state == "running" and pid and try_number == 1:
                return _signal(on, pid, number)
            if state in ("success", "skipped"):
                return False
    return False


def _signal(on: Stage, pid: int, number: int) -> bool:
    """Send a signal to a process of the machine; False where it has ended, and its number may be a stranger's."""
    ours = [process for process in on.machine.processes if process.pid == pid]
    for process in ours:
        process.send_signal(number)  # which looks whether it is the same process still
    return bool(ours)


def _kill_scheduler(on: Stage) -> list[str]:
    on.portal.set(fault="slow", slow_seconds=SLOW_S, fault_times=1)
    run = on.begin()
    wait_until(lambda: on.portal.asked("datastore_search_sql"), what="the publisher being asked")
    former = on.machine.pid_of("scheduler")
    assert former is not None
    os.kill(former, signal.SIGKILL)
    wait_until(lambda: on.machine.pid_of("scheduler") not in (None, former), what="another scheduler")
    on.portal.set(fault=None)
    _end_of(run)
    wait_until(on.ended, what="the end of the run", timeout_s=ENDS_WITHIN_S)
    return []


def _clear(on: Stage) -> list[str]:
    """Clear all tasks of the run while the first is at work: Airflow ends it and begins anew."""
    on.portal.reset()
    on.portal.set(start="2026-04-01T00:00:00Z", now=on.now.isoformat())
    on.portal.set(fault="slow", slow_seconds=SLOW_S, fault_times=1)
    run = on.begin()
    wait_until(lambda: on.portal.asked("datastore_search_sql"), what="the publisher being asked")
    on.machine.gridloom("airflow", "tasks", "clear", DAG, "--yes", "--only-running")
    _end_of(run)
    wait_until(on.ended, what="the end of the run", timeout_s=ENDS_WITHIN_S)
    return []


def _stop_hard(on: Stage) -> list[str]:
    run = on.begin()
    cluster = Cluster.of(on.machine.settings, on.machine.home)
    _strike(on, run, "build_models", signal.SIGCONT)  # which does nothing: it is there
    postmaster = int((cluster.data / "postmaster.pid").read_text().split()[0])
    os.kill(postmaster, signal.SIGQUIT)
    wait_until(lambda: cluster.port is None, what="the end of the server")
    cluster.start()
    _end_of(run)
    wait_until(on.ended, what="the end of the run", timeout_s=ENDS_WITHIN_S)
    return []


def _backfill(on: Stage) -> list[str]:
    """Eight runs of an hour each, beside one of the whole span; whatever is overtaken is carried by another."""
    run = on.begin()
    hours = ("--from-date", "2026-05-05T00:00:00+00:00", "--to-date", "2026-05-05T07:00:00+00:00")
    on.machine.gridloom("airflow", "backfill", "create", "--dag-id", DAG, *hours, "--max-active-runs", "8")
    code, said = _end_of(run)
    wait_until(on.ended, what="the end of the backfill", timeout_s=ENDS_WITHIN_S)
    failed = on.airflow("select run_id from dag_run where run_id like 'backfill%%' and state = 'failed'")
    return [
        *([f"the run failed: {said[-300:]}"] if code else []),
        *([f"backfilled runs failed: {failed}"] if failed else []),
        *on.witness.pending(),
    ]


def _fail(on: Stage) -> list[str]:
    on.portal.set(fault="renamed-column")
    code, said = on.run()
    on.portal.set(fault=None)
    return [] if code and "NESO no longer sends GAS" in said else [f"the cause is not told: {said[-300:]}"]


@contextmanager
def _watching() -> Iterator[set[str]]:
    """Note in whose command line a canary is seen, for the length of a block."""
    seen: set[str] = set()
    stop = threading.Event()

    def watch() -> None:
        while not stop.wait(LOOKS_EVERY_S):
            for process in psutil.process_iter(["cmdline"]):
                line = " ".join(process.info["cmdline"] or ())
                if _tells(line.encode()):
                    seen.add(line[:60])

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    yield seen
    stop.set()
    watcher.join()


def _tells(text: bytes) -> bool:
    """Whether a canary stands in a text, in any of its spellings."""
    spellings = {each for canary in CANARIES.values() for each in (canary, quote(canary, safe=""), quote(canary))}
    return any(each.encode() in text for each in spellings)


def _secrets(on: Stage, seen: set[str]) -> Iterator[Outcome]:
    """Where a canary was left after sound, killed and failed runs: nowhere."""
    files = [path for path in on.machine.home.path.rglob("*") if path.is_file()]
    told = {path: _tells(path.read_bytes()) for path in files}
    logs = [path for path in told if "log" in str(path.relative_to(on.machine.home.path))]
    dbt = [path for path in told if "dbt" in path.relative_to(on.machine.home.path).parts]
    others = told.keys() - {*logs, *dbt}
    for name, some in ((f"{len(logs)} logs", logs), (f"{len(dbt)} files of dbt", dbt), ("other files", others)):
        yield Outcome(SECRETS, name, tuple(f"a password stands in {path}" for path in some if told[path]))
    yield Outcome(SECRETS, "Airflow's database: XCom, rendered templates, all else", tuple(_in_airflow(on)))
    yield Outcome(SECRETS, "the warehouse: run history, results, all else", tuple(_in_warehouse(on)))
    yield Outcome(SECRETS, "process list", tuple(f"a password stands in the command line of {line}" for line in seen))


def _in_airflow(on: Stage) -> list[str]:
    tables = on.airflow("select format('%I.%I', schemaname, tablename) from pg_tables where schemaname = 'public'")
    return [
        f"a password stands in Airflow's {table}"
        for (table,) in tables
        for (row,) in on.airflow(f"select row_to_json(t)::text from {table} as t")
        if _tells(str(row).encode())
    ]


def _in_warehouse(on: Stage) -> list[str]:
    """Look as the owner, who alone may read all of it."""
    connection = psycopg2.connect(Warehouse.of(on.machine.settings, on.machine.home).owner_dsn)
    with closing(connection), connection.cursor() as cursor:
        cursor.execute("select format('%I.%I', schemaname, tablename) from pg_tables where schemaname = 'ops'")
        found = []
        for (table,) in cursor.fetchall():
            cursor.execute(f"select row_to_json(t)::text from {table} as t")
            found += [f"a password stands in {table}" for (row,) in cursor.fetchall() if _tells(str(row).encode())]
        return found
