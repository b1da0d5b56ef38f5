with outturn as (select * from {{ ref('stg_elexon__fuelhh') }}),

fuels as (select * from {{ ref('elexon_fuels') }}),

cables as (select * from {{ ref('interconnectors') }}),

judged as (
    select
        *,
        {{ is_failover('start_time') }} as is_failover
    from outturn
)

select
    judged.start_time as period_started_at,
    judged.fuel_type as fuel_code,
    judged.generation::double precision as generation_mw,
    {{ is_cable('judged.fuel_type') }} as is_cable,
    coalesce(fuels.fuel_code, cables.fuel_code) is not null as is_known,
    cables.name as cable,
    cables.country,
    cables.capacity_mw::double precision as capacity_mw,
    judged.is_failover,
    {{ is_above_capacity('judged.generation', 'cables.capacity_mw') }} as is_above_capacity,
    {{ delay_minutes('judged.start_time', '30 minutes', 'judged.publish_time') }} as delay_minutes,
    coalesce(
        judged.settlement_date <> {{ settlement_date('judged.start_time') }}
        or judged.settlement_period <> {{ settlement_period('judged.start_time') }},
        true
    ) as is_mislabelled,
    judged.publish_time as published_at,
    judged.version_id,
    judged.known_at
from judged
left join fuels on judged.fuel_type = fuels.fuel_code
left join cables on judged.fuel_type = cables.fuel_code
