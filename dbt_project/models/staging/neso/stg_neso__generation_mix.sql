with versions as (select * from {{ ref('stg_neso__generation_mix_versions') }}),

latest as (
    select distinct on (period_started_at)
        *,
        version_number as version_count
    from versions
    order by period_started_at asc, version_number desc
)

select * from latest
where not is_withdrawn
