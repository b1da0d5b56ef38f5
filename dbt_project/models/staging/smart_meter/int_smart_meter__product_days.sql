{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ delete_days_to_build(ref('stg_smart_meter__pending_days')) }}"
) }}

with days as (
    select * from {{ ref('daily_meter_consumption') }}
    where {{ is_to_build(ref('stg_smart_meter__pending_days')) }}
),

agreements as (
    select * from {{ ref('active_agreements') }}
    where {{ is_to_build(ref('stg_smart_meter__pending_days')) }}
)

select
    days.consumption_date,
    agreements.product_id,
    -- What the reference does not name is told by its id.
    coalesce(agreements.product_name, agreements.product_id) as product_name,
    agreements.is_variable,
    count(*)::integer as meters,
    sum(days.readings)::integer as readings,
    sum(days.consumption_kwh)::numeric(12, 3) as consumption_kwh
from days
inner join agreements
    on days.consumption_date = agreements.consumption_date and days.meter_pseudonym = agreements.meter_pseudonym
group by 1, 2, 3, 4
