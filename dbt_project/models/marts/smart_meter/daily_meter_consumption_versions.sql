{{ config(
    tags=['smart_meter'],
    indexes=[{'columns': ['version_id']}],
    pre_hook=[
        "{{ delete_appended('smart_meter_readings', 'smart_meter') }}",
        'set local work_mem = \'256MB\''
    ],
    meta={'publish': 'appended', 'dataset': 'smart_meter_readings'}
) }}

{%- set held = this if is_incremental() else nothing_held([
    'meter_pseudonym text', 'consumption_date date', 'known_at timestamptz', 'readings integer', 'zero_readings integer',
    'consumption_kwh numeric'
]) -%}

with summed as materialized (
    select
        meter_pseudonym,
        consumption_date,
        known_at,
        max(version_id) as version_id,
        count(consumption_kwh) as readings,
        count(*) filter (where consumption_kwh = 0) as zero_readings,
        coalesce(sum(consumption_kwh), 0) as consumption_kwh
    from {{ ref('stg_smart_meter__reading_versions') }}
    {{ where_appended('smart_meter_readings', 'smart_meter') }}
    group by meter_pseudonym, consumption_date, known_at
),

loads as (
    select
        *,
        count(*) over (partition by meter_pseudonym, consumption_date) as loads_of_the_day
    from summed
),

former as (
    -- Of the days that are touched: how each meter stood before.
    select distinct on (held.consumption_date, held.meter_pseudonym) held.*
    from {{ held }} as held
    where held.consumption_date = any(array(select distinct loads.consumption_date from loads))
    order by held.consumption_date asc, held.meter_pseudonym asc, held.known_at desc
),

touched_again as materialized (
    select loads.*
    from loads
    left join former
        on loads.meter_pseudonym = former.meter_pseudonym and loads.consumption_date = former.consumption_date
    where loads.loads_of_the_day > 1 or former.known_at is not null
),

replaced_readings as ({{ replaced_readings('touched_again') }}),

replaced as (
    select
        meter_pseudonym,
        consumption_date,
        known_at,
        count(*) as revised_readings,
        count(consumption_kwh) as readings,
        count(*) filter (where consumption_kwh = 0) as zero_readings,
        coalesce(sum(consumption_kwh), 0) as consumption_kwh
    from replaced_readings
    group by meter_pseudonym, consumption_date, known_at
)

select
    loads.meter_pseudonym,
    loads.consumption_date,
    loads.known_at,
    loads.version_id,
    -- What came, less what it took the place of, on top of what stood before.
    {{ as_it_stood('loads', 'readings') }}::integer as readings,
    {{ as_it_stood('loads', 'zero_readings') }}::integer as zero_readings,
    {{ as_it_stood('loads', 'consumption_kwh') }}::numeric(12, 3) as consumption_kwh,
    coalesce(replaced.revised_readings, 0)::integer as revised_readings
from loads
left join replaced
    on
        loads.meter_pseudonym = replaced.meter_pseudonym
        and loads.consumption_date = replaced.consumption_date
        and loads.known_at = replaced.known_at
left join former
    on loads.meter_pseudonym = former.meter_pseudonym and loads.consumption_date = former.consumption_date
window loads_until_then as (partition by loads.meter_pseudonym, loads.consumption_date order by loads.known_at)
