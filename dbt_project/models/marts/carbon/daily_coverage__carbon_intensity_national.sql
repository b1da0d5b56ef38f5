{{ config(
    tags=['carbon_intensity'],
    pre_hook="{{ delete_days_to_count('carbon_intensity_national', ref('stg_carbon_intensity__pending_half_hours'), ref('half_hourly_carbon_intensity')) }}",
    meta={'publish': 'whole', 'table': 'daily_coverage', 'part': {'dataset': 'carbon_intensity_national'}}
) }}

-- The days its pre-hook takes away: depends_on {{ ref('stg_carbon_intensity__pending_half_hours') }}
{{ daily_coverage(
    'carbon_intensity_national',
    ref('half_hourly_carbon_intensity'),
    only='actual_g_per_kwh is not null',
    known_gaps=ref('carbon_intensity_known_gaps')
) }}
