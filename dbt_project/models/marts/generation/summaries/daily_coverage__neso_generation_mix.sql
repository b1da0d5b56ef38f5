-- The days its pre-hook takes away: depends_on {{ ref('stg_neso__pending_half_hours') }}
{{ daily_coverage('neso_generation_mix', ref('half_hourly_generation')) }}
