"""The newest forecasts as `analytics` has them, with how wrong their model has been and why others were refused.

The clock is handed in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from psycopg2.extras import RealDictCursor

from include.warehouse import Connection, fetch_value

TABLE = "half_hourly_forecasts"
# Until a model has been judged, the one that did best in backtests.
UNJUDGED = "ridge"
NEWEST = """
    select
        target.target, target.title, target.unit,
        coalesce(chosen.model, %(model)s, %(unjudged)s) as model,
        chosen.origin_at, chosen.input_ended_at, chosen.known_at,
        accuracy.mae, accuracy.mase, accuracy.coverage_pct, accuracy.judged_from, accuracy.judged_until,
        skill.skill, coalesce(skill.is_worse_than_naive, false) as is_worse_than_naive,
        refusal.because as refused_because, refusal.origin_at as refused_at
    from reference.forecast_targets as target
    left join lateral (
        select origin_at from analytics.half_hourly_forecasts as forecast
        where forecast.target = target.target and forecast.model = coalesce(%(model)s, forecast.model)
        order by origin_at desc
        limit 1
    ) as newest on true
    left join lateral (
        -- Of the models that made it: the best, else the one that did best in backtests.
        select forecast.* from analytics.half_hourly_forecasts as forecast
        left join analytics.forecast_skill as judged
            on
                forecast.target = judged.target
                and forecast.model = judged.model
                and judged.lead_bucket = 'all'
                and judged.half_hours > 0
        where
            forecast.origin_at = newest.origin_at
            and forecast.target = target.target
            and forecast.model = coalesce(%(model)s, forecast.model)
        order by judged.mae nulls last, forecast.model <> %(unjudged)s, forecast.model
        limit 1
    ) as chosen on true
    left join analytics.forecast_accuracy as accuracy
        on target.target = accuracy.target and chosen.model = accuracy.model and accuracy.lead_bucket = 'all'
    left join analytics.forecast_skill as skill
        on target.target = skill.target and chosen.model = skill.model and skill.lead_bucket = 'all'
    left join lateral (
        select because, origin_at from ops.forecast_refusals as refused
        where refused.target = target.target and refused.model is null
        order by origin_at desc
        limit 1
    ) as refusal on refusal.origin_at > coalesce(newest.origin_at, '-infinity')
    order by target.position
"""
HALF_HOURS = """
    select period_started_at, lead_hours, quantile_10, quantile_50, quantile_90
    from analytics.half_hourly_forecasts
    where origin_at = %s and target = %s and model = %s
    order by period_started_at
"""
ABSENT = """
    select distinct on (model) model, because from ops.forecast_refusals
    where target is null and origin_at = (select max(origin_at) from ops.forecast_refusals where target is null)
    order by model
"""


@dataclass(frozen=True)
class HalfHour:
    """What is foreseen of a half-hour, in the unit of its target."""

    period_started_at: datetime
    lead_hours: float
    quantile_10: float
    quantile_50: float
    quantile_90: float


@dataclass(frozen=True)
class Foreseen:
    """The newest forecast of a target by one model, and how good that model has been over the last 28 days."""

    target: str
    title: str
    unit: str
    model: str
    origin_at: datetime | None
    """None where the model has foreseen nothing of it yet."""
    input_ended_at: datetime | None
    known_at: datetime | None
    mae: float | None
    mase: float | None
    coverage_pct: float | None
    judged_from: Any
    judged_until: Any
    skill: float | None
    is_worse_than_naive: bool
    refused_because: str | None
    """Why there is none of a later origin, if one was refused."""
    refused_at: datetime | None
    half_hours: Sequence[HalfHour]


@dataclass(frozen=True)
class Forecasts:
    """The newest forecasts of all targets, as they were known at an instant."""

    at: datetime
    foreseen: Sequence[Foreseen]
    absent: Mapping[str, str]
    """Models that were not there, and why."""


def read_newest(connection: Connection, at: datetime, *, model: str | None = None) -> Forecasts | None:
    """Return the newest forecasts of each target, by a model or by the best one; None where nothing is published."""
    if fetch_value(connection, "select to_regclass(%s)", (f"analytics.{TABLE}",)) is None:
        return None
    found = _rows(connection, NEWEST, {"model": model, "unjudged": UNJUDGED})
    foreseen = [Foreseen(**row, half_hours=_half_hours(connection, row)) for row in found]
    absent = {row["model"]: row["because"] for row in _rows(connection, ABSENT)}
    return Forecasts(at, foreseen, absent)


def as_json(forecasts: Forecasts) -> dict[str, Any]:
    """Return them for programs: instants as ISO has them, in UTC."""
    return {
        "at": _told(forecasts.at),
        "forecasts": [
            {
                **{name: _told(value) for name, value in vars(each).items() if name != "half_hours"},
                "half_hours": [{name: _told(value) for name, value in vars(row).items()} for row in each.half_hours],
            }
            for each in forecasts.foreseen
        ],
        "absent_models": dict(forecasts.absent),
    }


def _half_hours(connection: Connection, row: Mapping[str, Any]) -> list[HalfHour]:
    if row["origin_at"] is None:
        return []
    key = (row["origin_at"], row["target"], row["model"])
    return [HalfHour(**each) for each in _rows(connection, HALF_HOURS, key)]


def _rows(connection: Connection, statement: str, values: Any = None) -> list[dict[str, Any]]:
    with connection.cursor(cursor_factory=RealDictCursor) as cursor:
        cursor.execute(statement, values)
        return [dict(row) for row in cursor.fetchall()]


def _told(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.isoformat() if hasattr(value, "isoformat") else value
