with built as (
    {{ built_versions(
        source('smart_meter', 'smart_meter_reference_dates'), 'smart_meter_reference_dates', 'smart_meter'
    ) }}
),

latest as (
    select distinct on (reference_date)
        reference_date,
        content_hash is null as is_withdrawn
    from built
    order by reference_date asc, version_id desc
)

select reference_date from latest
where not is_withdrawn
