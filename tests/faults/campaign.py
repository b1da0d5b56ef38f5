"""The whole campaign: what is played, and how it is shared out among lanes that run beside each other.

A lane is a process with a PostgreSQL, a publisher and a warehouse of its own, so that one may break what another needs.
"""

import contextlib
import json
import os
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TextIO

from tests.faults import (
    bodies,
    clocks,
    crowds,
    disks,
    elexon,
    forecasts,
    kills,
    meters,
    quick,
    servers,
    through_airflow,
)
from tests.faults.ground import Ground, lane
from tests.faults.score import Outcome

FIRST_POSTGRES_PORT, AIRFLOW_PORT = 5841, 8841
KILLS, MUTATIONS = 100, 1_050


@dataclass(frozen=True)
class Where:
    """What is given to a part of the campaign."""

    directory: Path
    """For homes, one each."""
    recorded: Path
    seed: int


@dataclass(frozen=True)
class Part:
    """Some faults that are played one after another, in a lane of their own."""

    name: str
    port: int
    play: Callable[[Where, int], Iterator[Outcome]]


def in_a_lane(
    name: str, *plays: Callable[[Ground, Where], Iterable[Outcome]]
) -> Callable[[Where, int], Iterator[Outcome]]:
    """Return a part's play: a ground is opened for it, and all of it happens there."""

    def play(where: Where, port: int) -> Iterator[Outcome]:
        with lane(where.directory / name, port=port) as ground:
            for each in plays:
                yield from each(ground, where)

    return play


def _random(half: int) -> Callable[[Ground, Where], Iterable[Outcome]]:
    return lambda ground, where: kills.at_random_instants(ground, kills=KILLS // 2, seed=where.seed + half)


def _spoilt(ground: Ground, where: Where) -> Iterator[Outcome]:
    if not (where.recorded / bodies.RECORDED).is_file():
        yield Outcome(bodies.FAMILY, "all", skipped=f"no recorded data at {where.recorded}; set GRIDLOOM_REAL_DATA")
        return
    yield from bodies.spoilt(ground, where.recorded, count=MUTATIONS, seed=where.seed)


def _airflow(where: Where, port: int) -> Iterator[Outcome]:
    return through_airflow.all_faults(where.directory / "airflow", postgres_port=port, airflow_port=AIRFLOW_PORT)


def _parts() -> dict[str, Callable[[Where, int], Iterator[Outcome]]]:
    """Return all parts, the longest first."""
    return {
        "airflow": _airflow,
        "random-1": in_a_lane("random-1", _random(1)),
        "random-2": in_a_lane("random-2", _random(2)),
        "bodies": in_a_lane("bodies", _spoilt),
        "meters": in_a_lane("meters", lambda ground, where: meters.all_faults(ground, where.seed)),
        "elexon": in_a_lane("elexon", lambda ground, where: elexon.all_faults(ground, where.seed)),
        "forecasts": in_a_lane("forecasts", lambda ground, where: forecasts.all_faults(ground, where.seed)),
        "points": in_a_lane("points", lambda ground, _: kills.at_named_points(ground)),
        "crowds": in_a_lane(
            "crowds",
            lambda ground, where: crowds.of_the_same_hour(ground, seed=where.seed),
            lambda ground, _: crowds.overlapping(ground),
        ),
        "servers": in_a_lane(
            "servers", lambda ground, _: servers.stopped_hard(ground), lambda ground, _: servers.sessions_ended(ground)
        ),
        "retries": in_a_lane(
            "retries", lambda ground, _: kills.retried(ground), lambda ground, _: kills.terminated(ground)
        ),
        "clocks": in_a_lane(
            "clocks", lambda ground, _: clocks.other_zones(ground), lambda ground, _: clocks.special_days(ground)
        ),
        "set-back": lambda where, port: clocks.set_back(where.directory / "set-back", port=port),
        "disk": lambda where, port: disks.full(where.directory / "disk", port=port),
        "quick": in_a_lane(
            "quick",
            lambda ground, where: quick.of_processes(ground, where.seed),
            lambda ground, _: quick.of_the_witness(ground),
        ),
        "quick-bodies": in_a_lane(
            "quick-bodies",
            lambda ground, where: quick.of_meters(ground, where.seed),
            lambda ground, where: quick.of_elexon(ground, where.seed),
            lambda ground, where: quick.of_forecasts(ground, where.seed),
            lambda ground, where: quick.of_bodies(ground, where.recorded, where.seed),
        ),
    }


PARTS = tuple(Part(name, FIRST_POSTGRES_PORT + n, play) for n, (name, play) in enumerate(_parts().items()))


def run(parts: Iterable[Part], where: Where, *, lanes: int, say: Callable[[Outcome, TextIO], None]) -> list[Outcome]:
    """Play the parts, so many at a time; return all outcomes, which are said as they come.

    A part that breaks off counts as not survived.
    """
    waiting, at_work, outcomes = list(parts), dict[int, tuple[Part, Path]](), list[Outcome]()
    where.directory.mkdir(parents=True, exist_ok=True)
    while waiting or at_work:
        while waiting and len(at_work) < lanes:
            part = waiting.pop(0)
            notes = where.directory / f"{part.name}.outcomes"
            at_work[_begin(part, where, notes, say)] = part, notes
        pid, status = os.wait()
        if pid not in at_work:
            continue
        part, notes = at_work.pop(pid)
        told = [Outcome(**_with_tuple(json.loads(line))) for line in notes.read_text().splitlines()]
        if status != 0:
            told.append(Outcome(part.name, "the part as a whole", (f"broke off; see {notes.with_suffix('.log')}",)))
            say(told[-1], sys.stdout)
        outcomes += told
    return outcomes


def _with_tuple(told: dict[str, object]) -> dict[str, object]:
    return {**told, "wrong": tuple(told["wrong"])}  # type: ignore[arg-type]


def _begin(part: Part, where: Where, notes: Path, say: Callable[[Outcome, TextIO], None]) -> int:
    """Begin a part in a process of its own, which says its outcomes and keeps them in a file."""
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        screen = os.fdopen(os.dup(1), "w", buffering=1)
        log = os.open(notes.with_suffix(".log"), os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        os.dup2(log, 1)
        os.dup2(log, 2)
        with notes.open("w", buffering=1) as file, contextlib.closing(part.play(where, part.port)) as outcomes:
            for each in outcomes:
                say(each, screen)
                file.write(json.dumps(asdict(each)) + "\n")
        code = 0
    except BaseException:  # noqa: BLE001 - whatever it is, this process must not become a second campaign
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
