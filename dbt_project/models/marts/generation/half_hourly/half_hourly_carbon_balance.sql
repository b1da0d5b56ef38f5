{{ config(indexes=[{'columns': ['settlement_date']}]) }}

with generation_mix as (
    select * from {{ ref('half_hourly_generation_mix') }}
    {{ where_pending(ref('stg_neso__pending_half_hours')) }}
),

published as (
    select * from {{ ref('stg_neso__generation_mix') }}
    {{ where_pending(ref('stg_neso__pending_half_hours')) }}
),

fuels as (select * from {{ ref('fuels') }}),

classes as (
    select
        generation_mix.period_started_at,
        coalesce(sum(generation_mix.generation_mw) filter (where fuels.is_zero_carbon), 0) as zero_carbon_mw,
        coalesce(sum(generation_mix.generation_mw) filter (where fuels.is_carbon), 0) as carbon_mw,
        coalesce(
            sum(generation_mix.generation_mw) filter (where not fuels.is_zero_carbon and not fuels.is_carbon), 0
        ) as unclassified_mw
    from generation_mix
    inner join fuels on generation_mix.fuel_code = fuels.fuel_code
    group by generation_mix.period_started_at
),

balance as (
    select
        published.period_started_at,
        published.settlement_date,
        published.settlement_period,
        published.generation_mw,
        classes.zero_carbon_mw,
        classes.carbon_mw,
        classes.unclassified_mw,
        100 * classes.zero_carbon_mw / nullif(published.generation_mw, 0) as zero_carbon_pct,
        100 * classes.carbon_mw / nullif(published.generation_mw, 0) as carbon_pct,
        100 * classes.unclassified_mw / nullif(published.generation_mw, 0) as unclassified_pct,
        published.published_zero_carbon_mw,
        published.published_zero_carbon_pct
    from published
    inner join classes on published.period_started_at = classes.period_started_at
)

select
    *,
    published_zero_carbon_mw - zero_carbon_mw as zero_carbon_difference_mw,
    published_zero_carbon_pct - zero_carbon_pct as zero_carbon_difference_pct
from balance
