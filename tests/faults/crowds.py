"""Many runs at once: of the same hour, of spans that overlap, some of them killed, one of them late."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from tests.faults.ground import LOOK_BACK_DAYS, Ground, reading
from tests.faults.kills import first_run
from tests.faults.runs import Playing
from tests.faults.score import Outcome

FAMILY = "runs at once"
HOURLY: Mapping[str, Any] = {}


def of_the_same_hour(ground: Ground, *, seed: int, crowds: Sequence[int] = (2, 2, 8)) -> Iterator[Outcome]:
    """Several runs of the same hour, the publisher publishing anew before each crowd, and a reader looking on."""
    first_run(ground)
    dice = random.Random(seed)
    with reading(ground) as seen:
        for size in crowds:
            yield gathered(ground, f"{size} of the same hour", [HOURLY] * size)
        for number in range(3):
            name = f"four of the same hour, one killed ({number})"
            yield gathered(ground, name, [HOURLY] * 4, kill_after_s=dice.uniform(0.2, 6))
    if seen:
        yield Outcome(FAMILY, "a reader throughout", tuple(seen))


def overlapping(ground: Ground) -> Iterator[Outcome]:
    """Backfills that overlap each other and the hourly run, and a publisher that does not wait for them."""
    first_run(ground)
    with reading(ground, knows_states=False) as seen:
        yield gathered(ground, "a backfill of four spans overlapping the hourly run", [HOURLY], spans=4)
        yield gathered(ground, "two overlapping backfills of three spans", [], spans=3, times=2)
        yield _published_meanwhile(ground)
        yield late(ground)
    if seen:
        yield Outcome(FAMILY, "a reader throughout", tuple(seen))


def _spans(now: datetime, count: int) -> list[Mapping[str, Any]]:
    """Return overlapping windows of a day each, up to now."""
    ends = [now - timedelta(hours=12 * number) for number in range(count)]
    return [{"start": (end - timedelta(days=1)).isoformat(), "end": end.isoformat()} for end in ends]


def gathered(
    ground: Ground,
    name: str,
    gathering: Sequence[Mapping[str, Any]],
    *,
    spans: int = 0,
    times: int = 1,
    kill_after_s: float | None = None,
) -> Outcome:
    """Begin a crowd of runs and wait for all of them; `spans` adds so many windows, `times` each."""
    before, expected = ground.held, ground.publish_next()
    playing = [_begin(ground, params) for params in (*gathering, *(_spans(ground.now, spans) * times))]
    struck = [playing.pop().wait(kill_after_s=kill_after_s)] if kill_after_s is not None else []
    ended = [*struck, *(each.wait() for each in playing)]
    wrong = [f"one of them failed: {each.said}" for each in ended if not each.succeeded and not each.was_killed]
    wrong += ground.witness.after_part() if spans else ground.witness.after_fault(before, expected)
    # Whoever was overtaken is carried by another: nothing may be left over.
    wrong += ground.witness.pending() if kill_after_s is None else []
    return Outcome(FAMILY, name, tuple(wrong + ground.heal(expected)))


def _begin(ground: Ground, params: Mapping[str, Any]) -> Playing:
    runs = ground.runs
    return replace(runs, params={**runs.params, **params}).begin()


def _published_meanwhile(ground: Ground) -> Outcome:
    """The publisher publishes again while three runs of one span are at work: each takes one edition, whole."""
    ground.publish_next()
    start, end = ground.now - timedelta(days=LOOK_BACK_DAYS - 1), ground.now + timedelta(hours=3)
    span = {"start": start.isoformat(), "end": end.isoformat()}
    playing = [_begin(ground, span) for _ in range(3)]
    expected = ground.publish_next()
    ended = [each.wait() for each in playing]
    wrong = [f"one of them failed: {each.said}" for each in ended if not each.succeeded]
    return Outcome(FAMILY, "the publisher publishes meanwhile", tuple(wrong + ground.heal(expected)))


def late(ground: Ground) -> Outcome:
    """A run that comes hours late meets an edition that reaches beyond its window; the next run brings the rest."""
    runs = ground.runs
    late_at = ground.now
    expected = ground.publish_next()
    ended = replace(runs, now=lambda: late_at).play()
    wrong = [] if ended.succeeded else [ended.said]
    return Outcome(FAMILY, "a run that comes late", tuple(wrong + ground.heal(ground.seen_from(late_at, expected))))
