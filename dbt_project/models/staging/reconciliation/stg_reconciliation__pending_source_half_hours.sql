{{ config(tags=['source_reconciliation']) }}

with neso as (
    {{ pending_keys(
        source('analytics', 'half_hourly_generation_versions'), 'neso_generation_mix', release='source_reconciliation'
    ) }}
),

elexon as (
    {{ pending_keys(
        source('elexon', 'elexon_fuelhh'), 'elexon_fuelhh', key=['start_time'], release='source_reconciliation'
    ) }}
)

select period_started_at from neso
union
select start_time from elexon
