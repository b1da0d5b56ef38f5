"""Runs of the DAG `forecasts` are killed at any instant, and the task is tried again, as Airflow does.

In the end the warehouse must be as one whose run nobody disturbed; and at no time may analysts see a part of a run.
"""

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from psycopg2 import sql

from include.sources import pipeline_of
from include.warehouse import Role, session
from tests import known_days
from tests.faults.forked import OK, begin
from tests.faults.ground import Ground, copied
from tests.faults.runs import STEPS, Ended, Playing, Runs
from tests.faults.score import Outcome
from tests.known_days import END, ORIGINS, Foreseeing

KILLED = "forecasts: kill -9, then Airflow's retry"
KILLS, A_FEW_KILLS = 30, 2
# A busy machine takes minutes, half a minute is usual.
PREPARED_WITHIN_S = 240
# One is published before; the other is made by the run that is killed. Of both is known what came.
FIRST, SECOND = ORIGINS[:2]
TABLES = (
    *("best_model", "daily_forecast_scores", "forecast_accuracy", "forecast_calibration"),
    *("forecast_skill", "half_hourly_forecasts", "half_hourly_outturns"),
)
# Numbers and instants of the very run.
OF_THE_RUN = ("version_id", "known_at", "run_id", "refused_at", "content_hash")
# Sums of floats depend on the order in which they are added up.
DIGITS = 6

# What compares must see what is there.
CORRUPTIONS = {
    "raw.forecasts": "update raw.forecasts set quantile_50 = quantile_50 + 1 where model = 'naive_day'",
    "marts.daily_forecast_scores": "update marts.daily_forecast_scores set error_sum = error_sum + 0.01",
    "analytics.half_hourly_forecasts": "delete from analytics.half_hourly_forecasts where lead_hours = 0",
    "ops.forecast_refusals": "delete from ops.forecast_refusals where target = 'wind'",
    "watermarks": "update ops.watermarks set published_version_id = 0 where dataset = 'forecasts'",
    "runs": "update ops.pipeline_runs set new = new + 1",
}

Rows: TypeAlias = list[tuple[Any, ...]]
Content: TypeAlias = dict[str, Rows]


@dataclass
class Field:
    """A warehouse with a history and one origin that is published; copies of it, in which a second one is made."""

    ground: Ground
    dice: random.Random
    before: Content = field(default_factory=dict)
    expected: Content = field(default_factory=dict)
    length_s: float = 0.0

    @contextmanager
    def fresh(self) -> Iterator[Ground]:
        """Copy the warehouse for the length of a block."""
        with copied(self.ground, f"{self.ground.warehouse.database}_copy") as ground:
            yield ground

    def measure(self) -> Iterator[Outcome]:
        """Play runs without any fault, to know how long that takes and what comes of it."""
        ended = begin(self._prepare, self.ground.logs / "known_days.log").wait(kill_after_s=PREPARED_WITHIN_S)
        assert ended.code == OK, f"known days did not come: {ended.code}, {ended.said}"
        # The first run reads dbt's project, which lasts longer.
        for _ in range(2):
            with self.fresh() as ground:
                self.before = published(ground)
                played = runs_in(ground).play()
                self.length_s, self.expected = played.lasted_s, content(ground)
                unseen = self._unseen(ground)
        empty = [name for name, rows in self.expected.items() if not rows]
        yield Outcome(KILLED, "without any", (*_unless_ok(played), *(f"{name} is empty" for name in empty), *unseen))

    def _prepare(self) -> None:
        # Its threads do not outlive a fork.
        os.environ["DBT_STATIC_PARSER"] = "false"
        place = known_days.playing(self.ground.portal, self.ground.place)
        known_days.bring(place, self.ground.warehouse)
        foreseeing = Foreseeing(self.ground.portal, place, self.ground.warehouse)
        foreseeing.foresee_from(FIRST)
        foreseeing.publish()

    def killed(self) -> Outcome:
        """Kill a run at a random instant, and let the task in which that happened be tried again.

        One that was over by then says how long a run takes, and another is killed.
        """
        while True:
            instant_s = self.dice.uniform(0, self.length_s)
            with self.fresh() as ground:
                playing = runs_in(ground).begin()
                killed = playing.wait(kill_after_s=instant_s)
                wrong = [*self._half_visible(ground), *self._tried_again(ground, playing, killed)]
            if killed.was_killed or wrong:
                return Outcome(KILLED, f"{instant_s:.3f} s, {killed.step}", tuple(wrong))
            self.length_s = killed.lasted_s

    def _tried_again(self, ground: Ground, playing: Playing, ended: Ended) -> list[str]:
        if ended.was_killed:
            ended = runs_in(ground).begin(name=playing.name, first=_task_of(ended.step)).wait()
        return [*_unless_ok(ended), *self._differs(content(ground))]

    def _unseen(self, ground: Ground) -> list[str]:
        """Spoil some of what is compared; return what of it is not seen."""
        with session(ground.warehouse.owner_dsn, application="faults") as owner, owner, owner.cursor() as cursor:
            for statement in CORRUPTIONS.values():
                cursor.execute(statement)
        seen = {told.partition(":")[0] for told in self._differs(content(ground))}
        return [f"not seen: {statement}" for name, statement in CORRUPTIONS.items() if name not in seen]

    def _half_visible(self, ground: Ground) -> list[str]:
        seen = published(ground)
        whole = (self.before, {name: self.expected[name] for name in seen})
        return [] if seen in whole else ["analysts see neither the state before the run nor the one after it"]

    def _differs(self, held: Content) -> list[str]:
        return [
            f"{name}: {len(held[name])} rows, not the {len(expected)} of a run that was not disturbed"
            for name, expected in self.expected.items()
            if held[name] != expected
        ]


