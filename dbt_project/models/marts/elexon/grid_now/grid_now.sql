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
        case
            when snapshot.is_cable then coalesce(200 + cables.display_order, 299)
            else coalesce(100 + fuels.display_order, 199)
        end as display_order,
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
    select
        'frequency' as quantity,
        'Frequency' as name,
        1 as display_order,
        mean_hz as value,
        'Hz' as unit,
        started_at as as_of_at,
        1 as lasts_minutes,
        false as is_suspect
    from newest_frequency
    union all
    select
        'total generation' as quantity,
        'Generation' as name,
        2 as display_order,
        generation_mw as value,
        'MW' as unit,
        as_of_at,
        5 as lasts_minutes,
        is_generation_suspect as is_suspect
    from totals
    union all
    select
        'net imports' as quantity,
        'Net imports' as name,
        3 as display_order,
        net_imports_mw as value,
        'MW' as unit,
        as_of_at,
        5 as lasts_minutes,
        is_imports_suspect as is_suspect
    from totals
    union all
    select
        'demand' as quantity,
        'Demand' as name,
        4 as display_order,
        indo_mw as value,
        'MW' as unit,
        period_started_at as as_of_at,
        30 as lasts_minutes,
        false as is_suspect
    from newest_demand
    union all
    select
        'system price' as quantity,
        'System price' as name,
        5 as display_order,
        system_price_gbp_per_mwh as value,
        'GBP/MWh' as unit,
        period_started_at as as_of_at,
        30 as lasts_minutes,
        false as is_suspect
    from newest_price
    union all
    select
        'net imbalance volume' as quantity,
        'Net imbalance volume' as name,
        6 as display_order,
        net_imbalance_volume_mwh as value,
        'MWh' as unit,
        period_started_at as as_of_at,
        30 as lasts_minutes,
        false as is_suspect
    from newest_price
    union all
    select
        'market index price' as quantity,
        'Market index price' as name,
        7 as display_order,
        market_index_price_gbp_per_mwh as value,
        'GBP/MWh' as unit,
        period_started_at as as_of_at,
        30 as lasts_minutes,
        false as is_suspect
    from newest_market_index
),

told as (
    select
        quantity,
        fuel_code,
        name,
        display_order,
        value,
        unit,
        as_of_at,
        lasts_minutes,
        is_suspect
    from by_code
    union all
    select
        quantity,
        null as fuel_code,
        name,
        display_order,
        value,
        unit,
        as_of_at,
        lasts_minutes,
        is_suspect
    from system
)

select
    quantity || coalesce(' ' || fuel_code, '') as quantity,
    case
        when fuel_code is null then 'system'
        when quantity = 'flow' then 'interconnectors'
        else 'generation'
    end as topic,
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
from told
where value is not null
