with built as (
    {{ built_versions(source('smart_meter', 'smart_meter_agreements'), 'smart_meter_agreements', 'smart_meter') }}
)

select
    built.agreement_id,
    built.version_id,
    built.known_at,
    meter.pseudonym as meter_pseudonym,
    built.product_id,
    built.valid_from,
    built.valid_to,
    built.content_hash is null as is_withdrawn
from built
{{ joined_meter('built.meter_number') }}
