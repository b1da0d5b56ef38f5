"""What must hold of forecasts before they are published, and why."""

from include.quality.bounds import between
from include.quality.expectations import gxe
from include.quality.subject import Check, Subject
from include.sources.forecasts.datasets import FORECASTS

_PENDING = """version_id > (
    select published_version_id from ops.watermarks where release = 'forecasts' and dataset = 'forecasts'
)"""
ORIGINS = f"""
    select
        origin_at,
        target,
        model,
        count(distinct period_started_at)::double precision as half_hours,
        (extract(epoch from max(period_started_at) - min(period_started_at)) / 1800)::double precision
            as span_half_hours,
        (extract(epoch from min(period_started_at) - origin_at) / 60)::double precision as begins_after_minutes,
        count(*) filter (where quantile_10 > quantile_50 or quantile_50 > quantile_90)::double precision
            as out_of_order,
        min(quantile_10) as lowest,
        max(quantile_90) as highest,
        (extract(epoch from max(input_known_at) - origin_at) / 60)::double precision as input_known_after_minutes,
        (extract(epoch from max(input_ended_at) - origin_at) / 60)::double precision as input_ended_after_minutes,
        (extract(epoch from origin_at - min(known_at)) / 60)::double precision as ahead_of_its_making_minutes
    from marts.half_hourly_forecasts
    where {_PENDING}
    group by origin_at, target, model
"""  # noqa: S608 - names of ours
BESIDE_NAIVE = """
    select target, model, least(100 * skill, 100) as skill_pct
    from marts.forecast_skill
    where lead_bucket = 'all' and model not in ('naive_day', 'naive_week') and skill is not null
"""

MARTS = (
    Subject(
        suite="marts.half_hourly_forecasts",
        table="marts.half_hourly_forecasts",
        key=("origin_at", "target", "model"),
        query=ORIGINS,
        checks=(
            between(
                "every_origin_is_whole",
                "half_hours",
                96,
                96,
                says="an origin has 96 half-hours for each model and target",
                because="Fewer are a forecast that broke off.",
            ),
            between(
                "half_hours_follow_each_other",
                "span_half_hours",
                95,
                95,
                says="its half-hours follow each other without a hole",
                because="96 half-hours begin within 95 times 30 minutes.",
            ),
            between(
                "it_begins_at_its_origin",
                "begins_after_minutes",
                0,
                30,
                says="the first half-hour is the first that begins at the origin or after it",
                because="One that has begun is foreseen by nobody.",
            ),
            between(
                "quantiles_are_in_order",
                "out_of_order",
                0,
                0,
                says="the quantiles 10, 50 and 90 are in order",
                because="Of two quantiles the higher one is never below the other.",
            ),
            between(
                "nothing_is_negative",
                "lowest",
                0,
                None,
                says="no quantile is negative",
                because="Demand, generation and carbon intensity are not.",
            ),
            between(
                "it_is_in_its_unit",
                "highest",
                None,
                100_000,
                says="no quantile is above 100,000 MW (or g/kWh)",
                because="Demand has been 53,000 MW at most since 2016. Catches kW.",
            ),
            between(
                "no_input_is_of_the_future",
                "input_known_after_minutes",
                None,
                0,
                says="what a forecast is made from was known at its origin",
                because="Else it looks ahead.",
            ),
            between(
                "no_half_hour_of_the_future_was_measured",
                "input_ended_after_minutes",
                None,
                0,
                says="the newest half-hour that a forecast is made from had ended at its origin",
                because="Else it looks ahead.",
            ),
            between(
                "no_origin_is_of_the_future",
                "ahead_of_its_making_minutes",
                None,
                1,
                says="an origin is no later than the forecast was made",
                because="Nobody knows what will be known; the minute is for clocks that differ.",
            ),
        ),
        datasets=(FORECASTS.name,),
    ),
    Subject(
        suite="marts.forecast_skill",
        table="marts.forecast_skill",
        key=("target", "model"),
        query=BESIDE_NAIVE,
        checks=(
            Check(
                "no_model_is_worse_than_naive",
                gxe.ExpectColumnValuesToBeBetween(
                    column="skill_pct",
                    min_value=0,
                    severity="warning",
                    description="over 28 days a model is no worse than the better naive one",
                    notes="It is shown as worse, and is no best model.",
                ),
            ),
        ),
    ),
)
