{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ delete_days_to_build(ref('stg_smart_meter__pending_days')) }}"
) }}

with days as (
    select * from {{ ref('daily_meter_consumption') }}
    where {{ is_to_build(ref('stg_smart_meter__pending_days')) }}
),

meterpoints as (select * from {{ ref('stg_smart_meter__meterpoints') }})

select
    days.consumption_date,
    meterpoints.region,
    count(*)::integer as meters,
    sum(days.consumption_kwh)::numeric(12, 3) as consumption_kwh
from days
inner join meterpoints on days.meter_pseudonym = meterpoints.meter_pseudonym
group by 1, 2
