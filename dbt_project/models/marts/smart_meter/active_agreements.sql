{{ config(
    tags=['smart_meter'],
    pre_hook="{{ delete_days_to_build(ref('stg_smart_meter__pending_days')) }}",
    meta={'publish': 'pending', 'pending': 'stg_smart_meter__pending_days', 'pending_key': 'consumption_date'}
) }}

with agreements as (
    select * from {{ ref('agreement_versions') }}
    where superseded_at is null and not is_withdrawn
),

days as (
    select consumption_date from {{ ref('half_hourly_consumption') }}
    where {{ is_to_build(ref('stg_smart_meter__pending_days')) }}
    union
    select reference_date from {{ ref('stg_smart_meter__reference_dates') }}
    where {{ is_to_build(ref('stg_smart_meter__pending_days'), 'reference_date') }}
)

select
    days.consumption_date,
    agreements.agreement_id,
    agreements.meter_pseudonym,
    agreements.product_id,
    agreements.product_name,
    agreements.is_variable,
    agreements.region,
    agreements.valid_from,
    agreements.valid_to
from days
-- Half-open: on a day on which a meter changes over, the later agreement counts, and one of no length never does.
inner join agreements
    on
        days.consumption_date >= agreements.valid_from
        and (agreements.valid_to is null or days.consumption_date < agreements.valid_to)
