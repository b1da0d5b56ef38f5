with built as (
    {{ built_versions(source('smart_meter', 'smart_meter_meterpoints'), 'smart_meter_meterpoints', 'smart_meter') }}
)

select
    meter.pseudonym as meter_pseudonym,
    built.version_id,
    built.known_at,
    built.region,
    built.content_hash is null as is_withdrawn
from built
{{ joined_meter('built.meter_number') }}