@contextmanager
def field_of(ground: Ground, *, seed: int) -> Iterator[Field]:
    """Let Elexon play known days for the length of a block, in a warehouse that nobody else looks at."""
    try:
        with copied(ground) as own:
            yield Field(own, random.Random(seed))
    finally:
        ground.portal.beside("elexon").reset()


def all_faults(ground: Ground, seed: int, kills: int = KILLS) -> Iterator[Outcome]:
    """Kill runs at so many instants, drawn from the length of a run."""
    with field_of(ground, seed=seed) as foreseen:
        yield from foreseen.measure()
        for _ in range(kills):
            yield foreseen.killed()


def a_few(ground: Ground, seed: int) -> Iterator[Outcome]:
    """The part of it that belongs to `make test`."""
    yield from all_faults(ground, seed, A_FEW_KILLS)


def runs_in(ground: Ground) -> Runs:
    """Return runs that make the second origin and publish it."""
    pipeline = pipeline_of(known_days.FORECASTS)
    return Runs(ground.place, ground.logs, lambda: END, {"origin": SECOND.isoformat()}, pipeline=pipeline)


def content(ground: Ground) -> Content:
    """Return all that is held of forecasts, and what was noted of the runs, without the marks of the very run."""
    with ground.place.session(Role.TRANSFORMER) as transformer, transformer.cursor() as cursor:
        told = {f"{schema}.{name}": _rows(cursor, schema, name) for schema in ("marts", "analytics") for name in TABLES}
        told |= {
            f"{schema}.{name}": _rows(cursor, schema, name)
            for schema, name in (("raw", "forecasts"), ("ops", "forecast_refusals"))
        }
        return told | {"watermarks": _watermarks(cursor), "runs": _runs(cursor)}


def published(ground: Ground) -> Content:
    """Return what analysts see of forecasts."""
    with ground.place.session(Role.TRANSFORMER) as transformer, transformer.cursor() as cursor:
        return {f"analytics.{name}": _rows(cursor, "analytics", name) for name in TABLES}


def _rows(cursor: Any, schema: str, table: str) -> Rows:
    """Return a table's rows in an order of their own, floats as far as they are sure."""
    cursor.execute(sql.SQL("select * from {}").format(sql.Identifier(schema, table)))
    kept = [place for place, column in enumerate(cursor.description) if column.name not in OF_THE_RUN]
    return sorted((tuple(_sure(row[place]) for place in kept) for row in cursor.fetchall()), key=str)


def _sure(value: Any) -> Any:
    return round(value, DIGITS) if isinstance(value, float) else value


def _watermarks(cursor: Any) -> Rows:
    """Return how far each dataset is published; of forecasts, whose numbers have gaps, how many are not."""
    cursor.execute("""
        select
            dataset,
            case when dataset = 'forecasts' then
                (select count(*) from raw.forecasts where version_id > published_version_id)
            else published_version_id end,
            pending_after_version_id = published_version_id and built_version_id = published_version_id
        from ops.watermarks where release = 'forecasts' order by dataset
    """)
    return list(cursor.fetchall())


def _runs(cursor: Any) -> Rows:
    """Return how the runs ended, and their loads."""
    cursor.execute("""
        select
            run.airflow_run_id like 'manual%', run.status, run.new::int, run.revised::int, run.finished_at is null,
            exists (select from ops.loads as load where load.run_id = run.run_id and load.outcome = 'loading')
        from ops.pipeline_runs as run where run.dag_id = 'forecasts' order by run.run_id
    """)
    return list(cursor.fetchall())


def _task_of(step: str) -> str:
    """Return the task in which a run was: one that was killed before its first is tried from there."""
    return STEPS[1] if step == STEPS[0] else step


def _unless_ok(ended: Ended) -> list[str]:
    return [] if ended.succeeded else [f"a run failed in {ended.step}: {ended.said}"]
