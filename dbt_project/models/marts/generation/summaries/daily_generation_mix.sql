with half_hours as (select * from {{ ref('half_hourly_generation') }}),

days as (
    select
        settlement_date,
        sum(generation_mw) / 2 as total_mwh,
        {% for part in generation_parts() -%}
            count({{ part }}_mw)::integer as {{ part }}_half_hours,
            sum({{ part }}_mw) / 2 as {{ part }}_mwh{{ ',' if not loop.last }}
        {% endfor %}
    from half_hours
    group by settlement_date
),

parts as (
    select
        days.settlement_date,
        days.total_mwh,
        part.fuel_code,
        part.half_hours,
        part.energy_mwh
    from days
    cross join lateral (
        values
        {% for part in generation_parts() -%}
            ('{{ part }}', days.{{ part }}_half_hours, days.{{ part }}_mwh){{ ',' if not loop.last }}
        {% endfor -%}
    ) as part (fuel_code, half_hours, energy_mwh)
    where part.half_hours > 0
),

shares as (
    {{ with_share_pct('parts', within='settlement_date', part='energy_mwh', whole='total_mwh') }}
)

select
    settlement_date,
    fuel_code,
    half_hours,
    energy_mwh,
    share_pct
from shares
