{{ config(tags=['carbon_source_reconciliation']) }}

with neso as (
    {{ pending_keys(
        source('analytics', 'half_hourly_generation_versions'), 'neso_generation_mix',
        release='carbon_source_reconciliation'
    ) }}
),

api as (
    {{ pending_keys(
        source('analytics', 'carbon_intensity_vintages'), 'carbon_intensity_national',
        release='carbon_source_reconciliation'
    ) }}
)

select period_started_at from neso
union
select period_started_at from api
