{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ delete_days_to_build(ref('stg_smart_meter__pending_days')) }}"
) }}

with agreements as (
    select agreements.*
    from {{ ref('active_agreements') }} as agreements
    where {{ is_to_build(ref('stg_smart_meter__pending_days'), 'agreements.consumption_date') }}
)

select
    coalesce(agreements.product_name, agreements.product_id) as product_name,
    reading.period_started_at,
    agreements.consumption_date,
    count(*)::integer as meters,
    sum(reading.consumption_kwh)::numeric(12, 3) as consumption_kwh
from agreements
cross join lateral {{ readings_of_the_day('agreements') }} as reading
group by 1, 2, 3
