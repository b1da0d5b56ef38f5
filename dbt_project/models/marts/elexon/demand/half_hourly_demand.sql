{{ config(
    indexes=[{'columns': ['settlement_date']}],
    pre_hook="{{ delete_pending(ref('int_elexon__pending_demand')) }}",
    meta={'publish': 'pending', 'pending': 'int_elexon__pending_demand', 'pending_key': 'period_started_at'}
) }}

{%- set pending = ref('int_elexon__pending_demand') %}

with national as (
    select * from {{ ref('stg_elexon__indo') }}
    {{ where_pending(pending, column='start_time') }}
),

transmission as (
    select * from {{ ref('stg_elexon__itsdo') }}
    {{ where_pending(pending, column='start_time') }}
),

side_by_side as (
    select
        coalesce(national.start_time, transmission.start_time) as period_started_at,
        national.demand::double precision as indo_mw,
        transmission.demand::double precision as itsdo_mw,
        greatest(national.publish_time, transmission.publish_time) as published_at,
        greatest(national.known_at, transmission.known_at) as known_at
    from national
    full outer join transmission on national.start_time = transmission.start_time
)

select
    period_started_at,
    {{ settlement_date('period_started_at') }} as settlement_date,
    {{ settlement_period('period_started_at') }} as settlement_period,
    indo_mw,
    itsdo_mw,
    published_at,
    known_at
from side_by_side
