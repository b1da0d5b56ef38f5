with half_hours as (
    select * from {{ ref('half_hourly_generation') }}
    {{ where_pending(ref('stg_neso__pending_half_hours'), 'settlement_date') }}
),

days as (
    select
        settlement_date,
        sum(generation_mw) / 2 as total_mwh,
        {{ for_each(neso_parts(), 'count(?_mw)::integer as ?_half_hours') }},
        {{ for_each(neso_parts(), 'sum(?_mw) / 2 as ?_mwh') }}
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
    cross join
        {{ unnest_parts(neso_parts(), 'days.?_half_hours', 'days.?_mwh') }}
            as part (fuel_code, half_hours, energy_mwh)
    where part.half_hours > 0
),

shares as (
    {{
        with_share_pct(
            'parts', within='settlement_date', part='energy_mwh', whole='total_mwh',
            position=position_among(neso_parts(), 'fuel_code')
        )
    }}
)

select
    settlement_date,
    fuel_code,
    half_hours,
    energy_mwh,
    share_pct
from shares
