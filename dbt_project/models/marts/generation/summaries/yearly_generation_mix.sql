with months as (select * from {{ ref('monthly_generation_mix') }}),

parts as (
    select
        extract(year from settlement_month)::integer as settlement_year,
        fuel_code,
        sum(half_hours)::integer as half_hours,
        sum(energy_mwh) as energy_mwh
    from months
    group by settlement_year, fuel_code
),

wholes as (
    select
        *,
        sum(energy_mwh) over (partition by settlement_year) as total_mwh
    from parts
),

shares as (
    {{
        with_share_pct(
            'wholes', within='settlement_year', part='energy_mwh', whole='total_mwh',
            position=position_among(neso_parts(), 'fuel_code')
        )
    }}
)

select
    settlement_year,
    fuel_code,
    half_hours,
    energy_mwh,
    share_pct
from shares
