{{ config(
    tags=['smart_meter'],
    indexes=[{'columns': ['consumption_date']}],
    pre_hook="{{ delete_days_to_build(ref('stg_smart_meter__pending_days')) }}",
    meta={'publish': 'pending', 'pending': 'stg_smart_meter__pending_days', 'pending_key': 'consumption_date'}
) }}

with versions as (
    select * from {{ ref('half_hourly_consumption_versions') }}
    where {{ is_to_build(ref('stg_smart_meter__pending_days')) }}
),

latest as (
    select distinct on (period_started_at) *
    from versions
    order by period_started_at asc, known_at desc
)

select
    period_started_at,
    consumption_date,
    meters,
    consumption_kwh,
    known_at
from latest
where meters > 0
