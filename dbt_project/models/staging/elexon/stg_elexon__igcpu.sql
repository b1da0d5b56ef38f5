with built as (
    {{ built_windows(
        source('elexon', 'elexon_igcpu'), 'elexon_igcpu', 'elexon_live'
    ) }}
)

select
    document_id,
    publish_time,
    effective_from,
    psr_type,
    registered_resource_eic_code,
    registered_resource_name,
    bm_unit,
    voltage_limit,
    installed_capacity,
    version_id,
    known_at
from built
