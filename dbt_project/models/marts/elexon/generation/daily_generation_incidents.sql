{{ config(
    pre_hook="{{ delete_pending(ref('int_elexon__pending_days'), 'settlement_date') }}",
    meta={'publish': 'pending', 'pending': 'int_elexon__pending_days', 'pending_key': 'settlement_date'}
) }}

{%- set pending = ref('int_elexon__pending_days') %}

with quality as (
    select * from {{ ref('half_hourly_generation_quality') }}
    {{ where_pending(pending, 'settlement_date') }}
),

fuels as (
    select * from {{ ref('half_hourly_fuel_generation') }}
    {{ where_pending(pending, 'settlement_date') }}
),

flows as (
    select * from {{ ref('half_hourly_interconnector_flows') }}
    {{ where_pending(pending, 'settlement_date') }}
),

newest as (
    select max(period_started_at) as period_started_at from {{ ref('half_hourly_generation_quality') }}
),

struck as (
    select
        quality.settlement_date,
        quality.period_started_at,
        'gap' as incident,
        'all' as concerns,
        null::double precision as worst
    from quality
    cross join newest
    -- What is missing may still come: the latest took four hours and a quarter.
    where quality.is_gap and quality.period_started_at < newest.period_started_at - interval '6 hours'
    union all
    select
        settlement_date,
        period_started_at,
        'failover' as incident,
        'all' as concerns,
        null as worst
    from quality
    where is_failover
    union all
    select
        settlement_date,
        period_started_at,
        'repeated half-hour' as incident,
        'all' as concerns,
        null as worst
    from quality
    where repeats_former and not is_failover
    union all
    select
        settlement_date,
        period_started_at,
        'published late' as incident,
        'all' as concerns,
        delay_minutes as worst
    from quality
    where delay_minutes >= {{ late_after_minutes() }} and not is_failover
    union all
    select
        settlement_date,
        period_started_at,
        'flow above capacity' as incident,
        fuel_code as concerns,
        abs(flow_mw) as worst
    from flows
    where is_suspect
    union all
    select
        settlement_date,
        period_started_at,
        'unknown code' as incident,
        fuel_code as concerns,
        abs(generation_mw) as worst
    from fuels
    where not is_known
    union all
    select
        settlement_date,
        period_started_at,
        'unknown cable' as incident,
        fuel_code as concerns,
        abs(flow_mw) as worst
    from flows
    where not is_known
)

select
    settlement_date,
    incident,
    concerns,
    min(period_started_at) as first_started_at,
    max(period_started_at) as last_started_at,
    count(*)::integer as half_hours,
    max(worst) as worst,
    min(period_started_at) = {{ day_started_at('settlement_date') }} as is_there_at_midnight
from struck
group by settlement_date, incident, concerns
