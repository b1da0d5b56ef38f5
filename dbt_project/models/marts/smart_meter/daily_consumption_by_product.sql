{{ config(
    tags=['smart_meter'],
    pre_hook="{{ delete_days_to_build(ref('stg_smart_meter__pending_days')) }}",
    meta={'publish': 'pending', 'pending': 'stg_smart_meter__pending_days', 'pending_key': 'consumption_date'}
) }}

with products as (
    select * from {{ ref('int_smart_meter__product_days') }}
    where {{ is_to_build(ref('stg_smart_meter__pending_days')) }}
),

names as (select * from {{ ref('daily_product_consumption') }}),

judged as (
    select
        products.*,
        -- Products of one name add up to what is published of the name.
        names.is_suppressed
        or {{ is_suppressed(
            'products.consumption_date, products.product_name', 'products.product_id', 'products.meters'
        ) }} as is_suppressed
    from products
    inner join names
        on products.consumption_date = names.consumption_date and products.product_name = names.product_name
)

select
    consumption_date,
    product_id,
    product_name,
    is_variable,
    case when not is_suppressed then meters end as meters,
    case when not is_suppressed then consumption_kwh end as consumption_kwh,
    is_suppressed
from judged
