-- Days on which something was measured anew, the days after these, which are set against them, and days foreseen anew.
with demand as (
    {{ pending_keys(source('elexon', 'elexon_indo'), 'elexon_indo', ['start_time'], 'forecasts') }}
),

fuels as (
    {{ pending_keys(source('elexon', 'elexon_fuelhh'), 'elexon_fuelhh', ['start_time'], 'forecasts') }}
),

mix as (
    {{ pending_keys(source('neso', 'neso_generation_mix'), 'neso_generation_mix', release='forecasts') }}
),

intensity as (
    {{ pending_keys(
        source('carbon_intensity', 'carbon_intensity_national'), 'carbon_intensity_national', release='forecasts'
    ) }}
),

forecasts as (
    {{ pending_keys(source('forecasts', 'forecasts'), 'forecasts') }}
),

measured as (
    select start_time as period_started_at from demand
    union
    select start_time from fuels
    union
    select period_started_at from mix
    union
    select period_started_at from intensity
),

half_hours as (
    select period_started_at from measured
    union
    select period_started_at + interval '1 day' from measured
    union
    select period_started_at from forecasts
)

select distinct {{ settlement_date('period_started_at') }} as settlement_date from half_hours
