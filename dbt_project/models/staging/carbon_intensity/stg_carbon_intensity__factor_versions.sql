with built as (
    {{ built_versions(
        source('carbon_intensity', 'carbon_intensity_factors'), 'carbon_intensity_factors', 'carbon_intensity'
    ) }}
)

select
    fuel,
    version_id,
    known_at,
    lead(known_at) over (partition by fuel order by version_id) as superseded_at,
    (payload ->> 'factor')::double precision as factor_g_per_kwh,
    content_hash is null as is_withdrawn
from built
