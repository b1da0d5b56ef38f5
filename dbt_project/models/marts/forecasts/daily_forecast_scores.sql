{{ config(
    pre_hook="{{ delete_pending(ref('int_forecasts__pending_days'), 'settlement_date') }}",
    meta={'publish': 'pending', 'pending': 'int_forecasts__pending_days', 'pending_key': 'settlement_date'}
) }}

{%- set pending = ref('int_forecasts__pending_days') %}

-- The half-hours that are scored.
with span as (
    select
        {{ day_started_at('min(settlement_date)') }} as started_at,
        {{ day_started_at('(max(settlement_date) + 1)') }} as ended_at
    from {{ pending }}
),

outturns as (
    select * from {{ ref('half_hourly_outturns') }}
    where settlement_date in (select pending_day.settlement_date from {{ pending }} as pending_day)
),

forecasts as (
    select forecast.*
    from {{ ref('half_hourly_forecasts') }} as forecast
    cross join span
    where
        forecast.origin_at > span.started_at - interval '2 days'
        and forecast.origin_at < span.ended_at
),

-- Forecast and outturn, one to one.
judged as (
    select
        forecasts.target,
        forecasts.model,
        forecasts.origin_at,
        forecasts.period_started_at,
        forecasts.quantile_10,
        forecasts.quantile_50,
        forecasts.quantile_90,
        outturns.settlement_date,
        outturns.outturn,
        outturns.daily_change,
        {{ lead_bucket('forecasts.lead_hours') }} as lead_bucket,
        abs(outturns.outturn - forecasts.quantile_50) as absolute_error
    from forecasts
    inner join outturns
        on forecasts.target = outturns.target and forecasts.period_started_at = outturns.period_started_at
),

-- The planner knows nothing yet of rows that this build made: joined to each other, each would be compared with each.
with_naive_errors as (
    select
        *,
        max(absolute_error) filter (where model = 'naive_day') over same_half_hour as naive_day_error,
        max(absolute_error) filter (where model = 'naive_week') over same_half_hour as naive_week_error
    from judged
    window same_half_hour as (partition by target, origin_at, period_started_at)
),

issues as (
    select issue.*
    from {{ ref('int_forecasts__published_versions') }} as issue
    cross join span
    where
        issue.period_started_at >= span.started_at
        and issue.period_started_at < span.ended_at
        and issue.published_at >= span.started_at - interval '15 days'
),

-- What is foreseen of a half-hour, by the publisher and from origins.
moments as (
    select
        target,
        period_started_at,
        origin_at as moment_at,
        null::bigint as version_id,
        null::double precision as published_forecast,
        model,
        lead_bucket,
        settlement_date,
        outturn,
        daily_change,
        quantile_10,
        quantile_50,
        quantile_90,
        absolute_error,
        naive_day_error,
        naive_week_error
    from with_naive_errors
    union all
    select
        target,
        period_started_at,
        published_at,
        version_id,
        forecast,
        null::text,
        null::text,
        null::date,
        null::double precision,
        null::double precision,
        null::double precision,
        null::double precision,
        null::double precision,
        null::double precision,
        null::double precision,
        null::double precision
    from issues
),

numbered as (
    select
        *,
        count(version_id) over (
            partition by target, period_started_at
            -- An issue of the very instant was known.
            order by moment_at, version_id nulls last
            rows between unbounded preceding and current row
        ) as issue_number
    from moments
),

-- Beside each the publisher's last forecast before its origin, if there was one: the only issue of its number.
beside_published as (
    select
        *,
        max(published_forecast) over (partition by target, period_started_at, issue_number) as standing_forecast
    from numbered
),

compared as (
    select
        *,
        abs(outturn - standing_forecast) as published_error
    from beside_published
    where version_id is null
)

select
    settlement_date,
    target,
    model,
    lead_bucket,
    count(*) as half_hours,
    sum(absolute_error) as error_sum,
    count(daily_change) as half_hours_with_change,
    coalesce(sum(absolute_error) filter (where daily_change is not null), 0) as error_sum_with_change,
    coalesce(sum(daily_change), 0) as daily_change_sum,
    sum(
        (
            {{ pinball('outturn', 'quantile_10', 0.1) }}
            + {{ pinball('outturn', 'quantile_50', 0.5) }}
            + {{ pinball('outturn', 'quantile_90', 0.9) }}
        ) / 3
    ) as pinball_sum,
    count(*) filter (where outturn <= quantile_10) as at_most_quantile_10,
    count(*) filter (where outturn <= quantile_50) as at_most_quantile_50,
    count(*) filter (where outturn <= quantile_90) as at_most_quantile_90,
    count(*) filter (where outturn between quantile_10 and quantile_90) as covered,
    count(*) filter (where naive_day_error is not null and naive_week_error is not null) as half_hours_with_naive,
    coalesce(sum(absolute_error) filter (where naive_day_error is not null and naive_week_error is not null), 0)
        as error_sum_with_naive,
    coalesce(sum(naive_day_error) filter (where naive_week_error is not null), 0) as naive_day_error_sum,
    coalesce(sum(naive_week_error) filter (where naive_day_error is not null), 0) as naive_week_error_sum,
    count(published_error) as half_hours_with_published,
    coalesce(sum(absolute_error) filter (where published_error is not null), 0) as error_sum_with_published,
    coalesce(sum(published_error), 0) as published_error_sum
from compared
group by settlement_date, target, model, lead_bucket
