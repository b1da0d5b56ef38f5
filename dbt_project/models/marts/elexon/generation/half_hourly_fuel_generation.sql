{{ config(
    indexes=[{'columns': ['settlement_date']}],
    pre_hook="{{ delete_pending(ref('int_elexon__pending_half_hours')) }}",
    meta={'publish': 'pending', 'pending': 'int_elexon__pending_half_hours', 'pending_key': 'period_started_at'}
) }}

with outturn as (
    select * from {{ ref('int_elexon__half_hourly_outturn') }}
    {{ where_pending(ref('int_elexon__pending_half_hours')) }}
),

snapshots as (select * from {{ ref('five_minute_generation') }}),

-- A mean of six of which some are zero is no zero.
struck as (
    select half_hour.period_started_at
    from (select distinct outturn.period_started_at from outturn) as half_hour
    where exists (
        select from snapshots
        where
            snapshots.started_at >= half_hour.period_started_at
            and snapshots.started_at < half_hour.period_started_at + interval '30 minutes'
            and snapshots.fuel_code = 'NUCLEAR'
            and snapshots.is_suspect
    )
)

select
    outturn.period_started_at,
    {{ settlement_date('outturn.period_started_at') }} as settlement_date,
    {{ settlement_period('outturn.period_started_at') }} as settlement_period,
    outturn.fuel_code,
    outturn.generation_mw,
    outturn.is_known,
    outturn.is_failover or struck.period_started_at is not null as is_suspect,
    outturn.published_at,
    outturn.known_at
from outturn
left join struck on outturn.period_started_at = struck.period_started_at
where not outturn.is_cable
