{{ config(
    tags=['smart_meter'],
    pre_hook="{{ delete_days_to_build(ref('stg_smart_meter__pending_days')) }}",
    meta={'publish': 'pending', 'pending': 'stg_smart_meter__pending_days', 'pending_key': 'consumption_date'}
) }}

with products as (
    select
        consumption_date,
        product_name,
        sum(meters)::integer as meters,
        sum(consumption_kwh)::numeric(12, 3) as consumption_kwh
    from {{ ref('int_smart_meter__product_days') }}
    where {{ is_to_build(ref('stg_smart_meter__pending_days')) }}
    group by consumption_date, product_name
),

judged as (
    select
        *,
        {{ is_suppressed('consumption_date', 'product_name') }} as is_suppressed
    from products
)

select
    consumption_date,
    product_name,
    case when not is_suppressed then meters end as meters,
    case when not is_suppressed then consumption_kwh end as consumption_kwh,
    is_suppressed
from judged
