{{ config(
    pre_hook="{{ delete_pending(ref('int_elexon__pending_snapshots'), 'started_at') }}",
    meta={'publish': 'pending', 'pending': 'int_elexon__pending_snapshots', 'pending_key': 'started_at'}
) }}

with snapshots as (
    select * from {{ ref('stg_elexon__fuelinst') }}
    {{ where_pending(ref('int_elexon__pending_snapshots'), 'started_at', column='start_time') }}
),

fuels as (select * from {{ ref('elexon_fuels') }}),

cables as (select * from {{ ref('interconnectors') }}),

judged as (
    select
        *,
        {{ is_failover('start_time') }} as is_failover
    from snapshots
)

select
    judged.start_time as started_at,
    judged.fuel_type as fuel_code,
    judged.generation::double precision as generation_mw,
    coalesce(fuels.fuel_code, cables.fuel_code) is not null as is_known,
    (judged.is_failover and not {{ is_cable('judged.fuel_type') }})
    or {{ is_above_capacity('judged.generation', 'cables.capacity_mw') }} as is_suspect,
    judged.publish_time as published_at,
    judged.known_at
from judged
left join fuels on judged.fuel_type = fuels.fuel_code
left join cables on judged.fuel_type = cables.fuel_code
