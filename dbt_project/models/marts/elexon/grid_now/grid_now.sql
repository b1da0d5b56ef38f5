{{ config(materialized='table', meta={'publish': 'whole'}) }}

-- What is read twice is not materialized: that would be all of its history, where an index has the newest.
with generation as not materialized (select * from {{ source('analytics', 'five_minute_generation') }}),

frequency as (select * from {{ source('analytics', 'minute_frequency') }}),

demand as (select * from {{ source('analytics', 'half_hourly_demand') }}),

prices as not materialized (select * from {{ source('analytics', 'half_hourly_prices') }}),

fuels as (select * from {{ ref('elexon_fuels') }}),

cables as (select * from {{ ref('interconnectors') }}),

snapshot as (
    select
        *,
        {{ is_cable('fuel_code') }} as is_cable
    from generation
    where started_at = (select max(newest.started_at) from generation as newest)
),

by_code as (
    select
        case when snapshot.is_cable then 'flow' else 'generation' end as quantity,
        snapshot.fuel_code,
        coalesce(fuels.name, cables.name, 'Unknown (' || snapshot.fuel_code || ')') as name,
        case when snapshot.is_cable then coalesce(200 + cables.display_order, 299)
        else coalesce(100 + fuels.display_order, 199) end as display_order,
        snapshot.generation_mw as value,
        'MW' as unit,
        snapshot.started_at as as_of_at,
        5 as lasts_minutes,
        snapshot.is_suspect
    from snapshot
    left join fuels on snapshot.fuel_code = fuels.fuel_code
    left join cables on snapshot.fuel_code = cables.fuel_code
),

totals as (
    select
        sum(generation_mw) filter (where not is_cable) as generation_mw,
        sum(generation_mw) filter (where is_cable) as net_imports_mw,
        bool_or(is_suspect) filter (where not is_cable) as is_generation_suspect,
        bool_or(is_suspect) filter (where is_cable) as is_imports_suspect,
        max(started_at) as as_of_at
    from snapshot
),

newest_frequency as (
    select * from frequency
    order by started_at desc
    limit 1
),

newest_demand as (
    select * from demand
    where indo_mw is not null
    order by period_started_at desc
    limit 1
),

newest_price as (
    select * from prices
    where system_price_gbp_per_mwh is not null
    order by period_started_at desc
    limit 1
),

newest_market_index as (
    select * from prices
    where market_index_price_gbp_per_mwh is not null
    order by period_started_at desc
    limit 1
),

system as (
    select 'frequency' as quantity, 'Frequency' as name, 1 as display_order, mean_hz as value, 'Hz' as unit,
        started_at as as_of_at, 1 as lasts_minutes, false as is_suspect
    from newest_frequency
    union all
    select 'total generation', 'Generation', 2, generation_mw, 'MW', as_of_at, 5, is_generation_suspect
    from totals
    union all
    select 'net imports', 'Net imports', 3, net_imports_mw, 'MW', as_of_at, 5, is_imports_suspect
    from totals
    union all
    select 'demand', 'Demand', 4, indo_mw, 'MW', period_started_at, 30, false
    from newest_demand
    union all
    select 'system price', 'System price', 5, system_price_gbp_per_mwh, 'GBP/MWh', period_started_at, 30, false
    from newest_price
    union all
    select 'net imbalance volume', 'Net imbalance volume', 6, net_imbalance_volume_mwh, 'MWh', period_started_at, 30, false
    from newest_price
    union all
    select 'market index price', 'Market index price', 7, market_index_price_gbp_per_mwh, 'GBP/MWh', period_started_at, 30,
        false
    from newest_market_index
)

select
    quantity || coalesce(' ' || fuel_code, '') as quantity,
    case when fuel_code is null then 'system' when quantity = 'flow' then 'interconnectors' else 'generation' end as topic,
    fuel_code,
    name,
    display_order,
    value,
    unit,
    as_of_at,
    {{ settlement_date('as_of_at') }} as settlement_date,
    {{ settlement_period(half_hour_of('as_of_at')) }} as settlement_period,
    lasts_minutes,
    is_suspect
from (
    select quantity, fuel_code, name, display_order, value, unit, as_of_at, lasts_minutes, is_suspect
    from by_code
    union all
    select quantity, null, name, display_order, value, unit, as_of_at, lasts_minutes, is_suspect
    from system
) as told
where value is not null
