with versions as (select * from {{ source('neso', 'neso_generation_mix') }}),

datasets as (select * from {{ source('ops', 'datasets') }}),

pending as (
    select distinct period_started_at
    from versions
    where
        version_id > (select published_version_id from datasets where dataset = 'neso_generation_mix')
        and version_id <= (select built_version_id from datasets where dataset = 'neso_generation_mix')
)

select * from pending
