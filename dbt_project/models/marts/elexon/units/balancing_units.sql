{{ config(materialized='table', meta={'publish': 'whole'}) }}

with built as (
    {{ built_rows(
        source('elexon', 'elexon_bm_units'), 'elexon_bm_units', 'elexon_units',
        key=['national_grid_bm_unit', 'elexon_bm_unit']
    ) }}
)

-- No unit of the grid has two names of Elexon's; of one that had, the last that we learned of counts.
select distinct on (national_grid_bm_unit)
    national_grid_bm_unit,
    elexon_bm_unit as bm_unit,
    bm_unit_name as name,
    fuel_type,
    bm_unit_type as unit_type,
    lead_party_name as lead_party,
    {{ number_of('generation_capacity') }} as generation_capacity_mw,
    {{ number_of('demand_capacity') }} as demand_capacity_mw,
    {{ number_of('transmission_loss_factor') }} as transmission_loss_factor,
    fpn_flag as gives_notifications,
    production_or_consumption_flag,
    gsp_group_id,
    gsp_group_name,
    interconnector_id,
    eic,
    known_at
from built
order by national_grid_bm_unit asc, version_id desc
