{{ config(
    tags=['carbon_intensity'],
    pre_hook="{{ delete_days_to_count('carbon_intensity_generation', ref('stg_carbon_intensity__pending_mixes'), ref('half_hourly_supply_mix')) }}",
    meta={'publish': 'whole', 'table': 'daily_coverage', 'part': {'dataset': 'carbon_intensity_generation'}}
) }}

-- The days its pre-hook takes away: depends_on {{ ref('stg_carbon_intensity__pending_mixes') }}
{{ daily_coverage('carbon_intensity_generation', ref('half_hourly_supply_mix')) }}
