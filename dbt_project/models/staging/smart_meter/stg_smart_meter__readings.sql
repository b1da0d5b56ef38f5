with versions as (select * from {{ ref('stg_smart_meter__reading_versions') }}),

latest as (
    select distinct on (meter_pseudonym, period_started_at) *
    from versions
    order by meter_pseudonym asc, period_started_at asc, version_id desc
)

select * from latest
where not is_withdrawn
