with versions as (select * from {{ ref('stg_smart_meter__meterpoint_versions') }}),

latest as (
    select distinct on (meter_pseudonym) *
    from versions
    order by meter_pseudonym asc, version_id desc
)

select * from latest
where not is_withdrawn
