{{ config(
    indexes=[{'columns': ['settlement_date']}],
    pre_hook="{{ delete_pending(ref('stg_reconciliation__pending_source_half_hours')) }}",
    meta={
        'publish': 'pending',
        'pending': 'stg_reconciliation__pending_source_half_hours',
        'pending_key': 'period_started_at'
    }
) }}

{%- set pending = ref('stg_reconciliation__pending_source_half_hours') %}

with mix as (
    select * from {{ source('analytics', 'half_hourly_generation_mix') }}
    {{ where_pending(pending) }}
),

generation as (
    select * from {{ source('analytics', 'half_hourly_fuel_generation') }}
    {{ where_pending(pending) }}
),

flows as (
    select * from {{ source('analytics', 'half_hourly_interconnector_flows') }}
    {{ where_pending(pending) }}
),

quality as (
    select * from {{ source('analytics', 'half_hourly_generation_quality') }}
    {{ where_pending(pending) }}
),

fuels as (select * from {{ ref('elexon_fuels') }}),

neso as (
    select
        period_started_at,
        fuel_code,
        generation_mw
    from mix
    where fuel_code <> 'unattributed'
),

elexon as (
    select
        generation.period_started_at,
        coalesce(fuels.mix_fuel_code, 'unknown') as fuel_code,
        sum(generation.generation_mw) as generation_mw,
        -- NESO counts pumped storage while it gives, and cables that import.
        -sum(least(generation.generation_mw, 0)) as taken_mw,
        bool_or(generation.is_suspect) as is_suspect
    from generation
    left join fuels on generation.fuel_code = fuels.fuel_code
    group by generation.period_started_at, coalesce(fuels.mix_fuel_code, 'unknown')
    union all
    select
        period_started_at,
        'imports' as fuel_code,
        sum(flow_mw) as generation_mw,
        -sum(least(flow_mw, 0)) as taken_mw,
        bool_or(is_suspect) as is_suspect
    from flows
    group by period_started_at
),

both_told as (
    select neso.period_started_at from neso
    intersect
    -- Of a half-hour that is not whole fuels are missing, and nothing can be said.
    select quality.period_started_at from quality
    where not quality.is_gap and not quality.is_partial
),

side_by_side as (
    select
        coalesce(neso.period_started_at, elexon.period_started_at) as period_started_at,
        coalesce(neso.fuel_code, elexon.fuel_code) as fuel_code,
        neso.generation_mw as neso_mw,
        elexon.generation_mw as elexon_mw,
        coalesce(neso.generation_mw, 0) - coalesce(elexon.generation_mw, 0) as difference_mw,
        case when neso.fuel_code in ('solar', 'embedded_wind') then coalesce(neso.generation_mw, 0) else 0 end
            as embedded_mw,
        case when elexon.fuel_code = 'storage' then elexon.taken_mw else 0 end as pumping_mw,
        case when elexon.fuel_code = 'imports' then elexon.taken_mw else 0 end as exports_mw,
        coalesce(elexon.is_suspect, false) as is_suspect
    from neso
    full outer join elexon on neso.period_started_at = elexon.period_started_at and neso.fuel_code = elexon.fuel_code
)

select
    side_by_side.period_started_at,
    {{ settlement_date('side_by_side.period_started_at') }} as settlement_date,
    side_by_side.fuel_code,
    side_by_side.neso_mw,
    side_by_side.elexon_mw,
    side_by_side.difference_mw,
    side_by_side.embedded_mw,
    side_by_side.pumping_mw,
    side_by_side.exports_mw,
    side_by_side.difference_mw - side_by_side.embedded_mw - side_by_side.pumping_mw - side_by_side.exports_mw
        as residual_mw,
    side_by_side.is_suspect
from side_by_side
inner join both_told on side_by_side.period_started_at = both_told.period_started_at
