with versions as (select * from {{ ref('stg_smart_meter__agreement_versions') }}),

latest as (
    select distinct on (agreement_id) *
    from versions
    order by agreement_id asc, version_id desc
)

select * from latest
where not is_withdrawn
