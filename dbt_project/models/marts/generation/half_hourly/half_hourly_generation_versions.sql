{{ config(indexes=[{'columns': ['period_started_at', 'known_at']}]) }}

with versions as (
    select * from {{ ref('stg_neso__generation_mix_versions') }}
    {{ where_pending(ref('stg_neso__pending_half_hours')) }}
)

select
    period_started_at,
    version_id,
    version_number,
    known_at,
    is_withdrawn,
    settlement_date,
    settlement_period,
    gas_mw,
    coal_mw,
    nuclear_mw,
    wind_mw,
    embedded_wind_mw,
    hydro_mw,
    imports_mw,
    biomass_mw,
    other_mw,
    solar_mw,
    storage_mw,
    generation_mw,
    unattributed_mw,
    carbon_intensity_g_per_kwh,
    version_number as version_count
from versions
