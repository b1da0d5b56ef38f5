{{ config(
    pre_hook="{{ delete_days_to_count('elexon_fuelhh', ref('int_elexon__pending_days'), ref('half_hourly_generation_quality')) }}",
    meta={'publish': 'whole', 'table': 'daily_coverage', 'part': {'dataset': 'elexon_fuelhh'}}
) }}

-- The days its pre-hook takes away: depends_on {{ ref('int_elexon__pending_days') }}
{{ daily_coverage('elexon_fuelhh', ref('half_hourly_generation_quality'), only='not is_gap') }}
