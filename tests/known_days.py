"""Days of demand whose outcome is known, as the simulated Elexon plays them, and the way of forecasts about them.

What is expected of them is worked out here from what include/simulator/README.md says, and shares no code with it.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from include.deployment import Deployment
from include.forecasting.model import Asked
from include.forecasting.naive import NAIVE_DAY, NAIVE_WEEK
from include.forecasting.panel import Answer, InTurn
from include.pipeline import Pipeline
from include.sources import pipeline_of
from include.warehouse import Warehouse, session
from tests.played import Played, run_at
from tests.simulated_portal import SimulatedPortal

ELEXON, FORECASTS = "elexon_live", "forecasts"
HALF_HOUR, DAY = timedelta(minutes=30), timedelta(days=1)
BEGIN = datetime(2026, 3, 20, tzinfo=UTC)
END = datetime(2026, 5, 24, 12, tzinfo=UTC)
# Of five days in a row, the half-hours ahead end as often in each digit, of every span of leads.
ORIGINS = tuple(END - number * DAY for number in (7, 6, 5, 4, 3))
HALF_HOURS = 96


def formula_mw(at: datetime) -> float:
    """Demand of a half-hour without its deviation."""
    days, of_day = divmod(at - BEGIN, DAY)
    number = of_day // HALF_HOUR
    return 20_000 + 100 * min(number, 48 - number) + 100 * days


@dataclass(frozen=True)
class ByFormula:
    """A model that foresees the formula, and so much beside it; its quantiles lie 25 MW apart."""

    name: str = "formula"
    off_mw: float = 0
    apart_mw: float = 25

    def answers(self, asked: Sequence[Asked]) -> Iterator[Answer]:
        """Answer what is asked of demand."""
        for each in asked:
            middle = [formula_mw(each.starts_at + number * HALF_HOUR) for number in range(HALF_HOURS)]
            yield Answer(self.name, "1", each, np.add.outer(middle, [-self.apart_mw, 0, self.apart_mw]) + self.off_mw)


NAIVE = InTurn((NAIVE_DAY, NAIVE_WEEK))


@dataclass(frozen=True)
class Foreseeing(Played):
    """One warehouse that knows of known days, and the forecasts that are made in it."""

    warehouse: Warehouse

    publisher = "forecasts"

    @contextmanager
    def as_owner(self) -> Iterator[Any]:
        """A cursor of the owner's, who may do what nobody should."""
        with session(self.warehouse.owner_dsn, application="tests") as owner, owner, owner.cursor() as cursor:
            yield cursor

    @property
    def pipeline(self) -> Pipeline:
        """What the DAG does."""
        return pipeline_of(FORECASTS)

    def foresee(self, at: datetime, **params: Any) -> bool:
        """Do the first step of a run at an instant; tell whether there is anything left to do."""
        return self.pipeline.extract_and_load(run_at(at, params), self.place)

    def foresee_from(self, origin_at: datetime) -> bool:
        """Do so for an origin that is named."""
        return self.foresee(END, origin=origin_at.isoformat())

    def publish(self, **params: Any) -> None:
        """Do all steps of a run but the first. Raises CheckFailedError."""
        list(replace(self.pipeline, intake=None).play(run_at(END, params), self.place))

    def made(self) -> list[tuple[Any, ...]]:
        """How many half-hours of which target which model foresaw from which origin."""
        return self.query("""
            select origin_at, target, model, count(*)::int from raw.forecasts group by 1, 2, 3 order by 1, 2, 3
        """)

    def refused(self) -> list[tuple[Any, ...]]:
        """What was refused, and why."""
        return self.query("""
            select origin_at, target, model, because from ops.forecast_refusals order by 1, 2 nulls last, 3
        """)


def playing(portal: SimulatedPortal, place: Deployment) -> Deployment:
    """Have Elexon play known days, at END; return the place that asks it."""
    elexon = portal.beside("elexon")
    elexon.set(known_days=BEGIN.isoformat(), now=END.isoformat())
    changes = {"elexon_url": elexon.url, "elexon_requests_per_second": 1e6}
    return replace(place, settings=place.settings.model_copy(update=changes))


def bring(place: Deployment, warehouse: Warehouse) -> None:
    """Bring the outturn of all known days, and the publisher's forecasts of the last week, by Elexon's own pipeline.

    All of it comes at once; the owner has it that each half-hour came when it was published.
    """
    elexon = pipeline_of(ELEXON)
    _bring(elexon, place, "elexon_indo", {"start": BEGIN.isoformat(), "end": END.isoformat()})
    _bring(elexon, place, "elexon_ndf", {"start": (ORIGINS[0] - DAY).isoformat(), "end": END.isoformat()})
    context = run_at(END, {})
    elexon.raw_release().publish(place, 1, elexon.judge_raw(context, place))
    with session(warehouse.owner_dsn, application="tests") as owner, owner, owner.cursor() as cursor:
        cursor.execute("update raw.elexon_indo set known_at = publish_time")


def _bring(elexon: Pipeline, place: Deployment, dataset: str, span: Mapping[str, str]) -> None:
    elexon.extract_and_load(run_at(END, dict(span)), place, [dataset])
