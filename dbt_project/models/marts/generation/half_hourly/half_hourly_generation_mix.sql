{{ config(indexes=[{'columns': ['settlement_date']}]) }}

with generation_mix as (
    select
        *,
        null::double precision as published_unattributed_pct
    from {{ ref('stg_neso__generation_mix') }}
    {{ where_pending(ref('stg_neso__pending_half_hours')) }}
),

parts as (
    select
        generation_mix.period_started_at,
        generation_mix.settlement_date,
        generation_mix.settlement_period,
        generation_mix.generation_mw as total_mw,
        part.fuel_code,
        part.generation_mw,
        part.published_share_pct,
        part.position
    from generation_mix
    cross join
        {{ unnest_parts(neso_parts(), 'generation_mix.?_mw', 'generation_mix.published_?_pct') }} with ordinality
            as part (fuel_code, generation_mw, published_share_pct, position)
    -- Embedded wind is not zero where it was not split off from wind: it is not known.
    where part.generation_mw is not null
),

shares as (
    {{
        with_share_pct(
            'parts', within='period_started_at', part='generation_mw', whole='total_mw', position='position'
        )
    }}
)

select
    period_started_at,
    fuel_code,
    settlement_date,
    settlement_period,
    generation_mw,
    generation_mw / 2 as energy_mwh,
    share_pct,
    published_share_pct
from shares
