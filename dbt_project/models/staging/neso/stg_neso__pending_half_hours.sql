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
)

select * from pending
