{{ config(
    tags=['smart_meter'],
    pre_hook="{{ delete_days_to_build(ref('stg_smart_meter__pending_days')) }}",
    meta={'publish': 'pending', 'pending': 'stg_smart_meter__pending_days', 'pending_key': 'consumption_date'}
) }}

with days as (
    select * from {{ ref('daily_meter_consumption') }}
    where {{ is_to_build(ref('stg_smart_meter__pending_days')) }}
),

agreements as (select * from {{ ref('active_agreements') }}),

meterpoints as (select * from {{ ref('stg_smart_meter__meterpoints') }})

select
    days.meter_pseudonym,
    days.consumption_date,
    days.readings,
    days.consumption_kwh,
    meterpoints.meter_pseudonym is not null as is_in_reference
from days
left join meterpoints on days.meter_pseudonym = meterpoints.meter_pseudonym
where
    not exists (
        select from agreements
        where
            agreements.consumption_date = days.consumption_date
            and agreements.meter_pseudonym = days.meter_pseudonym
    )
