with built as (
    {{ built_versions(source('smart_meter', 'smart_meter_products'), 'smart_meter_products', 'smart_meter') }}
)

select
    product_id,
    version_id,
    known_at,
    product_name,
    is_variable,
    content_hash is null as is_withdrawn
from built
