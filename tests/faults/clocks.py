"""Time is not what one thinks: other zones, clock-change days, the turn of the year, and a clock that is set back."""

import json
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg2

from include.home import Home
from include.local.postgres import Cluster
from include.settings import Settings
from tests.faults import published
from tests.faults.ground import Ground, lane
from tests.faults.kills import first_run
from tests.faults.runs import warm_up
from tests.faults.score import Outcome
from tests.faults.statements import AFTER, BEFORE, COMMITTED, Point

ZONES = ("Asia/Kathmandu", "America/St_Johns", "Pacific/Kiritimati", "Europe/London")
SPANS = {
    "clocks go forward, 29 March 2026": ("2026-03-28", "2026-03-31"),
    "clocks go back, 25 October 2026": ("2026-10-24", "2026-10-27"),
    "turn of the year": ("2025-12-30", "2026-01-02"),
    "leap day": ("2024-02-28", "2024-03-02"),
}
STEPS = (
    Point("extract_and_load", BEFORE, r"from ops.datasets where dataset = .* for update", "locking the dataset"),
    Point("extract_and_load", COMMITTED, r"^update ops.datasets set last_known_at", "the load"),
    Point("build_models", AFTER, r"nextval\('ops.build_id'\)", "numbering the build"),
    Point("publish", AFTER, r"create temp table published_keys", "taking the pending keys"),
)
FAKETIME = (
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1",
)
LIMIT_S = 600


def other_zones(ground: Ground) -> Iterator[Outcome]:
    """Client and server in zones that are not UTC: TZ, PGTZ and the server's own setting."""
    first_run(ground)
    for zone in ZONES:
        _set_server_zone(ground, zone)
        yield in_zone(ground, zone)
    _set_server_zone(ground, "UTC")


def in_zone(ground: Ground, zone: str) -> Outcome:
    """Play a run whose process and sessions live in a zone."""
    expected = ground.publish_next()
    ended = replace(ground.runs, environment={"TZ": zone, "PGTZ": zone}).play()
    ground.held = expected
    failed = [] if ended.succeeded else [ended.said]
    return Outcome("time", f"host, client and server in {zone}", (*failed, *ground.witness.after_healing(expected)))


def _set_server_zone(ground: Ground, zone: str) -> None:
    settings = ground.place.settings
    connection = psycopg2.connect(
        host="127.0.0.1",
        port=ground.cluster.port,
        dbname="postgres",
        user="postgres",
        password=Home.of(settings).secret("postgres_password"),
    )
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f"alter system set timezone = '{zone}'")
        cursor.execute("select pg_reload_conf()")
    connection.close()


def special_days(ground: Ground) -> Iterator[Outcome]:
    """Days of 46 and 50 half-hours, the turn of the year, and a leap day, each as a span of its own."""
    for name, days in SPANS.items():
        start, end = (datetime.fromisoformat(day).replace(tzinfo=UTC) for day in days)
        after = end + timedelta(days=1)
        ground.portal.set(start=(start - timedelta(days=1)).isoformat(), now=after.isoformat())
        span = {at: row for at, row in published.download(ground.portal.url).items() if start <= at < end}
        ground.held = ground.held | span
        ended = ground.spanning(start, end).play()
        failed = [] if ended.succeeded else [ended.said]
        yield Outcome("time", name, (*failed, *ground.witness.after_healing(ground.held)))


def set_back(directory: Path, *, port: int) -> Iterator[Outcome]:
    """The clock of the server and of the run goes back an hour while a run is at work, by Debian's faketime.

    The whole of it is another process, since a library can only be loaded ahead of everything else.
    """
    library = next((path for path in FAKETIME if Path(path).exists()), None)
    if library is None or shutil.which("faketime") is None:
        yield Outcome("time", "clock set back", skipped="Debian's faketime is not installed")
        return
    directory.mkdir(parents=True, exist_ok=True)
    dial = directory / "clock"
    dial.write_text("+0\n")
    dial.chmod(0o644)
    fake = {"LD_PRELOAD": library, "FAKETIME_TIMESTAMP_FILE": str(dial), "FAKETIME_NO_CACHE": "1"}
    fake |= {"FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_RESET": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.clocks", str(directory), str(port)],
        env={**os.environ, **fake},
        capture_output=True,
        text=True,
        check=False,
        timeout=LIMIT_S,
    )
    told = [json.loads(line[len(TELLS) :]) for line in done.stdout.splitlines() if line.startswith(TELLS)]
    yield from (Outcome("time", fault, tuple(wrong)) for fault, wrong in told)
    if done.returncode != 0:
        yield Outcome("time", "clock set back", ("the play broke off: " + done.stderr.strip()[-500:],))


TELLS = "OUTCOME "


@dataclass(frozen=True)
class FakedCluster(Cluster):
    """A server that lives by the same faked clock."""

    def _run(self, program: str, *arguments: str, **how: Any) -> "subprocess.CompletedProcess[Any]":
        faked = {name: value for name, value in os.environ.items() if "FAKE" in name or name == "LD_PRELOAD"}
        environment = {"PATH": os.defpath, "LC_ALL": "C", "HOME": str(self.directory), **faked}
        identity = self.account.process_options if self.account else {}
        command = [self._binaries()[program], *arguments]
        return subprocess.run(command, check=False, env=environment, stdin=subprocess.DEVNULL, **identity, **how)


def _set_back_here(directory: Path, port: int) -> Iterator[Outcome]:
    # libfaketime makes clock_nanosleep, and with it time.sleep, fail with EINVAL once the clock has gone back.
    time.sleep = _sleep
    warm_up()
    settings = Settings.model_validate({"home": directory, "postgres_port": port})
    plain = Cluster.of(settings, Home.of(settings))
    cluster = FakedCluster(plain.home, plain.settings, plain.directory, plain.account)
    with lane(directory, port=port, cluster=cluster) as ground:
        first_run(ground)
        for number, point in enumerate(STEPS, start=1):
            fault = ground.interrupted_at(point, lambda _, hours=number: _turn_back(directory, hours))  # type: ignore[misc]
            before = _server_time(ground)
            wrong = ground.after(fault)
            moved = _server_time(ground) - before < timedelta(minutes=-30)
            failed = [] if fault.ended and fault.ended.succeeded else [f"the run failed: {fault.ended}"]
            stood = [] if moved else ["the clock did not go back"]
            yield Outcome("time", f"clock set back an hour: {point}", (*wrong, *failed, *stood))


def _sleep(seconds: float) -> None:
    select.select([], [], [], seconds)


def _turn_back(directory: Path, hours: int) -> None:
    (directory / "clock").write_text(f"-{hours}h\n")


def _server_time(ground: Ground) -> datetime:
    with ground.witness.look() as cursor:
        cursor.execute("select clock_timestamp()")
        return datetime.fromisoformat(str(cursor.fetchone()[0]))


if __name__ == "__main__":
    for outcome in _set_back_here(Path(sys.argv[1]), int(sys.argv[2])):
        print(TELLS + json.dumps([outcome.fault, outcome.wrong]), flush=True)
