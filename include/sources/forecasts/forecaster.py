"""What is asked for forecasts: it reads what was known at an origin, and asks each model."""

import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from include.forecasting.known import Known, Refused, read_known, with_beside
from include.forecasting.model import Asked
from include.forecasting.panel import Absent, Answer, Panel
from include.forecasting.past import with_past_errors
from include.forecasting.target import TARGETS, Target
from include.operations import versions
from include.settlement import HALF_HOUR, half_hour_at_or_after
from include.sources.forecasts.datasets import INPUTS, Origin
from include.sources.forecasts.refusals import Refusal
from include.warehouse import Connection

log = logging.getLogger(__name__)

RELEASE = "forecasts"


@dataclass
class Forecaster:
    """Makes forecasts of every target for an origin, by every model there is."""

    warehouse: Connection
    """A session of the transformer's, which reads."""
    panels: Sequence[Panel]
    refusals: list[Refusal] = field(default_factory=list)
    """Of the origin that was asked for last."""

    def within(self, *_: Any, **__: Any) -> "Forecaster":
        """Return itself: there is nobody to be patient with."""
        return self

    def forecast(self, origin: Origin) -> Iterator[bytes]:
        """Yield the forecasts for an origin, a JSON array of rows for each model and target."""
        self.refusals = []
        known = {each.target.name: each for target in TARGETS for each in self._known(target, origin)}
        asked = [Asked(each.target, each.history, half_hour_at_or_after(origin.at)) for each in known.values()]
        for panel in self.panels:
            for answer in panel.answers(asked):
                if isinstance(answer, Absent):
                    target = answer.asked.target.name if answer.asked else None
                    self._refuse(Refusal(answer.because, target=target, model=answer.model))
                else:
                    yield self._rows(answer, known[answer.asked.target.name])

    def _known(self, target: Target, origin: Origin) -> Iterator[Known]:
        """Yield what was known of a target, where that is enough, and news.

        An origin that is held is made again from the very versions it was made from.
        """
        dataset = INPUTS[target.name]
        with self.warehouse:
            held = _read_for(self.warehouse, target, origin.at, dataset)
            until = held or versions.readable_until(self.warehouse, RELEASE, dataset)
            known = read_known(self.warehouse, target, origin.at, until=until)
            known = with_beside(self.warehouse, known, until=until)
            last_read = _last_read(self.warehouse, target, dataset)
        if isinstance(known, Refused):
            self._refuse(Refusal(known.because, target=target.name))
        elif held or origin.is_named or known.version_id > last_read:
            yield known
        else:
            log.info("%s: nothing has come since the newest forecast", target.name)

    def _refuse(self, refusal: Refusal) -> None:
        log.warning("%s", refusal)
        self.refusals.append(refusal)

    def _rows(self, answer: Answer, known: Known) -> bytes:
        """Return an answer as the rows of `raw.forecasts`, a JSON array."""
        with self.warehouse:
            quantiles = with_past_errors(self.warehouse, answer, known.origin_at)
        told = {
            "origin_at": known.origin_at,
            "target": known.target.name,
            "model": answer.model,
            "model_version": answer.version,
            "inputs": _inputs(known),
        }
        return msgspec.json.encode(
            [
                {
                    **told,
                    "period_started_at": answer.asked.starts_at + number * HALF_HOUR,
                    "quantile_10": low,
                    "quantile_50": middle,
                    "quantile_90": high,
                }
                for number, (low, middle, high) in enumerate(quantiles.tolist())
            ]
        )


def _read_for(warehouse: Connection, target: Target, origin_at: datetime, dataset: str) -> int | None:
    """Return the last version that the forecasts of a target for an origin were made from, if there are any."""
    statement = """
        select (inputs -> %s ->> 'version_id')::bigint from raw.forecasts
        where origin_at = %s and target = %s
        limit 1
    """
    with warehouse.cursor() as cursor:
        cursor.execute(statement, (dataset, origin_at, target.name))
        row = cursor.fetchone()
    return row[0] if row else None


def _last_read(warehouse: Connection, target: Target, dataset: str) -> int:
    """Return the last version that the newest forecasts of a target were made from; 0 where there are none."""
    statement = """
        select (inputs -> %s ->> 'version_id')::bigint from raw.forecasts
        where target = %s
        order by origin_at desc
        limit 1
    """
    with warehouse.cursor() as cursor:
        cursor.execute(statement, (dataset, target.name))
        row = cursor.fetchone()
    return row[0] if row else 0


def _inputs(known: Known) -> str:
    """Return what was read: the last version, when it was known, and the end of the newest half-hour that was."""
    read = {
        "version_id": known.version_id,
        "known_at": known.known_at.isoformat(),
        "ended_at": known.history.ended_at.isoformat(),
    }
    return json.dumps({INPUTS[known.target.name]: read})
