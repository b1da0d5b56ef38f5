"""The quick part of the campaign, which belongs to `make test`: a twentieth of its faults, drawn with the seed, of each
kind at least one, and the witness itself.

It is played in a process of its own: runs are forked, and a process of tests has threads that a fork does not survive.
"""

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

from include.warehouse import session
from tests.faults import bodies, clocks, crowds, elexon, forecasts, kills, meters, servers
from tests.faults.ground import Ground, copied, reading
from tests.faults.mutations import KINDS
from tests.faults.score import Outcome
from tests.faults.statements import Point

PARTS = ("quick", "quick-bodies")
KILLED = 4
WITNESS = "what the witness sees"
# A checker that finds nothing is worth something only if it finds what is there.
CORRUPTIONS = {
    "1 rows lost": "delete from analytics.half_hourly_generation where period_started_at = '2026-04-30 12:00+00'",
    "rows wrong in": "update analytics.half_hourly_generation set gas_mw = gas_mw + 1 where settlement_period = 7",
    "wrong in daily": "update analytics.daily_generation_mix set energy_mwh = energy_mwh * 2 where fuel_code = 'gas'",
    "generation_versions": "delete from analytics.half_hourly_generation_versions where settlement_period = 3",
    "shares are off": "update analytics.half_hourly_generation_mix set share_pct = 1 where fuel_code = 'wind'",
    "wrong in daily_coverage": "update analytics.daily_coverage set present_half_hours = 1",
    "nobody works on it": "update ops.pipeline_runs set status = 'running', finished_at = null",
    "versions, wrote": "update ops.pipeline_runs set new = coalesce(new, 0) + 1",
    "pending after the next run": "update ops.watermarks set published_version_id = published_version_id - 1",
}


def of_processes(ground: Ground, seed: int) -> Iterator[Outcome]:
    """Runs are killed, interrupted and crowded, and their server goes down."""
    dice = random.Random(seed)
    kills.first_run(ground)
    yield from kills.at_named_points(ground, _some(kills.POINTS, KILLED, dice))
    yield from kills.retried(ground, _some(kills.RETRIED_POINTS, 1, dice))
    yield from kills.terminated(ground, _some(kills.TERM_POINTS, 1, dice))
    yield from servers.sessions_ended(ground, _some(servers.POINTS, 1, dice))
    yield from servers.stopped_hard(ground, _some(servers.POINTS, 1, dice))
    with reading(ground):
        yield crowds.gathered(ground, "three of the same hour", [crowds.HOURLY] * 3)
    yield crowds.late(ground)
    yield clocks.in_zone(ground, dice.choice(clocks.ZONES))


def of_meters(ground: Ground, seed: int) -> Iterator[Outcome]:
    """Loads of files of meters are killed, crowded and cut off from their server, and their files change."""
    yield from meters.a_few(ground, seed)


def of_elexon(ground: Ground, seed: int) -> Iterator[Outcome]:
    """Backfills of Elexon's datasets are killed, lose their server, and run beside each other."""
    yield from elexon.a_few(ground, seed)


def of_forecasts(ground: Ground, seed: int) -> Iterator[Outcome]:
    """Runs that make forecasts and publish them are killed, and taken up again."""
    yield from forecasts.a_few(ground, seed)


def of_bodies(ground: Ground, recorded: Path, seed: int) -> Iterator[Outcome]:
    """Real recorded answers, spoilt: one of each kind."""
    if (recorded / bodies.RECORDED).is_file():
        yield from bodies.spoilt(ground, recorded, count=len(KINDS), seed=seed)


def of_the_witness(ground: Ground) -> Iterator[Outcome]:
    """Tables are spoilt by hand, one way in each copy of the warehouse: the witness must tell."""
    kills.first_run(ground)
    for told, corruption in CORRUPTIONS.items():
        with copied(ground) as spoilt:
            found = spoilt.witness.after_healing(ground.held)
            wrong = [f"found before anything was spoilt: {found}"] if found else []
            # Nobody else may spoil what has ended.
            with session(spoilt.warehouse.owner_dsn, application="faults") as owner, owner, owner.cursor() as cursor:
                cursor.execute(corruption)
            if not any(told in each for each in spoilt.witness.after_healing(ground.held)):
                wrong.append(f"not seen: {corruption}")
        yield Outcome(WITNESS, told, tuple(wrong))


def _some(points: Sequence[Point], count: int, dice: random.Random) -> tuple[Point, ...]:
    """Draw some of the points; they stay in their order."""
    drawn = dice.sample(range(len(points)), count)
    return tuple(points[number] for number in sorted(drawn))
