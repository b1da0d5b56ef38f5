"""What is foreseen of a target, what became true of it, and how good its models have been over the last 28 days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyarrow as pa

from include.serving.dashboard.reader import Reader, Row
from include.serving.dashboard.span import Interval
from include.settlement import HALF_HOUR, LONDON

FORECASTS = "half_hourly_forecasts"
# What came before the origin, for the eye.
BEFORE = timedelta(hours=24)
TARGETS = """
    select target.target, target.title, target.unit, target.published_forecast, best.model as best_model, best.skill
    from reference.forecast_targets as target
    left join analytics.best_model as best on target.target = best.target
    order by target.position
"""
# Of the newest origin: what models there are now.
MODELS = """
    select distinct model from analytics.half_hourly_forecasts
    where target = %(target)s and origin_at = (
        select origin_at from analytics.half_hourly_forecasts
        where target = %(target)s
        order by origin_at desc limit 1
    )
    order by model
"""
ORIGIN = """
    select origin_at, input_ended_at, known_at from analytics.half_hourly_forecasts
    where target = %(target)s and model = %(model)s and origin_at <= coalesce(%(at)s::timestamptz, 'infinity')
    order by origin_at desc limit 1
"""
FAN = """
    select
        coalesce(foreseen.period_started_at, came.period_started_at) as bucket_at,
        foreseen.quantile_10, foreseen.quantile_50, foreseen.quantile_90,
        came.outturn
    from (
        select * from analytics.half_hourly_forecasts
        where target = %(target)s and model = %(model)s and origin_at = %(origin_at)s
    ) as foreseen
    full outer join (
        select * from analytics.half_hourly_outturns
        where target = %(target)s and period_started_at >= %(first_at)s and period_started_at < %(end_at)s
    ) as came on foreseen.period_started_at = came.period_started_at
    order by bucket_at
"""
ACCURACY = """
    select model, lead_bucket, mae, half_hours from analytics.forecast_accuracy
    where target = %(target)s and lead_bucket <> 'all'
    union all
    select distinct on (lead_bucket) 'published' as model, lead_bucket, published_mae as mae, half_hours_with_published
    from analytics.forecast_skill
    where target = %(target)s and lead_bucket <> 'all' and published_mae is not null
    order by model, lead_bucket
"""
CALIBRATION = """
    select model, quantile_pct, at_most_pct, half_hours from analytics.forecast_calibration
    where target = %(target)s and lead_bucket = 'all'
    order by model, quantile_pct
"""
SKILL = """
    select
        skill.model, skill.lead_bucket, skill.half_hours, skill.mae, skill.naive_day_mae, skill.naive_week_mae,
        skill.skill, skill.is_worse_than_naive, skill.published_mae, skill.mae_with_published,
        skill.skill_against_published, accuracy.mase, accuracy.pinball, accuracy.coverage_pct,
        accuracy.judged_from, accuracy.judged_until
    from analytics.forecast_skill as skill
    inner join analytics.forecast_accuracy as accuracy
        on
            skill.target = accuracy.target
            and skill.model = accuracy.model
            and skill.lead_bucket = accuracy.lead_bucket
    where skill.target = %(target)s
    order by skill.lead_bucket <> 'all', skill.lead_bucket, skill.mae, skill.model
"""
# Since the newest forecast of the target; of models, those of the newest origin at which one was absent.
REFUSED = """
    select refused.target, refused.model, refused.because, refused.origin_at
    from ops.forecast_refusals as refused
    where
        (refused.target = %(target)s and refused.model is null and refused.origin_at > coalesce(
            (
                select origin_at from analytics.half_hourly_forecasts
                where target = %(target)s
                order by origin_at desc limit 1
            ), '-infinity'
        ))
        or (refused.target is null and refused.origin_at = (
            select max(origin_at) from ops.forecast_refusals where target is null
        ))
    order by refused.target is null, refused.origin_at desc
"""


@dataclass(frozen=True)
class Target:
    """What can be looked at."""

    target: str
    title: str
    unit: str
    published_forecast: str | None
    best_model: str | None
    skill: float | None


@dataclass(frozen=True)
class Origin:
    """One forecast: when it was made, and from what."""

    origin_at: datetime
    input_ended_at: datetime
    known_at: datetime


def targets(reader: Reader) -> Sequence[Target]:
    """Return what is foreseen, with its best model."""
    return [Target(**row) for row in reader.rows(TARGETS)]


def models(reader: Reader, target: str) -> Sequence[str]:
    """Return the models that foresaw a target last."""
    return [row["model"] for row in reader.rows(MODELS, {"target": target})]


def origin(reader: Reader, target: str, model: str, at: datetime | None) -> Origin | None:
    """Return the newest forecast, or the newest that was made by an instant; None where there is none."""
    rows = reader.rows(ORIGIN, {"target": target, "model": model, "at": at})
    return Origin(**rows[0]) if rows else None


def fan(reader: Reader, target: str, model: str, origin_at: datetime) -> pa.Table:
    """Return each half-hour from a day before an origin on: what was foreseen of it, and what came."""
    named = {"target": target, "model": model, "origin_at": origin_at}
    ends = {"first_at": origin_at - BEFORE, "end_at": origin_at + timedelta(hours=49)}
    table = reader.table(FAN, {**named, **ends})
    buckets = table["bucket_at"].to_pylist()
    return (
        table.append_column("bucket_until_at", pa.array([at + HALF_HOUR for at in buckets], pa.timestamp("us", "UTC")))
        .append_column("when", pa.array([Interval.HALF_HOUR.name_of(at, LONDON) for at in buckets], pa.string()))
        .append_column("stands_alone", pa.array([False] * len(buckets), pa.bool_()))
    )


def accuracy(reader: Reader, target: str) -> Sequence[Row]:
    """Return the mean absolute error of each model, and of the publisher's forecast, by how far ahead."""
    return reader.rows(ACCURACY, {"target": target})


def calibration(reader: Reader, target: str) -> Sequence[Row]:
    """Return how often what came was at most a quantile, by model."""
    return reader.rows(CALIBRATION, {"target": target})


def skill(reader: Reader, target: str) -> Sequence[Row]:
    """Return the measures of each model, as a whole first, then by how far ahead."""
    return reader.rows(SKILL, {"target": target})


def refused(reader: Reader, target: str) -> Sequence[Row]:
    """Return why there is no newer forecast of a target, and which models were absent."""
    return reader.rows(REFUSED, {"target": target})
