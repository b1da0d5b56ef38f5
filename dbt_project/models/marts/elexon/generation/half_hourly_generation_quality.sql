{{ config(
    indexes=[{'columns': ['settlement_date']}],
    pre_hook="{{ delete_pending(ref('int_elexon__pending_days'), 'settlement_date') }}",
    meta={'publish': 'pending', 'pending': 'int_elexon__pending_days', 'pending_key': 'settlement_date'}
) }}

{%- set raw = source('elexon', 'elexon_fuelhh') %}
{%- set until = built_until('elexon_fuelhh', 'elexon_generation') %}

with bounds as (
    select
        min(half_hour.start_time) as first_at,
        max(half_hour.start_time) as last_at
    from {{ raw }} as half_hour
    where half_hour.version_id <= {{ until }}
),

days as (
    {% if is_incremental() -%}
        select settlement_date from {{ ref('int_elexon__pending_days') }}
    {%- else -%}
        select {{ settlement_date('bounds.first_at') }} + day_number as settlement_date
        from bounds
        cross join generate_series(
            0, {{ settlement_date('bounds.last_at') }} - {{ settlement_date('bounds.first_at') }}
        ) as day_number
    {%- endif %}
),

asked as (
    select range_agg(asked_for.covers) as spans
    from {{ source('ops', 'loads') }} as asked_for
    where
        asked_for.dataset = 'elexon_fuelhh'
        and asked_for.outcome in ('held', 'unchanged')
        and asked_for.covers is not null
),

-- What is held, and what was asked for: it is asked for by when it is published, at its end.
calendar as materialized (
    select
        days.settlement_date,
        period.started_at as period_started_at
    from days
    cross join bounds
    cross join asked
    cross join
        generate_series(
            greatest({{ day_started_at('days.settlement_date') }}, bounds.first_at),
            least({{ day_started_at('(days.settlement_date + 1)') }} - interval '30 minutes', bounds.last_at),
            interval '30 minutes'
        ) as period (started_at)
    where
        asked.spans @> period.started_at + interval '30 minutes'
        or exists (
            select from {{ raw }} as half_hour
            where half_hour.start_time = period.started_at
        )
),

outturn as (
    select * from {{ ref('int_elexon__half_hourly_outturn') }}
    {% if is_incremental() -%}
        where period_started_at = any(array(
            select calendar.period_started_at from calendar
            union
            -- The half-hour before, to which the first of a day is compared.
            select calendar.period_started_at - interval '30 minutes' from calendar
        ))
    {%- endif %}
),

versions as (
    select
        half_hour.start_time as period_started_at,
        count(distinct half_hour.known_at)::integer as version_count
    from {{ raw }} as half_hour
    where
        half_hour.version_id <= {{ until }}
    {% if is_incremental() -%}
            and half_hour.start_time = any(array(select calendar.period_started_at from calendar))
        {%- endif %}
    group by half_hour.start_time
),

fuels as (select * from {{ ref('half_hourly_fuel_generation') }}),

known_fuels as (select * from {{ ref('elexon_fuels') }}),

held as (
    select
        period_started_at,
        count(*)::integer as codes,
        (count(*) filter (where is_known and not is_cable))::integer as fuels,
        bool_or(is_failover) as is_failover,
        (count(*) filter (where is_above_capacity))::integer as cables_above_capacity,
        (count(*) filter (where not is_known))::integer as unknown_codes,
        -- What is told anew later is not late: then only some of it is.
        min(delay_minutes) as delay_minutes,
        bool_or(is_mislabelled) as is_mislabelled,
        string_agg(fuel_code || ' ' || generation_mw, ', ' order by fuel_code) as figures
    from outturn
    group by period_started_at
),

compared as (
    select
        *,
        coalesce(
            figures = lag(figures) over (order by period_started_at)
            and lag(period_started_at) over (order by period_started_at) = period_started_at - interval '30 minutes',
            false
        ) as repeats_former
    from held
),

struck as (
    select distinct period_started_at from fuels
    where
        is_suspect
    {% if is_incremental() -%}
            and period_started_at = any(array(select calendar.period_started_at from calendar))
        {%- endif %}
)

select
    calendar.period_started_at,
    calendar.settlement_date,
    {{ settlement_period('calendar.period_started_at') }} as settlement_period,
    coalesce(compared.codes, 0) as codes,
    compared.period_started_at is null as is_gap,
    coalesce(compared.fuels < expected.fuels, false) as is_partial,
    struck.period_started_at is not null as is_failover,
    coalesce(compared.cables_above_capacity, 0) as cables_above_capacity,
    coalesce(compared.unknown_codes, 0) as unknown_codes,
    coalesce(compared.repeats_former, false) as repeats_former,
    coalesce(compared.is_mislabelled, false) as is_mislabelled,
    compared.delay_minutes,
    compared.period_started_at is null
    or compared.fuels < expected.fuels
    or struck.period_started_at is not null
    or compared.cables_above_capacity > 0
    or compared.repeats_former as is_suspect,
    coalesce(versions.version_count, 0) as version_count
from calendar
left join compared on calendar.period_started_at = compared.period_started_at
left join struck on calendar.period_started_at = struck.period_started_at
left join lateral (
    select count(*) as fuels from known_fuels
    where known_fuels.first_date <= calendar.settlement_date
) as expected on true
left join versions on calendar.period_started_at = versions.period_started_at
