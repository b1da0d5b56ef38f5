{{ config(
    tags=['smart_meter'],
    indexes=[{'columns': ['version_id']}, {'columns': ['consumption_date']}],
    pre_hook="{{ delete_appended('smart_meter_readings', 'smart_meter') }}",
    meta={'publish': 'appended', 'dataset': 'smart_meter_readings'}
) }}

{%- set held = this if is_incremental() else nothing_held(
    ['period_started_at timestamptz', 'known_at timestamptz', 'meters integer', 'consumption_kwh numeric']
) -%}

with came as (
    select
        period_started_at,
        known_at,
        max(version_id) as version_id,
        count(consumption_kwh) as meters,
        coalesce(sum(consumption_kwh), 0) as consumption_kwh
    from {{ ref('stg_smart_meter__reading_versions') }}
    {{ where_appended('smart_meter_readings', 'smart_meter') }}
    group by period_started_at, known_at
),

former as (
    -- How each half-hour stood before.
    select distinct on (held.period_started_at) held.*
    from {{ held }} as held
    where held.period_started_at = any(array(select came.period_started_at from came))
    order by held.period_started_at asc, held.known_at desc
),

loads as (
    select * from {{ ref('daily_meter_consumption_versions') }}
    {{ where_appended('smart_meter_readings', 'smart_meter') }}
),

revising_loads as (
    select * from loads
    where revised_readings > 0
),

replaced_readings as ({{ replaced_readings('revising_loads') }}),

replaced as (
    select
        period_started_at,
        known_at,
        count(consumption_kwh) as meters,
        coalesce(sum(consumption_kwh), 0) as consumption_kwh
    from replaced_readings
    group by period_started_at, known_at
)

select
    came.period_started_at,
    came.known_at,
    came.version_id,
    {{ settlement_date('came.period_started_at') }} as consumption_date,
    -- What came, less what it took the place of, on top of what stood before.
    {{ as_it_stood('came', 'meters') }}::integer as meters,
    {{ as_it_stood('came', 'consumption_kwh') }}::numeric(12, 3) as consumption_kwh
from came
left join replaced on came.period_started_at = replaced.period_started_at and came.known_at = replaced.known_at
left join former on came.period_started_at = former.period_started_at
window loads_until_then as (partition by came.period_started_at order by came.known_at)
