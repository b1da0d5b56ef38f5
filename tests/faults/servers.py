"""PostgreSQL is stopped hard, or ends sessions, in the middle of a load, a build, a check and a publication."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress

import psutil
import psycopg2

from include.warehouse import Role
from tests.faults.ground import Ground, reading
from tests.faults.kills import HALF_HOURS, first_run
from tests.faults.runs import Ended, Playing
from tests.faults.score import Outcome
from tests.faults.statements import AFTER, AMIDST, BEFORE, COMMITTED, Point

POINTS = (
    Point("extract_and_load", AMIDST, r"^copy .?staged_rows", "COPY"),
    Point("extract_and_load", AFTER, r"insert into .raw.\..neso_generation_mix", "adding versions"),
    Point("extract_and_load", COMMITTED, r"^update ops.datasets set last_known_at", "the load"),
    Point("check_raw", BEFORE, r"^insert into ops.quality_results", "keeping the verdict"),
    Point("build_models", AFTER, rf"delete from .*{HALF_HOURS}", "deleting pending half-hours"),
    Point("build_models", BEFORE, r"^insert into ops.dbt_results", "keeping dbt's results"),
    Point("check_marts", BEFORE, r"^insert into ops.quality_results", "keeping the verdict"),
    Point("publish", AFTER, rf"delete from .analytics.\..{HALF_HOURS}", "deleting pending half-hours"),
    Point("publish", AFTER, r"insert into ops.publications", "noting the publication"),
    Point("publish", COMMITTED, r"insert into ops.publications", "the publication"),
)
# What the DAG's retry policy tries again; a build that dbt gives up is not, and the next run makes it.
RETRIED = (
    *("psycopg2.OperationalError", "psycopg2.errors.AdminShutdown", "psycopg2.errors.CrashShutdown"),
    *("psycopg2.errors.CannotConnectNow", "include.quality.result.JudgementError"),
    "include.transformation.dbt.DbtFailedError",
)


def stopped_hard(ground: Ground, points: tuple[Point, ...] = POINTS) -> Iterator[Outcome]:
    """`pg_ctl stop -m immediate` and a start again, while a run stands at a point."""
    yield from _interrupted(ground, "PostgreSQL stopped hard", points, lambda playing: _stop_and_start(ground))


def sessions_ended(ground: Ground, points: tuple[Point, ...] = POINTS) -> Iterator[Outcome]:
    """pg_terminate_backend on every session of the run, while it stands at a point."""
    yield from _interrupted(ground, "its sessions terminated", points, lambda playing: end_sessions(ground))


def _interrupted(
    ground: Ground, family: str, points: tuple[Point, ...], interruption: Callable[[Playing], None]
) -> Iterator[Outcome]:
    first_run(ground)
    with reading(ground) as seen:
        for point in points:
            fault = ground.interrupted_at(point, interruption)
            wrong = ground.after(fault)
            yield Outcome(family, str(point), (*wrong, *_said_well(fault.ended)))
    if seen:
        yield Outcome(family, "a reader throughout", tuple(seen))


def _said_well(ended: Ended | None) -> list[str]:
    """The run may fail, by an error that the DAG tries again, in one line."""
    if ended is None or ended.succeeded or ended.said.startswith(RETRIED):
        return []
    return [f"failed by what the DAG does not try again: {ended.said}"]


def _stop_and_start(ground: Ground) -> None:
    stop_hard(ground)
    ground.cluster.start()


def stop_hard(ground: Ground) -> None:
    """Do what `pg_ctl stop -m immediate` does, and wait for the end of the server."""
    postmaster = int((ground.cluster.data / "postmaster.pid").read_text().split()[0])
    os.kill(postmaster, signal.SIGQUIT)
    while ground.cluster.port is not None:
        pass


def end_sessions(ground: Ground) -> None:
    """End every session of the platform's logins in this warehouse but the reader's."""
    connection = psycopg2.connect(ground.warehouse.owner_dsn)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where usename = any(%s) and datname = %s",
            ([Role.LOADER.login, Role.TRANSFORMER.login], ground.warehouse.database),
        )
    connection.close()


def kill_server(ground: Ground) -> None:
    """Kill the server and all of its processes, as when the machine's memory is at its end; start it again."""
    pid = int((ground.cluster.data / "postmaster.pid").read_text().split()[0])
    server = psutil.Process(pid)
    everybody = [server, *server.children(recursive=True)]
    for each in everybody:
        with suppress(psutil.NoSuchProcess):
            each.send_signal(signal.SIGKILL)
    psutil.wait_procs(everybody, timeout=10)
    ground.cluster.start()
