"""The process of a run is killed: at each named point, and at seeded random instants."""

import random
from collections.abc import Callable, Iterator

from tests.faults.ground import Ground, reading
from tests.faults.score import Outcome
from tests.faults.statements import AFTER, AMIDST, BEFORE, COMMITTED, ON_COMMIT, Point

EXTRACT, RAW, BUILD, MARTS, PUBLISH = "extract_and_load", "check_raw", "build_models", "check_marts", "publish"
HALF_HOURS = r"half_hourly_generation[^_a-z]"
POINTS = (
    Point(EXTRACT, BEFORE, r"^insert into ops.pipeline_runs", "the run's row"),
    Point(EXTRACT, COMMITTED, r"^insert into ops.run_sessions", "registering as at work"),
    Point(EXTRACT, COMMITTED, r"^insert into ops.loads", "beginning the load"),
    Point(EXTRACT, AFTER, r"create temp table staged_rows", "making the stage"),
    Point(EXTRACT, AMIDST, r"^copy .?staged_rows", "COPY"),
    Point(EXTRACT, AFTER, r"^copy .?staged_rows", "COPY"),
    Point(EXTRACT, COMMITTED, r"^copy .?staged_rows", "COPY"),
    Point(EXTRACT, AFTER, r"from ops.datasets where dataset = .* for update", "locking the dataset"),
    Point(EXTRACT, BEFORE, r"insert into .raw.\..neso_generation_mix", "adding versions"),
    Point(EXTRACT, AFTER, r"insert into .raw.\..neso_generation_mix", "adding versions"),
    Point(EXTRACT, AFTER, r"^update ops.datasets set last_known_at", "moving known_at"),
    Point(EXTRACT, ON_COMMIT, r"^update ops.datasets set last_known_at", "the load"),
    Point(EXTRACT, COMMITTED, r"^update ops.datasets set last_known_at", "the load"),
    Point(RAW, BEFORE, r"^insert into ops.quality_results", "keeping the verdict"),
    Point(RAW, COMMITTED, r"^insert into ops.quality_results", "keeping the verdict"),
    Point(BUILD, AFTER, r"nextval\('ops.build_id'\)", "numbering the build"),
    Point(BUILD, COMMITTED, r"^update ops.watermarks set build_id", "beginning the build"),
    Point(BUILD, AFTER, r"(insert into|create +table).*half_hourly_generation_versions", "building the versions"),
    Point(BUILD, AFTER, rf"delete from .*{HALF_HOURS}", "deleting pending half-hours"),
    Point(BUILD, AFTER, r"(insert into|create +table).*half_hourly_generation_mix", "building the mix"),
    Point(BUILD, AFTER, r"(insert into|create +table).*daily_generation_mix", "building the days"),
    Point(BUILD, AFTER, r"alter table .*yearly_generation_mix", "swapping the years"),
    Point(BUILD, BEFORE, r"^insert into ops.dbt_results", "keeping dbt's results"),
    Point(BUILD, COMMITTED, r"^insert into ops.dbt_results", "keeping dbt's results"),
    Point(MARTS, BEFORE, r"^insert into ops.quality_results", "keeping the verdict"),
    Point(MARTS, COMMITTED, r"^insert into ops.quality_results", "keeping the verdict"),
    Point(PUBLISH, AFTER, r"create temp table .stg_neso__pending_half_hours", "taking the pending keys"),
    Point(PUBLISH, AFTER, rf"delete from .analytics.\..{HALF_HOURS}", "deleting pending half-hours"),
    Point(PUBLISH, AFTER, r"insert into .analytics.\..half_hourly_generation_mix", "publishing the mix"),
    Point(PUBLISH, AFTER, r"insert into .analytics.\..yearly_generation_mix", "publishing the years"),
    Point(PUBLISH, AFTER, r"update ops.watermarks set published_version_id", "moving the watermark"),
    Point(PUBLISH, AFTER, r"insert into ops.publications", "noting the publication"),
    Point(PUBLISH, ON_COMMIT, r"insert into ops.publications", "the publication"),
    Point(PUBLISH, COMMITTED, r"insert into ops.publications", "the publication"),
)
# Where a run is ended politely; everywhere else it is the same as being killed.
TERM_POINTS = tuple(each for each in POINTS if each.side in (AFTER, AMIDST))[::2]
TIMED_RUNS = 3
# Where Airflow's retry of the task finds what the first try had committed.
RETRIED_POINTS = tuple(each for each in POINTS if each.side in (COMMITTED, AMIDST))


