{{ config(
    tags=['carbon_source_reconciliation'],
    indexes=[{'columns': ['settlement_date']}],
    pre_hook="{{ delete_pending(ref('stg_reconciliation__pending_half_hours')) }}",
    meta={
        'publish': 'pending',
        'pending': 'stg_reconciliation__pending_half_hours',
        'pending_key': 'period_started_at'
    }
) }}

{%- set pending = ref('stg_reconciliation__pending_half_hours') %}

with neso as (
    select * from {{ source('analytics', 'half_hourly_generation') }}
    {{ where_pending(pending) }}
),

neso_versions as (
    select * from {{ source('analytics', 'half_hourly_generation_versions') }}
    {{ where_pending(pending) }}
),

fuels as (
    select * from {{ source('analytics', 'half_hourly_generation_mix') }}
    {{ where_pending(pending) }}
),

api as (
    select * from {{ source('analytics', 'half_hourly_carbon_intensity') }}
    {{ where_pending(pending) }}
),

published_factors as (select * from {{ source('analytics', 'carbon_factors') }}),

factor_fuels as (select * from {{ ref('carbon_factor_fuels') }}),

factors as (
    select
        factor_fuels.fuel_code,
        avg(published_factors.factor_g_per_kwh) as factor_g_per_kwh,
        min(published_factors.factor_g_per_kwh) as lowest_g_per_kwh,
        max(published_factors.factor_g_per_kwh) as highest_g_per_kwh
    from published_factors
    inner join factor_fuels on published_factors.fuel = factor_fuels.fuel
    where published_factors.superseded_at is null
    group by factor_fuels.fuel_code
),

first_versions as (
    select distinct on (period_started_at)
        period_started_at,
        carbon_intensity_g_per_kwh
    from neso_versions
    where not is_withdrawn
    order by period_started_at, version_id
),

computed as (
    -- As much as the fuels give off, with imports at the mean, the least and the greatest factor of a country.
    select
        fuels.period_started_at,
        sum(fuels.generation_mw * factors.factor_g_per_kwh) / nullif(sum(fuels.generation_mw), 0) as computed_g_per_kwh,
        sum(fuels.generation_mw * factors.lowest_g_per_kwh) / nullif(sum(fuels.generation_mw), 0) as lowest_g_per_kwh,
        sum(fuels.generation_mw * factors.highest_g_per_kwh) / nullif(sum(fuels.generation_mw), 0) as highest_g_per_kwh
    from fuels
    inner join factors on fuels.fuel_code = factors.fuel_code
    group by fuels.period_started_at
),

side_by_side as (
    select
        neso.period_started_at,
        neso.settlement_date,
        neso.carbon_intensity_g_per_kwh as neso_g_per_kwh,
        api.actual_g_per_kwh as api_g_per_kwh,
        computed.computed_g_per_kwh,
        neso.carbon_intensity_g_per_kwh - first_versions.carbon_intensity_g_per_kwh as neso_revision_g_per_kwh,
        first_versions.carbon_intensity_g_per_kwh - api.actual_g_per_kwh as neso_first_less_api_g_per_kwh,
        computed.computed_g_per_kwh
        - least(greatest(api.actual_g_per_kwh, computed.lowest_g_per_kwh), computed.highest_g_per_kwh)
            as import_factors_g_per_kwh
    from neso
    inner join api on neso.period_started_at = api.period_started_at
    inner join first_versions on neso.period_started_at = first_versions.period_started_at
    left join computed on neso.period_started_at = computed.period_started_at
    where api.actual_g_per_kwh is not null
),

rounded as (
    -- Two whole grams may be a gram apart for rounding alone; ours is not rounded.
    select
        *,
        {{ at_most('neso_first_less_api_g_per_kwh', 1) }} as neso_rounding_g_per_kwh,
        {{ at_most('computed_g_per_kwh - api_g_per_kwh - import_factors_g_per_kwh', 0.5) }}
            as computed_rounding_g_per_kwh
    from side_by_side
)

select
    period_started_at,
    settlement_date,
    neso_g_per_kwh,
    api_g_per_kwh,
    computed_g_per_kwh,
    neso_g_per_kwh - api_g_per_kwh as neso_less_api_g_per_kwh,
    neso_revision_g_per_kwh,
    neso_rounding_g_per_kwh,
    neso_first_less_api_g_per_kwh - neso_rounding_g_per_kwh as neso_residual_g_per_kwh,
    computed_g_per_kwh - api_g_per_kwh as computed_less_api_g_per_kwh,
    import_factors_g_per_kwh,
    computed_rounding_g_per_kwh,
    computed_g_per_kwh - api_g_per_kwh - import_factors_g_per_kwh - computed_rounding_g_per_kwh
        as computed_residual_g_per_kwh
from rounded
