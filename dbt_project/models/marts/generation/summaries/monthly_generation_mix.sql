with days as (
    select * from {{ ref('daily_generation_mix') }}
    {{ where_in_pending_month(ref('stg_neso__pending_half_hours')) }}
),

parts as (
    select
        date_trunc('month', settlement_date::timestamp)::date as settlement_month,
        fuel_code,
        sum(half_hours)::integer as half_hours,
        sum(energy_mwh) as energy_mwh
    from days
    group by settlement_month, fuel_code
),

wholes as (
    select
        *,
        sum(energy_mwh) over (partition by settlement_month) as total_mwh
    from parts
),

shares as (
    {{
        with_share_pct(
            'wholes', within='settlement_month', part='energy_mwh', whole='total_mwh',
            position=position_among(neso_parts(), 'fuel_code')
        )
    }}
)

select
    settlement_month,
    fuel_code,
    half_hours,
    energy_mwh,
    share_pct
from shares
