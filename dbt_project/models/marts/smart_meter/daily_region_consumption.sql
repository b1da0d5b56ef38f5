{{ config(
    tags=['smart_meter'],
    pre_hook="{{ delete_days_to_build(ref('stg_smart_meter__pending_days')) }}",
    meta={'publish': 'pending', 'pending': 'stg_smart_meter__pending_days', 'pending_key': 'consumption_date'}
) }}

with regions as (
    select * from {{ ref('int_smart_meter__region_days') }}
    where {{ is_to_build(ref('stg_smart_meter__pending_days')) }}
),

judged as (
    select
        *,
        {{ is_suppressed('consumption_date', 'region') }} as is_suppressed
    from regions
)

select
    consumption_date,
    region,
    case when not is_suppressed then meters end as meters,
    case when not is_suppressed then consumption_kwh end as consumption_kwh,
    is_suppressed
from judged
