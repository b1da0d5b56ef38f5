{{ config(
    tags=['smart_meter'],
    indexes=[{'columns': ['meter_pseudonym']}],
    pre_hook="{{ delete_days_to_build(ref('stg_smart_meter__pending_days')) }}",
    meta={'publish': 'pending', 'pending': 'stg_smart_meter__pending_days', 'pending_key': 'consumption_date'}
) }}

with versions as (
    select * from {{ ref('daily_meter_consumption_versions') }}
    where {{ is_to_build(ref('stg_smart_meter__pending_days')) }}
),

latest as (
    select distinct on (consumption_date, meter_pseudonym) *
    from versions
    order by consumption_date asc, meter_pseudonym asc, known_at desc
),

first_of_all as (
    select min(period_started_at) as first_started_at from {{ ref('half_hourly_consumption_versions') }}
),

days as (
    select
        latest.*,
        {{ periods_between(
            day_started_at('latest.consumption_date'), day_started_at('(latest.consumption_date + 1)')
        ) }} as expected_half_hours,
        greatest(
            {{ periods_between(day_started_at('latest.consumption_date'), 'first_of_all.first_started_at') }}, 0
        ) as not_begun_half_hours
    from latest
    cross join first_of_all
    where latest.readings > 0
)

select
    meter_pseudonym,
    consumption_date,
    readings,
    expected_half_hours,
    expected_half_hours - not_begun_half_hours - readings as missing_half_hours,
    not_begun_half_hours,
    zero_readings,
    consumption_kwh,
    known_at
from days
