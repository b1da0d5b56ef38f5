{{ config(
    tags=['smart_meter'],
    indexes=[{'columns': ['consumption_date']}],
    pre_hook="{{ delete_days_to_build(ref('stg_smart_meter__pending_days')) }}",
    meta={'publish': 'pending', 'pending': 'stg_smart_meter__pending_days', 'pending_key': 'consumption_date'}
) }}

with half_hours as (
    select * from {{ ref('int_smart_meter__product_half_hours') }}
    where {{ is_to_build(ref('stg_smart_meter__pending_days')) }}
),

fewest as (
    select
        consumption_date,
        product_name,
        min(meters) as meters
    from half_hours
    group by consumption_date, product_name
),

days as (select * from {{ ref('daily_product_consumption') }}),

judged as (
    -- By the day: what is kept back of one half-hour is the day less the others.
    select
        fewest.consumption_date,
        fewest.product_name,
        days.is_suppressed
        or {{ is_suppressed('fewest.consumption_date', 'fewest.product_name', 'fewest.meters') }} as is_suppressed
    from fewest
    inner join days
        on fewest.consumption_date = days.consumption_date and fewest.product_name = days.product_name
)

select
    half_hours.product_name,
    half_hours.period_started_at,
    half_hours.consumption_date,
    case when not judged.is_suppressed then half_hours.meters end as meters,
    case when not judged.is_suppressed then half_hours.consumption_kwh end as consumption_kwh,
    case
        when not judged.is_suppressed
            then half_hours.consumption_kwh / half_hours.meters
    end::numeric(12, 3) as average_consumption_kwh,
    judged.is_suppressed
from half_hours
inner join judged
    on half_hours.consumption_date = judged.consumption_date and half_hours.product_name = judged.product_name
