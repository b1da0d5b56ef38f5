with versions as (select * from {{ source('neso', 'neso_generation_mix') }}),

dataset as (
    select * from {{ source('ops', 'datasets') }}
    where dataset = 'neso_generation_mix'
),

pending as (
    select distinct period_started_at
    from versions
    where
        version_id > (select dataset.published_version_id from dataset)
        and version_id <= (select dataset.built_version_id from dataset)
),

dated as (
    select
        period_started_at,
        {{ settlement_date('period_started_at') }} as settlement_date
    from pending
)

select
    period_started_at,
    settlement_date,
    date_trunc('month', settlement_date::timestamp)::date as settlement_month
from dated
