with versions as (select * from {{ ref('stg_smart_meter__product_versions') }}),

latest as (
    select distinct on (product_id) *
    from versions
    order by product_id asc, version_id desc
)

select * from latest
where not is_withdrawn
