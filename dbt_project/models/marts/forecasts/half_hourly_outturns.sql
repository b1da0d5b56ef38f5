{{ config(
    pre_hook="{{ delete_pending(ref('int_forecasts__pending_days'), 'settlement_date') }}",
    indexes=[{'columns': ['settlement_date']}],
    meta={'publish': 'pending', 'pending': 'int_forecasts__pending_days', 'pending_key': 'settlement_date'}
) }}

{%- set pending = ref('int_forecasts__pending_days') %}

-- Of the pending days those that were ever foreseen.
with foreseen as (select min(origin_at) as first_origin_at from {{ source('forecasts', 'forecasts') }}),

days as (
    select pending_day.settlement_date
    from {{ pending }} as pending_day
    cross join foreseen
    where pending_day.settlement_date >= {{ settlement_date('foreseen.first_origin_at') }}
),

span as (
    select
        {{ day_started_at('min(settlement_date)') }} as started_at,
        {{ day_started_at('(max(settlement_date) + 1)') }} as ended_at
    from days
),

versions as (
    select known.*
    from {{ ref('stg_forecasts__actual_versions') }} as known
    cross join span
    inner join {{ source('ops', 'watermarks') }} as watermark
        on known.dataset = watermark.dataset and watermark.release = 'forecasts'
    where
        known.version_id <= watermark.built_version_id
        and known.period_started_at >= span.started_at - interval '1 day'
        and known.period_started_at < span.ended_at
),

measured as (
    select
        target,
        period_started_at,
        actual as outturn,
        known_at
    from (
        select distinct on (target, period_started_at) *
        from versions
        order by target asc, period_started_at asc, version_id desc
    ) as latest
    where actual is not null
),

beside_the_day_before as (
    select
        measured.target,
        measured.period_started_at,
        {{ settlement_date('measured.period_started_at') }} as settlement_date,
        measured.outturn,
        abs(measured.outturn - day_before.outturn) as daily_change,
        measured.known_at
    from measured
    left join measured as day_before
        on
            measured.target = day_before.target
            and measured.period_started_at = day_before.period_started_at + interval '1 day'
)

select beside_the_day_before.*
from beside_the_day_before
inner join days on beside_the_day_before.settlement_date = days.settlement_date