def at_named_points(ground: Ground, points: tuple[Point, ...] = POINTS) -> Iterator[Outcome]:
    """SIGKILL at each named point, the publisher going on all the while and a reader looking on."""
    yield from _each(ground, "kill -9 at named points", points, "kill")


def terminated(ground: Ground, points: tuple[Point, ...] = TERM_POINTS) -> Iterator[Outcome]:
    """SIGTERM, as Airflow sends it when a task is marked failed or its time is up."""
    yield from _each(ground, "SIGTERM", points, "term", on_sigterm="raise")


def _each(
    ground: Ground, family: str, points: tuple[Point, ...], strike: str, on_sigterm: str = "default"
) -> Iterator[Outcome]:
    first_run(ground)
    with reading(ground) as seen:
        for point in points:
            yield Outcome(family, str(point), tuple(ground.after(ground.struck_at(point, strike, on_sigterm))))
    if seen:
        yield Outcome(family, "a reader throughout", tuple(seen))


def retried(ground: Ground, points: tuple[Point, ...] = RETRIED_POINTS) -> Iterator[Outcome]:
    """SIGKILL, and the same task of the same run again, as Airflow retries it: the run itself must go through."""
    first_run(ground)
    for point in points:
        wrong = ground.after(_killed_and_retried(ground, point))
        yield Outcome("kill -9, then Airflow's retry", str(point), tuple(wrong))


def _killed_and_retried(ground: Ground, point: Point) -> Callable[[], list[str]]:
    def fault() -> list[str]:
        playing = ground.runs.begin(point, strike="kill")
        killed = playing.wait()
        again = ground.runs.begin(name=playing.name, first=killed.step).wait()
        pending = ground.witness.pending()
        return [
            *([] if killed.was_killed else [f"the point was never met: {killed}"]),
            *([] if again.succeeded else [f"the retry failed in {again.step}: {again.said}"]),
            *([] if not again.succeeded else pending),
        ]

    return fault


def at_random_instants(ground: Ground, *, kills: int, seed: int) -> Iterator[Outcome]:
    """SIGKILL at instants drawn from the length of a run, as it turns out on this machine."""
    first_run(ground)
    lengths = [_length_of_a_run(ground) for _ in range(TIMED_RUNS)]
    length_s, dice = sorted(lengths)[TIMED_RUNS // 2], random.Random(seed)
    with reading(ground) as seen:
        for number in range(kills):
            instant_s = dice.uniform(0, length_s)
            step, wrong = _killed_after(ground, instant_s)
            yield Outcome("kill -9 at random instants", f"{number}: {instant_s:.3f} s, {step}", tuple(wrong))
    if seen:
        yield Outcome("kill -9 at random instants", "a reader throughout", tuple(seen))


def _killed_after(ground: Ground, instant_s: float) -> tuple[str, list[str]]:
    steps = []

    def fault() -> list[str]:
        ended = ground.runs.begin().wait(kill_after_s=instant_s)
        steps.append(ended.step if ended.was_killed else "it had ended")
        return []

    wrong = ground.after(fault)
    return steps[0], wrong


def _length_of_a_run(ground: Ground) -> float:
    expected = ground.publish_next()
    ended = ground.runs.play()
    ground.held = expected
    return ended.lasted_s


def first_run(ground: Ground) -> None:
    """Bring the first edition in, if none has come yet."""
    if not ground.held:
        wrong = ground.heal(ground.publish_next())
        assert not wrong, f"without any fault: {wrong}"
