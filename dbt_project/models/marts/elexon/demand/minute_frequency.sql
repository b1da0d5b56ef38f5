{{ config(
    pre_hook="{{ delete_pending(ref('int_elexon__pending_minutes'), 'started_at') }}",
    meta={'publish': 'pending', 'pending': 'int_elexon__pending_minutes', 'pending_key': 'started_at'}
) }}

{#- A value stands for the 15 seconds that it begins. -#}
{%- set seconds = 15 %}

with readings as (
    select
        date_trunc('minute', measurement_time, 'UTC') as started_at,
        frequency as frequency_hz,
        known_at
    from {{ ref('stg_elexon__freq') }}
    {% if is_incremental() -%}
        -- By its instants, which an index serves.
        where measurement_time = any(array(
            select pending.started_at + number * interval '{{ seconds }} seconds'
            from {{ ref('int_elexon__pending_minutes') }} as pending
            cross join generate_series(0, 3) as number
        ))
    {%- endif %}
)

select
    started_at,
    count(*)::integer as readings,
    avg(frequency_hz) as mean_hz,
    min(frequency_hz) as min_hz,
    max(frequency_hz) as max_hz,
    ({{ seconds }} * count(*) filter (where frequency_hz not between 49.8 and 50.2))::integer
        as seconds_outside_operational,
    ({{ seconds }} * count(*) filter (where frequency_hz not between 49.5 and 50.5))::integer
        as seconds_outside_statutory,
    max(known_at) as known_at
from readings
group by started_at
