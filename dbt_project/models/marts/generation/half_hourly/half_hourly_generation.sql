{{ config(indexes=[{'columns': ['settlement_date']}]) }}

with generation_mix as (
    select * from {{ ref('stg_neso__generation_mix') }}
    {{ where_pending(ref('stg_neso__pending_half_hours')) }}
)

select
    period_started_at,
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
    known_at,
    version_count
from generation_mix
